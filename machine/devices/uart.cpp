#include "machine/devices/uart.hpp"

#include <algorithm>

namespace machine {

namespace {
// MSR's upper half: the far end is there and ready (CTS, DSR, DCD).
constexpr std::uint8_t kModemConnected = 0xb0;
constexpr std::uint8_t kCarrierLine = 0x80, kDeltaCarrier = 0x08;
constexpr std::uint8_t kRingLine = 0x40;
constexpr std::uint8_t kDeltaRing = 0x04;  // set only when the ring line falls
}  // namespace

unsigned Uart::trigger_level() const {
  if (!is_fifo_on()) return 1;
  constexpr std::array<unsigned, 4> kLevels{1, 4, 8, 14};
  return kLevels[fcr_ >> 6];
}

std::uint8_t Uart::line_status() const {
  std::uint8_t status = kLsrThrEmpty | kLsrIdle;  // nothing ever waits to be sent
  if (held_ > 0) status |= kLsrReady;
  if (overrun_) status |= kLsrOverrun;
  return status;
}

// In loopback the modem outputs (DTR, RTS, OUT1, OUT2) come back as DSR, CTS, RI, DCD.
std::uint8_t Uart::modem_lines() const {
  if (!is_loopback()) {
    return (modem_delta_ & kCarrierLost) != 0 ? kModemConnected & ~kCarrierLine : kModemConnected;
  }
  std::uint8_t lines = 0;
  if (mcr_ & 0x01) lines |= 0x20;
  if (mcr_ & 0x02) lines |= 0x10;
  if (mcr_ & 0x04) lines |= 0x40;
  if (mcr_ & 0x08) lines |= 0x80;
  return lines;
}

// In order of priority. The character timeout is due at once when nothing more is on its way: then
// the bytes below the trigger level would wait forever.
std::uint8_t Uart::interrupt_identity() const {
  if ((ier_ & kIerLine) != 0 && overrun_) return kIirLine;
  if ((ier_ & kIerReceived) != 0) {
    if (held_ >= trigger_level()) return kIirReceived;
    if (held_ > 0) return kIirTimeout;
  }
  if ((ier_ & kIerThrEmpty) != 0 && thr_interrupt_) return kIirThrEmpty;
  if ((ier_ & kIerModem) != 0 && (modem_delta_ & kDelta) != 0) return kIirModem;
  return kIirNone;
}

void Uart::push(std::uint8_t byte) {
  if (held_ == capacity()) {
    overrun_ = true;
    // Without FIFOs the newer byte replaces the older one; with them the newer one is lost.
    if (!is_fifo_on()) fifo_[0] = byte;
    return;
  }
  fifo_[held_++] = byte;
}

void Uart::drain_backlog() {
  while (!backlog_.empty() && held_ < capacity() && !is_loopback()) {
    push(backlog_.front());
    backlog_.pop_front();
    ++received_;
  }
}

void Uart::receive(std::uint8_t byte) {
  if (backlog_.size() == kMaxBacklog || (modem_delta_ & kHasLeft) != 0) return;
  backlog_.push_back(byte);
  drain_backlog();
  drive_line();
}

void Uart::hang_up() {
  modem_delta_ |= kHasLeft;
  settle_carrier();
  drive_line();
}

void Uart::settle_carrier() {
  const bool is_over = (modem_delta_ & (kHasLeft | kCarrierLost)) == kHasLeft;
  if (!is_over || held_ > 0 || !backlog_.empty()) return;
  modem_delta_ |= kCarrierLost;
  if (!is_loopback()) modem_delta_ |= kDeltaCarrier;
}

std::uint8_t Uart::take_received() {
  if (held_ > 0) {
    last_ = fifo_[0];
    std::copy(fifo_.begin() + 1, fifo_.begin() + held_, fifo_.begin());
    fifo_[--held_] = 0;
    drain_backlog();
    settle_carrier();
  }
  return last_;
}

void Uart::transmit(std::uint8_t byte) {
  if (is_loopback()) {
    push(byte);
  } else {
    sink_.uart_byte(byte);
    ++sent_;
  }
  thr_interrupt_ = true;  // written and, in no time, empty again
}

void Uart::write_fcr(std::uint8_t value) {
  const bool toggled = ((value ^ fcr_) & kFcrEnable) != 0;
  if (toggled || (value & kFcrClearReceiver) != 0) {
    fifo_ = {};
    held_ = 0;
  }
  if (toggled || (value & kFcrClearTransmitter) != 0) thr_interrupt_ = true;
  fcr_ = (value & kFcrEnable) != 0 ? value & 0xc1 : 0;
  drain_backlog();
  settle_carrier();
}

void Uart::write_mcr(std::uint8_t value) {
  const std::uint8_t before = modem_lines();
  mcr_ = value & 0x1f;
  const std::uint8_t after = modem_lines();
  const auto changed = static_cast<std::uint8_t>(before ^ after);
  modem_delta_ |= static_cast<std::uint8_t>(changed >> 4) & static_cast<std::uint8_t>(~kDeltaRing);
  if ((before & kRingLine) != 0 && (after & kRingLine) == 0) modem_delta_ |= kDeltaRing;
  drain_backlog();
}

std::uint8_t Uart::read_register(std::uint64_t offset) {
  switch (offset) {
    case kData: return is_dlab() ? dll_ : take_received();
    case kIer: return is_dlab() ? dlm_ : ier_;
    case kIir: {
      const std::uint8_t identity = interrupt_identity();
      if (identity == kIirThrEmpty) thr_interrupt_ = false;  // reading it is the acknowledgement
      return static_cast<std::uint8_t>(identity | (is_fifo_on() ? kIirFifos : 0));
    }
    case kLcr: return lcr_;
    case kMcr: return mcr_;
    case kLsr: {
      const std::uint8_t status = line_status();
      overrun_ = false;
      return status;
    }
    case kMsr: {
      const auto status = static_cast<std::uint8_t>(modem_lines() | (modem_delta_ & kDelta));
      modem_delta_ &= static_cast<std::uint8_t>(~kDelta);
      return status;
    }
    default: return scratch_;
  }
}

void Uart::write_register(std::uint64_t offset, std::uint8_t value) {
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
    case kScratch: scratch_ = value; break;
    default: break;  // LSR and MSR are read-only
  }
}

numa::ReadResult Uart::read(const numa::Requester&, std::uint64_t offset, unsigned size) {
  if (size != 1) return Failure{numa::BusError{}};
  const std::uint8_t value = read_register(offset);
  drive_line();
  return std::uint64_t{value};
}

numa::WriteResult Uart::write(const numa::Requester&, std::uint64_t offset, unsigned size,
                              std::uint64_t value) {
  if (size != 1) return Failure{numa::BusError{}};
  write_register(offset, static_cast<std::uint8_t>(value));
  drive_line();
  return Nothing{};
}

void Uart::visit(StateVisitor& v) {
  v.words("fifo", fifo_);
  v.field("held", held_);
  std::uint64_t waiting = backlog_.size();
  v.word("waiting", waiting);
  if (v.is_restoring()) backlog_.resize(std::min<std::uint64_t>(waiting, kMaxBacklog));
  for (std::uint8_t& byte : backlog_) v.field("", byte);
  v.field("last", last_);
  v.field("ier", ier_);
  v.field("fcr", fcr_);
  v.field("lcr", lcr_);
  v.field("mcr", mcr_);
  v.field("scratch", scratch_);
  v.field("dll", dll_);
  v.field("dlm", dlm_);
  v.field("modem_delta", modem_delta_);
  v.field("overrun", overrun_);
  v.field("thr_interrupt", thr_interrupt_);
  v.word("sent", sent_);
  v.word("received", received_);
  if (v.is_restoring()) held_ = std::min<std::uint8_t>(held_, kFifoBytes);
}

}  // namespace machine
