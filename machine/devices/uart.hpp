// The machine's serial port: the ns16550a of hardware/ with a line that holds what is typed until
// the receiver has room for it. Transmission takes no simulated time, so that console output does
// not drown what is being measured. See docs/machine.md.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "hardware/board/ns16550.hpp"
#include "machine/devices/ports.hpp"
#include "numa/device.hpp"
#include "numa/magic/magic_pi.hpp"

namespace machine {
using namespace common;

class Uart : public numa::Device, private hardware::Ns16550<Uart> {
 public:
  /// Bytes that may wait at the far end; what is typed beyond them is dropped.
  static constexpr std::size_t kMaxBacklog = 1 << 20;

  Uart(ConsoleSink& sink, numa::SourceLine line) : sink_{sink}, line_{line} {}

  std::string_view name() const override { return "uart"; }
  /// Byte accesses only.
  numa::ReadResult read(const numa::Requester& by, std::uint64_t offset, unsigned size) override;
  numa::WriteResult write(const numa::Requester& by, std::uint64_t offset, unsigned size,
                          std::uint64_t value) override;
  void visit(StateVisitor& v) override;

  /// A byte arrives on the line. It waits at the far end while the receiver is full.
  void receive(std::uint8_t byte);

  /// The far end goes: nothing more will be received. The carrier (DCD) drops when everything that
  /// was sent has been read, for good.
  void hang_up();

  /// Whether somebody is told when a byte arrives or the far end goes.
  bool takes_interrupts() const {
    using namespace hardware::ns16550;
    return (registers_.ier & (kIerReceived | kIerModem)) != 0;
  }

  std::uint64_t bytes_sent() const { return sent_; }
  std::uint64_t bytes_received() const { return received_; }

 private:
  friend class hardware::Ns16550<Uart>;

  // Ns16550's line.
  void send(std::uint8_t byte);
  std::optional<std::uint8_t> next();
  bool has_ended() const { return has_left_ && backlog_.empty(); }
  void listen(bool) {}

  void drive_line() const { line_.set(interrupt_line()); }

  ConsoleSink& sink_;
  numa::SourceLine line_;

  std::deque<std::uint8_t> backlog_;  // sent to us, not yet taken by the receiver
  bool has_left_ = false;             // the far end
  std::uint64_t sent_ = 0, received_ = 0;
};

}  // namespace machine
