// The number formats of coprocessor 1 as bit patterns (R10000 UM 15, MIPS IV B.2). Values travel as
// the low bits of a 64-bit word, zero-extended.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace cpu::fpu {

template <class BitsType, class NumberType, unsigned kFraction, BitsType kNan>
struct FloatFormat {
  using Bits = BitsType;
  using Number = NumberType;
  static constexpr unsigned kFractionBits = kFraction;
  static constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  static constexpr Bits kFractionMask = (Bits{1} << kFraction) - 1;
  static constexpr Bits kMinNormal = Bits{1} << kFraction;
  static constexpr Bits kInfinity = static_cast<Bits>(~kSign & ~kFractionMask);
  /// Set in signalling NaNs, clear in quiet ones: the opposite of the host (MIPS IV B.2.2).
  static constexpr Bits kSignalling = Bits{1} << (kFraction - 1);
  /// What an invalid operation gives.
  static constexpr Bits kDefaultNan = kNan;
};
struct Single : FloatFormat<std::uint32_t, float, 23, 0x7fbfffff> {};
struct Double : FloatFormat<std::uint64_t, double, 52, 0x7ff7ffffffffffff> {};

/// Fixed-point formats, and what an invalid conversion to them gives.
struct Word {
  using Bits = std::uint32_t;
  using Integer = std::int32_t;
  static constexpr Bits kInvalid = 0x7fffffff;
};
struct Long {
  using Bits = std::uint64_t;
  using Integer = std::int64_t;
  static constexpr Bits kInvalid = 0x7fffffffffffffff;
};

template <class F>
inline constexpr bool kIsFloat = std::is_same_v<F, Single> || std::is_same_v<F, Double>;

template <class F>
constexpr typename F::Bits magnitude(typename F::Bits a) {
  return static_cast<typename F::Bits>(a & ~F::kSign);
}
template <class F>
constexpr bool is_nan(typename F::Bits a) {
  return magnitude<F>(a) > F::kInfinity;
}
template <class F>
constexpr bool is_signalling(typename F::Bits a) {
  return is_nan<F>(a) && (a & F::kSignalling) != 0;
}
template <class F>
constexpr bool is_subnormal(typename F::Bits a) {
  return static_cast<typename F::Bits>(magnitude<F>(a) - 1) < F::kFractionMask;
}
template <class F>
constexpr typename F::Number number_of(typename F::Bits a) {
  return std::bit_cast<typename F::Number>(a);
}
template <class F>
constexpr typename F::Bits bits_of(typename F::Number a) {
  return std::bit_cast<typename F::Bits>(a);
}

}  // namespace cpu::fpu
