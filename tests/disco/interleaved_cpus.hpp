// The monitor's core on several CPUs of one host thread: each CPU is a fiber, and another may go
// first at every access to what CPUs share. The per-CPU page is what it is on the machine, one
// address at which every CPU finds its own: its mapping changes with the CPU that executes.
#pragma once

#include <ucontext.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vcpu.hpp"

namespace disco::test {

/// A CPU's hardware: a real TLB, a clock that is a little off, interrupts, an FPU.
struct FakeCpu {
  std::vector<RealEntry> tlb = std::vector<RealEntry>(16);
  std::uint64_t skew = 0;  // ticks that its clock is ahead of the others
  std::uint64_t timer = ~std::uint64_t{0};
  bool interrupted = false;  // by another CPU
  FpuState fpu;

  const RealEntry* find(VirtAddr va, Asid asid) const;
};

/// Mistakes that a test makes the core's hardware commit, to see whether it notices.
struct Sabotage {
  bool loses_drops = false;  // a page is not dropped from the TLB, and that is acknowledged
  bool loses_fpu = false;    // registers are not saved
};

class InterleavedCpus final : public Hardware {
 public:
  InterleavedCpus(unsigned cpus, std::uint64_t seed);
  ~InterleavedCpus();

  /// Where every CPU finds its Processor.
  void* own_page() const { return own_; }
  /// CPU n's page, for all.
  void* page_of(unsigned n) const { return static_cast<std::byte*>(all_) + n * kPageSize; }

  /// Runs `body(cpu)` on every CPU until one calls finish() or fail().
  void run(const std::function<void(unsigned)>& body);
  [[noreturn]] void finish();
  [[noreturn]] void fail(const std::string& why);
  const std::string& failure() const { return failure_; }

  unsigned current() const { return current_; }
  FakeCpu& cpu() { return cpus_[current_]; }
  std::mt19937_64& random() { return random_; }
  /// Lets another CPU go first, or not.
  void step();
  void progressed() { idle_steps_ = 0; }
  Sabotage sabotage;
  std::uint64_t switches() const { return switches_; }

  // ---- Hardware
  void tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) override;
  bool tlb_drop(std::uint64_t hi) override;
  unsigned tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                          bool any_asid) override;
  void tlb_flush() override;
  std::uint64_t time() override { return now_ + cpu().skew; }
  void set_timer(std::uint64_t at) override { cpu().timer = at; }
  std::uint64_t nanoseconds() override { return time() * 5; }
  std::uint64_t pending_interrupts() override;
  void doze() override;
  void interrupt_cpu(unsigned number) override;
  void acknowledge_cpus() override { cpu().interrupted = false; }
  void relax() override;
  void console_put(char) override {}
  std::optional<std::uint8_t> console_get() override { return std::nullopt; }
  bool console_has_ended() override { return false; }
  void console_listen(bool) override {}
  void debug_put(char) override {}
  void power(std::uint32_t) override {}
  void cache_writeback_invalidate(MachineAddr) override {}
  void fpu_load(const FpuState& state) override { cpu().fpu = state; }
  void fpu_save(FpuState& state) override {
    if (!sabotage.loses_fpu) state = cpu().fpu;
  }
  std::uint32_t fpu_status() override { return 0; }

 private:
  struct Fiber;
  static void enter_fiber();
  void make_fiber();
  void go_to(unsigned cpu);

  std::vector<FakeCpu> cpus_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::mt19937_64 random_;
  std::function<void(unsigned)> body_;
  ucontext_t home_{};
  void* all_ = nullptr;
  void* own_ = nullptr;
  int file_ = -1;
  unsigned current_ = 0;
  std::uint64_t now_ = 1000;
  std::uint64_t idle_steps_ = 0, switches_ = 0;
  std::string failure_;
};

}  // namespace disco::test
