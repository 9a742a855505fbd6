// A machine for the monitor's boot: memory between two pages that nobody may touch, and hardware
// that accepts everything.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <optional>

#include "common/address.hpp"
#include "common/check.hpp"
#include "disco/core/hardware.hpp"

namespace fuzz {

/// Zero after clear(), which costs as much as was used.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t bytes) : bytes_{bytes} {
    // As far as a 40-bit address of node 0 may reach beyond, nothing is mapped.
    all_ = ::mmap(nullptr, kGuard + bytes + kGuard, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(all_ != MAP_FAILED);
    CHECK(::mprotect(base(), bytes_, PROT_READ | PROT_WRITE) == 0);
  }
  ~GuardedMemory() { ::munmap(all_, kGuard + bytes_ + kGuard); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  std::byte* base() const { return static_cast<std::byte*>(all_) + kGuard; }
  void clear() { CHECK(::madvise(base(), bytes_, MADV_DONTNEED) == 0); }

 private:
  static constexpr std::size_t kGuard = std::size_t{8} << 30;
  std::size_t bytes_;
  void* all_;
};

class SilentHardware final : public disco::Hardware {
 public:
  void tlb_insert(const disco::RealEntry&, std::uint64_t) override {}
  bool tlb_drop(std::uint64_t) override { return false; }
  unsigned tlb_drop_range(std::uint64_t, std::uint64_t, common::Asid, bool) override { return 0; }
  void tlb_flush() override {}
  std::uint32_t count() override { return 0; }
  void set_compare(std::uint32_t) override {}
  std::uint64_t nanoseconds() override { return 0; }
  std::uint64_t pending_interrupts() override { return 0; }
  void doze() override {}
  void console_put(char) override {}
  std::optional<std::uint8_t> console_get() override { return std::nullopt; }
  bool console_has_ended() override { return false; }
  void console_listen(bool) override {}
  void debug_put(char) override {}
  void power(std::uint32_t) override {}
  void cache_writeback_invalidate(common::MachineAddr) override {}
  void fpu_load(const disco::FpuState&) override {}
  void fpu_save(disco::FpuState&) override {}
  std::uint32_t fpu_status() override { return 0; }
};

}  // namespace fuzz
