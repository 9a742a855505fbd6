// What reached the console, as text.
#pragma once

#include <cstdint>
#include <string>

#include "machine/devices/ports.hpp"

namespace machine::test {

struct FakeConsole : ConsoleSink {
  void uart_byte(std::uint8_t byte) override { uart.push_back(static_cast<char>(byte)); }
  void debug_byte(std::uint8_t byte) override { debug.push_back(static_cast<char>(byte)); }
  void virtio_byte(std::uint8_t byte) override { virtio.push_back(static_cast<char>(byte)); }
  std::string uart, debug, virtio;
};

}  // namespace machine::test
