// The Hardware port on the machine itself.
#pragma once

#include "disco/core/hardware.hpp"

namespace disco {

class MipsHardware final : public Hardware {
 public:
  /// `tlb_entries` of the machine; entry 0 is the wired one. Nodes of `cpus_per_node` CPUs.
  MipsHardware(std::uint32_t tlb_entries, unsigned node, unsigned cpus_per_node)
      : tlb_entries_{tlb_entries}, node_{node}, cpus_per_node_{cpus_per_node} {}

  /// Lets devices interrupt this CPU. Once, before the first guest runs.
  void start_interrupts();
  /// Sets this CPU's clock by the RTC.
  void set_clock(std::uint64_t ticks_per_second);
  /// The text and constants of the monitor, [0, bytes) of node 0, to the same place on `node`, and
  /// the low alias of its CPUs on.
  static void copy_text_to(unsigned node, std::uint64_t bytes, unsigned cpus_per_node);
  /// Starts a parked CPU at `pc`.
  void launch(unsigned cpu, std::uint64_t pc, std::uint64_t sp, std::uint64_t gp);
  /// For reports when there is no object yet, or it cannot be trusted.
  [[gnu::noinline]] static void raw_put(char c);
  [[noreturn]] static void raw_power(std::uint32_t value);

  void tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) override;
  bool tlb_drop(std::uint64_t hi) override;
  unsigned tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                          bool any_asid) override;
  void tlb_flush() override;

  std::uint64_t time() override;
  void set_timer(std::uint64_t at) override;
  std::uint64_t nanoseconds() override;
  std::uint64_t pending_interrupts() override;
  void doze() override;

  void interrupt_cpu(unsigned number) override;
  void acknowledge_cpus() override;
  void relax() override;

  void console_put(char c) override;
  std::optional<std::uint8_t> console_get() override;
  bool console_has_ended() override;
  void console_listen(bool on) override;
  void debug_put(char c) override;
  void power(std::uint32_t value) override;

  void cache_writeback_invalidate(MachineAddr line) override;
  void fpu_load(const FpuState& state) override;
  void fpu_save(FpuState& state) override;
  std::uint32_t fpu_status() override;

 private:
  std::uint64_t interface_of(unsigned cpu) const;

  std::uint32_t tlb_entries_;
  unsigned node_, cpus_per_node_;
  std::uint64_t last_time_ = 0;
};

}  // namespace disco
