#include "cpu/fpu/careful.hpp"

#include <initializer_list>

#include "cpu/fpu/host.hpp"

namespace cpu::fpu {

namespace {

constexpr Outcome kRefused{0, kUnimplemented};

template <class F>
bool has_subnormal(std::initializer_list<typename F::Bits> operands) {
  for (const auto a : operands) {
    if (is_subnormal<F>(a)) return true;
  }
  return false;
}
template <class F>
bool has_nan(std::initializer_list<typename F::Bits> operands) {
  for (const auto a : operands) {
    if (is_nan<F>(a)) return true;
  }
  return false;
}

/// The result when some operand is a NaN: the first quiet one, unless one signals.
template <class F>
Outcome nan_result(std::initializer_list<typename F::Bits> operands) {
  Outcome result{F::kDefaultNan, 0};
  for (auto a = operands.end(); a != operands.begin();) {
    if (is_signalling<F>(*--a)) return {F::kDefaultNan, kInvalid};
    if (is_nan<F>(*a)) result.value = *a;
  }
  return result;
}

/// What FS puts in the place of a tiny result: the nearest of zero and the smallest normal numbers
/// that the rounding mode allows (R4000 UM table 7-1).
template <class F>
typename F::Bits flushed(typename F::Bits tiny, Rounding mode) {
  const auto sign = static_cast<typename F::Bits>(tiny & F::kSign);
  const Rounding away = sign != 0 ? Rounding::kDown : Rounding::kUp;
  return mode == away ? static_cast<typename F::Bits>(sign | F::kMinNormal) : sign;
}

template <class F>
Outcome tiny_result(typename F::Bits value, Causes causes, Control control) {
  const Causes enabled = enables_of(control.fcsr) & (kUnderflow | kInexact);
  const bool is_left_to_software = !control.flushes() || enabled != 0;
  if (is_left_to_software && !control.completes) return kRefused;
  if (control.flushes()) return {flushed<F>(value, control.rounding()), kUnderflow | kInexact};
  const bool underflows = (causes & kInexact) != 0 || (enabled & kUnderflow) != 0;
  return {value, underflows ? causes | kUnderflow : causes};
}

/// From what the host made of operands that are no NaNs.
template <class F>
Outcome rounded(HostResult<typename F::Number> host, Control control) {
  if ((host.flags & kHostInvalid) != 0) return {F::kDefaultNan, kInvalid};
  Causes causes = 0;
  if ((host.flags & kHostPrecision) != 0) causes |= kInexact;
  if ((host.flags & kHostOverflow) != 0) causes |= kOverflow;
  if ((host.flags & kHostZeroDivide) != 0) causes |= kDivisionByZero;
  const auto value = bits_of<F>(host.value);
  // The host detects tininess after rounding too, but flags it only when the result is inexact.
  const bool is_tiny = (host.flags & kHostUnderflow) != 0 || is_subnormal<F>(value);
  return is_tiny ? tiny_result<F>(value, causes, control) : Outcome{value, causes};
}

template <class F>
HostResult<typename F::Number> compute(Binary op, typename F::Number a, typename F::Number b,
                                       Rounding mode) {
  using N = typename F::Number;
  switch (op) {
    case Binary::kAdd:
      return on_host(
          mode, [](N x, N y) { return x + y; }, a, b);
    case Binary::kSub:
      return on_host(
          mode, [](N x, N y) { return x - y; }, a, b);
    case Binary::kMul:
      return on_host(
          mode, [](N x, N y) { return x * y; }, a, b);
    case Binary::kDiv:
      return on_host(
          mode, [](N x, N y) { return x / y; }, a, b);
  }
  return {};
}

template <class F>
HostResult<typename F::Number> root(typename F::Number a, Rounding mode) {
  return on_host(
      mode, [](typename F::Number x) { return square_root(x); }, a);
}

template <class F>
HostResult<typename F::Number> reciprocal_root(typename F::Number a, Rounding mode) {
  const auto first = root<F>(a, mode);
  auto second = compute<F>(Binary::kDiv, 1, first.value, mode);
  second.flags |= first.flags;
  return second;
}

/// A quiet NaN with as much of the fraction as the other format holds.
std::uint32_t narrowed(std::uint64_t nan) {
  constexpr unsigned kLost = Double::kFractionBits - Single::kFractionBits;
  const auto fraction = static_cast<std::uint32_t>((nan & Double::kFractionMask) >> kLost);
  if (fraction == 0) return Single::kDefaultNan;
  return static_cast<std::uint32_t>(nan >> 32 & Single::kSign) | Single::kInfinity | fraction;
}
std::uint64_t widened(std::uint32_t nan) {
  constexpr unsigned kAdded = Double::kFractionBits - Single::kFractionBits;
  const std::uint64_t fraction = std::uint64_t{nan & Single::kFractionMask} << kAdded;
  return std::uint64_t{nan & Single::kSign} << 32 | Double::kInfinity | fraction;
}

template <class To>
Outcome to_fixed(double a, Rounding mode, Control control) {
  const auto host = on_host(
      mode, [](double x) { return to_integer(x); }, a);
  const auto fits = static_cast<typename To::Integer>(host.value) == host.value;
  if ((host.flags & kHostInvalid) != 0 || !fits) {
    return control.completes ? Outcome{To::kInvalid, kInvalid} : kRefused;
  }
  return {static_cast<typename To::Bits>(host.value),
          (host.flags & kHostPrecision) != 0 ? kInexact : 0};
}

template <class To>
Outcome from_fixed(std::int64_t a, Rounding mode, Control control) {
  using N = typename To::Number;
  const auto host = on_host(
      mode, [](std::int64_t x) { return static_cast<N>(x); }, a);
  return rounded<To>(host, control);
}

}  // namespace

template <class F>
Outcome binary(Binary op, std::uint64_t fs, std::uint64_t ft, Control control) {
  const auto a = static_cast<typename F::Bits>(fs), b = static_cast<typename F::Bits>(ft);
  if (!control.completes && has_subnormal<F>({a, b})) return kRefused;
  if (has_nan<F>({a, b})) return nan_result<F>({a, b});
  return rounded<F>(compute<F>(op, number_of<F>(a), number_of<F>(b), control.rounding()), control);
}

template <class F>
Outcome unary(Unary op, std::uint64_t fs, Control control) {
  const auto a = static_cast<typename F::Bits>(fs);
  if (!control.completes && is_subnormal<F>(a)) return kRefused;
  const bool only_sign = op == Unary::kAbs || op == Unary::kNeg;
  if (is_signalling<F>(a) || (is_nan<F>(a) && !only_sign)) return nan_result<F>({a});
  const Rounding mode = control.rounding();
  const auto number = number_of<F>(a);
  switch (op) {
    case Unary::kSqrt: return rounded<F>(root<F>(number, mode), control);
    case Unary::kAbs: return {magnitude<F>(a), 0};
    case Unary::kNeg: return {static_cast<typename F::Bits>(a ^ F::kSign), 0};
    case Unary::kRecip: return rounded<F>(compute<F>(Binary::kDiv, 1, number, mode), control);
    case Unary::kRsqrt: return rounded<F>(reciprocal_root<F>(number, mode), control);
  }
  return kRefused;
}

template <class F>
Outcome multiply_add(MultiplyAdd op, std::uint64_t fs, std::uint64_t ft, std::uint64_t fr,
                     Control control) {
  if (!control.completes && is_subnormal<F>(static_cast<typename F::Bits>(fr))) return kRefused;
  const Outcome product = binary<F>(Binary::kMul, fs, ft, control);
  if (product.causes == kUnimplemented) return kRefused;
  const bool subtracts = op == MultiplyAdd::kMsub || op == MultiplyAdd::kNmsub;
  Outcome sum = binary<F>(subtracts ? Binary::kSub : Binary::kAdd, product.value, fr, control);
  if (sum.causes == kUnimplemented) return kRefused;
  sum.causes |= product.causes;
  if (op == MultiplyAdd::kNmadd || op == MultiplyAdd::kNmsub) sum.value ^= F::kSign;
  return sum;
}

template <class To, class From>
Outcome convert(std::uint64_t fs, Rounding mode, Control control) {
  const auto a = static_cast<typename From::Bits>(fs);
  if constexpr (!kIsFloat<From>) {
    return from_fixed<To>(static_cast<typename From::Integer>(a), mode, control);
  } else {
    if (!control.completes && is_subnormal<From>(a)) return kRefused;
    if constexpr (!kIsFloat<To>) {
      return to_fixed<To>(number_of<From>(a), mode, control);
    } else {
      if (is_signalling<From>(a)) return {To::kDefaultNan, kInvalid};
      if constexpr (std::is_same_v<To, Double>) {
        if (is_nan<From>(a)) return {widened(a), 0};
        return {bits_of<Double>(number_of<From>(a)), 0};
      } else {
        if (is_nan<From>(a)) return {narrowed(a), 0};
        const auto host = on_host(
            mode, [](double x) { return static_cast<float>(x); }, number_of<From>(a));
        return rounded<To>(host, control);
      }
    }
  }
}

template <class F>
Outcome compare(Condition condition, std::uint64_t fs, std::uint64_t ft) {
  const auto a = static_cast<typename F::Bits>(fs), b = static_cast<typename F::Bits>(ft);
  if (has_nan<F>({a, b})) {
    const bool is_invalid =
        (condition & kSignals) != 0 || is_signalling<F>(a) || is_signalling<F>(b);
    return {condition & kUnordered, is_invalid ? kInvalid : 0};
  }
  const auto x = number_of<F>(a), y = number_of<F>(b);
  const bool holds = ((condition & kEqual) != 0 && x == y) || ((condition & kLess) != 0 && x < y);
  return {holds, 0};
}

template Outcome binary<Single>(Binary, std::uint64_t, std::uint64_t, Control);
template Outcome binary<Double>(Binary, std::uint64_t, std::uint64_t, Control);
template Outcome unary<Single>(Unary, std::uint64_t, Control);
template Outcome unary<Double>(Unary, std::uint64_t, Control);
template Outcome multiply_add<Single>(MultiplyAdd, std::uint64_t, std::uint64_t, std::uint64_t,
                                      Control);
template Outcome multiply_add<Double>(MultiplyAdd, std::uint64_t, std::uint64_t, std::uint64_t,
                                      Control);
template Outcome convert<Single, Double>(std::uint64_t, Rounding, Control);
template Outcome convert<Single, Word>(std::uint64_t, Rounding, Control);
template Outcome convert<Single, Long>(std::uint64_t, Rounding, Control);
template Outcome convert<Double, Single>(std::uint64_t, Rounding, Control);
template Outcome convert<Double, Word>(std::uint64_t, Rounding, Control);
template Outcome convert<Double, Long>(std::uint64_t, Rounding, Control);
template Outcome convert<Word, Single>(std::uint64_t, Rounding, Control);
template Outcome convert<Word, Double>(std::uint64_t, Rounding, Control);
template Outcome convert<Long, Single>(std::uint64_t, Rounding, Control);
template Outcome convert<Long, Double>(std::uint64_t, Rounding, Control);
template Outcome compare<Single>(Condition, std::uint64_t, std::uint64_t);
template Outcome compare<Double>(Condition, std::uint64_t, std::uint64_t);

}  // namespace cpu::fpu
