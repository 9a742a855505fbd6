// The serial port: an ns16550a (16-byte FIFOs, byte registers, reg-shift 0). Transmission takes no
// simulated time, so that console output does not drown what is being measured; the receiver is fed
// with flow control and loses nothing, except in loopback. See docs/machine.md.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "machine/devices/ports.hpp"
#include "numa/device.hpp"
#include "numa/magic/magic_pi.hpp"

namespace machine {
using namespace common;

class Uart : public numa::Device {
 public:
  // Register offsets; the first two change their meaning with LCR.DLAB, IIR is FCR when written.
  static constexpr std::uint64_t kData = 0, kIer = 1, kIir = 2, kLcr = 3, kMcr = 4, kLsr = 5,
                                 kMsr = 6, kScratch = 7;
  static constexpr std::uint8_t kIerReceived = 1, kIerThrEmpty = 2, kIerLine = 4, kIerModem = 8;
  static constexpr std::uint8_t kIirNone = 1, kIirModem = 0, kIirThrEmpty = 2, kIirReceived = 4,
                                kIirLine = 6, kIirTimeout = 0xc, kIirFifos = 0xc0;
  static constexpr std::uint8_t kFcrEnable = 1, kFcrClearReceiver = 2, kFcrClearTransmitter = 4;
  static constexpr std::uint8_t kLcrDlab = 0x80;
  static constexpr std::uint8_t kMcrLoop = 0x10;
  static constexpr std::uint8_t kLsrReady = 1, kLsrOverrun = 2, kLsrThrEmpty = 0x20,
                                kLsrIdle = 0x40;
  static constexpr unsigned kFifoBytes = 16;
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
  bool takes_interrupts() const { return (ier_ & (kIerReceived | kIerModem)) != 0; }

  std::uint64_t bytes_sent() const { return sent_; }
  std::uint64_t bytes_received() const { return received_; }

 private:
  bool is_fifo_on() const { return (fcr_ & kFcrEnable) != 0; }
  bool is_loopback() const { return (mcr_ & kMcrLoop) != 0; }
  bool is_dlab() const { return (lcr_ & kLcrDlab) != 0; }
  unsigned capacity() const { return is_fifo_on() ? kFifoBytes : 1; }
  unsigned trigger_level() const;
  std::uint8_t line_status() const;
  std::uint8_t modem_lines() const;
  std::uint8_t interrupt_identity() const;
  void settle_carrier();

  std::uint8_t read_register(std::uint64_t offset);
  void write_register(std::uint64_t offset, std::uint8_t value);
  std::uint8_t take_received();
  void transmit(std::uint8_t byte);
  void write_fcr(std::uint8_t value);
  void write_mcr(std::uint8_t value);
  void push(std::uint8_t byte);
  void drain_backlog();
  void drive_line() const { line_.set((interrupt_identity() & kIirNone) == 0); }

  ConsoleSink& sink_;
  numa::SourceLine line_;

  std::array<std::uint8_t, kFifoBytes> fifo_{};  // oldest first
  std::uint8_t held_ = 0;                        // bytes in fifo_
  std::deque<std::uint8_t> backlog_;             // sent to us, not yet taken by the receiver
  std::uint8_t last_ = 0;                        // what an empty receiver reads as
  std::uint8_t ier_ = 0, fcr_ = 0, lcr_ = 0, mcr_ = 0, scratch_ = 0;
  std::uint8_t dll_ = 0, dlm_ = 0;
  // Low half of MSR, and above it what became of the far end.
  static constexpr std::uint8_t kDelta = 0x0f, kHasLeft = 0x40, kCarrierLost = 0x80;
  std::uint8_t modem_delta_ = 0;
  bool overrun_ = false;
  bool thr_interrupt_ = false;  // THR became empty and IIR has not told yet
  std::uint64_t sent_ = 0, received_ = 0;
};

}  // namespace machine
