// 64-bit big-endian registers that can also be accessed by 32-bit halves: the half at the
// register's offset is the upper one.
#pragma once

#include <cstdint>
#include <optional>

#include "hardware/r10000/segments.hpp"

namespace hardware {

/// Which part of which register an access touches.
struct RegisterPart {
  static constexpr std::uint64_t kLowHalf = 0xffffffff;

  std::uint64_t offset = 0;  // of the 64-bit register
  unsigned shift = 0;        // of the part within it
  std::uint64_t mask = 0;    // of the part, in place

  bool is_whole() const { return mask == ~std::uint64_t{0}; }
  bool is_low_half() const { return mask == kLowHalf; }

  std::uint64_t extract(std::uint64_t whole) const { return (whole & mask) >> shift; }
  /// The written bits in place, zero elsewhere.
  std::uint64_t place(std::uint64_t value) const { return (value << shift) & mask; }
  std::uint64_t insert(std::uint64_t whole, std::uint64_t value) const {
    return (whole & ~mask) | place(value);
  }
  /// As insert, but the low half alone is a 32-bit address: it is stored sign-extended.
  std::uint64_t insert_address(std::uint64_t whole, std::uint64_t value) const {
    if (!is_low_half()) return insert(whole, value);
    return sign_extended_word(value);
  }
};

/// Nothing for 8- and 16-bit accesses, which these registers do not answer.
constexpr std::optional<RegisterPart> register_part(std::uint64_t offset, unsigned size) {
  if (size == 8) return RegisterPart{offset, 0, ~std::uint64_t{0}};
  if (size != 4) return std::nullopt;
  const bool low = (offset & 4) != 0;
  return RegisterPart{offset & ~std::uint64_t{7}, low ? 0U : 32U,
                      low ? RegisterPart::kLowHalf : ~RegisterPart::kLowHalf};
}

}  // namespace hardware
