// The machine put together: nodes, devices, the event queue and the CPUs, and the loop that runs
// them. It knows nothing of what runs on it; machine/boot/boot.hpp loads kernels and monitors
// into it.
//
// Invariants
//   1. How a run is cut into pieces (limits, host slices, breakpoints, snapshots) changes nothing:
//   the
//      position inside a round of quanta is part of the state.
//   2. Nothing of the host reaches the model except console input, which is recorded with the cycle
//      at which it arrived.
// Not thread-safe, except interrupt().
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/counters.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "common/state.hpp"
#include "common/units.hpp"
#include "cpu/cpu.hpp"
#include "machine/machine_config.hpp"

namespace numa {
class MemorySystem;
class PageCounters;
}  // namespace numa

namespace machine {

class NetDevice;

/// Why run() came back.
enum class RunEnd : std::uint8_t {
  kPowerOff,  // the power register was written; exit_code() is what it said
  kReset,     // the power register asked for a reset: boot again
  kCycleLimit,
  kInstructionLimit,
  kBreakpoint,   // stopped_cpu() is about to execute an instruction with a breakpoint
  kInterrupted,  // interrupt(), or stop_requested from an observer
  kIdleForever,  // every CPU dozes or is parked, and nothing is left that could wake one
  kBarrier,      // every CPU has reached the barrier
};
/// "power-off", "cycle-limit" ... for reports.
const char* name_of(RunEnd end);

/// A run ends at whichever comes first.
struct RunLimits {
  static constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

  /// Stop when the CPU whose turn it is reaches this cycle.
  Cycles cycles = Cycles::never();
  /// Stop exactly when this many instructions have retired since power-on, all CPUs together.
  std::uint64_t instructions = kNoLimit;
  /// Stop when every CPU has reached this cycle, and no round of quanta goes beyond it. Unlike the
  /// limits it is part of what is simulated: whoever joins machines sets it at times that depend on
  /// nothing else. An idle machine sleeps up to it.
  Cycles barrier = Cycles::never();
};

/// A digest of the whole state: memory, registers, TLBs, devices, time. XXH3, 128 bits.
struct Digest {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const Digest&) const = default;
  std::string hex() const;  // 32 lower-case digits
};

/// Where console bytes come from. `kUart` is the serial port, `kDebug` the byte at 0x1c001008,
/// `kVirtio` the virtio console.
enum class ConsoleChannel : std::uint8_t { kUart, kDebug, kVirtio };

/// Bytes that are typed at `at`: at the virtio console if the machine has one, else at the UART.
struct ConsoleInput {
  Cycles at;
  std::string bytes;
  /// Behind them the far end hangs up: nothing more will be typed.
  bool hangs_up = false;
};

/// What the clock on the wall means for a machine whose CPUs all sleep while its source of input is
/// asked: nothing, or that simulated time passes as fast.
enum class InputPace : std::uint8_t { kSimulated, kReal };

class Machine {
 public:
  using ConsoleSink = std::function<void(ConsoleChannel, char)>;
  /// Called when a run begins and between its slices, at least every few milliseconds of host time.
  using SliceHook = std::function<void()>;
  /// Keeps a hook: it is called as long as this lives, which may be longer than the machine does.
  using HookKeeper = std::shared_ptr<const SliceHook>;
  /// Asked between slices for bytes typed at the console. `idle` is how long, in simulated time,
  /// all CPUs will sleep if nothing is typed to a guest that takes receiver interrupts: 0 while one
  /// executes, kForever when nothing else can wake any. The source may wait as long, and is asked
  /// again for what is left. Nothing: no more input will ever come, and the far end hangs up.
  using InputSource = std::function<std::optional<std::string>(std::chrono::nanoseconds idle)>;
  static constexpr auto kForever = std::chrono::nanoseconds::max();

  /// Refuses a configuration out of range with a kConfig error that names the field.
  static Result<std::unique_ptr<Machine>, Error> make(const MachineConfig& config);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  const MachineConfig& config() const;

  /// Runs until an end. A CPU that takes exceptions without end, completing no instruction, is an
  /// Error (kGuest); the machine can be inspected but not continued.
  Result<RunEnd, Error> run(const RunLimits& limits);
  /// Why a disk no longer is its image; run() ends with it. Looking at the state (a digest) reads
  /// images too, so whoever reports that asks again.
  std::optional<Error> disk_failure() const;
  /// Cuts the power: any subset of what the disks' volatile caches hold reaches their images, as
  /// `seed` decides. The machine is of no further use. Without it, ending a run that was not
  /// powered off loses all of it.
  void lose_power(std::uint64_t seed);
  /// One instruction of one CPU (a branch with its delay slot) and what falls due; other CPUs stand
  /// still. kBreakpoint, or kPowerOff and kReset. A CPU that sleeps executes none.
  Result<RunEnd, Error> step(CpuId cpu);
  /// Whether a CPU executes nothing before something wakes it: it is parked, or it dozes and no
  /// interrupt that would wake it is pending.
  bool sleeps(CpuId cpu);
  /// Makes run() return kInterrupted soon. Async-signal-safe, callable from any thread.
  void interrupt();
  /// Stops the run exactly after the current instruction. For observers, from within an event.
  void stop_after_instruction();

  /// Switches what is timed, between two instructions; the quantum follows at the next round.
  /// kConfig errors where the configuration allows no caches.
  Result<Nothing, Error> set_fidelity(cpu::Fidelity fidelity);
  cpu::Fidelity fidelity() const;
  /// Caches and directories; nullptr before the machine was in fidelity kMemory.
  const numa::MemorySystem* memory_system() const;
  /// MAGIC's page counters of a home, as its registers show them.
  const numa::PageCounters& page_counters(NodeId home) const;
  /// The counts since power-on, whatever software resets or halves. No state of the machine.
  const numa::PageCounters& page_totals(NodeId home) const;

  /// For observers, from within an event, before they read other CPUs than the event's: the clocks
  /// of CPUs that sleep are moved only when somebody asks. Changes nothing.
  void settle();
  Cycles now() const;  // of the CPU that is furthest behind
  /// When a CPU executes again unless something happens outside: now() while one is awake, never()
  /// if only input from outside can wake one.
  Cycles idle_until() const;
  /// For a machine that is idle: waits for its source of input. False if no more will come.
  bool await_input();
  std::uint64_t retired() const;    // instructions, all CPUs, since power-on
  std::uint64_t exit_code() const;  // after kPowerOff
  CpuId stopped_cpu() const;        // after kBreakpoint

  std::uint32_t cpu_count() const;
  cpu::Cpu& cpu(CpuId id);
  /// Releases a parked CPU as a boot loader does (cpu::Cpu::start).
  void start_cpu(CpuId id, VirtAddr pc, std::uint64_t a0, std::uint64_t a1);

  /// RAM, without side effects and without passing through a CPU. False if a part is not RAM.
  bool read_memory(MachineAddr at, std::span<std::byte> out) const;
  bool write_memory(MachineAddr at, std::span<const std::byte> in);
  /// Bytes of the boot ROM, at its physical address. False if a part lies outside of it.
  bool load_rom(MachineAddr at, std::span<const std::byte> in);
  /// A button on the board: the Nonmaskable Interrupt and Soft Reset exceptions of a CPU that is
  /// not parked.
  void press_nmi(CpuId cpu);
  void press_soft_reset(CpuId cpu);
  /// A big-endian 64-bit word of RAM; nothing if it is not RAM.
  std::optional<std::uint64_t> read_word(MachineAddr at) const;

  /// Replaces the sink (default: bytes are dropped). Called synchronously, in simulated order.
  void set_console_output(ConsoleSink sink);
  /// Input known in advance: a script, or the recording of an earlier run.
  void add_console_input(const ConsoleInput& input);
  void set_console_source(InputSource source, InputPace pace = InputPace::kSimulated);
  /// Whether the guest would hear at once of what is typed.
  bool takes_input() const;
  /// All input so far, with the cycles at which it arrived: added again it replays the run.
  const std::vector<ConsoleInput>& console_recording() const;
  /// Adds a hook to those there are; they are called in the order in which they were added.
  [[nodiscard]] HookKeeper add_slice_hook(SliceHook hook);
  /// Is told on_dma() when devices access memory; nullptr removes it.
  void set_dma_observer(Observer* observer);

  /// This machine's end of a link; null where the configuration has none.
  NetDevice* network();

  /// What devices and the event queue count (CPUs have their own).
  void counters(CounterSink& sink) const;

  /// Everything that can influence the future, in a fixed order.
  void visit(StateVisitor& v);
  /// After a restore: nullptr, or what contradicts itself; such a machine must not run.
  const char* contradiction();
  Digest digest();

 private:
  class Impl;
  explicit Machine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace machine
