// How software sees MAGIC's page counters and hot-page queue: registers of a node's memory
// controller from controller::kPageRegisters on. docs/numa.md lists them.
#pragma once

#include <cstdint>
#include <vector>

#include "hardware/board/magic_registers.hpp"
#include "hardware/board/register64.hpp"
#include "numa/device.hpp"
#include "numa/magic/hot_page_queue.hpp"
#include "numa/magic/page_counters.hpp"

namespace numa {

class PageRegisters {
 public:
  PageRegisters(const Topology& topology, PageCounters& counters, HotPageQueue& hot)
      : nodes_{topology.nodes}, counters_{counters}, hot_{hot}, page_(topology.cpus()) {}

  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size);
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size, std::uint64_t value);
  /// Of what is kept here alone: which page each CPU means.
  void visit(StateVisitor& v);

 private:
  /// Bits 31:12; what is left of it in a damaged state may be anything and is harmless.
  static constexpr std::uint64_t kPageBits = 0xfffff000;

  std::optional<PageCounters::Page> selected(const Requester& by) const {
    return counters_.find(page_[index_of(by.cpu)] & kPageBits);
  }
  std::uint64_t state(const Requester& by) const;
  std::uint64_t sum(const Requester& by, std::uint32_t PageCounters::Counts::*which) const;
  std::uint64_t counts(const Requester& by, NodeId node) const;
  /// Nothing if there is no such register.
  std::optional<std::uint64_t> value_of(const Requester& by, std::uint64_t offset) const;
  void set_thresholds(const RegisterPart& part, std::uint64_t value);

  std::uint32_t nodes_;
  PageCounters& counters_;
  HotPageQueue& hot_;
  std::vector<std::uint64_t> page_;  // by CPU
};

}  // namespace numa
