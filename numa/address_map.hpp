// Where things are in the 40-bit physical address space: PA = node << 32 | offset. docs/machine.md
// is the same map in prose.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/units.hpp"

namespace numa {
using namespace common;

inline constexpr unsigned kNodeShift = 32;
inline constexpr std::uint64_t kNodeBytes = std::uint64_t{1} << kNodeShift;
inline constexpr std::uint32_t kMaxNodes = 64;
inline constexpr std::uint32_t kMaxCpusPerNode = 16;

/// A node's I/O window; RAM lies on both sides of it.
inline constexpr std::uint64_t kIoBegin = 0x1c000000;
inline constexpr std::uint64_t kIoEnd = 0x20000000;
inline constexpr std::uint64_t kMaxNodeRam = kNodeBytes - (kIoEnd - kIoBegin);

// Offsets in the I/O window.
inline constexpr std::uint64_t kUartAt = 0x1c000000;
inline constexpr std::uint64_t kUartBytes = 8;
inline constexpr std::uint64_t kPowerAt = 0x1c001000;
inline constexpr std::uint64_t kPowerBytes = 4;
inline constexpr std::uint64_t kDebugConsoleAt = 0x1c001008;
inline constexpr std::uint64_t kDebugConsoleBytes = 1;
inline constexpr std::uint64_t kRtcAt = 0x1c002000;
inline constexpr std::uint64_t kRtcBytes = 8;
inline constexpr std::uint64_t kControllerAt = 0x1c020000;
inline constexpr std::uint64_t kControllerBytes = 0x10000;
inline constexpr std::uint64_t kOwnPiAt = 0x1c3ff000;
inline constexpr std::uint64_t kPiAt = 0x1c400000;  // + kPiBytes * global CPU number
inline constexpr std::uint64_t kPiBytes = 0x1000;
inline constexpr std::uint64_t kRomAt = 0x1fc00000;
inline constexpr std::uint64_t kRomBytes = 0x10000;

// Bits of PEND and ENABLE.
inline constexpr unsigned kUartSource = 0;
inline constexpr unsigned kVirtioSource = 8;  // + slot

// Cause.IP bits that MAGIC drives.
inline constexpr unsigned kDeviceIp = 2;
inline constexpr unsigned kIpiIp = 3;

/// The largest range that the low alias can cover.
inline constexpr std::uint64_t kMaxAliasBytes = 0x100000;

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
