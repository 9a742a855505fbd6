#include "machine/rounds.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace machine {

namespace {
// SplitMix64.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
}  // namespace

MachineRounds::MachineRounds(MachineBoard& board, Cycles quantum, std::uint64_t turns)
    : board_{board},
      quantum_{quantum},
      turns_{turns},
      asleep_(board.cpu_count(), 0),
      wakes_at_(board.cpu_count()) {
  board_.events().set_listener(this);
  board_.set_wake_listener(this);
  if (turns_ != 0) draw_order();
}

CpuId MachineRounds::current() const {
  if (turns_ != 0) return CpuId{order_[turns_taken_]};
  return CpuId{(first_ + turns_taken_) % board_.cpu_count()};
}

std::uint32_t MachineRounds::turn_of(CpuId id) const {
  if (turns_ != 0) return turn_[index_of(id)];
  return (index_of(id) + board_.cpu_count() - first_) % board_.cpu_count();
}

/// Any order is as likely as any other, whatever was drawn before.
void MachineRounds::draw_order() {
  std::uint64_t state = turns_;
  state = next_random(state) ^ round_;
  order_.resize(board_.cpu_count());
  turn_.resize(board_.cpu_count());
  std::iota(order_.begin(), order_.end(), 0U);
  for (std::size_t left = order_.size(); left > 1; --left)
    std::swap(order_[left - 1], order_[next_random(state) % left]);
  for (std::uint32_t turn = 0; turn < order_.size(); ++turn) turn_[order_[turn]] = turn;
}

Cycles MachineRounds::slowest() const {
  Cycles least = Cycles::never();
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    const CpuId id{c};
    least = std::min(least, is_asleep(id) ? clock_of_sleeper(id) : board_.cpu(id).now());
  }
  return least;
}

Cycles MachineRounds::fastest() const {
  Cycles most;
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    const CpuId id{c};
    most = std::max(most, is_asleep(id) ? clock_of_sleeper(id) : board_.cpu(id).now());
  }
  return most;
}

bool MachineRounds::all_doze() {
  if (sleepers_ == board_.cpu_count()) return true;
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    const CpuId id{c};
    if (!is_asleep(id) && !board_.is_parked(id) && !board_.cpu(id).is_dozing()) return false;
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

bool MachineRounds::sleeps(CpuId id) {
  if (board_.is_parked(id)) return true;
  return board_.cpu(id).is_dozing() && wakes_itself_at(id) > board_.cpu(id).now();
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
  start_ = end_;
  // A single CPU has nobody to keep step with, and while all doze nothing happens before the next
  // wake-up.
  if (board_.cpu_count() == 1) {
    end_ = board_.events().next();
  } else if (all_doze()) {
    catch_up();
    end_ = next_wake();
  } else {
    // Whoever is asleep is at the end of the last round, and nobody is before it.
    end_ = std::min(board_.events().next(), (sleepers_ != 0 ? start_ : slowest()) + quantum_);
  }
  end_ = std::min(end_, barrier_);
  if (first_wake_ <= end_) wake_due();
}

bool MachineRounds::prepare_turn() {
  if (is_at_barrier()) return false;
  if (!is_open_) begin_round();
  while (sleepers_ != 0 && is_asleep(current())) {
    if (pass_turn()) continue;
    if (is_at_barrier()) return false;
    begin_round();
  }
  return true;
}

Cycles MachineRounds::turn_end() {
  if (!is_open_) begin_round();
  return end_;
}

/// Whether the round goes on.
bool MachineRounds::pass_turn() {
  if (++turns_taken_ < board_.cpu_count()) return true;
  is_open_ = false;
  turns_taken_ = 0;
  first_ = (first_ + 1) % board_.cpu_count();
  if (turns_ != 0) {
    ++round_;
    draw_order();
  }
  board_.events().deliver(end_);
  return false;
}

void MachineRounds::advance() {
  const CpuId id = current();
  if (!is_open_ || board_.cpu(id).now() < end_) return;
  if (board_.cpu(id).is_dozing()) pass_over(id);
  pass_turn();
}

void MachineRounds::next_event_is_earlier(Cycles next) {
  if (!is_open_ || next >= end_) return;
  // Those that were passed over had their turn to the end that was.
  for (std::uint32_t c = 0; c < board_.cpu_count() && sleepers_ != 0; ++c) {
    if (is_asleep(CpuId{c}) && clock_of_sleeper(CpuId{c}) == end_) wake(CpuId{c});
  }
  // CPUs that are past it already see the event late, by less than a quantum.
  end_ = std::max(next, board_.cpu(current()).now());
  board_.cpu(current()).limit_run(end_);
}

// ---- CPUs that are passed over

/// A CPU whose turn is over sleeps: from now on nobody asks it before something may wake it. One
/// whose clock is ahead takes another turn first, so that all sleepers have the same clock.
void MachineRounds::pass_over(CpuId id) {
  if (board_.cpu_count() == 1 || board_.cpu(id).now() != end_) return;
  const Cycles at = wakes_itself_at(id);
  if (at <= end_) return;
  asleep_[index_of(id)] = 1;
  wakes_at_[index_of(id)] = at;
  first_wake_ = std::min(first_wake_, at);
  ++sleepers_;
}

/// While a round is open, a CPU whose turn is yet to come is where the last round ended.
Cycles MachineRounds::clock_of_sleeper(CpuId id) const {
  return is_open_ && turn_of(id) >= turns_taken_ ? start_ : end_;
}

void MachineRounds::wake(CpuId id) {
  const Cycles clock = clock_of_sleeper(id);
  asleep_[index_of(id)] = 0;
  --sleepers_;
  board_.cpu(id).run(clock);
}

/// Those whose timers go off in this round.
void MachineRounds::wake_due() {
  first_wake_ = Cycles::never();
  for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) {
    if (!is_asleep(CpuId{c})) continue;
    if (wakes_at_[c] <= end_) {
      wake(CpuId{c});
    } else {
      first_wake_ = std::min(first_wake_, wakes_at_[c]);
    }
  }
}

void MachineRounds::may_wake(CpuId cpu) {
  if (is_asleep(cpu)) wake(cpu);
}

void MachineRounds::catch_up() {
  for (std::uint32_t c = 0; c < board_.cpu_count() && sleepers_ != 0; ++c) {
    if (is_asleep(CpuId{c})) wake(CpuId{c});
  }
  first_wake_ = Cycles::never();
}

void MachineRounds::visit(StateVisitor& v) {
  if (v.is_restoring()) {
    std::fill(asleep_.begin(), asleep_.end(), std::uint8_t{0});
    sleepers_ = 0;
    first_wake_ = Cycles::never();
  }
  const StateSection section{v, "rounds"};
  std::uint64_t end = end_.count();
  v.word("end", end);
  end_ = Cycles{end};
  v.field("first", first_);
  v.field("turns_taken", turns_taken_);
  v.field("is_open", is_open_);
  if (turns_ != 0) v.word("round", round_);
  if (!v.is_restoring()) return;
  first_ %= board_.cpu_count();
  turns_taken_ %= board_.cpu_count();
  if (turns_ != 0) draw_order();
}

}  // namespace machine
