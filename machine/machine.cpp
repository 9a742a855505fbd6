#include "machine/machine.hpp"

#include <algorithm>
#include <deque>
#include <new>
#include <utility>
#include <vector>

#include "machine/board.hpp"
#include "machine/check.hpp"
#include "machine/devices/virtio/mmio_transport.hpp"
#include "machine/rounds.hpp"
#include "machine/state.hpp"

namespace machine {

namespace {

/// How long a CPU runs before the host looks at interrupts, input and hooks: some milliseconds.
constexpr Cycles kHostSlice{1'000'000};
/// How long they run, all together, between two calls of the slice hook.
constexpr Cycles kLook{500'000};
/// With a source of input: it is to hear of most sleeps when they begin.
constexpr Cycles kLiveSlice{50'000};
/// No instruction takes as long: a CPU that is awake and completes none in this time never will.
constexpr Cycles kStuck{10'000'000};

/// What a configuration must satisfy. Messages call it what experiments call it.
struct Range {
  const char* field;
  std::uint64_t value, least, most;
};

Result<Nothing, Error> check_ranges(const MachineConfig& config) {
  const NetworkConfig network = config.network.value_or(NetworkConfig{});
  const Range ranges[] = {
      {"nodes", config.nodes, 1, numa::kMaxNodes},
      {"cpus_per_node", config.cpus_per_node, 1, numa::kMaxCpusPerNode},
      {"mem.per_node", config.memory_per_node, 2 * kMiB, numa::kMaxNodeRam},
      {"clock", config.clock_hz, kLeastClockHz, kMostClockHz},
      {"cpu.tlb.entries", config.tlb.entries, kLeastTlbEntries, kMostTlbEntries},
      {"quantum", config.quantum.count(), 1, 1'000'000'000},
      {"disks", config.virtio_slots(), 0, hardware::kVirtioSlots},
      {"network.station", network.station, 0, 0xffff},
      {"network.bandwidth", network.link.bits_per_second, 1'000'000, 100'000'000'000},
      {"network.latency", network.link.latency, 1'000, 1'000'000'000},
  };
  for (const Range& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return Failure{
        Error{ErrorCode::kConfig, "machine." + std::string{range.field},
              std::to_string(range.value) + " is out of range",
              "use " + std::to_string(range.least) + " to " + std::to_string(range.most)}};
  }
  if (config.memory_per_node % kPageSize != 0) {
    return Failure{
        Error{ErrorCode::kConfig, "machine.mem.per_node",
              std::to_string(config.memory_per_node) + " bytes is not a whole number of pages",
              "use a multiple of 4 KB"}};
  }
  return Nothing{};
}

/// How far CPUs may be apart. A remote reference is what one can learn of another at the earliest.
Cycles quantum_of(const MachineConfig& config, cpu::Fidelity fidelity) {
  if (fidelity != cpu::Fidelity::kMemory) return config.quantum;
  if (config.memory_quantum != Cycles{0}) return config.memory_quantum;
  return std::min(config.quantum,
                  numa::cycles_of(config.memory_system.latency.remote, config.clock_hz));
}

/// Only what runs with caches must have some that are possible.
Result<Nothing, Error> check_caches(const MachineConfig& config) {
  auto possible = numa::check_config(memory_system_of(config));
  if (possible) return Nothing{};
  static constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"latency.primary", "latency.l1"},
      {"latency.secondary", "latency.l2"},
      {"primary_instruction", "cache.l1i"},
      {"primary_data", "cache.l1d"},
      {"secondary", "cache.l2"}};
  Error error = possible.error();
  for (const auto& [member, key] : kKeys) {
    if (error.where.starts_with(member))
      error.where = std::string{key} + error.where.substr(member.size());
  }
  error.where = "machine." + error.where;
  return Failure{error};
}

/// Console input on its way to the guest: at most one event is outstanding, for the first of them.
class InputQueue final : public numa::EventTarget {
 public:
  explicit InputQueue(MachineBoard& board)
      : board_{board}, events_{board.events()}, source_{events_.add_source(*this, 1)} {}

  void add(const ConsoleInput& input) {
    if (input.bytes.empty() && !input.hangs_up) return;
    const auto later =
        std::upper_bound(waiting_.begin(), waiting_.end(), input,
                         [](const ConsoleInput& a, const ConsoleInput& b) { return a.at < b.at; });
    waiting_.insert(later, input);
    expect_first();
  }

  void on_event(Cycles at, std::uint64_t) override {
    while (!waiting_.empty() && waiting_.front().at <= at) {
      for (const char byte : waiting_.front().bytes) board_.type(static_cast<std::uint8_t>(byte));
      if (waiting_.front().hangs_up) board_.hang_up();
      recording_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    expect_first();
  }

  const std::vector<ConsoleInput>& recording() const { return recording_; }

  void visit(StateVisitor& v) {
    const StateSection section{v, "console_input"};
    std::uint64_t count = waiting_.size();
    v.word("count", count);
    if (v.is_restoring()) waiting_.resize(std::min<std::uint64_t>(count, kMaxInputs));
    for (ConsoleInput& input : waiting_) visit_input(v, input);
  }

 private:
  static constexpr std::uint64_t kMaxInputs = 1 << 20;

  void expect_first() {
    events_.cancel(source_);
    if (!waiting_.empty()) events_.schedule(source_, waiting_.front().at, 0);
  }

  static void visit_input(StateVisitor& v, ConsoleInput& input) {
    std::uint64_t at = input.at.count();
    v.word("at", at);
    input.at = Cycles{at};
    v.field("hangs_up", input.hangs_up);
    std::uint64_t bytes = input.bytes.size();
    v.word("bytes", bytes);
    if (v.is_restoring()) input.bytes.resize(std::min<std::uint64_t>(bytes, kMaxInputs));
    for (char& byte : input.bytes) {
      auto value = static_cast<std::uint8_t>(byte);
      v.field("", value);
      byte = static_cast<char>(value);
    }
  }

  MachineBoard& board_;
  numa::EventQueue& events_;
  numa::EventQueue::Source source_;
  std::deque<ConsoleInput> waiting_;
  std::vector<ConsoleInput> recording_;
};

}  // namespace

Result<Nothing, Error> check_machine(const MachineConfig& config, bool caches) {
  auto valid = check_ranges(config);
  if (!valid || (!caches && config.fidelity != cpu::Fidelity::kMemory)) return valid;
  return check_caches(config);
}

const char* name_of(RunEnd end) {
  switch (end) {
    case RunEnd::kPowerOff: return "power-off";
    case RunEnd::kReset: return "reset";
    case RunEnd::kCycleLimit: return "cycle-limit";
    case RunEnd::kInstructionLimit: return "instruction-limit";
    case RunEnd::kBreakpoint: return "breakpoint";
    case RunEnd::kInterrupted: return "interrupted";
    case RunEnd::kIdleForever: return "idle-forever";
    case RunEnd::kBarrier: return "barrier";
  }
  return "unknown";
}

class Machine::Impl {
 public:
  Impl(const MachineConfig& config, std::vector<DiskMedium> media)
      : config_{config},
        board_{config_, std::move(media)},
        rounds_{board_, quantum_of(config, config.fidelity), config.turns},
        input_{board_},
        progress_(board_.cpu_count()) {}

  Result<RunEnd, Error> run(const RunLimits& limits);
  Result<RunEnd, Error> step(CpuId id);
  Result<RunEnd, Error> run_turns(const RunLimits& limits);

  bool take_input(std::chrono::nanoseconds idle);
  std::uint64_t retired() const {
    std::uint64_t sum = 0;
    for (std::uint32_t c = 0; c < board_.cpu_count(); ++c) sum += board_.cpu(CpuId{c}).retired();
    return sum;
  }
  void visit(StateVisitor& v) {
    board_.visit(v);
    input_.visit(v);
    rounds_.visit(v);
    if (v.is_restoring()) rounds_.set_quantum(quantum_of(config_, board_.fidelity()));
    if (v.is_restoring()) progress_.assign(progress_.size(), Progress{});
  }

  const MachineConfig config_;
  MachineBoard board_;
  MachineRounds rounds_;
  InputQueue input_;
  InputSource source_;
  std::vector<std::weak_ptr<const SliceHook>> slice_hooks_;
  InputPace pace_{};
  std::atomic<bool> interrupted_{false};
  bool stop_requested_ = false;
  CpuId stopped_cpu_{};

 private:
  void look_in();
  std::uint64_t instructions_left(const RunLimits& limits) const;
  std::optional<RunEnd> end_before_turn(const RunLimits& limits);
  std::optional<RunEnd> listen();
  std::optional<RunEnd> end_of_idleness();
  std::optional<RunEnd> end_after(cpu::Stop stop, CpuId id);
  bool is_stuck(CpuId id, Cycles ran);
  Error stuck(CpuId id);
  cpu::Stop take_turn(CpuId id, const RunLimits& limits);
  std::optional<RunEnd> power_end() const;
  std::chrono::nanoseconds idle_time();
  Cycles sleep_begin() const { return std::max(rounds_.slowest(), waited_to_); }
  void wait_until_asked(std::chrono::nanoseconds idle, std::chrono::nanoseconds waited);

  /// How long a CPU has run without getting on. Nothing of the model depends on it.
  struct Progress {
    std::uint64_t retired = ~std::uint64_t{0};
    Cycles idle;
  };
  std::vector<Progress> progress_;  // by CpuId
  std::uint64_t retired_ = 0;       // retired(), while run() goes on
  Cycles since_look_;               // that CPUs ran since the host looked in
  Cycles waited_to_;                // up to here the source of input has been given time to wait
};

std::optional<RunEnd> Machine::Impl::power_end() const {
  switch (board_.power()) {
    case PowerState::kOn: return std::nullopt;
    case PowerState::kOff: return RunEnd::kPowerOff;
    case PowerState::kResetRequested: return RunEnd::kReset;
  }
  return std::nullopt;
}

void Machine::Impl::look_in() {
  std::erase_if(slice_hooks_, [](const auto& hook) { return hook.expired(); });
  // A hook may add hooks: those are called next time.
  const std::size_t hooks = slice_hooks_.size();
  for (std::size_t i = 0; i < hooks; ++i) {
    if (const auto hook = slice_hooks_[i].lock()) (*hook)();
  }
}

/// Whether something may come of it: input now or later, or that the far end hangs up.
bool Machine::Impl::take_input(std::chrono::nanoseconds idle) {
  if (!source_) return false;
  const auto asked = std::chrono::steady_clock::now();
  const auto bytes = source_(idle);
  wait_until_asked(idle, std::chrono::steady_clock::now() - asked);
  // No CPU has passed this cycle, so that a replay with the input known in advance sees the same.
  const Cycles at =
      pace_ == InputPace::kReal ? std::max(rounds_.fastest(), waited_to_) : rounds_.fastest();
  if (!bytes) source_ = nullptr;
  input_.add({at, bytes.value_or(std::string{}), !bytes});
  return true;
}

// Sleep that the source has been told of is over, or as much of it as has passed on the wall.
void Machine::Impl::wait_until_asked(std::chrono::nanoseconds idle,
                                     std::chrono::nanoseconds waited) {
  if (idle.count() == 0) return;
  const Cycles until = rounds_.idle_until();
  if (pace_ == InputPace::kSimulated) {
    if (until != Cycles::never()) waited_to_ = until;
    return;
  }
  const double cycles =
      static_cast<double>(waited.count()) * 1e-9 * static_cast<double>(config_.clock_hz);
  waited_to_ = std::min(until, sleep_begin() + Cycles{static_cast<std::uint64_t>(cycles) + 1});
}

// Of which the source has not been told. A guest whose receiver is off waits for something else
// than input.
std::chrono::nanoseconds Machine::Impl::idle_time() {
  const Cycles from = sleep_begin();
  const Cycles until = rounds_.idle_until();
  if (until <= from || until == Cycles::never() || !board_.takes_input()) return {};
  const double seconds =
      static_cast<double>((until - from).count()) / static_cast<double>(config_.clock_hz);
  return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

// While all CPUs sleep until something happens anyway.
std::optional<RunEnd> Machine::Impl::listen() {
  while (source_) {
    const std::chrono::nanoseconds idle = idle_time();
    take_input(idle);
    if (idle.count() == 0 || idle_time().count() == 0) break;
    look_in();
    if (interrupted_.exchange(false)) return RunEnd::kInterrupted;
  }
  return std::nullopt;
}

std::uint64_t Machine::Impl::instructions_left(const RunLimits& limits) const {
  if (limits.instructions == RunLimits::kNoLimit) return RunLimits::kNoLimit;
  return limits.instructions - std::min(limits.instructions, retired_);
}

std::optional<RunEnd> Machine::Impl::end_before_turn(const RunLimits& limits) {
  if (const auto end = power_end()) return end;
  if (since_look_ >= kLook || board_.has_much_host_work()) {
    since_look_ = Cycles{0};
    board_.forget_host_work();
    look_in();
    if (board_.disk_failure()) return RunEnd::kInterrupted;  // run() says why
  }
  if (const auto end = listen()) return end;
  if (limits.barrier == Cycles::never()) {
    if (const auto end = end_of_idleness()) return end;
  }
  if (std::exchange(stop_requested_, false)) return RunEnd::kInterrupted;
  if (interrupted_.load(std::memory_order_relaxed) && interrupted_.exchange(false))
    return RunEnd::kInterrupted;
  if (instructions_left(limits) == 0) return RunEnd::kInstructionLimit;
  if (!rounds_.prepare_turn()) return RunEnd::kBarrier;
  if (board_.cpu(rounds_.current()).now() >= limits.cycles) return RunEnd::kCycleLimit;
  return std::nullopt;
}

std::optional<RunEnd> Machine::Impl::end_of_idleness() {
  while (rounds_.idles_forever()) {
    look_in();
    if (interrupted_.exchange(false)) return RunEnd::kInterrupted;
    if (!take_input(kForever)) return RunEnd::kIdleForever;
  }
  return std::nullopt;
}

cpu::Stop Machine::Impl::take_turn(CpuId id, const RunLimits& limits) {
  cpu::Cpu& cpu = board_.cpu(id);
  const std::uint64_t room = RunLimits::kNoLimit - cpu.retired();
  cpu.set_instruction_limit(cpu.retired() + std::min(instructions_left(limits), room));
  const Cycles slice = source_ ? kLiveSlice : kHostSlice;
  const Cycles until = std::min({rounds_.turn_end(), limits.cycles, cpu.now() + slice});
  return cpu.run(until);
}

std::optional<RunEnd> Machine::Impl::end_after(cpu::Stop stop, CpuId id) {
  if (const auto end = power_end()) return end;
  if (stop == cpu::Stop::kBreakpoint) {
    stopped_cpu_ = id;
    return RunEnd::kBreakpoint;
  }
  return std::nullopt;
}

/// `ran`: how long its turn was.
bool Machine::Impl::is_stuck(CpuId id, Cycles ran) {
  const cpu::Cpu& cpu = board_.cpu(id);
  Progress& seen = progress_[index_of(id)];
  if (cpu.retired() != seen.retired || cpu.is_dozing() || board_.is_parked(id)) {
    seen = {cpu.retired(), Cycles{0}};
  }
  seen.idle += ran;
  return seen.idle >= kStuck;
}

/// A limit in instructions would never be reached.
Error Machine::Impl::stuck(CpuId id) {
  char pc[32];
  std::snprintf(pc, sizeof pc, "0x%016llx",
                static_cast<unsigned long long>(
                    board_.cpu(id).debug().read_register(cpu::RegisterClass::kPc, 0)));
  return Error{ErrorCode::kGuest, "cpu " + std::to_string(index_of(id)) + ", pc " + pc,
               "takes exceptions without end: no instruction has completed for " +
                   std::to_string(kStuck.count()) + " cycles",
               "the first instruction of an exception handler faults, or there is no handler"};
}

Result<RunEnd, Error> Machine::Impl::run(const RunLimits& limits) {
  rounds_.set_barrier(limits.barrier);
  auto end = run_turns(limits);
  rounds_.catch_up();
  return end;
}

Result<RunEnd, Error> Machine::Impl::run_turns(const RunLimits& limits) {
  since_look_ = kLook;
  retired_ = retired();
  for (;;) {
    if (const auto end = end_before_turn(limits)) return *end;
    const CpuId id = rounds_.current();
    const Cycles from = board_.cpu(id).now();
    const std::uint64_t retired_before = board_.cpu(id).retired();
    const cpu::Stop stop = take_turn(id, limits);
    const Cycles ran = board_.cpu(id).now() - from;
    since_look_ += ran;
    retired_ += board_.cpu(id).retired() - retired_before;
    if (is_stuck(id, ran)) return Failure{stuck(id)};
    // A breakpoint or the power register may come at the last instruction of a turn: pass it on
    // first.
    rounds_.advance();
    if (const auto end = end_after(stop, id)) return *end;
  }
}

Result<RunEnd, Error> Machine::Impl::step(CpuId id) {
  if (const auto end = power_end()) return *end;
  if (!rounds_.sleeps(id)) board_.cpu(id).debug().step();
  rounds_.turn_end();
  if (id == rounds_.current()) rounds_.advance();
  rounds_.catch_up();
  if (const auto end = power_end()) return *end;
  stopped_cpu_ = id;
  return RunEnd::kBreakpoint;
}

// ---- the public face

Machine::Machine(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Machine::~Machine() = default;

Result<std::unique_ptr<Machine>, Error> Machine::make(const MachineConfig& config) {
  const auto valid = check_machine(config, false);
  if (!valid) return Failure{valid.error()};
  std::vector<DiskMedium> media;
  for (const DiskConfig& disk : config.disks) {
    auto medium = DiskMedium::open(disk.image, disk.access);
    if (!medium) return Failure{medium.error()};
    media.push_back(std::move(*medium));
  }
  try {
    return std::unique_ptr<Machine>{new Machine{std::make_unique<Impl>(config, std::move(media))}};
  } catch (const std::bad_alloc&) {
    return Failure{Error{ErrorCode::kInput, "machine",
                         "the host has not the memory for " + std::to_string(config.nodes) +
                             " nodes of " + std::to_string(config.memory_per_node >> 20) + " MB",
                         "give it fewer nodes or less memory; see also ulimit -v"}};
  }
}

const MachineConfig& Machine::config() const { return impl_->config_; }

Result<RunEnd, Error> Machine::run(const RunLimits& limits) {
  auto end = impl_->run(limits);
  if (const auto failure = impl_->board_.disk_failure()) return Failure{*failure};
  return end;
}
std::optional<Error> Machine::disk_failure() const { return impl_->board_.disk_failure(); }
void Machine::lose_power(std::uint64_t seed) { impl_->board_.lose_power(seed); }
Result<RunEnd, Error> Machine::step(CpuId cpu) { return impl_->step(cpu); }
bool Machine::sleeps(CpuId cpu) { return impl_->rounds_.sleeps(cpu); }
void Machine::interrupt() { impl_->interrupted_.store(true); }
void Machine::stop_after_instruction() {
  impl_->stop_requested_ = true;
  impl_->board_.cpu(impl_->rounds_.current()).request_stop();
}

Result<Nothing, Error> Machine::set_fidelity(cpu::Fidelity fidelity) {
  if (fidelity == cpu::Fidelity::kMemory) {
    if (auto possible = check_caches(impl_->config_); !possible) return possible;
  }
  impl_->board_.set_fidelity(fidelity);
  impl_->rounds_.set_quantum(quantum_of(impl_->config_, fidelity));
  return Nothing{};
}
cpu::Fidelity Machine::fidelity() const { return impl_->board_.fidelity(); }
const numa::PageCounters& Machine::page_counters(NodeId home) const {
  return impl_->board_.page_counters(home);
}
const numa::PageCounters& Machine::page_totals(NodeId home) const {
  return impl_->board_.page_totals(home);
}
const numa::MemorySystem* Machine::memory_system() const {
  const MachineCaches* const caches = impl_->board_.memory_caches();
  return caches != nullptr ? &caches->system() : nullptr;
}

void Machine::settle() { impl_->rounds_.catch_up(); }
Cycles Machine::now() const { return impl_->rounds_.slowest(); }
Cycles Machine::idle_until() const { return impl_->rounds_.idle_until(); }
bool Machine::await_input() { return impl_->take_input(kForever); }
NetDevice* Machine::network() { return impl_->board_.network(); }
std::uint64_t Machine::retired() const { return impl_->retired(); }
std::uint64_t Machine::exit_code() const { return impl_->board_.exit_code(); }
CpuId Machine::stopped_cpu() const { return impl_->stopped_cpu_; }

std::uint32_t Machine::cpu_count() const { return impl_->board_.cpu_count(); }
cpu::Cpu& Machine::cpu(CpuId id) {
  CHECK(index_of(id) < cpu_count());
  return impl_->board_.cpu(id);
}
void Machine::start_cpu(CpuId id, VirtAddr pc, std::uint64_t a0, std::uint64_t a1) {
  CHECK(index_of(id) < cpu_count());
  impl_->board_.start_cpu(id, pc, a0, a1, 0, 0);
}

bool Machine::read_memory(MachineAddr at, std::span<std::byte> out) const {
  return impl_->board_.read_memory(at, out);
}
bool Machine::write_memory(MachineAddr at, std::span<const std::byte> in) {
  return impl_->board_.write_memory(at, in);
}
bool Machine::load_rom(MachineAddr at, std::span<const std::byte> in) {
  return impl_->board_.load_rom(at, in);
}
void Machine::press_nmi(CpuId id) { impl_->board_.nmi(id); }
void Machine::press_soft_reset(CpuId id) { impl_->board_.soft_reset(id); }
std::optional<std::uint64_t> Machine::read_word(MachineAddr at) const {
  std::byte bytes[8];
  if (!read_memory(at, bytes)) return std::nullopt;
  std::uint64_t word = 0;
  for (const std::byte byte : bytes) word = word << 8 | std::to_integer<std::uint64_t>(byte);
  return word;
}

void Machine::set_console_output(ConsoleSink sink) {
  impl_->board_.set_console_output(std::move(sink));
}
void Machine::add_console_input(const ConsoleInput& input) {
  impl_->input_.add({std::max(input.at, impl_->rounds_.fastest()), input.bytes, input.hangs_up});
}
void Machine::set_console_source(InputSource source, InputPace pace) {
  impl_->source_ = std::move(source);
  impl_->pace_ = pace;
}
bool Machine::takes_input() const { return impl_->board_.takes_input(); }
const std::vector<ConsoleInput>& Machine::console_recording() const {
  return impl_->input_.recording();
}
void Machine::set_dma_observer(Observer* observer) { impl_->board_.set_dma_observer(observer); }
Machine::HookKeeper Machine::add_slice_hook(SliceHook hook) {
  auto keeper = std::make_shared<const SliceHook>(std::move(hook));
  impl_->slice_hooks_.push_back(keeper);
  return keeper;
}

void Machine::counters(CounterSink& sink) const { impl_->board_.counters(sink); }
void Machine::visit(StateVisitor& v) { impl_->visit(v); }
const char* Machine::contradiction() { return impl_->board_.contradiction(); }
Digest Machine::digest() { return digest_of(*this); }

}  // namespace machine
