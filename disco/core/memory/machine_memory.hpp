// The machine's memory as the monitor reaches it: a window in which machine address 0 lies at
// `base`. On the machine that is XKPHYS (cached); in tests it is an array. The monitor never
// dereferences a guest's virtual address: every access to guest memory is translated in software
// and comes through here. Memory is big-endian whatever the host is.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/address.hpp"

namespace disco {
using namespace common;

constexpr std::uint64_t swapped_if_little(std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap64(value);
  return value;
}
constexpr std::uint32_t swapped_if_little(std::uint32_t value) {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap32(value);
  return value;
}

class MachineMemory {
 public:
  explicit MachineMemory(std::byte* base) : base_{base} {}

  /// Requires, here and below: the range is RAM. Addresses come from Pmap, PageAllocator or a
  /// checked device tree.
  std::byte* at(MachineAddr a) const { return base_ + a.bits(); }
  template <class T>
  T* object(MachineAddr a) const {
    return reinterpret_cast<T*>(at(a));
  }
  MachineAddr address_of(const void* p) const {
    return MachineAddr{static_cast<std::uint64_t>(static_cast<const std::byte*>(p) - base_)};
  }

  /// Requires: aligned to 4.
  std::uint32_t word(MachineAddr a) const { return swapped_if_little(*object<std::uint32_t>(a)); }
  void copy_in(MachineAddr to, const std::byte* from, std::uint64_t bytes) const {
    std::memcpy(at(to), from, bytes);
  }
  void zero(MachineAddr a, std::uint64_t bytes) const { std::memset(at(a), 0, bytes); }

 private:
  std::byte* base_;
};

}  // namespace disco
