// How software sees MAGIC's page counters and hot-page queue: registers of a node's memory
// controller from kPageRegisters on. docs/numa.md lists them.
#pragma once

#include <cstdint>
#include <vector>

#include "numa/device.hpp"
#include "numa/magic/hot_page_queue.hpp"
#include "numa/magic/page_counters.hpp"
#include "numa/register64.hpp"

namespace numa {

class PageRegisters {
 public:
  // Offsets in the memory controller's window.
  static constexpr std::uint64_t kBegin = 0x1000, kEnd = 0x3000;
  static constexpr std::uint64_t kPage = 0x1000, kPageState = 0x1008, kPageReads = 0x1010,
                                 kPageWrites = 0x1018, kPageReset = 0x1020, kCountReset = 0x1028,
                                 kRemoteThreshold = 0x1030, kLocalThreshold = 0x1038,
                                 kWriteThreshold = 0x1040, kAgePeriod = 0x1048, kAges = 0x1050,
                                 kHotCount = 0x1080, kHotSize = 0x1088, kHotPage = 0x1090,
                                 kHotPeek = 0x1098, kHotInterrupt = 0x10a0, kHotLost = 0x10a8,
                                 kHotClear = 0x10b0, kPageCounts = 0x2000;
  // Bits of PAGE_STATE.
  static constexpr std::uint64_t kIsRam = 1, kIsReported = 2;

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
