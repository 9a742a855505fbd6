#include "machine/devices/uart.hpp"

#include <algorithm>
#include <array>

namespace machine {

void Uart::send(std::uint8_t byte) {
  sink_.uart_byte(byte);
  ++sent_;
}

std::optional<std::uint8_t> Uart::next() {
  if (backlog_.empty()) return std::nullopt;
  const std::uint8_t byte = backlog_.front();
  backlog_.pop_front();
  ++received_;
  return byte;
}

void Uart::receive(std::uint8_t byte) {
  if (backlog_.size() == kMaxBacklog || has_left_) return;
  backlog_.push_back(byte);
  fill();
  drive_line();
}

void Uart::hang_up() {
  has_left_ = true;
  fill();
  drive_line();
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
  using namespace hardware::ns16550;
  // Named one by one: a register that is not visited here does not compile.
  auto& [fifo, held, last, ier, fcr, lcr, mcr, scratch, dll, dlm, modem_delta, carrier_lost,
         overrun, thr_interrupt] = registers_;
  std::array<std::uint8_t, kFifoBytes> bytes{};  // what has been read leaves no trace
  std::copy_n(fifo, held, bytes.begin());
  v.words("fifo", bytes);
  v.field("held", held);
  std::uint64_t waiting = backlog_.size();
  v.word("waiting", waiting);
  if (v.is_restoring()) backlog_.resize(std::min<std::uint64_t>(waiting, kMaxBacklog));
  for (std::uint8_t& byte : backlog_) v.field("", byte);
  v.field("last", last);
  v.field("ier", ier);
  v.field("fcr", fcr);
  v.field("lcr", lcr);
  v.field("mcr", mcr);
  v.field("scratch", scratch);
  v.field("dll", dll);
  v.field("dlm", dlm);
  // The low half of MSR, and above it what became of the far end.
  constexpr std::uint8_t kHasLeft = 0x40, kCarrierLost = 0x80;
  auto modem = static_cast<std::uint8_t>(modem_delta | (has_left_ ? kHasLeft : 0) |
                                         (carrier_lost ? kCarrierLost : 0));
  v.field("modem_delta", modem);
  v.field("overrun", overrun);
  v.field("thr_interrupt", thr_interrupt);
  v.word("sent", sent_);
  v.word("received", received_);
  if (!v.is_restoring()) return;
  held = std::min(held, kFifoBytes);
  std::copy_n(bytes.begin(), held, fifo);
  modem_delta = modem & kMsrDelta;
  has_left_ = (modem & kHasLeft) != 0;
  carrier_lost = (modem & kCarrierLost) != 0;
}

}  // namespace machine
