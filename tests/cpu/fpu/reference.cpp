#include "tests/cpu/fpu/reference.hpp"

#include <mpfr.h>

#include <cstring>

namespace fpu_judge {

namespace {

struct Shape {
  unsigned fraction_bits, exponent_bits;
  std::uint64_t default_nan;
  int precision() const { return static_cast<int>(fraction_bits) + 1; }
  std::uint64_t sign() const { return std::uint64_t{1} << (fraction_bits + exponent_bits); }
  std::uint64_t infinity() const {
    return ((std::uint64_t{1} << exponent_bits) - 1) << fraction_bits;
  }
  std::uint64_t min_normal() const { return std::uint64_t{1} << fraction_bits; }
  std::uint64_t magnitude(std::uint64_t bits) const { return bits & (sign() - 1); }
  // Exponents as MPFR counts them: the significand is in [1/2, 1).
  long max_exponent() const { return 1L << (exponent_bits - 1); }
  long min_normal_exponent() const { return 3 - max_exponent(); }
  long min_exponent() const { return min_normal_exponent() - static_cast<long>(fraction_bits); }
};

Shape shape_of(FormatLetter f) {
  if (f == 's') return {23, 8, 0x7fbfffff};
  return {52, 11, 0x7ff7ffffffffffff};
}

mpfr_rnd_t rounding_of(Mode mode) {
  switch (mode) {
    case kNearest: return MPFR_RNDN;
    case kToZero: return MPFR_RNDZ;
    case kUp: return MPFR_RNDU;
    case kDown: return MPFR_RNDD;
  }
  return MPFR_RNDN;
}

class Number {
 public:
  explicit Number(int precision) { mpfr_init2(value_, precision); }
  ~Number() { mpfr_clear(value_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  operator mpfr_ptr() { return value_; }

 private:
  mpfr_t value_;
};

void unlimited() {
  mpfr_set_emin(-100000);
  mpfr_set_emax(100000);
}

void load(mpfr_ptr out, FormatLetter format, std::uint64_t bits) {
  if (format == 'w') {
    mpfr_set_sj(out, static_cast<std::int32_t>(bits), MPFR_RNDN);
  } else if (format == 'l') {
    mpfr_set_sj(out, static_cast<std::int64_t>(bits), MPFR_RNDN);
  } else if (format == 's') {
    float number;
    const auto low = static_cast<std::uint32_t>(bits);
    std::memcpy(&number, &low, sizeof number);
    mpfr_set_flt(out, number, MPFR_RNDN);
  } else {
    double number;
    std::memcpy(&number, &bits, sizeof number);
    mpfr_set_d(out, number, MPFR_RNDN);
  }
}

std::uint64_t bits_of(FormatLetter format, mpfr_ptr in) {
  if (format == 's') {
    const float number = mpfr_get_flt(in, MPFR_RNDN);
    std::uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return bits;
  }
  const double number = mpfr_get_d(in, MPFR_RNDN);
  std::uint64_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

enum class Step { kAdd, kSub, kMul, kDiv, kSqrt, kCopy };

int compute(Step step, mpfr_ptr out, mpfr_ptr a, mpfr_ptr b, mpfr_rnd_t mode) {
  switch (step) {
    case Step::kAdd: return mpfr_add(out, a, b, mode);
    case Step::kSub: return mpfr_sub(out, a, b, mode);
    case Step::kMul: return mpfr_mul(out, a, b, mode);
    case Step::kDiv: return mpfr_div(out, a, b, mode);
    case Step::kSqrt: return mpfr_sqrt(out, a, mode);
    case Step::kCopy: return mpfr_set(out, a, mode);
  }
  return 0;
}

/// One bit more than the format has, and it is the last one that is needed: half-way.
bool is_tie(Step step, const Shape& shape, mpfr_ptr a, mpfr_ptr b) {
  Number wide{shape.precision() + 1};
  return compute(step, wide, a, b, MPFR_RNDN) == 0 && mpfr_regular_p(wide) != 0 &&
         mpfr_min_prec(wide) == shape.precision() + 1;
}

Answer tiny(const Shape& shape, std::uint64_t ieee, bool inexact, const Setting& s) {
  const bool would_trap = (s.enables & (kU | kI)) != 0;
  Answer answer;
  answer.was_tiny = true;
  if (!s.completes && (!s.flush || would_trap)) {
    answer.causes = kE;
  } else if (s.flush) {
    const bool negative = (ieee & shape.sign()) != 0;
    const bool away = s.mode == (negative ? kDown : kUp);
    answer.value = (ieee & shape.sign()) | (away ? shape.min_normal() : 0);
    answer.causes = kU | kI;
    answer.was_flushed = true;
  } else {
    answer.value = ieee;
    answer.causes = (inexact ? kU | kI : 0u) | (s.enables & kU);
  }
  return answer;
}

/// One rounded step whose operands are no NaNs; the result is in `to`.
Answer rounded_step(Step step, FormatLetter from, FormatLetter to, std::uint64_t a, std::uint64_t b,
                    const Setting& s) {
  const Shape shape = shape_of(to);
  unlimited();
  mpfr_clear_flags();
  Number x{64}, y{64}, result{shape.precision()};
  load(x, from, a);
  load(y, from, b);
  const mpfr_rnd_t mode = rounding_of(s.mode);
  int error = compute(step, result, x, y, mode);
  if (mpfr_nan_p(result)) return {.value = shape.default_nan, .causes = kV};
  Answer answer;
  if (mpfr_divby0_p()) answer.causes |= kZ;
  const bool regular = mpfr_regular_p(result) != 0;
  const bool is_tiny = regular && mpfr_get_exp(result) < shape.min_normal_exponent();
  const bool overflows = regular && mpfr_get_exp(result) > shape.max_exponent();
  const bool tie = error != 0 && s.mode == kNearest && !is_tiny && is_tie(step, shape, x, y);
  mpfr_set_emin(shape.min_exponent());
  mpfr_set_emax(shape.max_exponent());
  error = mpfr_check_range(result, error, mode);
  error = mpfr_subnormalize(result, error, mode);
  answer.value = bits_of(to, result);
  if (is_tiny) return tiny(shape, answer.value, error != 0, s);
  if (overflows) answer.causes |= kO;
  if (error != 0) answer.causes |= kI;
  answer.is_tie = tie;
  return answer;
}

/// NaN operands: any that signals is invalid, else the first one is the result.
std::optional<Answer> nan_answer(FormatLetter f, std::uint64_t a, std::uint64_t b) {
  const Shape shape = shape_of(f);
  if (is_signalling(f, a) || is_signalling(f, b))
    return Answer{.value = shape.default_nan, .causes = kV};
  if (is_nan(f, a)) return Answer{.value = a};
  if (is_nan(f, b)) return Answer{.value = b};
  return std::nullopt;
}

Answer two_operands(Step step, FormatLetter f, std::uint64_t a, std::uint64_t b, const Setting& s) {
  if (!s.completes && (is_subnormal(f, a) || is_subnormal(f, b))) return {.causes = kE};
  if (const auto nan = nan_answer(f, a, b)) return *nan;
  return rounded_step(step, f, f, a, b, s);
}

Step step_of(const std::string& stem) {
  if (stem == "add") return Step::kAdd;
  if (stem == "sub") return Step::kSub;
  return stem == "mul" ? Step::kMul : Step::kDiv;
}

Answer one_operand(const Operation& op, std::uint64_t a, const Setting& s) {
  const FormatLetter f = op.from;
  const Shape shape = shape_of(f);
  const std::uint64_t one = f == 's' ? 0x3f800000 : 0x3ff0000000000000;
  if (op.stem == "abs" || op.stem == "neg") {
    if (!s.completes && is_subnormal(f, a)) return {.causes = kE};
    if (is_signalling(f, a)) return {.value = shape.default_nan, .causes = kV};
    return {.value = op.stem == "abs" ? shape.magnitude(a) : a ^ shape.sign()};
  }
  if (op.stem == "recip") {
    if (is_nan(f, a)) return two_operands(Step::kMul, f, a, one, s);
    return two_operands(Step::kDiv, f, one, a, s);
  }
  const Answer root = two_operands(Step::kSqrt, f, a, one, s);
  if (op.stem == "sqrt" || root.causes == kE || root.causes == kV || is_nan(f, root.value))
    return root;
  Answer inverse = two_operands(Step::kDiv, f, one, root.value, s);
  inverse.causes |= root.causes;
  return inverse;
}

Answer three_operands(const Operation& op, const std::uint64_t v[3], const Setting& s) {
  const FormatLetter f = op.from;
  for (unsigned i = 0; i < 3 && !s.completes; ++i)
    if (is_subnormal(f, v[i])) return {.causes = kE};
  const Answer product = two_operands(Step::kMul, f, v[0], v[1], s);
  if (product.causes == kE) return product;
  const bool adds = op.stem == "madd" || op.stem == "nmadd";
  Answer sum = two_operands(adds ? Step::kAdd : Step::kSub, f, product.value, v[2], s);
  if (sum.causes == kE) return sum;
  sum.causes |= product.causes;
  sum.is_tie |= product.is_tie;
  sum.was_flushed |= product.was_flushed;
  sum.was_tiny |= product.was_tiny;
  if (op.stem[0] == 'n') sum.value ^= shape_of(f).sign();
  return sum;
}

Answer to_integer(const Operation& op, std::uint64_t a, const Setting& s) {
  const bool wide = op.to == 'l';
  const Answer misfit =
      s.completes ? Answer{.value = wide ? 0x7fffffffffffffffu : 0x7fffffffu, .causes = kV}
                  : Answer{.causes = kE};
  if (!s.completes && is_subnormal(op.from, a)) return {.causes = kE};
  if (is_nan(op.from, a)) return misfit;
  unlimited();
  Number x{53}, whole{2100}, limit{2};
  load(x, op.from, a);
  if (mpfr_inf_p(x)) return misfit;
  const int error = mpfr_rint(whole, x, rounding_of(op.own_mode.value_or(s.mode)));
  mpfr_set_ui_2exp(limit, 1, wide ? 63 : 31, MPFR_RNDN);
  const bool too_large = mpfr_cmp(whole, limit) >= 0;
  mpfr_neg(limit, limit, MPFR_RNDN);
  if (too_large || mpfr_cmp(whole, limit) < 0) return misfit;
  const auto value = static_cast<std::uint64_t>(mpfr_get_sj(whole, MPFR_RNDN));
  Answer answer{.value = wide ? value : value & 0xffffffff, .causes = error != 0 ? kI : 0u};
  Number twice{54}, half{54};
  mpfr_mul_2ui(twice, x, 1, MPFR_RNDN);
  answer.is_tie = error != 0 && mpfr_integer_p(twice) != 0;
  return answer;
}

Answer between_floats(const Operation& op, std::uint64_t a, const Setting& s) {
  if (!s.completes && is_subnormal(op.from, a)) return {.causes = kE};
  if (!is_nan(op.from, a)) return rounded_step(Step::kCopy, op.from, op.to, a, 0, s);
  const Shape from = shape_of(op.from), to = shape_of(op.to);
  if (is_signalling(op.from, a)) return {.value = to.default_nan, .causes = kV};
  std::uint64_t fraction = from.magnitude(a) - from.infinity();
  fraction = op.to == 'd' ? fraction << 29 : fraction >> 29;
  if (fraction == 0) return {.value = to.default_nan};
  return {.value = ((a & from.sign()) != 0 ? to.sign() : 0) | to.infinity() | fraction};
}

Answer comparison(const Operation& op, std::uint64_t a, std::uint64_t b) {
  const unsigned c = *op.condition;
  const FormatLetter f = op.from;
  if (is_nan(f, a) || is_nan(f, b)) {
    const bool invalid = (c & 8) != 0 || is_signalling(f, a) || is_signalling(f, b);
    return {.value = c & 1, .causes = invalid ? kV : 0u};
  }
  unlimited();
  Number x{53}, y{53};
  load(x, f, a);
  load(y, f, b);
  const int order = mpfr_cmp(x, y);
  return {.value = order == 0 ? c >> 1 & 1 : order < 0 ? c >> 2 & 1 : 0};
}

}  // namespace

bool is_nan(FormatLetter f, std::uint64_t bits) {
  const Shape shape = shape_of(f);
  return is_float(f) && shape.magnitude(bits) > shape.infinity();
}
bool is_signalling(FormatLetter f, std::uint64_t bits) {
  return is_nan(f, bits) && (bits >> (shape_of(f).fraction_bits - 1) & 1) != 0;
}
bool is_subnormal(FormatLetter f, std::uint64_t bits) {
  const Shape shape = shape_of(f);
  const std::uint64_t magnitude = shape.magnitude(bits);
  return is_float(f) && magnitude != 0 && magnitude < shape.min_normal();
}

Answer answer_of(const Operation& op, const std::uint64_t v[3], const Setting& s) {
  if (op.is_comparison()) return comparison(op, v[0], v[1]);
  if (op.is_conversion()) {
    if (!is_float(op.from)) return rounded_step(Step::kCopy, op.from, op.to, v[0], 0, s);
    return is_float(op.to) ? between_floats(op, v[0], s) : to_integer(op, v[0], s);
  }
  if (op.is_multiply_add()) return three_operands(op, v, s);
  if (op.operands == 2) return two_operands(step_of(op.stem), op.from, v[0], v[1], s);
  return one_operand(op, v[0], s);
}

}  // namespace fpu_judge
