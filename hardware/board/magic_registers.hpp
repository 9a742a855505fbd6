// MAGIC's registers, as offsets: the processor interface of a CPU (kPiAt, kOwnPiAt) and the memory
// controller of a node (kControllerAt). All are 64 bits wide (register64.hpp). docs/machine.md and
// docs/numa.md say what they do.
#pragma once

#include <cstdint>

namespace hardware {

/// A CPU's processor interface.
namespace pi {
inline constexpr std::uint64_t kPend = 0x00, kEnable = 0x08, kIpiSet = 0x10, kIpiClear = 0x18,
                               kLaunchSp = 0x20, kLaunchGp = 0x28, kLaunchPc = 0x30, kDoze = 0x38,
                               kCpuId = 0x40, kNmi = 0x48, kSoftReset = 0x50;
/// Fields of kCpuId: the CPU's number, its node, its number in the node.
inline constexpr unsigned kNodeShift = 16, kLocalShift = 32;
}  // namespace pi

/// A node's memory controller.
namespace controller {
inline constexpr std::uint64_t kFeatures = 0x00, kNodes = 0x08, kCpusPerNode = 0x10, kNode = 0x18,
                               kMemoryBytes = 0x20, kClockHz = 0x28, kAliasSize = 0x30,
                               kAliasEnable = 0x38, kDistance = 0x400;  // + 8 * node
/// Bit of kFeatures: there are page counters, whose registers these are.
inline constexpr std::uint64_t kHasPageCounters = 1;
inline constexpr std::uint64_t kPageRegisters = 0x1000, kPageRegistersEnd = 0x3000;
inline constexpr std::uint64_t kPage = 0x1000, kPageState = 0x1008, kPageReads = 0x1010,
                               kPageWrites = 0x1018, kPageReset = 0x1020, kCountReset = 0x1028,
                               kRemoteThreshold = 0x1030, kLocalThreshold = 0x1038,
                               kWriteThreshold = 0x1040, kAgePeriod = 0x1048, kAges = 0x1050,
                               kHotCount = 0x1080, kHotSize = 0x1088, kHotPage = 0x1090,
                               kHotPeek = 0x1098, kHotInterrupt = 0x10a0, kHotLost = 0x10a8,
                               kHotClear = 0x10b0, kPageCounts = 0x2000;  // + 8 * node
/// Bits of kPageState.
inline constexpr std::uint64_t kIsRam = 1, kIsReported = 2;
/// The distance of a node to itself, which that of others is relative to.
inline constexpr std::uint32_t kLocalDistance = 10;
}  // namespace controller

}  // namespace hardware
