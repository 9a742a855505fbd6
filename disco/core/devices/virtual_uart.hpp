// A guest's serial port: the ns16550a that the machine has, with the machine's console at the far
// end. Output is passed on at once; input waits in the machine's receiver while this one is full.
#pragma once

#include <cstdint>

#include "disco/core/hardware.hpp"

namespace disco {

class VirtualUart {
 public:
  static constexpr std::uint64_t kBytes = 8;

  explicit VirtualUart(Hardware& hardware) : hardware_{&hardware} {}

  /// `offset` < kBytes.
  std::uint8_t read(std::uint64_t offset);
  void write(std::uint64_t offset, std::uint8_t value);

  /// Takes what the machine's console has received, as far as there is room.
  void poll_input();
  bool interrupt_line() const { return (identity() & kIirNone) == 0; }

 private:
  static constexpr std::uint64_t kData = 0, kIer = 1, kIir = 2, kLcr = 3, kMcr = 4, kLsr = 5,
                                 kMsr = 6;
  static constexpr std::uint8_t kIirNone = 1, kIirModem = 0, kIirThrEmpty = 2, kIirReceived = 4,
                                kIirLine = 6, kIirTimeout = 0xc, kIirFifos = 0xc0;
  static constexpr std::uint8_t kFcrEnable = 1, kFcrClearReceiver = 2, kFcrClearTransmitter = 4;
  static constexpr std::uint8_t kLcrDlab = 0x80, kMcrLoop = 0x10;
  static constexpr unsigned kFifoBytes = 16;

  bool is_fifo_on() const { return (fcr_ & kFcrEnable) != 0; }
  bool is_loopback() const { return (mcr_ & kMcrLoop) != 0; }
  bool is_dlab() const { return (lcr_ & kLcrDlab) != 0; }
  unsigned capacity() const { return is_fifo_on() ? kFifoBytes : 1; }
  unsigned trigger_level() const;
  std::uint8_t identity() const;
  std::uint8_t line_status() const;
  std::uint8_t modem_lines() const;
  std::uint8_t take_received();
  void transmit(std::uint8_t byte);
  void push(std::uint8_t byte);
  void settle_carrier();
  void write_fcr(std::uint8_t value);
  void write_mcr(std::uint8_t value);

  Hardware* hardware_;
  std::uint8_t fifo_[kFifoBytes] = {};  // oldest first
  unsigned held_ = 0;
  std::uint8_t last_ = 0;  // what an empty receiver reads as
  std::uint8_t ier_ = 0, fcr_ = 0, lcr_ = 0, mcr_ = 0, scratch_ = 0, dll_ = 0, dlm_ = 0;
  std::uint8_t modem_delta_ = 0;
  bool has_ended_ = false;     // nothing more will come from the machine's console
  bool carrier_lost_ = false;  // and the guest has read everything
  bool overrun_ = false;
  bool thr_interrupt_ = false;  // THR became empty and IIR has not told yet
};

}  // namespace disco
