#include "tests/cpu/fpu/operands.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace fpu_judge {

namespace {

class Drawer {
 public:
  Drawer(FormatLetter format, Random& random)
      : random_{random},
        fraction_bits_{format == 's' ? 23u : 52u},
        max_exponent_{format == 's' ? 255 : 2047},
        is_single_{format == 's'} {}

  std::uint64_t any() {
    switch (pick(16)) {
      case 0: return number(0, small());                             // zero, tiniest
      case 1: return number(0, fraction() >> pick(fraction_bits_));  // subnormal
      case 2: return number(0, mask() - small());                    // greatest subnormal
      case 3: return number(1, small());                             // smallest normal
      case 4: return number(max_exponent_ - 1, mask() - small());    // greatest
      case 5: return number(max_exponent_, 0);                       // infinity
      case 6: return nan();
      case 7: return number(exponent(), small());           // power of two and above
      case 8: return number(exponent(), mask() - small());  // and below
      case 9: return near_one();
      case 10: return integer();
      case 11: return half_integer();
      case 12: return number(exponent(), sparse());
      case 13: return near_limit_of_integers();
      default: return number(exponent(), fraction());
    }
  }

  /// One that has something to do with `a`: cancels it, ties with it, leads to a border.
  std::uint64_t relative_of(std::uint64_t a) {
    const int e = exponent_of(a), bias = max_exponent_ / 2, p = static_cast<int>(fraction_bits_);
    switch (pick(12)) {
      case 0: return a;
      case 1: return a ^ sign();
      case 2: return (a ^ sign()) + small() - small();
      case 3: return a + small() - small();
      case 4: return number(e - p - 1 + around(), few_bits());  // ties in a sum
      case 5:
        return number(e - static_cast<int>(pick(fraction_bits_)), fraction());  // overlaps in a sum
      case 6: return number(2 * bias - e + around(), fraction());               // product near 1
      case 7: return number(max_exponent_ - 1 + bias - e + around(), fraction());  // near overflow
      case 8: return number(bias - e + around(), fraction());  // product near underflow
      case 9: return number(bias - e - static_cast<int>(pick(fraction_bits_ + 2)), few_bits());
      case 10: return number(e + bias - 1 + around(), fraction());  // quotient near underflow
      default: return number(e - bias + around(), fraction());      // and near overflow
    }
  }

  /// Two whose product needs one bit more than there is.
  void make_tied_product(std::uint64_t& a, std::uint64_t& b) {
    const unsigned width = 1 + static_cast<unsigned>(pick(fraction_bits_));
    a = number(middle_exponent(), odd_of(width));
    b = number(middle_exponent(), odd_of(fraction_bits_ + 1 - width));
  }
  /// b divides a.
  void make_exact_quotient(std::uint64_t& a, std::uint64_t& b) {
    const unsigned width = 1 + static_cast<unsigned>(pick(fraction_bits_ - 1));
    const auto x = significand_of(width), y = significand_of(fraction_bits_ + 1 - width);
    b = pack_integer(y);
    a = pack_integer(x * y);
  }
  std::uint64_t exact_square() {
    const auto root = significand_of(1 + static_cast<unsigned>(pick((fraction_bits_ + 1) / 2)));
    return pack_integer(root * root) + (one_in(8) ? small() : 0);
  }

  bool one_in(std::uint64_t n) { return pick(n) == 0; }
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }

 private:
  std::uint64_t mask() const { return (std::uint64_t{1} << fraction_bits_) - 1; }
  std::uint64_t sign() const { return is_single_ ? 0x80000000 : std::uint64_t{1} << 63; }
  std::uint64_t fraction() { return random_() & mask(); }
  std::uint64_t small() { return pick(4); }
  int around() { return static_cast<int>(pick(5)) - 2; }
  int exponent_of(std::uint64_t a) const {
    return static_cast<int>(a >> fraction_bits_) & max_exponent_;
  }
  int exponent() {
    return 1 + static_cast<int>(pick(static_cast<std::uint64_t>(max_exponent_ - 1)));
  }
  int middle_exponent() { return max_exponent_ / 2 + static_cast<int>(pick(60)) - 30; }
  std::uint64_t number(int biased, std::uint64_t fraction) {
    const auto e = static_cast<std::uint64_t>(std::clamp(biased, 0, max_exponent_));
    const std::uint64_t bits = (e << fraction_bits_) + (fraction & mask());
    return (random_() & 1) != 0 ? bits | sign() : bits;
  }
  std::uint64_t sparse() { return fraction() & random_() & random_(); }
  std::uint64_t few_bits() { return one_in(2) ? 0 : std::uint64_t{1} << pick(fraction_bits_); }
  std::uint64_t nan() {
    const std::uint64_t top = std::uint64_t{1} << (fraction_bits_ - 1);
    std::uint64_t payload = one_in(4) ? top - 1 : one_in(3) ? small() : fraction() & (top - 1);
    if (one_in(2)) payload |= top;
    return number(max_exponent_, payload == 0 ? 1 : payload);
  }
  std::uint64_t near_one() { return number(max_exponent_ / 2 + around(), fraction()); }
  std::uint64_t integer() { return pack(static_cast<double>(pick(2001)) - 1000); }
  std::uint64_t half_integer() {
    const double n = static_cast<double>(pick(std::uint64_t{1} << pick(50)));
    return pack((n + 0.5) * (one_in(2) ? 1 : -1));
  }
  /// Around 2^31, 2^32, 2^53, 2^63 and the values just inside.
  std::uint64_t near_limit_of_integers() {
    static constexpr int kPowers[] = {30, 31, 31, 32, 52, 53, 62, 63, 63, 64};
    const int power = kPowers[pick(std::size(kPowers))];
    const std::uint64_t at = pack(std::bit_cast<double>(std::uint64_t(1023 + power) << 52));
    const std::uint64_t step = one_in(2) || is_single_ ? small() : pick(1u << 24);
    const std::uint64_t bits = one_in(2) ? at + step : at - step;
    return one_in(2) ? bits : bits | sign();
  }
  std::uint64_t significand_of(unsigned width) {
    const std::uint64_t top = std::uint64_t{1} << (width - 1);
    return top | (random_() & (top - 1)) | 1;
  }
  /// A fraction so that the significand has exactly `width` bits.
  std::uint64_t odd_of(unsigned width) {
    const std::uint64_t s = significand_of(width);
    return (s << (fraction_bits_ + 1 - width)) & mask();
  }
  std::uint64_t pack_integer(std::uint64_t n) {
    return pack(static_cast<double>(n)) + (static_cast<std::uint64_t>(pick(20)) << fraction_bits_);
  }
  std::uint64_t pack(double d) const {
    if (!is_single_) return std::bit_cast<std::uint64_t>(d);
    return std::bit_cast<std::uint32_t>(static_cast<float>(d));
  }

  Random& random_;
  unsigned fraction_bits_;
  int max_exponent_;
  bool is_single_;
};

std::uint64_t draw_integer(FormatLetter format, Random& random) {
  const unsigned bits = format == 'w' ? 32 : 64;
  const std::uint64_t magnitude = random() >> (64 - bits) >> (random() % bits);
  std::uint64_t value = magnitude;
  switch (random() % 8) {
    case 0: value = std::uint64_t{1} << (random() % bits); break;
    case 1: value = (std::uint64_t{1} << (random() % bits)) - random() % 4; break;
    case 2: value = magnitude & random() & random(); break;
    case 3: value = (magnitude | 1) << (random() % 12); break;
    case 4: value = random() % 8 - 4; break;
    default: break;
  }
  if (random() % 2 == 0) value = 0 - value;
  return format == 'w' ? value & 0xffffffff : value;
}

/// A double in the range of singles, so that cvt.s.d has something to round.
std::uint64_t draw_narrow(Random& random) {
  Drawer single{'s', random};
  const auto bits = static_cast<std::uint32_t>(single.any());
  const std::uint64_t sign = std::uint64_t{bits & 0x80000000} << 32;
  const std::uint64_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return Drawer{'d', random}.any();
  std::uint64_t wide = (magnitude << 29) + (std::uint64_t{1023 - 127} << 52);
  if (magnitude < 0x800000) wide -= (random() % 30) << 52;  // subnormal as a single
  switch (random() % 4) {
    case 0: wide += 1u << 28; break;  // half-way
    case 1: wide += (1u << 28) + random() % 3 - 1; break;
    case 2: wide += random() & 0x1fffffff; break;
    default: break;
  }
  return sign | wide;
}

}  // namespace

void draw_operands(const Operation& op, Random& random, std::uint64_t v[3]) {
  if (!is_float(op.from)) {
    v[0] = draw_integer(op.from, random);
    return;
  }
  Drawer draw{op.from, random};
  for (unsigned i = 0; i < op.operands; ++i) v[i] = draw.any();
  if (op.mnemonic == "cvt.s.d" && draw.one_in(2)) v[0] = draw_narrow(random);
  if (op.stem == "sqrt" || op.stem == "rsqrt") {
    if (draw.one_in(4)) v[0] = draw.exact_square();
    if (draw.one_in(2)) v[0] &= op.from == 's' ? 0x7fffffff : 0x7fffffffffffffff;
  }
  if (op.operands == 1) return;
  switch (draw.pick(8)) {
    case 0: draw.make_tied_product(v[0], v[1]); break;
    case 1: draw.make_exact_quotient(v[0], v[1]); break;
    case 2:
    case 3:
    case 4: v[1] = draw.relative_of(v[0]); break;
    default: break;
  }
  if (op.operands == 3 && draw.one_in(3)) v[2] = draw.relative_of(v[draw.pick(2)]);
  if (draw.one_in(4)) std::swap(v[0], v[1]);
}

}  // namespace fpu_judge
