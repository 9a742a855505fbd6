// The serial port: an ns16550a (16-byte FIFOs, byte registers, reg-shift 0). Its registers, and
// what reading and writing them does: the machine's port and the one that the monitor shows its
// guests are this class. Transmission takes no time, and the receiver takes no byte from the line
// for which it has no room, so that nothing is lost except in loopback.
#pragma once

#include <cstdint>
#include <optional>

namespace hardware {

namespace ns16550 {

/// The first two change their meaning with LCR.DLAB; IIR is FCR when written.
inline constexpr std::uint64_t kData = 0, kIer = 1, kIir = 2, kFcr = 2, kLcr = 3, kMcr = 4,
                               kLsr = 5, kMsr = 6, kScratch = 7;
inline constexpr std::uint8_t kIerReceived = 1, kIerThrEmpty = 2, kIerLine = 4, kIerModem = 8,
                              kIerKept = 0x0f;
inline constexpr std::uint8_t kIirNone = 1, kIirModem = 0, kIirThrEmpty = 2, kIirReceived = 4,
                              kIirLine = 6, kIirTimeout = 0xc, kIirFifos = 0xc0;
inline constexpr std::uint8_t kFcrEnable = 1, kFcrClearReceiver = 2, kFcrClearTransmitter = 4,
                              kFcrKept = 0xc1;
inline constexpr std::uint8_t kLcrDlab = 0x80;
inline constexpr std::uint8_t kMcrDtr = 1, kMcrRts = 2, kMcrOut1 = 4, kMcrOut2 = 8, kMcrLoop = 0x10,
                              kMcrKept = 0x1f;
inline constexpr std::uint8_t kLsrReady = 1, kLsrOverrun = 2, kLsrThrEmpty = 0x20, kLsrIdle = 0x40;
/// The lower half of MSR says what has changed since it was read (of the ring line, that it fell).
inline constexpr std::uint8_t kMsrDelta = 0x0f, kMsrDeltaRing = 0x04, kMsrDeltaCarrier = 0x08,
                              kMsrCts = 0x10, kMsrDsr = 0x20, kMsrRing = 0x40, kMsrCarrier = 0x80;
inline constexpr unsigned kFifoBytes = 16;

}  // namespace ns16550

/// What the port remembers.
struct Ns16550Registers {
  std::uint8_t fifo[ns16550::kFifoBytes] = {};  // oldest first
  unsigned held = 0;                            // bytes in it
  std::uint8_t last = 0;                        // what an empty receiver reads as
  std::uint8_t ier = 0, fcr = 0, lcr = 0, mcr = 0, scratch = 0, dll = 0, dlm = 0;
  std::uint8_t modem_delta = 0;  // MSR's lower half
  bool carrier_lost = false;     // the far end has left, and everything that it sent has been read
  bool overrun = false;
  bool thr_interrupt = false;  // THR became empty and IIR has not told yet
};

/// `Port` derives from it and is the line:
///   void send(std::uint8_t byte);         what is transmitted
///   std::optional<std::uint8_t> next();   the byte that comes next; nothing while there is none
///   bool has_ended() const;               nothing more will come
///   void listen(bool has_room);           told whenever the receiver may have filled or emptied
template <class Port>
class Ns16550 {
 public:
  /// Requires: `offset` < kUartBytes.
  std::uint8_t read_register(std::uint64_t offset);
  void write_register(std::uint64_t offset, std::uint8_t value);

  /// Takes what has come on the line, as far as there is room.
  void fill();

  /// Whether the port interrupts.
  bool interrupt_line() const { return (identity() & ns16550::kIirNone) == 0; }

 protected:
  Ns16550Registers registers_;

 private:
  Port& port() { return static_cast<Port&>(*this); }

  bool is_fifo_on() const { return (registers_.fcr & ns16550::kFcrEnable) != 0; }
  bool is_loopback() const { return (registers_.mcr & ns16550::kMcrLoop) != 0; }
  bool is_dlab() const { return (registers_.lcr & ns16550::kLcrDlab) != 0; }
  unsigned capacity() const { return is_fifo_on() ? ns16550::kFifoBytes : 1; }
  bool has_room() const { return registers_.held < capacity() && !is_loopback(); }
  unsigned trigger_level() const;
  std::uint8_t line_status() const;
  std::uint8_t modem_lines() const;
  std::uint8_t identity() const;
  std::uint8_t take_received();
  void transmit(std::uint8_t byte);
  void push(std::uint8_t byte);
  void settle_carrier();
  void write_fcr(std::uint8_t value);
  void write_mcr(std::uint8_t value);
};

template <class Port>
unsigned Ns16550<Port>::trigger_level() const {
  constexpr unsigned kLevels[] = {1, 4, 8, 14};
  return is_fifo_on() ? kLevels[registers_.fcr >> 6] : 1;
}

template <class Port>
std::uint8_t Ns16550<Port>::line_status() const {
  using namespace ns16550;
  std::uint8_t status = kLsrThrEmpty | kLsrIdle;  // nothing ever waits to be sent
  if (registers_.held > 0) status |= kLsrReady;
  if (registers_.overrun) status |= kLsrOverrun;
  return status;
}

// In loopback the modem outputs (DTR, RTS, OUT1, OUT2) come back as DSR, CTS, RI, DCD; else the far
// end is there and ready.
template <class Port>
std::uint8_t Ns16550<Port>::modem_lines() const {
  using namespace ns16550;
  constexpr std::uint8_t kConnected = kMsrCts | kMsrDsr | kMsrCarrier;
  if (!is_loopback()) return registers_.carrier_lost ? kConnected & ~kMsrCarrier : kConnected;
  std::uint8_t lines = 0;
  if ((registers_.mcr & kMcrDtr) != 0) lines |= kMsrDsr;
  if ((registers_.mcr & kMcrRts) != 0) lines |= kMsrCts;
  if ((registers_.mcr & kMcrOut1) != 0) lines |= kMsrRing;
  if ((registers_.mcr & kMcrOut2) != 0) lines |= kMsrCarrier;
  return lines;
}

// In order of priority. The character timeout is due at once when nothing more is on its way: then
// the bytes below the trigger level would wait forever.
template <class Port>
std::uint8_t Ns16550<Port>::identity() const {
  using namespace ns16550;
  const std::uint8_t ier = registers_.ier;
  if ((ier & kIerLine) != 0 && registers_.overrun) return kIirLine;
  if ((ier & kIerReceived) != 0 && registers_.held > 0)
    return registers_.held >= trigger_level() ? kIirReceived : kIirTimeout;
  if ((ier & kIerThrEmpty) != 0 && registers_.thr_interrupt) return kIirThrEmpty;
  if ((ier & kIerModem) != 0 && registers_.modem_delta != 0) return kIirModem;
  return kIirNone;
}

// Without FIFOs a newer byte replaces the older one; with them the newer one is lost.
template <class Port>
void Ns16550<Port>::push(std::uint8_t byte) {
  if (registers_.held == capacity()) {
    registers_.overrun = true;
    if (!is_fifo_on()) registers_.fifo[0] = byte;
    return;
  }
  registers_.fifo[registers_.held++] = byte;
}

template <class Port>
void Ns16550<Port>::fill() {
  while (has_room()) {
    const auto byte = port().next();
    if (!byte) break;
    registers_.fifo[registers_.held++] = *byte;
  }
  settle_carrier();
  port().listen(has_room());
}

// The carrier drops when everything that was sent has been read, for good.
template <class Port>
void Ns16550<Port>::settle_carrier() {
  if (!port().has_ended() || registers_.carrier_lost || registers_.held > 0) return;
  registers_.carrier_lost = true;
  if (!is_loopback()) registers_.modem_delta |= ns16550::kMsrDeltaCarrier;
}

template <class Port>
std::uint8_t Ns16550<Port>::take_received() {
  Ns16550Registers& r = registers_;
  if (r.held == 0) return r.last;
  r.last = r.fifo[0];
  --r.held;
  for (unsigned n = 0; n < r.held; ++n) r.fifo[n] = r.fifo[n + 1];
  fill();
  return r.last;
}

template <class Port>
void Ns16550<Port>::transmit(std::uint8_t byte) {
  if (is_loopback()) {
    push(byte);
  } else {
    port().send(byte);
  }
  registers_.thr_interrupt = true;  // written and, in no time, empty again
}

template <class Port>
void Ns16550<Port>::write_fcr(std::uint8_t value) {
  using namespace ns16550;
  const bool toggled = ((value ^ registers_.fcr) & kFcrEnable) != 0;
  if (toggled || (value & kFcrClearReceiver) != 0) registers_.held = 0;
  if (toggled || (value & kFcrClearTransmitter) != 0) registers_.thr_interrupt = true;
  registers_.fcr = (value & kFcrEnable) != 0 ? value & kFcrKept : 0;
  fill();
}

template <class Port>
void Ns16550<Port>::write_mcr(std::uint8_t value) {
  using namespace ns16550;
  const std::uint8_t before = modem_lines();
  registers_.mcr = value & kMcrKept;
  const std::uint8_t after = modem_lines();
  const auto changed = static_cast<std::uint8_t>(before ^ after);
  registers_.modem_delta |=
      static_cast<std::uint8_t>(changed >> 4) & static_cast<std::uint8_t>(~kMsrDeltaRing);
  if ((before & kMsrRing) != 0 && (after & kMsrRing) == 0) registers_.modem_delta |= kMsrDeltaRing;
  fill();
}

template <class Port>
std::uint8_t Ns16550<Port>::read_register(std::uint64_t offset) {
  using namespace ns16550;
  Ns16550Registers& r = registers_;
  switch (offset) {
    case kData: return is_dlab() ? r.dll : take_received();
    case kIer: return is_dlab() ? r.dlm : r.ier;
    case kIir: {
      const std::uint8_t what = identity();
      if (what == kIirThrEmpty) r.thr_interrupt = false;  // reading it is the acknowledgement
      return static_cast<std::uint8_t>(what | (is_fifo_on() ? kIirFifos : 0));
    }
    case kLcr: return r.lcr;
    case kMcr: return r.mcr;
    case kLsr: {
      const std::uint8_t status = line_status();
      r.overrun = false;
      return status;
    }
    case kMsr: {
      const auto status = static_cast<std::uint8_t>(modem_lines() | r.modem_delta);
      r.modem_delta = 0;
      return status;
    }
    default: return r.scratch;
  }
}

template <class Port>
void Ns16550<Port>::write_register(std::uint64_t offset, std::uint8_t value) {
  using namespace ns16550;
  Ns16550Registers& r = registers_;
  switch (offset) {
    case kData:
      if (is_dlab()) {
        r.dll = value;
      } else {
        transmit(value);
      }
      break;
    case kIer:
      if (is_dlab()) {
        r.dlm = value;
        break;
      }
      // Enabling the transmitter's interrupt while it is empty raises it.
      if ((value & ~r.ier & kIerThrEmpty) != 0) r.thr_interrupt = true;
      r.ier = value & kIerKept;
      break;
    case kFcr: write_fcr(value); break;
    case kLcr: r.lcr = value; break;
    case kMcr: write_mcr(value); break;
    case kLsr:
    case kMsr: break;  // read-only
    default: r.scratch = value; break;
  }
}

}  // namespace hardware
