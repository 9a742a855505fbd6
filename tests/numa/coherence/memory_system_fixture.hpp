// A memory system with a listener that remembers, for the tests.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "numa/coherence/memory_system.hpp"

namespace test {

struct Lost {
  common::CpuId cpu{};
  common::MachineAddr line;
  numa::coherence::Loss loss{};
  bool operator==(const Lost&) const = default;
};

struct PageRequests {
  std::uint64_t reads = 0, writes = 0, upgrades = 0;
};

class ListenerLog : public numa::MemorySystemListener {
 public:
  void line_lost(common::CpuId cpu, common::MachineAddr line, numa::coherence::Loss loss) override {
    lost.push_back({cpu, line, loss});
  }
  void home_request(const numa::HomeRequest& request) override {
    PageRequests& page = pages[{request.at.bits() / common::kPageSize, index_of(request.from)}];
    switch (request.kind) {
      case numa::HomeRequest::Kind::kRead: ++page.reads; break;
      case numa::HomeRequest::Kind::kWrite: ++page.writes; break;
      case numa::HomeRequest::Kind::kUpgrade: ++page.upgrades; break;
    }
  }
  std::vector<Lost> lost;
  std::map<std::pair<std::uint64_t, std::uint32_t>, PageRequests> pages;
};

}  // namespace test
