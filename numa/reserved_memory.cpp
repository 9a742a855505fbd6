#include "numa/reserved_memory.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

#include "common/check.hpp"

namespace numa {

ReservedMemory::ReservedMemory(std::uint64_t bytes) : bytes_{bytes} {
  CHECK(bytes > 0);
  void* const mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc{};
  base_ = static_cast<std::byte*>(mapped);
}

ReservedMemory::~ReservedMemory() {
  if (base_ != nullptr) munmap(base_, bytes_);
}

ReservedMemory::ReservedMemory(ReservedMemory&& other) noexcept
    : base_{std::exchange(other.base_, nullptr)}, bytes_{std::exchange(other.bytes_, 0)} {}

}  // namespace numa
