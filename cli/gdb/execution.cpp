#include "cli/gdb/execution.hpp"

#include <algorithm>

namespace cli::gdb {

namespace {

using cpu::RegisterClass;
using machine::RunEnd;

constexpr unsigned kStackPointer = 29, kStatus = 12, kEntryHi = 10;
constexpr unsigned kSaved[] = {16, 17, 18, 19, 20, 21, 22, 23, 28, 30, 31};  // $s0-$s8, $gp, $ra
/// Of the host's time: how long a step waits for input that could wake a machine that sleeps.
constexpr std::chrono::milliseconds kInputWait{100};

Mode mode_of(std::uint64_t status) {
  switch (status >> 3 & 3) {
    case 0: return Mode::kKernel;
    case 1: return Mode::kSupervisor;
    default: return Mode::kUser;
  }
}

/// The word of a supervisor's eret.
constexpr std::uint32_t kEret = 0x42000018;

std::optional<std::uint32_t> word_at(cpu::DebugPort& port, VirtAddr pc) {
  std::byte bytes[4];
  if (port.read_virtual(pc, bytes) != sizeof bytes) return std::nullopt;
  std::uint32_t word = 0;
  for (const std::byte byte : bytes) word = word << 8 | std::to_integer<std::uint32_t>(byte);
  return word;
}

Result<std::optional<RunEnd>, Error> as_ended(const Result<RunEnd, Error>& end) {
  if (!end) return Failure{end.error()};
  return std::optional{*end};
}

}  // namespace

// Another program that the handler gave the CPU to has another stack, and so has a signal handler.
// Programs in user mode may have equal ones, and are told apart by the ASID; but a kernel may give
// a program a new ASID at any time, which they do when it forks. Then all that is saved must agree.
bool Execution::Place::is_back_at(const Place& from) const {
  if (stack != from.stack || mode != from.mode || in_handler != from.in_handler) return false;
  return asid == from.asid || (saved == from.saved && (pc == from.pc || pc == from.pc + 4));
}

/// Waits for the end of an exception: an eret, to wherever the handler decides (beyond a system
/// call, say), or a jump back.
class Execution::Return final : public Observer {
 public:
  Return(Execution& execution, CpuId cpu, const Place& from)
      : execution_{execution}, cpu_{cpu}, from_{from} {
    cpu::Cpu& c = execution_.machine_.cpu(cpu_);
    c.add_observer(*this);
    c.observation().add_mark(from_.pc, 0);
    c.observation().add_mark(from_.pc + 4, 0);
  }
  ~Return() override {
    cpu::Cpu& c = execution_.machine_.cpu(cpu_);
    c.observation().remove_mark(from_.pc);
    c.observation().remove_mark(from_.pc + 4);
    c.remove_observer(*this);
  }
  Return(const Return&) = delete;
  Return& operator=(const Return&) = delete;

  void on_eret(const EretEvent& event) override {
    if (from_.is_leaving && event.to != Mode::kKernel) return found();
    look(event.target);
  }
  void on_mark(const MarkEvent& event) override { look(event.pc); }
  bool is_back() const { return is_back_; }

 private:
  void look(VirtAddr pc) {
    Place place = execution_.place_of(cpu_);
    place.pc = pc;
    if (place.is_back_at(from_)) found();
  }
  void found() {
    is_back_ = true;
    execution_.end_wanted_ = true;
    execution_.machine_.stop_after_instruction();
  }

  Execution& execution_;
  const CpuId cpu_;
  const Place from_;
  bool is_back_ = false;
};

/// Stops the machine when a CPU wakes from a doze.
class Execution::Waking final : public Observer {
 public:
  Waking(Execution& execution, CpuId cpu) : execution_{execution}, cpu_{cpu} {
    execution_.machine_.cpu(cpu_).add_observer(*this);
  }
  ~Waking() override { execution_.machine_.cpu(cpu_).remove_observer(*this); }
  Waking(const Waking&) = delete;
  Waking& operator=(const Waking&) = delete;

  void on_mode(const ModeEvent& event) override {
    if (event.from != Mode::kIdle) return;
    execution_.end_wanted_ = true;
    execution_.machine_.stop_after_instruction();
  }

 private:
  Execution& execution_;
  const CpuId cpu_;
};

Execution::Execution(machine::Machine& machine, const machine::RunLimits& limits)
    : machine_{machine}, limits_{limits}, stopped_{stopped_at(CpuId{0})} {}

Result<RunEnd, Error> Execution::resume(CpuId selected) {
  stop_asked_ = false;
  unfinished_.reset();
  return remember(as_ended(run(limits_)), selected);
}

Result<RunEnd, Error> Execution::step(CpuId cpu) {
  stop_asked_ = false;
  const auto unfinished = std::exchange(unfinished_, std::nullopt);
  if (unfinished && unfinished->cpu == cpu && !enters_exceptions_) {
    const auto ended = finish_exception(cpu, unfinished->from);
    if (!ended || *ended || place_of(cpu).pc != unfinished->from.pc) return remember(ended, cpu);
  }
  if (machine_.sleeps(cpu)) {
    const auto ended = nap(cpu);
    if (!ended || *ended || machine_.sleeps(cpu)) return remember(ended, cpu);
  }
  return remember(step_awake(cpu), cpu);
}

void Execution::stop() {
  stop_asked_ = true;
  want_end();
}

void Execution::want_end() {
  end_wanted_ = true;
  machine_.interrupt();
}

Result<RunEnd, Error> Execution::run(const machine::RunLimits& limits) {
  end_wanted_ = stop_asked_;
  if (stop_asked_) return RunEnd::kInterrupted;
  for (;;) {
    auto end = machine_.run(limits);
    // An interrupt that nobody here knows of is left over, or its reason shows in a hook.
    if (end && *end == RunEnd::kInterrupted && !end_wanted_) continue;
    const bool is_known =
        end && *end == RunEnd::kBreakpoint && stopped_ == stopped_at(machine_.stopped_cpu());
    if (!is_known) return end;
    const auto ended = step_awake(stopped_.cpu);
    if (!ended) return Failure{ended.error()};
    if (*ended) return **ended;
  }
}

Execution::Ended Execution::step_awake(CpuId cpu) {
  const Place from = place_of(cpu);
  for (;;) {
    const std::uint64_t before = exceptions_of(cpu);
    const auto end = machine_.step(cpu);
    if (!end) return Failure{end.error()};
    if (*end != RunEnd::kBreakpoint) return std::optional{*end};
    if (const auto limit = limit_reached()) return limit;
    const bool went_into_one = exceptions_of(cpu) != before;
    if (!went_into_one || enters_exceptions_ || from.in_handler) return std::optional<RunEnd>{};
    const auto ended = finish_exception(cpu, from);
    // Where it comes back to the same instruction, that has not executed yet.
    if (!ended || *ended || place_of(cpu).pc != from.pc) return ended;
  }
}

Execution::Ended Execution::finish_exception(CpuId cpu, const Place& from) {
  const Return back{*this, cpu, from};
  const auto end = run(limits_);
  if (!end || (*end != RunEnd::kBreakpoint && !back.is_back())) return as_ended(end);
  if (back.is_back()) return std::optional<RunEnd>{};
  const bool is_here = machine_.stopped_cpu() == cpu;
  if (is_here && place_of(cpu).is_back_at(from)) return std::optional<RunEnd>{};
  if (!is_here) unfinished_ = Unfinished{cpu, from};
  return std::optional{*end};
}

Execution::Ended Execution::nap(CpuId cpu) {
  using Clock = std::chrono::steady_clock;
  const Waking waking{*this, cpu};
  const Clock::time_point began = Clock::now();
  const auto hook = machine_.add_slice_hook([this, began] {
    const bool only_input_wakes = machine_.idle_until() == Cycles::never();
    if (only_input_wakes && Clock::now() - began >= kInputWait) want_end();
  });
  const Cycles length{machine_.config().clock_hz / 1'000'000 * kNap.count()};
  machine::RunLimits limits = limits_;
  limits.cycles = std::min(limits.cycles, machine_.now() + length);
  const auto end = run(limits);
  if (!end) return Failure{end.error()};
  if (stop_asked_) return std::optional{RunEnd::kInterrupted};
  if (const auto limit = limit_reached()) return limit;
  switch (*end) {
    case RunEnd::kCycleLimit:
    case RunEnd::kInterrupted:
    case RunEnd::kIdleForever: return std::optional<RunEnd>{};
    default: return std::optional{*end};
  }
}

std::optional<RunEnd> Execution::limit_reached() {
  if (machine_.retired() >= limits_.instructions) return RunEnd::kInstructionLimit;
  if (machine_.now() >= limits_.cycles) return RunEnd::kCycleLimit;
  return std::nullopt;
}

Result<RunEnd, Error> Execution::remember(const Ended& ended, CpuId cpu) {
  const bool by_itself = ended && *ended == RunEnd::kBreakpoint;
  stopped_ = stopped_at(by_itself ? machine_.stopped_cpu() : cpu);
  if (!ended) return Failure{ended.error()};
  return ended->value_or(RunEnd::kBreakpoint);
}

Execution::Place Execution::place_of(CpuId cpu) {
  constexpr std::uint64_t kExlOrErl = 6, kAsid = 0xff;
  cpu::DebugPort& port = machine_.cpu(cpu).debug();
  const std::uint64_t status = port.read_register(RegisterClass::kCp0, kStatus);
  Place place;
  place.pc = VirtAddr{port.read_register(RegisterClass::kPc, 0)};
  place.stack = VirtAddr{port.read_register(RegisterClass::kGpr, kStackPointer)};
  for (std::size_t i = 0; i < place.saved.size(); ++i)
    place.saved[i] = port.read_register(RegisterClass::kGpr, kSaved[i]);
  place.mode = mode_of(status);
  place.in_handler = (status & kExlOrErl) != 0;
  place.is_leaving = place.mode == Mode::kSupervisor && word_at(port, place.pc) == kEret;
  if (place.mode == Mode::kUser)
    place.asid =
        static_cast<std::uint8_t>(port.read_register(RegisterClass::kCp0, kEntryHi) & kAsid);
  return place;
}

Execution::Stopped Execution::stopped_at(CpuId cpu) {
  const cpu::Cpu& c = machine_.cpu(cpu);
  return {cpu, VirtAddr{machine_.cpu(cpu).debug().read_register(RegisterClass::kPc, 0)},
          c.retired()};
}

std::uint64_t Execution::exceptions_of(CpuId cpu) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : machine_.cpu(cpu).counters().exceptions) sum += count;
  return sum;
}

}  // namespace cli::gdb
