// The machine's three address spaces, one type each. They never convert into one another by
// themselves: on the machine only mmu::translate makes a PhysAddr from a VirtAddr and only a node
// makes a MachineAddr from a PhysAddr; in the monitor only Pmap makes a MachineAddr from a guest's
// PhysAddr.
#pragma once

#include <compare>
#include <cstdint>

namespace common {

template <class Space>
class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(std::uint64_t bits) : bits_{bits} {}

  constexpr std::uint64_t bits() const { return bits_; }
  constexpr auto operator<=>(const Address&) const = default;

  /// `size` is a power of two.
  constexpr Address aligned_down(std::uint64_t size) const { return Address{bits_ & ~(size - 1)}; }
  constexpr std::uint64_t offset_in(std::uint64_t size) const { return bits_ & (size - 1); }
  constexpr bool is_aligned(std::uint64_t size) const { return offset_in(size) == 0; }

  friend constexpr Address operator+(Address a, std::uint64_t n) { return Address{a.bits_ + n}; }
  friend constexpr Address operator-(Address a, std::uint64_t n) { return Address{a.bits_ - n}; }
  friend constexpr std::uint64_t operator-(Address a, Address b) { return a.bits_ - b.bits_; }

 private:
  std::uint64_t bits_ = 0;
};

using VirtAddr = Address<struct VirtSpace>;        // what an instruction computes
using PhysAddr = Address<struct PhysSpace>;        // what a kernel takes for physical
using MachineAddr = Address<struct MachineSpace>;  // what the node controllers see

/// The unit of host pointers, code watching and the smallest R10000 page.
inline constexpr std::uint64_t kPageSize = 4096;

}  // namespace common
