#include "machine/console_frames.hpp"

#include <utility>

namespace machine {
namespace {

constexpr char kEscapeByte = 0x10, kNames = 'v';

}  // namespace

void ConsoleSplitter::put(char c) {
  switch (at_) {
    case At::kText:
      if (c == kEscapeByte) {
        at_ = At::kEscape;
      } else {
        sink_(vm_, c);
      }
      return;
    case At::kEscape:
      at_ = c == kNames ? At::kHigh : At::kText;
      if (c == kNames) return;
      sink_(vm_, kEscapeByte);
      if (c != kEscapeByte) sink_(vm_, c);
      return;
    case At::kHigh:
      high_ = static_cast<std::uint8_t>(c);
      at_ = At::kLow;
      return;
    case At::kLow:
      vm_ = static_cast<std::uint16_t>(high_ << 8 | static_cast<std::uint8_t>(c));
      at_ = At::kText;
      return;
  }
}

std::string ConsoleJoiner::frame(std::uint16_t vm, std::string_view bytes) {
  std::string stream;
  if (bytes.empty()) return stream;
  if (!begun_ || vm_ != vm) {
    stream = {kEscapeByte, kNames, static_cast<char>(vm >> 8), static_cast<char>(vm & 0xff)};
    begun_ = true;
    vm_ = vm;
  }
  for (const char c : bytes) {
    stream += c;
    if (c == kEscapeByte) stream += c;
  }
  return stream;
}

}  // namespace machine
