// A guest's serial port: the ns16550a that the machine has, with the machine's console at the far
// end. Output is passed on at once; input waits in the machine's receiver while this one is full.
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/hardware.hpp"
#include "hardware/board/ns16550.hpp"

namespace disco {

class VirtualUart : public hardware::Ns16550<VirtualUart> {
 public:
  explicit VirtualUart(Hardware& hardware) : hardware_{&hardware} {}

  // Ns16550's line.
  void send(std::uint8_t byte) { hardware_->console_put(static_cast<char>(byte)); }
  std::optional<std::uint8_t> next() {
    const auto byte = hardware_->console_get();
    if (!byte) has_ended_ = hardware_->console_has_ended();
    return byte;
  }
  bool has_ended() const { return has_ended_; }
  void listen(bool has_room) { hardware_->console_listen(has_room); }

 private:
  Hardware* hardware_;
  bool has_ended_ = false;  // nothing more will come from the machine's console
};

}  // namespace disco

/// Compiled once, in virtual_uart.cpp.
extern template class hardware::Ns16550<disco::VirtualUart>;
