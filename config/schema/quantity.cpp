#include "config/schema/quantity.hpp"

#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

namespace config {
namespace {

struct Suffix {
  std::string_view text;
  std::uint64_t factor;
};

// Largest first: format_quantity() takes the first that divides the value.
constexpr std::array kBytes = {Suffix{"GB", 1ULL << 30},  Suffix{"MB", 1ULL << 20},
                               Suffix{"KB", 1ULL << 10},  Suffix{"GiB", 1ULL << 30},
                               Suffix{"MiB", 1ULL << 20}, Suffix{"KiB", 1ULL << 10},
                               Suffix{"kB", 1ULL << 10},  Suffix{"B", 1}};
constexpr std::array kHertz = {Suffix{"GHz", 1'000'000'000}, Suffix{"MHz", 1'000'000},
                               Suffix{"kHz", 1000}, Suffix{"Hz", 1}};
constexpr std::array kTime = {Suffix{"h", 3'600'000'000'000},
                              Suffix{"min", 60'000'000'000},
                              Suffix{"s", 1'000'000'000},
                              Suffix{"ms", 1'000'000},
                              Suffix{"us", 1000},
                              Suffix{"ns", 1}};
constexpr std::array kFineTime = {Suffix{"us", 1'000'000}, Suffix{"ns", 1000}, Suffix{"ps", 1}};
constexpr std::array kBitRate = {Suffix{"Gbit/s", 1'000'000'000}, Suffix{"Mbit/s", 1'000'000},
                                 Suffix{"kbit/s", 1000}, Suffix{"bit/s", 1}};
constexpr std::array kInstructions = {Suffix{"Ginsn", 1'000'000'000}, Suffix{"Minsn", 1'000'000},
                                      Suffix{"Kinsn", 1000}, Suffix{"insn", 1}};
constexpr std::array kCycles = {Suffix{"Gcycles", 1'000'000'000}, Suffix{"Mcycles", 1'000'000},
                                Suffix{"Kcycles", 1000}, Suffix{"cycles", 1}};

std::span<const Suffix> suffixes_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes: return kBytes;
    case Unit::kHertz: return kHertz;
    case Unit::kNanoseconds: return kTime;
    case Unit::kPicoseconds: return kFineTime;
    case Unit::kBitsPerSecond: return kBitRate;
    case Unit::kInstructions: return kInstructions;
    case Unit::kCycles: return kCycles;
    case Unit::kNone: break;
  }
  return {};
}

Failure<Refusal> bad(std::string clause) {
  return Failure{Refusal{Refusal::Why::kForm, std::move(clause)}};
}

std::string wants_unit(Unit unit) {
  return "needs a unit (for example \"" + std::string{example_of(unit)} + "\")";
}

// The integer part times the factor must be exact; "1.5GB" is exact, "0.3B" is not.
std::optional<std::uint64_t> scaled(std::string_view number, std::uint64_t factor) {
  const std::size_t dot = number.find('.');
  const std::string_view whole = number.substr(0, dot);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (error != std::errc{} || end != whole.data() + whole.size()) return std::nullopt;
  if (value != 0 && factor > ~std::uint64_t{0} / value) return std::nullopt;
  value *= factor;
  if (dot == std::string_view::npos) return value;

  const std::string_view digits = number.substr(dot + 1);
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  std::uint64_t part = 0;
  const auto [tail, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), part);
  if (bad != std::errc{} || tail != digits.data() + digits.size()) return std::nullopt;
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
  // part * factor / scale, without the product, which may not fit.
  const std::uint64_t common_part = std::gcd(factor, scale);
  if (part % (scale / common_part) != 0) return std::nullopt;
  const std::uint64_t extra = part / (scale / common_part) * (factor / common_part);
  if (value > ~std::uint64_t{0} - extra) return std::nullopt;
  return value + extra;
}

}  // namespace

std::string_view example_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes: return "64MB";
    case Unit::kHertz: return "400MHz";
    case Unit::kNanoseconds: return "20us";
    case Unit::kPicoseconds: return "300ns";
    case Unit::kBitsPerSecond: return "100Mbit/s";
    case Unit::kInstructions: return "2Ginsn";
    case Unit::kCycles: return "500Mcycles";
    case Unit::kNone: break;
  }
  return "64";
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes: return "bytes";
    case Unit::kHertz: return "Hz";
    case Unit::kNanoseconds: return "ns";
    case Unit::kPicoseconds: return "ps";
    case Unit::kBitsPerSecond: return "bit/s";
    case Unit::kInstructions: return "instructions";
    case Unit::kCycles: return "cycles";
    case Unit::kNone: break;
  }
  return "";
}

Result<std::uint64_t, Refusal> parse_quantity(std::string_view text, Unit unit) {
  const std::size_t end_of_number = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, end_of_number);
  if (number.empty())
    return bad("is not a number with a unit (for example \"" + std::string{example_of(unit)} +
               "\")");
  if (end_of_number == std::string_view::npos) {
    if (unit != Unit::kNone) return bad(wants_unit(unit));
    const auto plain = scaled(number, 1);
    if (!plain) return bad("is not a whole number in range");
    return *plain;
  }
  const std::string_view suffix = text.substr(end_of_number);
  for (const Suffix& known : suffixes_of(unit)) {
    if (known.text != suffix) continue;
    const auto value = scaled(number, known.factor);
    if (!value)
      return bad("is not a whole number of " + std::string{name_of(unit)} + " below 2^64");
    return *value;
  }
  std::string known;
  for (const Suffix& one : suffixes_of(unit))
    known += (known.empty() ? "" : ", ") + std::string{one.text};
  if (known.empty()) return bad("takes no unit");
  return bad("has the unknown unit \"" + std::string{suffix} + "\" (known: " + known + ")");
}

std::string format_quantity(std::uint64_t value, Unit unit) {
  for (const Suffix& suffix : suffixes_of(unit)) {
    if (value != 0 && value % suffix.factor == 0) {
      return std::to_string(value / suffix.factor) + std::string{suffix.text};
    }
  }
  const auto all = suffixes_of(unit);
  return std::to_string(value) + (all.empty() ? "" : std::string{all.back().text});
}

}  // namespace config
