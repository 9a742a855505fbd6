#include "common/wording.hpp"

#include <cmath>
#include <cstdio>

namespace common {
namespace {

// Requires: the text is shorter than 100 bytes.
template <typename... Values>
std::string formatted(const char* format, Values... values) {
  char text[100];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

}  // namespace

std::string grouped(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string scaled(double value) {
  static constexpr const char* kPrefixes[] = {"", " K", " M", " G", " T"};
  unsigned step = 0;
  while (std::fabs(value) >= 999.5 && step < 4) {
    value /= 1000;
    ++step;
  }
  // The largest double has 309 digits: beyond a prefix's reach it is written with an exponent.
  if (std::fabs(value) >= 1e15) return formatted("%.3g%s", value, kPrefixes[step]);
  if (step == 0 && value == std::floor(value)) return formatted("%.0f", value);
  const int decimals = std::fabs(value) >= 99.95 ? 0 : std::fabs(value) >= 9.995 ? 1 : 2;
  return formatted("%.*f%s", decimals, value, kPrefixes[step]);
}

std::string count_of(std::uint64_t n, const std::string& word) {
  return grouped(n) + " " + word + (n == 1 ? "" : "s");
}

std::string duration(double seconds) {
  if (seconds != 0 && seconds < 1e-3) return formatted("%.3g us", seconds * 1e6);
  if (seconds != 0 && seconds < 1) return formatted("%.3g ms", seconds * 1e3);
  if (seconds < 10) return formatted("%.2f s", seconds);
  if (seconds < 60) return formatted("%.0f s", seconds);
  const auto whole = static_cast<unsigned long long>(std::llround(seconds));
  if (whole < 3600) return formatted("%llu:%02llu", whole / 60, whole % 60);
  return formatted("%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 2000, kTail = 300;
  const bool cut = text.size() > kLongest;
  const auto append = [](std::string& to, std::string_view part) {
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '\n') {
        to += "\\n";
      } else if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
        to += formatted("\\x%02x", byte);
      } else {
        to += c;
      }
    }
  };
  std::string line;
  append(line, text.substr(0, cut ? kLongest - kTail : text.size()));
  if (!cut) return line;
  line += " ... ";
  append(line, text.substr(text.size() - kTail));
  return line;
}

}  // namespace common
