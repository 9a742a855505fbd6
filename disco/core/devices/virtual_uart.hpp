// A guest's serial port: the ns16550a that the machine has, with the console at the far end. Output
// is passed on at once; input waits in the VM's queue while this one is full.
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/devices/console.hpp"
#include "disco/core/hardware.hpp"
#include "hardware/board/ns16550.hpp"

namespace disco {

/// The console as one VM has it.
struct ConsoleLine {
  Console* console = nullptr;
  InputQueue* input = nullptr;
  std::uint16_t vm = 0;
};

class VirtualUart : public hardware::Ns16550<VirtualUart> {
 public:
  VirtualUart(const ConsoleLine& line, Hardware& hardware) : line_{line}, hardware_{&hardware} {}

  // Ns16550's line.
  void send(std::uint8_t byte) {
    line_.console->put(line_.vm, static_cast<char>(byte), *hardware_);
  }
  std::optional<std::uint8_t> next() {
    const auto byte = line_.input->take();
    if (byte) line_.console->resume(*hardware_);
    return byte;
  }
  /// A byte of the debug console, which has no frames of its own.
  void debug(std::uint8_t byte) {
    if (line_.console->is_shared()) return send(byte);
    hardware_->debug_put(static_cast<char>(byte));
  }
  bool has_ended() const { return line_.input->has_ended(); }
  /// Nothing to tell anybody: what this one has no room for stays in the queue.
  void listen(bool) {}

 private:
  ConsoleLine line_;
  Hardware* hardware_;
};

}  // namespace disco

/// Compiled once, in virtual_uart.cpp.
extern template class hardware::Ns16550<disco::VirtualUart>;
