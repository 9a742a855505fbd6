// Coprocessor 0 of the R10000: the numbers of its registers and the layouts of those that have
// fields (R10000 UM 14). What the machine or the monitor lets software write is theirs to say, and
// so is what a write does. EntryLo, EntryHi and PageMask are in tlb.hpp, Cause.ExcCode in
// exceptions.hpp.
#pragma once

#include <cstdint>

#include "hardware/r10000/assembly.h"

namespace hardware {

/// Register numbers.
namespace cp0 {
enum Register : unsigned {
  kIndex = R10000_INDEX,
  kRandom = 1,
  kEntryLo0 = R10000_ENTRYLO0,
  kEntryLo1 = R10000_ENTRYLO1,
  kContext = 4,
  kPageMask = R10000_PAGEMASK,
  kWired = R10000_WIRED,
  kBadVAddr = R10000_BADVADDR,
  kCount = 9,
  kEntryHi = R10000_ENTRYHI,
  kCompare = 11,
  kStatus = R10000_STATUS,
  kCause = R10000_CAUSE,
  kEpc = R10000_EPC,
  kPrId = 15,
  kConfig = 16,
  kLlAddr = 17,
  kWatchLo = 18,
  kWatchHi = 19,
  kXContext = 20,
  kFrameMask = 21,
  kBrDiag = 22,
  kPerformance = 25,
  kEcc = 26,
  kCacheErr = 27,
  kTagLo = 28,
  kTagHi = 29,
  kErrorEpc = 30,
};
}  // namespace cp0

/// Status (R10000 UM 14.10).
namespace status {
inline constexpr std::uint64_t kIe = 1u << 0, kExl = R10000_STATUS_EXL, kErl = 1u << 2,
                               kKsu = 3u << 3, kUx = 1u << 5, kSx = 1u << 6, kKx = R10000_STATUS_KX,
                               kIm = 0xffu << 8, kCe = 1u << 17, kCh = 1u << 18, kNmi = 1u << 19,
                               kSr = 1u << 20, kTs = 1u << 21, kBev = 1u << 22, kRe = 1u << 25,
                               kFr = R10000_STATUS_FR, kCu0 = 1u << 28, kCu1 = R10000_STATUS_CU1,
                               kCu2 = 1u << 30, kXx = 1u << 31;
inline constexpr unsigned kKsuShift = 3;
/// Values of KSU; 3 is undefined.
inline constexpr std::uint64_t kKsuKernel = 0, kKsuSupervisor = 1, kKsuUser = 2;
/// Bits that exist: not RP (27) and 24:23.
inline constexpr std::uint64_t kWritable = 0xf67fffff;
}  // namespace status

/// Cause (R10000 UM 14.11). IP1:0 are software's, IP7 is the timer's and the performance counters'.
namespace cause {
inline constexpr std::uint64_t kExcCode = 0x1fu << 2, kIp = 0xffu << 8, kCe = 3u << 28,
                               kBd = 1u << 31;
inline constexpr unsigned kExcCodeShift = 2, kIpShift = 8, kCeShift = 28;
inline constexpr std::uint64_t kIpSoftware = 3u << 8, kIpTimer = 1u << 15;
}  // namespace cause

/// Index: an entry's number; P where tlbp found none. The machine's TLB has up to 512 entries,
/// eight times the R10000's.
inline constexpr std::uint64_t kIndexEntry = 0x1ff, kIndexProbeFailed = 0x80000000;

/// Context: PTEBase[63:23] BadVPN2[22:4]; XContext: PTEBase[63:37] R[36:35] BadVPN2[34:4] of the
/// R10000's 44-bit addresses (R10000 UM 14.5, 14.21).
inline constexpr std::uint64_t kContextBase = ~std::uint64_t{0x7fffff};
inline constexpr std::uint64_t kXContextBase = ~((std::uint64_t{1} << 37) - 1);
/// Both as a TLB exception at `va` leaves them.
constexpr std::uint64_t context_of(std::uint64_t before, std::uint64_t va) {
  return (before & kContextBase) | (va >> 13 & 0x7ffff) << 4;
}
constexpr std::uint64_t xcontext_of(std::uint64_t before, std::uint64_t va) {
  return (before & kXContextBase) | va >> 62 << 35 | (va >> 13 & 0x7fffffff) << 4;
}

/// Config.K0: the cache algorithm of KSEG0.
inline constexpr std::uint64_t kConfigK0 = 7;

/// WatchLo: bits 31:3 of a physical address, R, W; WatchHi: its bits 39:32.
inline constexpr std::uint64_t kWatchStore = 1, kWatchLoad = 2, kWatchLoWritable = 0xfffffffb,
                               kWatchHiWritable = 0xff;

/// FrameMask[15:0] keeps EntryLo[33:18] out of the TLB (R10000 UM 14.18).
inline constexpr std::uint64_t kFrameMaskWritable = 0xffff;
inline constexpr unsigned kFrameMaskShift = 18;

inline constexpr std::uint64_t kBrDiagWritable = 3u << 16;  // BPMode
inline constexpr std::uint64_t kEccWritable = 0x3ff;
/// PRId of an R10000 of revision 3.0, whose performance events the manual describes (UM 14.20).
inline constexpr std::uint64_t kPrIdValue = 0x0930;

}  // namespace hardware
