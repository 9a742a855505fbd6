// One R10000 as the machine sees it: something that runs until a cycle, has interrupt lines, a
// state, and can be observed. How it executes is behind this interface (interpreter/).
#pragma once

#include <cstdint>
#include <memory>

#include "common/observer.hpp"
#include "common/state.hpp"
#include "common/units.hpp"
#include "cpu/counters.hpp"
#include "cpu/cpu_config.hpp"
#include "cpu/debug_port.hpp"
#include "cpu/engine_counts.hpp"
#include "cpu/memory_port.hpp"

namespace cpu {

class StoreWatch;

/// Why run() came back.
enum class Stop : std::uint8_t {
  kBudget,  // the clock reached `until`
  kDozing,  // the clock reached `until` while dozing: nothing to execute until an unmasked
            // interrupt
  kInstructionLimit,  // retired() reached the limit of set_instruction_limit()
  kRequested,         // request_stop(), from a device or an observer
  kBreakpoint,        // a debugger's program counter is next
};

class Cpu {
 public:
  /// `watch` is shared by all CPUs of a machine. Both outlive the CPU.
  Cpu(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch);
  ~Cpu();
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  /// Cold reset: ERL = BEV = 1, pc = 0xffffffffbfc00000.
  void reset();
  /// Starts a parked CPU as a boot loader leaves it: kernel mode, BEV = 0, ERL = EXL = IE = 0, KX =
  /// SX = UX = 0.
  void start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp, std::uint64_t gp);

  /// Executes until the clock is at or beyond `until`, or stops earlier for another reason. A
  /// dozing CPU with no enabled interrupt only moves its clock.
  Stop run(Cycles until);
  Cycles now() const;
  /// First cycle at which IP7 changes by itself: Count reaches Compare or a performance counter of
  /// cycles overflows. So the machine need not wake a dozing CPU earlier.
  Cycles next_timer() const;
  std::uint64_t retired() const;

  /// Cause.IP[2..6] follow these lines; IP7 is Count/Compare and the performance counters.
  void set_interrupt_line(unsigned ip, bool level);
  /// The NMI and Soft Reset exceptions (R10000 UM 17), taken at the next instruction boundary of
  /// run() even if the CPU dozes; a soft reset comes first and drops an NMI that waits.
  void nmi();
  void soft_reset();
  bool is_reset_pending() const;
  /// Write to the DOZE register: idle until Cause.IP & Status.IM != 0, whatever IE and EXL say;
  /// takes effect after the current instruction and does nothing if an interrupt is already
  /// pending.
  void doze();
  bool is_dozing() const;
  /// run() returns kRequested after the current instruction.
  void request_stop();
  /// Makes the current run() end earlier: an event was scheduled before `until`. Later times are
  /// ignored.
  void limit_run(Cycles until);
  /// run() returns kInstructionLimit at the first boundary at which this many instructions have
  /// retired in all (one more when the last is a branch: its delay slot goes with it).
  void set_instruction_limit(std::uint64_t retired);
  /// Takes effect after the current instruction; decoded code is forgotten. kMemory needs
  /// MemoryPort::caches().
  void set_fidelity(Fidelity fidelity);
  /// The caches lost [at, at + size) or the right to write to it: an LL link to it is broken.
  void line_lost(MachineAddr at, std::uint64_t size);

  /// Host pointers handed out by MemoryPort::ram_page are no longer good (the low alias changed).
  void forget_host_pointers();
  void visit(StateVisitor& v);

  const CpuConfig& config() const;
  const mmu::Tlb& tlb() const;
  const CpuCounters& counters() const;
  /// What an engine other than the interpreter has done; all zero where there is none.
  EngineCounts engine_counts() const;

  /// Observers are told of every event in the order in which they were added; none may be added or
  /// removed while one is told. What ObservationControl asks for, all of them see; it is valid as
  /// long as the CPU.
  void add_observer(Observer& observer);
  void remove_observer(Observer& observer);
  ObservationControl& observation();
  /// Registers, memory as this CPU sees it, breakpoints, single step.
  DebugPort& debug();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpu
