// Names of coprocessor 0 as the monitor uses them, for the machine's registers and for a VCPU's
// virtual ones alike (R10000 UM 14). Numbers and layouts only; who may write what is
// virtual_cp0.cpp's business.
#pragma once

#include <cstdint>

namespace disco {

/// CP0 register numbers.
enum Cp0Register : unsigned {
  kCp0Index = 0,
  kCp0Random = 1,
  kCp0EntryLo0 = 2,
  kCp0EntryLo1 = 3,
  kCp0Context = 4,
  kCp0PageMask = 5,
  kCp0Wired = 6,
  kCp0BadVAddr = 8,
  kCp0Count = 9,
  kCp0EntryHi = 10,
  kCp0Compare = 11,
  kCp0Status = 12,
  kCp0Cause = 13,
  kCp0Epc = 14,
  kCp0PrId = 15,
  kCp0Config = 16,
  kCp0LlAddr = 17,
  kCp0WatchLo = 18,
  kCp0WatchHi = 19,
  kCp0XContext = 20,
  kCp0FrameMask = 21,
  kCp0BrDiag = 22,
  kCp0Performance = 25,
  kCp0Ecc = 26,
  kCp0CacheErr = 27,
  kCp0TagLo = 28,
  kCp0TagHi = 29,
  kCp0ErrorEpc = 30,
};

namespace status {
inline constexpr std::uint64_t kIe = 1u << 0, kExl = 1u << 1, kErl = 1u << 2, kKsu = 3u << 3,
                               kUx = 1u << 5, kSx = 1u << 6, kKx = 1u << 7, kIm = 0xffu << 8,
                               kCh = 1u << 18, kTs = 1u << 21, kBev = 1u << 22, kRe = 1u << 25,
                               kFr = 1u << 26, kCu0 = 1u << 28, kCu1 = 1u << 29, kCu2 = 1u << 30,
                               kXx = 1u << 31;
inline constexpr unsigned kKsuShift = 3;
inline constexpr std::uint64_t kKsuSupervisor = 1, kKsuUser = 2;
/// Bits that exist.
inline constexpr std::uint64_t kWritable = 0xf67fffff;
}  // namespace status

namespace cause {
inline constexpr std::uint64_t kExcCode = 0x1fu << 2, kIp = 0xffu << 8, kCe = 3u << 28,
                               kBd = 1u << 31;
inline constexpr unsigned kExcCodeShift = 2, kIpShift = 8, kCeShift = 28;
inline constexpr std::uint64_t kIpSoftware = 3u << 8, kIpDevice = 1u << 10, kIpIpi = 1u << 11,
                               kIpTimer = 1u << 15;
}  // namespace cause

/// Cause.ExcCode (R10000 UM table 17-6).
enum class ExceptionCode : std::uint8_t {
  kInterrupt = 0,
  kModified = 1,
  kTlbLoad = 2,
  kTlbStore = 3,
  kAddressLoad = 4,
  kAddressStore = 5,
  kInstructionBus = 6,
  kDataBus = 7,
  kSyscall = 8,
  kBreakpoint = 9,
  kReserved = 10,
  kCoprocessor = 11,
  kOverflow = 12,
  kTrap = 13,
  kFloatingPoint = 15,
  kWatch = 23,
};

/// EntryLo: PFN[33:6] C[5:3] D[2] V[1] G[0]; the R10000 keeps the uncached attribute in [63:62].
namespace entry_lo {
inline constexpr std::uint64_t kGlobal = 1, kValid = 2, kDirty = 4, kCache = 7u << 3,
                               kAttributes = 0x3f, kFrame = 0x3ffffffc0,
                               kWritable = 0xc0000003ffffffff;
inline constexpr unsigned kFrameShift = 6, kCacheShift = 3;
/// FrameMask[15:0] keeps EntryLo[33:18] out of the TLB (R10000 UM 14.18).
inline constexpr unsigned kFrameMaskShift = 18;
/// Cache algorithms (R10000 UM table 4-2).
inline constexpr std::uint64_t kUncached = 2u << 3, kCoherent = 5u << 3;
}  // namespace entry_lo

/// EntryHi: R[63:62] VPN2[43:13] ASID[7:0].
namespace entry_hi {
inline constexpr std::uint64_t kAsid = 0xff, kVpn2 = 0xc0000fffffffe000, kWritable = kVpn2 | kAsid;
}  // namespace entry_hi

inline constexpr std::uint64_t kPageMaskWritable = 0x01ffe000;
inline constexpr std::uint64_t kIndexProbeFailed = 0x80000000;
inline constexpr std::uint64_t kContextBase = ~std::uint64_t{0x7fffff};
inline constexpr std::uint64_t kXContextBase = ~((std::uint64_t{1} << 37) - 1);

constexpr std::uint64_t sign_extended_word(std::uint64_t value) {
  return static_cast<std::uint64_t>(
      static_cast<std::int64_t>(static_cast<std::int32_t>(static_cast<std::uint32_t>(value))));
}

}  // namespace disco
