// A range of host memory that reads as zero and costs nothing where it was never written: RAM of
// nodes and what is kept for every page of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace numa {

class ReservedMemory {
 public:
  /// Requires: bytes > 0. Throws std::bad_alloc where the host has not as much address space.
  explicit ReservedMemory(std::uint64_t bytes);
  ~ReservedMemory();
  ReservedMemory(ReservedMemory&& other) noexcept;
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;
  ReservedMemory& operator=(ReservedMemory&&) = delete;

  /// Aligned to a host page. Stays valid when the object is moved.
  std::byte* data() const { return base_; }
  std::uint64_t size() const { return bytes_; }

 private:
  std::byte* base_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace numa
