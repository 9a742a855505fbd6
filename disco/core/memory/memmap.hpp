// The memmap: what is known of every page of the machine, node by node, and who may have how many
// of them. A guest's pmap only ever gets pages that this handed to its VM.
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/memory/node_memory.hpp"
#include "hardware/board/address_map.hpp"

namespace disco {

/// Where a VM's pages come from.
enum class Placement : std::uint8_t { kFirstTouch = 0, kRoundRobin = 1, kFixed = 2 };

class Memmap {
 public:
  /// Node n's memory; outlives this. In the order of the nodes, before anything else.
  void add_node(NodeMemory* node) {
    nodes_[count_++] = node;
    add_shared(unreserved_, node->free_pages());
  }

  unsigned nodes() const { return count_; }
  NodeMemory& node(unsigned n) const { return *nodes_[n]; }
  /// The memory that has `page`. Requires: it is RAM.
  NodeMemory& node_of(MachineAddr page) const {
    return *nodes_[page.bits() >> hardware::kNodeShift];
  }
  bool contains(MachineAddr page) const {
    const std::uint64_t node = page.bits() >> hardware::kNodeShift;
    return node < count_ && nodes_[node]->contains(page);
  }

  /// A block of 2^order pages of node `wanted`, or of the next one that has it.
  std::optional<MachineAddr> take(unsigned wanted, unsigned order, PageState state,
                                  Hardware& hardware) const;
  std::optional<MachineAddr> take_for_monitor(unsigned wanted, std::uint64_t pages,
                                              Hardware& hardware) const;
  void give_back(MachineAddr at, std::uint64_t pages, Hardware& hardware) const;

  /// Promises pages: nobody else will be promised them. False if there are not as many.
  bool reserve(std::uint64_t pages);
  void unreserve(std::uint64_t pages) { add_shared(unreserved_, pages); }
  std::uint64_t unreserved() const { return read_shared(unreserved_); }

 private:
  unsigned count_ = 0;
  std::uint64_t unreserved_ = 0;
  NodeMemory* nodes_[hardware::kMaxNodes] = {};
};

}  // namespace disco
