// The monitor's start on the host: its core boots in a copy of a machine's memory, on hardware on
// which nothing happens, and starts every virtual machine. Whether a configuration can start is
// found out by starting it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "disco/core/boot/boot.hpp"
#include "disco/core/counters.hpp"
#include "disco/core/hardware.hpp"

namespace disco {

/// Accepts everything and answers with nothing.
class NoHardware : public Hardware {
 public:
  void tlb_insert(const RealEntry&, std::uint64_t) override {}
  bool tlb_drop(std::uint64_t) override { return false; }
  unsigned tlb_drop_range(std::uint64_t, std::uint64_t, Asid, bool) override { return 0; }
  void tlb_flush() override {}
  std::uint64_t time() override { return 0; }
  void set_timer(std::uint64_t) override {}
  std::uint64_t nanoseconds() override { return 0; }
  std::uint64_t pending_interrupts() override { return 0; }
  void doze() override {}
  void interrupt_cpu(unsigned) override {}
  void acknowledge_cpus() override {}
  void relax() override {}
  void console_put(char) override {}
  std::optional<std::uint8_t> console_get() override { return std::nullopt; }
  bool console_has_ended() override { return false; }
  void console_listen(bool) override {}
  void debug_put(char) override {}
  void power(std::uint32_t) override {}
  void cache_writeback_invalidate(MachineAddr) override {}
  void fpu_load(const FpuState&) override {}
  void fpu_save(FpuState&) override {}
  std::uint32_t fpu_status() override { return 0; }
};

/// A monitor that was booted on the host. `hardware`, which stands for that of every CPU, and the
/// memory outlive it.
class TrialBoot {
 public:
  TrialBoot(const BootInfo& info, MachineMemory memory, Hardware& hardware);

  /// Nullptr if it did not boot; then why() says why.
  Monitor* monitor() const { return booted_.monitor; }
  Processor& processor(unsigned cpu) const { return *processors_[cpu]; }
  Counters& counters() { return counters_; }

  /// Starts the VMs of every CPU, whenever they would start. False, and why() says why: one of them
  /// cannot.
  bool start_all();
  /// The same for some of them, by number; the others never start.
  bool start(const std::vector<unsigned>& vms);

  const StopReason& why() const { return booted_.why; }
  const char* detail() const { return booted_.detail; }

 private:
  Booted booted_;
  Counters counters_;
  std::uint64_t running_name_ = 0;
  std::vector<std::unique_ptr<Processor>> processors_;
};

}  // namespace disco
