// Architectural registers of an R10000 (R10000 UM 14 for CP0). Plain data; who may write what and
// what reading does is the business of cp0_table.hpp and core/cp0.cpp.
#pragma once

#include <array>
#include <cstdint>

#include "common/address.hpp"
#include "common/state.hpp"

namespace cpu {
using namespace common;

/// CP0 register numbers.
enum Cp0Number : unsigned {
  kIndex = 0,
  kRandom = 1,
  kEntryLo0 = 2,
  kEntryLo1 = 3,
  kContext = 4,
  kPageMask = 5,
  kWired = 6,
  kBadVAddr = 8,
  kCount = 9,
  kEntryHi = 10,
  kCompare = 11,
  kStatus = 12,
  kCause = 13,
  kEpc = 14,
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

/// Status bits (R10000 UM 14.13).
namespace status {
inline constexpr std::uint64_t kIe = 1u << 0, kExl = 1u << 1, kErl = 1u << 2, kKsu = 3u << 3,
                               kUx = 1u << 5, kSx = 1u << 6, kKx = 1u << 7, kIm = 0xffu << 8,
                               kDe = 1u << 16, kCe = 1u << 17, kCh = 1u << 18, kNmi = 1u << 19,
                               kSr = 1u << 20, kTs = 1u << 21, kBev = 1u << 22, kRe = 1u << 25,
                               kFr = 1u << 26, kCu0 = 1u << 28, kCu1 = 1u << 29, kCu2 = 1u << 30,
                               kXx = 1u << 31;
inline constexpr unsigned kImShift = 8, kKsuShift = 3;
}  // namespace status

/// Cause bits.
namespace cause {
inline constexpr std::uint64_t kExcCode = 0x1fu << 2, kIp = 0xffu << 8, kCe = 3u << 28,
                               kBd = 1u << 31;
inline constexpr unsigned kExcCodeShift = 2, kIpShift = 8, kCeShift = 28;
inline constexpr std::uint64_t kIpTimer = 1u << 15, kIpSoftware = 3u << 8;
}  // namespace cause

/// FCR0 of the R10000's FPU, and what of FCSR (FCR31) exists (R10000 UM 15).
inline constexpr std::uint32_t kFcr0Value = 0x0900, kFcr31Mask = 0xff83ffff;

struct Registers {
  /// 0..31, and slot 32, where instructions that name $zero as their destination write
  /// (operands.hpp).
  std::array<std::uint64_t, 33> gpr{};
  std::uint64_t hi = 0, lo = 0;
  VirtAddr pc;
  std::array<std::uint64_t, 32> fpr{};
  std::uint32_t fcr31 = 0;

  // CP0, as stored; Random, Count and Cause.IP are completed when read.
  std::uint64_t index = 0, entry_lo0 = 0, entry_lo1 = 0, context = 0, page_mask = 0, bad_vaddr = 0,
                entry_hi = 0, compare = 0, status = 0, cause = 0, epc = 0, config = 0, ll_addr = 0,
                watch_lo = 0, watch_hi = 0, xcontext = 0, frame_mask = 0, diagnostic = 0, ecc = 0,
                tag_lo = 0, tag_hi = 0, error_epc = 0;

  void visit(StateVisitor& v) {
    gpr[32] = 0;
    v.words("gpr", gpr);
    v.words("fpr", fpr);
    v.field("hi", hi);
    v.field("lo", lo);
    v.field("pc", pc);
    v.field("fcr31", fcr31);
    v.field("index", index);
    v.field("entry_lo0", entry_lo0);
    v.field("entry_lo1", entry_lo1);
    v.field("context", context);
    v.field("page_mask", page_mask);
    v.field("bad_vaddr", bad_vaddr);
    v.field("entry_hi", entry_hi);
    v.field("compare", compare);
    v.field("status", status);
    v.field("cause", cause);
    v.field("epc", epc);
    v.field("config", config);
    v.field("ll_addr", ll_addr);
    v.field("watch_lo", watch_lo);
    v.field("watch_hi", watch_hi);
    v.field("xcontext", xcontext);
    v.field("frame_mask", frame_mask);
    v.field("diagnostic", diagnostic);
    v.field("ecc", ecc);
    v.field("tag_lo", tag_lo);
    v.field("tag_hi", tag_hi);
    v.field("error_epc", error_epc);
  }
};

}  // namespace cpu
