// What the judge knows of an instruction: taken from the mnemonic, so that the processor's own
// description of its rows is not what judges it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fpu_judge {

/// S, D, W or L.
using FormatLetter = char;
constexpr bool is_float(FormatLetter f) { return f == 's' || f == 'd'; }
constexpr bool is_wide(FormatLetter f) { return f == 'd' || f == 'l'; }

/// FCSR.RM.
enum Mode : unsigned { kNearest, kToZero, kUp, kDown };

struct Operation {
  std::string mnemonic;               // "cvt.w.d"
  std::string stem;                   // "cvt"
  FormatLetter from = 's', to = 's';  // of the operands and of the result
  unsigned operands = 1;
  std::optional<Mode> own_mode;       // of round, trunc, ceil, floor
  std::optional<unsigned> condition;  // of c.cond: its four low bits
  bool is_conversion() const { return from != to; }
  bool is_comparison() const { return condition.has_value(); }
  bool is_multiply_add() const { return operands == 3; }
};

inline std::vector<Operation> all_operations() {
  std::vector<Operation> all;
  const auto add = [&all](std::string stem, FormatLetter f, unsigned operands) {
    all.push_back({stem + "." + f, stem, f, f, operands, {}, {}});
  };
  for (const FormatLetter f : {'s', 'd'}) {
    for (const char* stem : {"add", "sub", "mul", "div"}) add(stem, f, 2);
    for (const char* stem : {"sqrt", "abs", "neg", "recip", "rsqrt"}) add(stem, f, 1);
    for (const char* stem : {"madd", "msub", "nmadd", "nmsub"}) add(stem, f, 3);
  }
  const auto convert = [&all](std::string stem, FormatLetter to, FormatLetter from,
                              std::optional<Mode> mode) {
    all.push_back({stem + "." + to + "." + from, stem, from, to, 1, mode, {}});
  };
  for (const FormatLetter to : {'w', 'l'}) {
    for (const FormatLetter from : {'s', 'd'}) {
      convert("round", to, from, kNearest);
      convert("trunc", to, from, kToZero);
      convert("ceil", to, from, kUp);
      convert("floor", to, from, kDown);
      convert("cvt", to, from, {});
      convert("cvt", from, to, {});
    }
  }
  convert("cvt", 's', 'd', {});
  convert("cvt", 'd', 's', {});
  const char* conditions[] = {"f",  "un",   "eq",  "ueq", "olt", "ult", "ole", "ule",
                              "sf", "ngle", "seq", "ngl", "lt",  "nge", "le",  "ngt"};
  for (unsigned c = 0; c < 16; ++c) {
    for (const FormatLetter f : {'s', 'd'}) {
      const std::string stem = std::string{"c."} + conditions[c];
      all.push_back({stem + "." + f, stem, f, f, 2, {}, c});
    }
  }
  return all;
}

}  // namespace fpu_judge
