#include "config/machine_rounds.hpp"

#include <algorithm>

namespace config {

MachineRounds::MachineRounds(MachineBoard& board, Cycles quantum)
    : board_{board}, quantum_{quantum} {
  board_.events().set_listener(this);
}

CpuId MachineRounds::current() const { return CpuId{(first_ + turns_taken_) % board_.cpu_count()}; }

Cycles MachineRounds::slowest() const {
  Cycles least = Cycles::never();
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    least = std::min(least, board_.cpu(CpuId{c}).now());
  }
  return least;
}

Cycles MachineRounds::fastest() const {
  Cycles most;
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    most = std::max(most, board_.cpu(CpuId{c}).now());
  }
  return most;
}

bool MachineRounds::all_doze() {
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    if (!board_.is_parked(CpuId{c}) && !board_.cpu(CpuId{c}).is_dozing()) return false;
  }
  return true;
}

// A doze ends when Cause.IP & Status.IM is not 0; without help from others only IP7, the timer,
// changes.
Cycles MachineRounds::wakes_itself_at(CpuId id) {
  constexpr unsigned kStatus = 12, kCause = 13;
  constexpr std::uint64_t kTimer = 1U << 15, kAll = 0xff00;
  if (board_.is_parked(id)) return Cycles::never();
  cpu::Cpu& cpu = board_.cpu(id);
  if (cpu.is_reset_pending()) return cpu.now();
  const std::uint64_t mask = cpu.debug().read_register(cpu::RegisterClass::kCp0, kStatus) & kAll;
  const std::uint64_t pending = cpu.debug().read_register(cpu::RegisterClass::kCp0, kCause) & kAll;
  if ((mask & pending) != 0) return cpu.now();
  return (mask & kTimer) != 0 ? cpu.next_timer() : Cycles::never();
}

Cycles MachineRounds::next_wake() {
  Cycles wake = board_.events().next();
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    wake = std::min(wake, wakes_itself_at(CpuId{c}));
  }
  return wake;
}

Cycles MachineRounds::idle_until() { return all_doze() ? next_wake() : slowest(); }

void MachineRounds::begin_round() {
  is_open_ = true;
  turns_taken_ = 0;
  // A single CPU has nobody to keep step with, and while all doze nothing happens before the next
  // wake-up.
  if (board_.cpu_count() == 1) {
    end_ = board_.events().next();
  } else if (all_doze()) {
    end_ = next_wake();
  } else {
    end_ = std::min(board_.events().next(), slowest() + quantum_);
  }
}

Cycles MachineRounds::turn_end() {
  if (!is_open_) begin_round();
  return end_;
}

void MachineRounds::advance() {
  if (!is_open_ || board_.cpu(current()).now() < end_) return;
  if (++turns_taken_ < board_.cpu_count()) return;
  is_open_ = false;
  turns_taken_ = 0;
  first_ = (first_ + 1) % board_.cpu_count();
  board_.events().deliver(end_);
}

void MachineRounds::next_event_is_earlier(Cycles next) {
  if (!is_open_ || next >= end_) return;
  // CPUs that are past it already see the event late, by less than a quantum.
  end_ = std::max(next, board_.cpu(current()).now());
  board_.cpu(current()).limit_run(end_);
}

void MachineRounds::visit(StateVisitor& v) {
  const StateSection section{v, "rounds"};
  std::uint64_t end = end_.count();
  v.word("end", end);
  end_ = Cycles{end};
  v.field("first", first_);
  v.field("turns_taken", turns_taken_);
  v.field("is_open", is_open_);
  if (!v.is_restoring()) return;
  first_ %= board_.cpu_count();
  turns_taken_ %= board_.cpu_count();
}

}  // namespace config
