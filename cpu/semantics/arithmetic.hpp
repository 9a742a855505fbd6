// The 64-bit operations of ops.hpp that C++ leaves partly undefined, for Ops whose Word is a
// number: one definition for the interpreter, constant folding and the tests' naive machine.
#pragma once

#include <cstdint>

namespace cpu {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

constexpr std::uint64_t mulh_signed(std::uint64_t a, std::uint64_t b) {
  const Int128 product = Int128{static_cast<std::int64_t>(a)} * static_cast<std::int64_t>(b);
  return static_cast<std::uint64_t>(product >> 64);
}
constexpr std::uint64_t mulh_unsigned(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(Uint128{a} * b >> 64);
}

/// Division by zero gives the quotient that a restoring divider is left with, all ones for a
/// dividend of zero or more and 1 below, and the dividend as remainder. The most negative number
/// divided by -1 is itself.
constexpr std::uint64_t div_signed(std::uint64_t a, std::uint64_t b) {
  const auto dividend = static_cast<std::int64_t>(a);
  const auto divisor = static_cast<std::int64_t>(b);
  if (divisor == 0) return dividend < 0 ? 1 : ~std::uint64_t{0};
  if (divisor == -1) return 0 - a;
  return static_cast<std::uint64_t>(dividend / divisor);
}
constexpr std::uint64_t rem_signed(std::uint64_t a, std::uint64_t b) {
  const auto divisor = static_cast<std::int64_t>(b);
  if (divisor == 0) return a;
  if (divisor == -1) return 0;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(a) % divisor);
}
constexpr std::uint64_t div_unsigned(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? ~std::uint64_t{0} : a / b;
}
constexpr std::uint64_t rem_unsigned(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? a : a % b;
}

}  // namespace cpu
