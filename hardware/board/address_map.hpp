// Where things are in the machine's 40-bit physical address space: PA = node << 32 | offset.
// docs/machine.md is the same map in prose. Node 0's is what a guest of the monitor finds.
#pragma once

#include <cstdint>

#include "hardware/r10000/exceptions.hpp"

namespace hardware {

inline constexpr unsigned kNodeShift = 32;
inline constexpr std::uint64_t kNodeBytes = std::uint64_t{1} << kNodeShift;
inline constexpr std::uint32_t kMaxNodes = 64;
inline constexpr std::uint32_t kMaxCpusPerNode = 16;

/// A node's I/O window; RAM lies on both sides of it.
inline constexpr std::uint64_t kIoBegin = 0x1c000000;
inline constexpr std::uint64_t kIoEnd = 0x20000000;
inline constexpr std::uint64_t kMaxNodeRam = kNodeBytes - (kIoEnd - kIoBegin);

// Offsets in a node.
inline constexpr std::uint64_t kUartAt = kIoBegin;
inline constexpr std::uint64_t kUartBytes = 8;
inline constexpr std::uint64_t kPowerAt = 0x1c001000;
inline constexpr std::uint64_t kPowerBytes = 4;
inline constexpr std::uint64_t kDebugConsoleAt = 0x1c001008;
inline constexpr std::uint64_t kDebugConsoleBytes = 1;
inline constexpr std::uint64_t kRtcAt = 0x1c002000;
inline constexpr std::uint64_t kRtcBytes = 8;
inline constexpr std::uint64_t kControllerAt = 0x1c020000;
inline constexpr std::uint64_t kControllerBytes = 0x10000;
inline constexpr std::uint64_t kVirtioAt = 0x1c100000;  // + kVirtioBytes * slot
inline constexpr std::uint64_t kVirtioBytes = 0x1000;
inline constexpr std::uint32_t kVirtioSlots = 32;
inline constexpr std::uint64_t kOwnPiAt = 0x1c3ff000;
inline constexpr std::uint64_t kPiAt = 0x1c400000;  // + kPiBytes * global CPU number
inline constexpr std::uint64_t kPiBytes = 0x1000;
inline constexpr std::uint64_t kRomAt = kResetVector - kKseg1;
inline constexpr std::uint64_t kRomBytes = 0x10000;

/// The largest range that the low alias can cover.
inline constexpr std::uint64_t kMaxAliasBytes = 0x100000;

}  // namespace hardware
