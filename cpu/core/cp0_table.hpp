// Coprocessor 0 as a table: for each register number its width, the bits that software can write,
// its value after a cold reset and where it is stored (R10000 UM 14; reset: UM 17, Cold Reset
// Exception). What the manual leaves undefined after a reset is zero here. What a write does
// besides storing is in core/cp0.cpp.
//
// mfc0 gives the low word, sign-extended; dmfc0 the whole register, whose upper half is zero where
// the table says 32 bits (the manual leaves that open). mtc0 writes the sign-extended word, dmtc0
// all of rt; bits that cannot be written keep their value.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/core/registers.hpp"
#include "cpu/cpu_config.hpp"

namespace cpu {

struct Cp0Row {
  std::uint8_t bits = 0;  // 32 or 64; 0: a reserved number, which reads as zero and ignores writes
  std::uint64_t writable = 0;
  std::uint64_t reset = 0;  // also what a register without storage reads as
  /// nullptr: read-only and constant, or kept by its unit.
  std::uint64_t Registers::*stored = nullptr;
};

/// R10000 revision 3.0, whose performance events the manual describes (UM 14.20).
inline constexpr std::uint64_t kPrIdValue = 0x0930;
/// The mode bits of a reset, as the Config register shows them (R10000 UM 14.14, 8.4). K0, the
/// cache algorithm of KSEG0, is in bits 2:0. IC, DC, SS and SB follow the caches (config_of).
inline constexpr std::uint64_t kConfigValue =
    2u << 19 |  // SCClkDiv: the secondary cache's clock is the processor's by 1.5
    1u << 15 |  // BE
    3u << 9 |   // SysClkDiv: the system interface's clock is the processor's by 2
    3u << 7;    // PM: four outstanding requests
/// Config of a processor with these caches. Sizes that its fields cannot hold show as the nearest
/// one they can.
constexpr std::uint64_t config_of(const CacheSizes& caches) {
  const auto doublings = [](std::uint64_t bytes, std::uint64_t least) {
    std::uint64_t n = 0;
    while (n < 7 && least << (n + 1) <= bytes) ++n;
    return n;
  };
  return kConfigValue | doublings(caches.primary_instruction, 4 * kKiB) << 29 |
         doublings(caches.primary_data, 4 * kKiB) << 26 |
         doublings(caches.secondary, 512 * kKiB) << 16 |
         (caches.secondary_line >= 128 ? 1u << 13 : 0u);
}
inline constexpr std::uint64_t kUncachedAlgorithm = 2, kCacheableAlgorithm = 3;

/// Index: the TLB can have up to 512 entries here; bit 31 is tlbp's.
inline constexpr std::uint64_t kIndexEntry = 0x1ff, kIndexProbeFailed = 0x80000000;
/// FrameMask[15:0] keeps EntryLo[33:18] out of the TLB (R10000 UM 14.18).
inline constexpr unsigned kFrameMaskShift = 18;
/// WatchLo: bits 31:3 of the address, R, W.
inline constexpr std::uint64_t kWatchStore = 1, kWatchLoad = 2;

constexpr std::array<Cp0Row, 32> make_cp0_table() {
  using R = Registers;
  constexpr std::uint64_t kWord = 0xffffffff, kAll = ~std::uint64_t{0};
  constexpr std::uint64_t kEntryLoBits = 0xc0000003ffffffff;  // UC, PFN, C, D, V, G
  constexpr std::uint64_t kStatusBits = 0xf67fffff;           // not RP (27) and 24:23
  std::array<Cp0Row, 32> t{};
  t[kIndex] = {32, kIndexEntry, 0, &R::index};
  t[kRandom] = {32, 0, 0, nullptr};  // the TLB's
  t[kEntryLo0] = {64, kEntryLoBits, 0, &R::entry_lo0};
  t[kEntryLo1] = {64, kEntryLoBits, 0, &R::entry_lo1};
  t[kContext] = {64, kAll << 23, 0, &R::context};  // PTEBase
  t[kPageMask] = {32, 0x01ffe000, 0, &R::page_mask};
  t[kWired] = {32, kIndexEntry, 0, nullptr};  // the TLB's
  t[kBadVAddr] = {64, 0, 0, &R::bad_vaddr};
  t[kCount] = {32, kWord, 0, nullptr};                      // follows the clock
  t[kEntryHi] = {64, 0xc0000fffffffe0ff, 0, &R::entry_hi};  // R, VPN2, ASID
  t[kCompare] = {32, kWord, 0, &R::compare};
  t[kStatus] = {32, kStatusBits, status::kErl | status::kBev, &R::status};
  t[kCause] = {32, cause::kIpSoftware, 0, &R::cause};
  t[kEpc] = {64, kAll, 0, &R::epc};
  t[kPrId] = {32, 0, kPrIdValue, nullptr};
  t[kConfig] = {32, 0x7, config_of({}) | kUncachedAlgorithm, &R::config};
  t[kLlAddr] = {32, kWord, 0, &R::ll_addr};
  t[kWatchLo] = {32, 0xfffffffb, 0, &R::watch_lo};
  t[kWatchHi] = {32, 0xff, 0, &R::watch_hi};
  t[kXContext] = {64, kAll << 37, 0, &R::xcontext};  // PTEBase
  t[kFrameMask] = {32, 0xffff, 0, &R::frame_mask};
  t[kBrDiag] = {64, 3u << 16, 0, &R::diagnostic};  // BPMode; no prediction that it could control
  t[kPerformance] = {32, kWord, 0, nullptr};       // the counters'
  t[kEcc] = {32, 0x3ff, 0, &R::ecc};
  t[kCacheErr] = {32, 0, 0, nullptr};  // no cache error ever
  t[kTagLo] = {32, kWord, 0, &R::tag_lo};
  t[kTagHi] = {32, kWord, 0, &R::tag_hi};
  t[kErrorEpc] = {64, kAll, 0, &R::error_epc};
  return t;
}
inline constexpr std::array<Cp0Row, 32> kCp0Table = make_cp0_table();

}  // namespace cpu
