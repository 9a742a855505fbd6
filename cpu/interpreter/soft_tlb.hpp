// The host-pointer fast path behind the TLB: a direct-mapped table from virtual pages to host memory.
// It holds no state of its own, only consequences of the real TLB, the segments and the memory map; an
// entry is good for one context (mode, ASID, address-size bits), so ASID and mode changes cost nothing.
#pragma once

#include <array>
#include <cstdint>

#include "common/address.hpp"

namespace cpu {
using namespace common;

/// A context number fits between the alignment bits and the page number of a tag.
inline constexpr unsigned kContextShift = 3;
inline constexpr std::uint32_t kContexts = 1u << (12 - kContextShift);
/// Matches no entry.
inline constexpr std::uint64_t kLinkedContext = std::uint64_t{kContexts - 1} << kContextShift;

/// The one address under which a mapped page is remembered of all that the TLB cannot tell apart (it does not
/// see bits 61:44): that of a compatibility segment where there is one. TLB writes are matched against it.
constexpr std::uint64_t remembered_form(std::uint64_t va) {
  va &= 0xc0000fffffffffff;
  const bool is_compatible = va >= 0xc0000fff80000000;
  return is_compatible ? va | std::uint64_t{0x3ffff} << 44 : va;
}
constexpr bool can_be_remembered(std::uint64_t va) { return remembered_form(va) == va; }

struct SoftEntry {
  std::uint64_t read_tag = kNoTag;
  std::uint64_t write_tag = kNoTag;
  std::uint64_t addend = 0;     // host address = addend + va
  std::uint64_t machine = 0;    // machine address of the page
  /// Bit 0 set: the alignment bits of a real tag are zero, so this matches nothing.
  static constexpr std::uint64_t kNoTag = 1;
};

class SoftTlb {
 public:
  static constexpr std::uint64_t kEntries = 1024;

  /// Folded, so that a program and its kernel at round addresses do not always collide.
  SoftEntry& slot(std::uint64_t va) { return entries_[(va >> 12 ^ va >> 24) & (kEntries - 1)]; }

  /// `context` is already shifted. The low bits of an unaligned address stay in and spoil the match.
  static constexpr std::uint64_t tag(std::uint64_t va, unsigned size, std::uint64_t context) {
    return (va & (~(kPageSize - 1) | (size - 1))) | context;
  }

  void flush() { entries_.fill(SoftEntry{}); }

  /// Forgets what any context knows about the page of `va`.
  void flush_page(std::uint64_t va) {
    SoftEntry& entry = slot(va);
    const std::uint64_t page = va >> 12;
    if (entry.read_tag >> 12 == page || entry.write_tag >> 12 == page) entry = SoftEntry{};
  }

  void revoke_write(MachineAddr page) {
    for (SoftEntry& entry : entries_) {
      if (entry.machine == page.bits()) entry.write_tag = SoftEntry::kNoTag;
    }
  }

 private:
  alignas(64) std::array<SoftEntry, kEntries> entries_{};
};

}  // namespace cpu
