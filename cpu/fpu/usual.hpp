// The cases of floating-point arithmetic that programs are made of, inline: rounding to nearest,
// operands that are not subnormal, a result well inside the normal range. The only condition that
// can arise there is Inexact, and it is found without the host's flags, so nothing here touches or
// reads MXCSR, which is as the host's program start left it (to nearest, nothing flushed).
//
// Invariant: a known answer is careful.hpp's answer.
#pragma once

#include <bit>
#include <cmath>

#include "cpu/fpu/format.hpp"
#include "cpu/fpu/host.hpp"
#include "cpu/fpu/status.hpp"

namespace cpu::fpu {

struct Usual {
  std::uint64_t value = 0;
  bool is_inexact = false;
  bool is_known = false;  // nothing else counts otherwise
};

/// Whether FCSR allows the usual way: to nearest, Inexact without exception.
constexpr bool is_usual(std::uint32_t fcsr) {
  return (fcsr & (kRoundingMask | kInexact << kEnableShift)) == 0;
}
/// settled() when Inexact is the only possible cause and not enabled.
constexpr std::uint32_t settled_inexact(std::uint32_t fcsr, bool is_inexact) {
  constexpr std::uint32_t kBoth = kInexact << kCauseShift | kInexact << kFlagShift;
  return (fcsr & ~kCauseMask) | (is_inexact ? kBoth : 0);
}

/// Not subnormal, infinite or NaN, and not next to where those begin: the errors that are computed
/// below are exact, and rounding cannot have crossed a border.
template <class F>
constexpr bool is_well_inside(typename F::Bits value) {
  constexpr typename F::Bits kLow = F::kMinNormal * 2, kHigh = F::kInfinity - F::kMinNormal;
  return static_cast<typename F::Bits>(magnitude<F>(value) - kLow) < kHigh - kLow;
}

namespace detail {

/// The biased exponent.
inline int exponent_of(std::uint64_t a) {
  return static_cast<int>(a >> Double::kFractionBits & 0x7ff);
}
inline int trailing_zeros(std::uint64_t a) {
  return std::countr_zero(a | Double::kMinNormal);  // of the significand; a is normal
}
/// Whether a * b, whose rounded value is `product`, fits a double. Two significands of 53 bits make
/// one of 105, or 106 when it reaches 2, and it is exact if all but 53 of these are trailing zeros.
/// All normal.
inline bool is_exact_product(std::uint64_t a, std::uint64_t b, std::uint64_t product) {
  constexpr int kBias = 1023, kSpare = 52;
  const int carry = exponent_of(product) - exponent_of(a) - exponent_of(b) + kBias;
  return trailing_zeros(a) + trailing_zeros(b) >= kSpare + carry;
}
inline bool is_product(std::uint64_t a, std::uint64_t b, std::uint64_t product) {
  const double computed = number_of<Double>(a) * number_of<Double>(b);
  return computed == number_of<Double>(product) && is_exact_product(a, b, product);
}
/// A product of two singles is exact in a double.
inline bool is_product(std::uint32_t a, std::uint32_t b, std::uint32_t product) {
  const double computed = double{number_of<Single>(a)} * double{number_of<Single>(b)};
  return computed == double{number_of<Single>(product)};
}
inline bool is_exact_product(std::uint32_t a, std::uint32_t b, std::uint32_t product) {
  return is_product(a, b, product);
}

template <class F>
Usual sum(typename F::Bits a, typename F::Bits b) {
  const auto x = number_of<F>(a), y = number_of<F>(b);
  const auto total = x + y;
  const auto y_part = total - x;  // 2Sum: what rounding lost, exactly
  const auto lost = (x - (total - y_part)) + (y - y_part);
  const auto value = bits_of<F>(total);
  return {value, lost != 0, is_well_inside<F>(value) && !is_subnormal<F>(a) && !is_subnormal<F>(b)};
}

template <class F>
Usual product(typename F::Bits a, typename F::Bits b) {
  const auto value = bits_of<F>(number_of<F>(a) * number_of<F>(b));
  if (!is_well_inside<F>(value) || is_subnormal<F>(a) || is_subnormal<F>(b)) return {};
  return {value, !is_exact_product(a, b, value), true};
}

template <class F>
Usual quotient(typename F::Bits a, typename F::Bits b) {
  const auto value = bits_of<F>(number_of<F>(a) / number_of<F>(b));
  if (!is_well_inside<F>(value) || is_subnormal<F>(a) || is_subnormal<F>(b)) return {};
  return {value, !is_product(value, b, a), true};
}

}  // namespace detail

template <class F>
Usual usual_binary(Binary op, std::uint64_t fs, std::uint64_t ft) {
  const auto a = static_cast<typename F::Bits>(fs), b = static_cast<typename F::Bits>(ft);
  switch (op) {
    case Binary::kAdd: return detail::sum<F>(a, b);
    case Binary::kSub: return detail::sum<F>(a, static_cast<typename F::Bits>(b ^ F::kSign));
    case Binary::kMul: return detail::product<F>(a, b);
    case Binary::kDiv: return detail::quotient<F>(a, b);
  }
  return {};
}

template <class F>
Usual usual_unary(Unary op, std::uint64_t fs) {
  const auto a = static_cast<typename F::Bits>(fs);
  if (op == Unary::kAbs || op == Unary::kNeg) {
    const auto value = op == Unary::kAbs ? magnitude<F>(a) : a ^ F::kSign;
    return {value, false, !is_subnormal<F>(a) && !is_nan<F>(a)};
  }
  if (op == Unary::kRecip) return detail::quotient<F>(bits_of<F>(1), a);
  if (op == Unary::kRsqrt || !is_well_inside<F>(a)) return {};
  const auto value = bits_of<F>(square_root(number_of<F>(a)));
  return {value, !detail::is_product(value, value, a), (a & F::kSign) == 0};
}

template <class F>
Usual usual_multiply_add(MultiplyAdd op, std::uint64_t fs, std::uint64_t ft, std::uint64_t fr) {
  const Usual product = usual_binary<F>(Binary::kMul, fs, ft);
  const bool subtracts = op == MultiplyAdd::kMsub || op == MultiplyAdd::kNmsub;
  Usual sum = usual_binary<F>(subtracts ? Binary::kSub : Binary::kAdd, product.value, fr);
  sum.is_inexact |= product.is_inexact;
  sum.is_known = sum.is_known && product.is_known;
  if (op == MultiplyAdd::kNmadd || op == MultiplyAdd::kNmsub) sum.value ^= F::kSign;
  return sum;
}

/// `mode` is the conversion's own, or to nearest.
template <class To, class From>
Usual usual_convert(std::uint64_t fs, Rounding mode) {
  const auto a = static_cast<typename From::Bits>(fs);
  if constexpr (!kIsFloat<From>) {
    const std::int64_t integer = static_cast<typename From::Integer>(a);
    const auto number = static_cast<typename To::Number>(integer);
    constexpr std::int64_t kSafe = std::int64_t{1} << 62;  // so that the way back is defined
    const bool is_safe = integer > -kSafe && integer < kSafe;
    return {bits_of<To>(number), is_safe && static_cast<std::int64_t>(number) != integer, is_safe};
  } else if constexpr (std::is_same_v<To, Double>) {
    return {bits_of<Double>(number_of<From>(a)), false, is_well_inside<From>(a) || a == 0};
  } else if constexpr (kIsFloat<To>) {
    const auto number = static_cast<float>(number_of<From>(a));
    const auto value = bits_of<To>(number);
    return {value, double{number} != number_of<From>(a), is_well_inside<To>(value)};
  } else {
    const double number = number_of<From>(a);
    constexpr double kSafe = 1 << 30;
    const bool is_known = !is_subnormal<From>(a) && number > -kSafe && number < kSafe &&
                          (mode == Rounding::kNearest || mode == Rounding::kToZero);
    if (!is_known) return {};
    const std::int64_t integer =
        mode == Rounding::kToZero ? static_cast<std::int64_t>(number) : to_integer(number);
    return {static_cast<typename To::Bits>(integer), static_cast<double>(integer) != number, true};
  }
}

/// The value is 1 if the condition holds. Never inexact.
template <class F>
Usual usual_compare(Condition condition, std::uint64_t fs, std::uint64_t ft) {
  const auto x = number_of<F>(static_cast<typename F::Bits>(fs));
  const auto y = number_of<F>(static_cast<typename F::Bits>(ft));
  const bool holds = ((condition & kEqual) != 0 && x == y) || ((condition & kLess) != 0 && x < y);
  return {holds, false, !std::isnan(x) && !std::isnan(y)};
}

}  // namespace cpu::fpu
