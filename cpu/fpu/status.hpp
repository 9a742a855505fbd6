// FCSR, and what an operation leaves in it (R10000 UM 15.4).
#pragma once

#include <cstdint>

namespace cpu::fpu {

/// FCSR.RM.
enum class Rounding : std::uint8_t { kNearest, kToZero, kUp, kDown };

/// A set of exceptional conditions, in the order of FCSR's fields.
using Causes = std::uint32_t;
inline constexpr Causes kInexact = 1, kUnderflow = 2, kOverflow = 4, kDivisionByZero = 8,
                        kInvalid = 16, kUnimplemented = 32;

inline constexpr std::uint32_t kRoundingMask = 3, kFlush = 1u << 24;
inline constexpr unsigned kFlagShift = 2, kEnableShift = 7, kCauseShift = 12;
inline constexpr std::uint32_t kCauseMask = 0x3fu << kCauseShift;

constexpr Causes enables_of(std::uint32_t fcsr) { return fcsr >> kEnableShift & 0x1f; }
/// A cause with its enable, or Unimplemented Operation, is an exception.
constexpr bool traps(std::uint32_t fcsr) {
  return (fcsr >> kCauseShift & (enables_of(fcsr) | kUnimplemented)) != 0;
}
/// FCSR after an operation with these causes: the flags only grow when there is no exception.
constexpr std::uint32_t settled(std::uint32_t fcsr, Causes causes) {
  const std::uint32_t after = (fcsr & ~kCauseMask) | causes << kCauseShift;
  return traps(after) ? after : after | causes << kFlagShift;
}

/// What decides an operation besides its operands.
struct Control {
  std::uint32_t fcsr = 0;
  bool completes = false;  // what the R10000 leaves to software (docs/cpu-fpu.md)

  Rounding rounding() const { return static_cast<Rounding>(fcsr & kRoundingMask); }
  bool flushes() const { return (fcsr & kFlush) != 0; }
};

/// `value` counts only when the causes are no exception.
struct Outcome {
  std::uint64_t value = 0;
  Causes causes = 0;
};

enum class Binary : std::uint8_t { kAdd, kSub, kMul, kDiv };
enum class Unary : std::uint8_t { kSqrt, kAbs, kNeg, kRecip, kRsqrt };
/// fs * ft + fr, fs * ft - fr, and both with the sign changed at the end.
enum class MultiplyAdd : std::uint8_t { kMadd, kMsub, kNmadd, kNmsub };

/// The low bits of C.cond: what makes it true, and whether quiet NaNs are invalid.
using Condition = unsigned;
inline constexpr Condition kUnordered = 1, kEqual = 2, kLess = 4, kSignals = 8;

}  // namespace cpu::fpu
