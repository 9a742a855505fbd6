#include "disco/core/devices/virtual_uart.hpp"

namespace disco {

namespace {
constexpr std::uint8_t kIerReceived = 1, kIerThrEmpty = 2, kIerLine = 4, kIerModem = 8;
constexpr std::uint8_t kLsrReady = 1, kLsrOverrun = 2, kLsrThrEmpty = 0x20, kLsrIdle = 0x40;
constexpr std::uint8_t kModemConnected = 0xb0;  // CTS, DSR, DCD
constexpr std::uint8_t kCarrierLine = 0x80, kDeltaCarrier = 0x08;
constexpr std::uint8_t kRingLine = 0x40, kDeltaRing = 0x04;
}  // namespace

unsigned VirtualUart::trigger_level() const {
  constexpr unsigned kLevels[] = {1, 4, 8, 14};
  return is_fifo_on() ? kLevels[fcr_ >> 6] : 1;
}

std::uint8_t VirtualUart::line_status() const {
  std::uint8_t status = kLsrThrEmpty | kLsrIdle;  // nothing ever waits to be sent
  if (held_ > 0) status |= kLsrReady;
  if (overrun_) status |= kLsrOverrun;
  return status;
}

// In loopback the modem outputs (DTR, RTS, OUT1, OUT2) come back as DSR, CTS, RI, DCD.
std::uint8_t VirtualUart::modem_lines() const {
  if (!is_loopback()) return carrier_lost_ ? kModemConnected & ~kCarrierLine : kModemConnected;
  std::uint8_t lines = 0;
  if ((mcr_ & 0x01) != 0) lines |= 0x20;
  if ((mcr_ & 0x02) != 0) lines |= 0x10;
  if ((mcr_ & 0x04) != 0) lines |= 0x40;
  if ((mcr_ & 0x08) != 0) lines |= 0x80;
  return lines;
}

std::uint8_t VirtualUart::identity() const {
  if ((ier_ & kIerLine) != 0 && overrun_) return kIirLine;
  if ((ier_ & kIerReceived) != 0 && held_ > 0)
    return held_ >= trigger_level() ? kIirReceived : kIirTimeout;
  if ((ier_ & kIerThrEmpty) != 0 && thr_interrupt_) return kIirThrEmpty;
  if ((ier_ & kIerModem) != 0 && modem_delta_ != 0) return kIirModem;
  return kIirNone;
}

void VirtualUart::push(std::uint8_t byte) {
  if (held_ == capacity()) {
    overrun_ = true;
    if (!is_fifo_on()) fifo_[0] = byte;
    return;
  }
  fifo_[held_++] = byte;
}

void VirtualUart::poll_input() {
  // Bounded by the room there is.
  while (held_ < capacity() && !is_loopback()) {
    const auto byte = hardware_->console_get();
    if (!byte) {
      has_ended_ = hardware_->console_has_ended();
      break;
    }
    fifo_[held_++] = *byte;
  }
  settle_carrier();
  hardware_->console_listen(held_ < capacity() && !is_loopback());
}

// The guest's carrier drops as the machine's does: when everything has been read.
void VirtualUart::settle_carrier() {
  if (!has_ended_ || carrier_lost_ || held_ > 0) return;
  carrier_lost_ = true;
  if (!is_loopback()) modem_delta_ |= kDeltaCarrier;
}

std::uint8_t VirtualUart::take_received() {
  if (held_ == 0) return last_;
  last_ = fifo_[0];
  --held_;
  for (unsigned n = 0; n < held_; ++n) fifo_[n] = fifo_[n + 1];
  poll_input();
  return last_;
}

void VirtualUart::transmit(std::uint8_t byte) {
  if (is_loopback()) {
    push(byte);
  } else {
    hardware_->console_put(static_cast<char>(byte));
  }
  thr_interrupt_ = true;  // written and, in no time, empty again
}

void VirtualUart::write_fcr(std::uint8_t value) {
  const bool toggled = ((value ^ fcr_) & kFcrEnable) != 0;
  if (toggled || (value & kFcrClearReceiver) != 0) held_ = 0;
  if (toggled || (value & kFcrClearTransmitter) != 0) thr_interrupt_ = true;
  fcr_ = (value & kFcrEnable) != 0 ? value & 0xc1 : 0;
  poll_input();
}

void VirtualUart::write_mcr(std::uint8_t value) {
  const std::uint8_t before = modem_lines();
  mcr_ = value & 0x1f;
  const std::uint8_t after = modem_lines();
  const auto changed = static_cast<std::uint8_t>(before ^ after);
  modem_delta_ |= static_cast<std::uint8_t>(changed >> 4) & static_cast<std::uint8_t>(~kDeltaRing);
  if ((before & kRingLine) != 0 && (after & kRingLine) == 0) modem_delta_ |= kDeltaRing;
  poll_input();
}

std::uint8_t VirtualUart::read(std::uint64_t offset) {
  switch (offset) {
    case kData: return is_dlab() ? dll_ : take_received();
    case kIer: return is_dlab() ? dlm_ : ier_;
    case kIir: {
      const std::uint8_t what = identity();
      if (what == kIirThrEmpty) thr_interrupt_ = false;  // reading it is the acknowledgement
      return static_cast<std::uint8_t>(what | (is_fifo_on() ? kIirFifos : 0));
    }
    case kLcr: return lcr_;
    case kMcr: return mcr_;
    case kLsr: {
      const std::uint8_t status = line_status();
      overrun_ = false;
      return status;
    }
    case kMsr: {
      const auto status = static_cast<std::uint8_t>(modem_lines() | modem_delta_);
      modem_delta_ = 0;
      return status;
    }
    default: return scratch_;
  }
}

void VirtualUart::write(std::uint64_t offset, std::uint8_t value) {
  switch (offset) {
    case kData:
      if (is_dlab()) {
        dll_ = value;
      } else {
        transmit(value);
      }
      break;
    case kIer:
      if (is_dlab()) {
        dlm_ = value;
        break;
      }
      // Enabling the transmitter's interrupt while it is empty raises it.
      if ((value & ~ier_ & kIerThrEmpty) != 0) thr_interrupt_ = true;
      ier_ = value & 0x0f;
      break;
    case kIir: write_fcr(value); break;
    case kLcr: lcr_ = value; break;
    case kMcr: write_mcr(value); break;
    case kLsr:
    case kMsr: break;  // read-only
    default: scratch_ = value; break;
  }
}

}  // namespace disco
