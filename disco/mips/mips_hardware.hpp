// The Hardware port on the machine itself.
#pragma once

#include "disco/core/hardware.hpp"

namespace disco {

class MipsHardware final : public Hardware {
 public:
  /// `tlb_entries` of the machine; entry 0 is the wired one.
  explicit MipsHardware(std::uint32_t tlb_entries) : tlb_entries_{tlb_entries} {}

  /// Lets devices interrupt this CPU. Once, before the first guest runs.
  void start_interrupts();
  /// For reports when there is no object yet, or it cannot be trusted.
  static void raw_put(char c);
  [[noreturn]] static void raw_power(std::uint32_t value);

  void tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) override;
  bool tlb_drop(std::uint64_t hi) override;
  unsigned tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                          bool any_asid) override;
  void tlb_flush() override;

  std::uint32_t count() override;
  void set_compare(std::uint32_t value) override;
  std::uint64_t nanoseconds() override;
  std::uint64_t pending_interrupts() override;
  void doze() override;

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
  std::uint32_t tlb_entries_;
};

}  // namespace disco
