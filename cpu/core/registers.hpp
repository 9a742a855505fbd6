// Architectural registers of an R10000 (R10000 UM 14 for CP0). Plain data; who may write what and what
// reading does is the business of cp0_table.hpp and core/cp0.cpp.
#pragma once

#include <array>
#include <cstdint>

#include "common/address.hpp"
#include "common/state.hpp"
#include "hardware/r10000/cp0.hpp"

namespace cpu {
using namespace common;
using namespace hardware;
using namespace hardware::cp0;  // register numbers

/// FCR0 of the R10000's FPU, and what of FCSR (FCR31) exists (R10000 UM 15).
inline constexpr std::uint32_t kFcr0Value = 0x0900, kFcr31Mask = 0xff83ffff;

struct Registers {
  /// 0..31, and slot 32, where instructions that name $zero as their destination write (operands.hpp).
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
