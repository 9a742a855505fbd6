// Machine addresses and the nodes they lie on, and how many of what the machine has.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"
#include "hardware/board/address_map.hpp"

namespace numa {
using namespace common;
using namespace hardware;

constexpr NodeId node_of(MachineAddr at) {
  return NodeId{static_cast<std::uint32_t>(at.bits() >> kNodeShift)};
}
constexpr std::uint64_t offset_of(MachineAddr at) { return at.bits() & (kNodeBytes - 1); }
constexpr MachineAddr machine_addr(NodeId node, std::uint64_t offset) {
  return MachineAddr{(std::uint64_t{index_of(node)} << kNodeShift) | offset};
}

/// How many there are of what. CPUs are numbered node by node.
struct Topology {
  std::uint32_t nodes = 1;
  std::uint32_t cpus_per_node = 1;

  constexpr std::uint32_t cpus() const { return nodes * cpus_per_node; }
  constexpr NodeId node_of(CpuId cpu) const { return NodeId{index_of(cpu) / cpus_per_node}; }
  constexpr std::uint32_t local_of(CpuId cpu) const { return index_of(cpu) % cpus_per_node; }
  constexpr CpuId cpu_of(NodeId node, std::uint32_t local) const {
    return CpuId{index_of(node) * cpus_per_node + local};
  }
};

}  // namespace numa
