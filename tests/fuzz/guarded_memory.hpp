// Memory for the monitor's boot, between ranges that nobody may touch.
#pragma once

#include <sys/mman.h>

#include <cstddef>

#include "common/check.hpp"

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

}  // namespace fuzz
