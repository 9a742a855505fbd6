#include "disco/core/devices/console.hpp"

namespace disco {

void Console::put_framed(std::uint16_t who, char c, Hardware& hardware) {
  const LockGuard guard{lock_, hardware};
  if (last_ != who) {
    hardware.console_put(kEscape);
    hardware.console_put(kSelect);
    hardware.console_put(static_cast<char>(who >> 8));
    hardware.console_put(static_cast<char>(who));
    last_ = who;
  }
  if (c == kEscape) hardware.console_put(kEscape);
  hardware.console_put(c);
}

bool Console::is_content(std::uint8_t byte) {
  if (!is_shared_) return true;
  constexpr auto kBegin = static_cast<std::uint8_t>(kEscape);
  switch (frame_bytes_) {
    case 0:
      if (byte != kBegin) return true;
      frame_bytes_ = 1;
      return false;
    case 1:
      // What is neither a frame nor an escape's escape is dropped with its beginning.
      frame_bytes_ = byte == kSelect ? 2 : 0;
      return byte == kBegin;
    case 2:
      frame_number_ = static_cast<std::uint16_t>(byte << 8);
      frame_bytes_ = 3;
      return false;
    default:
      target_ = static_cast<std::uint16_t>(frame_number_ | byte);
      frame_bytes_ = 0;
      return false;
  }
}

}  // namespace disco
