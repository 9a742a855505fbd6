// The machine as the monitor's core needs it. disco/mips implements it with instructions, the tests
// with a few arrays; this interface belongs to the core, which asks for nothing else.
//
// One object per CPU: all of it concerns the CPU that calls.
#pragma once

#include <cstdint>
#include <optional>

#include "common/address.hpp"
#include "common/units.hpp"
#include "disco/core/tlb_entry.hpp"

namespace disco {
using namespace common;

/// Floating-point registers of a VCPU that is not on the FPU: 32 x 64 bits (FR = 1), and FCSR.
struct FpuState {
  std::uint64_t registers[32] = {};
  std::uint64_t fcsr = 0;
};

class Hardware {
 public:
  // ---- the real TLB. Entries below the wired one are the monitor's and never touched.

  /// Writes `entry` over the entry that matches `in_place_of` (EntryHi), if there is one, else over
  /// a random one.
  virtual void tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) = 0;
  /// Invalidates the entry that matches `hi` (EntryHi). False if there is none.
  virtual bool tlb_drop(std::uint64_t hi) = 0;
  /// Invalidates every entry whose pages intersect the naturally aligned `bytes` at `vpn2`; of any
  /// ASID if `any_asid`, else those that are global or of `asid`. Returns how many.
  virtual unsigned tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                                  bool any_asid) = 0;
  virtual void tlb_flush() = 0;

  // ---- time

  /// Machine time: Count, extended to 64 bits, and the same on all CPUs but for what reading the
  /// RTC takes.
  virtual std::uint64_t time() = 0;
  /// An interrupt when time() reaches `at`, at once if it has, and now and then if `at` is far.
  /// Acknowledges one that is pending.
  virtual void set_timer(std::uint64_t at) = 0;
  virtual std::uint64_t nanoseconds() = 0;
  /// The machine's Cause.IP, now.
  virtual std::uint64_t pending_interrupts() = 0;
  /// Returns when an interrupt that the monitor enables is pending.
  virtual void doze() = 0;

  // ---- other CPUs

  /// Interrupts CPU `number`.
  virtual void interrupt_cpu(unsigned number) = 0;
  /// Takes back the interrupt that others sent.
  virtual void acknowledge_cpus() = 0;
  /// Called in every turn of a loop that waits for another CPU: serves this CPU's mailbox.
  virtual void relax() = 0;

  // ---- devices

  virtual void console_put(char c) = 0;
  virtual std::optional<std::uint8_t> console_get() = 0;
  /// Whether the far end of the console has hung up and everything that it sent has been taken.
  virtual bool console_has_ended() = 0;
  /// Whether a received byte, or that the far end hangs up, interrupts. Off while nobody has room.
  virtual void console_listen(bool on) = 0;
  virtual void debug_put(char c) = 0;
  /// Writes the power register; returns only if that did not end the run.
  virtual void power(std::uint32_t value) = 0;

  // ---- caches and FPU

  virtual void cache_writeback_invalidate(MachineAddr line) = 0;
  virtual void fpu_load(const FpuState& state) = 0;
  virtual void fpu_save(FpuState& state) = 0;
  /// FCSR as it is in the FPU. Requires: some VCPU owns the FPU.
  virtual std::uint32_t fpu_status() = 0;

 protected:
  ~Hardware() = default;
};

}  // namespace disco
