// From an instruction word to its row. Total: every word has one, if only a reserved one.
//
// Each primary opcode has up to 64 buckets, told apart by the field that the architecture uses as
// the secondary opcode there; a bucket lists, in the table's order, the rows that can match.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu/isa/operands.hpp"
#include "cpu/isa/table.hpp"

namespace cpu {
namespace detail {

inline constexpr std::size_t kBuckets = 64 * 64;

/// Lowest bit of the secondary opcode, 6 bits wide. For opcodes without one any field will do:
/// their rows are then in all 64 buckets.
constexpr unsigned secondary_shift(std::uint32_t opcode) {
  switch (opcode) {
    case 0b000001: return 16;  // REGIMM: rt
    case 0b010000: return 20;  // COP0: rs
    default: return 0;         // SPECIAL, COP1, COP1X: function
  }
}
constexpr std::size_t bucket_of(std::uint32_t word) {
  const std::uint32_t opcode = word >> 26;
  return opcode * 64 + ((word >> secondary_shift(opcode)) & 63);
}
constexpr bool is_last_resort(const Row& row) { return row.pattern.mask == 0; }

/// Calls visit(bucket, row) for each bucket in which a row must be found, rows in the table's
/// order.
template <class Visit>
constexpr void for_each_bucket(Visit visit) {
  for (std::size_t r = 0; r < kRowCount; ++r) {
    const Row& row = kRowArray[r];
    if (is_last_resort(row)) continue;
    const std::uint32_t opcode = row.pattern.match >> 26;
    const unsigned shift = secondary_shift(opcode);
    const Pattern secondary{row.pattern.mask >> shift & 63, row.pattern.match >> shift & 63};
    for (std::uint32_t s = 0; s < 64; ++s)
      if (secondary.matches(s)) visit(opcode * 64 + s, static_cast<std::uint16_t>(r));
  }
}

constexpr std::size_t count_entries() {
  std::size_t n = 0;
  for_each_bucket([&n](std::size_t, std::uint16_t) { ++n; });
  return n;
}

struct DecodeTable {
  std::array<std::uint16_t, kBuckets + 1>
      begin{};  // bucket b is rows[begin[b]] .. rows[begin[b + 1] - 1]
  std::array<std::uint16_t, count_entries()> rows{};
};

constexpr DecodeTable make_decode_table() {
  DecodeTable table;
  for_each_bucket([&table](std::size_t bucket, std::uint16_t) { ++table.begin[bucket + 1]; });
  for (std::size_t b = 0; b < kBuckets; ++b)
    table.begin[b + 1] = static_cast<std::uint16_t>(table.begin[b + 1] + table.begin[b]);
  std::array<std::uint16_t, kBuckets> filled{};
  for_each_bucket([&](std::size_t bucket, std::uint16_t row) {
    table.rows[static_cast<std::size_t>(table.begin[bucket] + filled[bucket]++)] = row;
  });
  return table;
}

inline constexpr DecodeTable kDecodeTable = make_decode_table();

constexpr bool opcodes_are_fixed() {
  for (const Row& row : kRowArray)
    if (!is_last_resort(row) && row.pattern.mask >> 26 != 63) return false;
  return is_last_resort(kRowArray[static_cast<std::size_t>(Insn::reserved)]);
}
static_assert(opcodes_are_fixed(),
              "a row needs its primary opcode, or is the last resort `reserved`");

}  // namespace detail

constexpr Insn decode(std::uint32_t word) {
  const detail::DecodeTable& table = detail::kDecodeTable;
  const std::size_t bucket = detail::bucket_of(word);
  for (std::size_t i = table.begin[bucket]; i < table.begin[bucket + 1]; ++i)
    if (detail::kRowArray[table.rows[i]].pattern.matches(word)) return insn_at(table.rows[i]);
  return Insn::reserved;
}

}  // namespace cpu
