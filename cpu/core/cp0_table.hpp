// Coprocessor 0 as a table: for each register number its width, the bits that software can write, its value
// after a cold reset and where it is stored (R10000 UM 14; reset: UM 17, Cold Reset Exception). What the
// manual leaves undefined after a reset is zero here. What a write does besides storing is in
// core/cp0.cpp.
//
// mfc0 gives the low word, sign-extended; dmfc0 the whole register, whose upper half is zero where the table
// says 32 bits (the manual leaves that open). mtc0 writes the sign-extended word, dmtc0 all of rt; bits that
// cannot be written keep their value.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/cpu_config.hpp"
#include "cpu/core/registers.hpp"
#include "hardware/r10000/tlb.hpp"

namespace cpu {

struct Cp0Row {
  std::uint8_t bits = 0;       // 32 or 64; 0: a reserved number, which reads as zero and ignores writes
  std::uint64_t writable = 0;
  std::uint64_t reset = 0;     // also what a register without storage reads as
  std::uint64_t Registers::*stored = nullptr;  // nullptr: read-only and constant, or kept by its unit
};

/// The mode bits of a reset, as the Config register shows them (R10000 UM 14.14, 8.4). K0, the cache algorithm of
/// KSEG0, is in bits 2:0.
/// IC, DC, SS and SB follow the caches (config_of).
inline constexpr std::uint64_t kConfigValue = 2u << 19 |  // SCClkDiv: the secondary cache's clock is the processor's by 1.5
                                              1u << 15 |  // BE
                                              3u << 9 |   // SysClkDiv: the system interface's clock is the processor's by 2
                                              3u << 7;    // PM: four outstanding requests
/// Config of a processor with these caches. Sizes that its fields cannot hold show as the nearest one they can.
constexpr std::uint64_t config_of(const CacheSizes& caches) {
  const auto doublings = [](std::uint64_t bytes, std::uint64_t least) {
    std::uint64_t n = 0;
    while (n < 7 && least << (n + 1) <= bytes) ++n;
    return n;
  };
  return kConfigValue | doublings(caches.primary_instruction, 4 * kKiB) << 29 | doublings(caches.primary_data, 4 * kKiB) << 26 |
         doublings(caches.secondary, 512 * kKiB) << 16 | (caches.secondary_line >= 128 ? 1u << 13 : 0u);
}

constexpr std::array<Cp0Row, 32> make_cp0_table() {
  using R = Registers;
  constexpr std::uint64_t kWord = 0xffffffff, kAll = ~std::uint64_t{0};
  std::array<Cp0Row, 32> t{};
  t[kIndex] = {32, kIndexEntry, 0, &R::index};
  t[kRandom] = {32, 0, 0, nullptr};                         // the TLB's
  t[kEntryLo0] = {64, entry_lo::kWritable, 0, &R::entry_lo0};
  t[kEntryLo1] = {64, entry_lo::kWritable, 0, &R::entry_lo1};
  t[kContext] = {64, kContextBase, 0, &R::context};
  t[kPageMask] = {32, kPageMaskWritable, 0, &R::page_mask};
  t[kWired] = {32, kIndexEntry, 0, nullptr};                // the TLB's
  t[kBadVAddr] = {64, 0, 0, &R::bad_vaddr};
  t[kCount] = {32, kWord, 0, nullptr};                      // follows the clock
  t[kEntryHi] = {64, entry_hi::kWritable, 0, &R::entry_hi};
  t[kCompare] = {32, kWord, 0, &R::compare};
  t[kStatus] = {32, status::kWritable, status::kErl | status::kBev, &R::status};
  t[kCause] = {32, cause::kIpSoftware, 0, &R::cause};
  t[kEpc] = {64, kAll, 0, &R::epc};
  t[kPrId] = {32, 0, kPrIdValue, nullptr};
  t[kConfig] = {32, kConfigK0, config_of({}) | cache_algorithm::kUncached, &R::config};
  t[kLlAddr] = {32, kWord, 0, &R::ll_addr};
  t[kWatchLo] = {32, kWatchLoWritable, 0, &R::watch_lo};
  t[kWatchHi] = {32, kWatchHiWritable, 0, &R::watch_hi};
  t[kXContext] = {64, kXContextBase, 0, &R::xcontext};
  t[kFrameMask] = {32, kFrameMaskWritable, 0, &R::frame_mask};
  t[kBrDiag] = {64, kBrDiagWritable, 0, &R::diagnostic};  // no prediction that it could control
  t[kPerformance] = {32, kWord, 0, nullptr};                // the counters'
  t[kEcc] = {32, kEccWritable, 0, &R::ecc};
  t[kCacheErr] = {32, 0, 0, nullptr};                       // no cache error ever
  t[kTagLo] = {32, kWord, 0, &R::tag_lo};
  t[kTagHi] = {32, kWord, 0, &R::tag_hi};
  t[kErrorEpc] = {64, kAll, 0, &R::error_epc};
  return t;
}
inline constexpr std::array<Cp0Row, 32> kCp0Table = make_cp0_table();

}  // namespace cpu
