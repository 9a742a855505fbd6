#include "lab/data/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/wording.hpp"

namespace lab {
using namespace common;

std::string show_number(double value, const std::string& unit) {
  if (unit == "ratio")
    return value < 10 && value > -10 ? fmt::format("{:.3g}", value) : fmt::format("{:.1f}", value);
  if (unit == "s") return duration(value);
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    return value < 0 ? "-" + grouped(static_cast<std::uint64_t>(-value))
                     : grouped(static_cast<std::uint64_t>(value));
  }
  if (std::fabs(value) >= 1000 && std::fabs(value) < 1e15) {
    return (value < 0 ? "-" : "") +
           grouped(static_cast<std::uint64_t>(std::llround(std::fabs(value))));
  }
  return std::fabs(value) < 1 ? fmt::format("{:.3g}", value) : fmt::format("{:.1f}", value);
}

std::string show_ratio(double ratio) { return show_number(ratio, "ratio") + "x"; }

std::pair<std::string, std::string> show_apart(double a, double b, const std::string& unit) {
  std::pair<std::string, std::string> shown{show_number(a, unit), show_number(b, unit)};
  constexpr int kMostDigits = 17;  // then a double is exact
  const auto exact = [&unit](double value, int digits) {
    std::string text = fmt::format("{:.{}g}", value, digits);
    const std::size_t whole = text.find_first_not_of("0123456789");
    const bool plain = value >= 0 && text.find('e') == std::string::npos;
    if (plain && whole != 0) {
      const std::size_t size = std::min(whole, text.size());
      text = grouped(std::stoull(text.substr(0, size))) + text.substr(size);
    }
    return unit == "s" ? text + " s" : text;
  };
  for (int digits = 4; a != b && shown.first == shown.second && digits <= kMostDigits; ++digits)
    shown = {exact(a, digits), exact(b, digits)};
  return shown;
}

}  // namespace lab
