// The host-pointer fast path behind the TLB: a direct-mapped table from virtual pages to host
// memory. It holds no state of its own, only consequences of the real TLB, the segments and the
// memory map; an entry is good for one context (mode, ASID, address-size bits), so ASID and mode
// changes cost nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/address.hpp"

namespace cpu {
using namespace common;

struct SoftEntry {
  std::uint64_t read_tag = kNoTag;
  std::uint64_t write_tag = kNoTag;
  std::uint64_t addend = 0;  // host address = addend + va
  MachineAddr page;
  /// Bit 0 set: the alignment bits of a real tag are zero, so this matches nothing.
  static constexpr std::uint64_t kNoTag = 1;

  std::byte* host(VirtAddr va) const { return reinterpret_cast<std::byte*>(addend + va.bits()); }
  MachineAddr machine(VirtAddr va) const { return page + va.offset_in(kPageSize); }
};

class SoftTlb {
 public:
  static constexpr std::uint64_t kEntries = 1024;

  /// Folded, so that a program and its kernel at round addresses do not always collide.
  SoftEntry& slot(VirtAddr va) { return entries_[number_of(va)]; }
  const SoftEntry& slot(VirtAddr va) const { return entries_[number_of(va)]; }

  /// `context` is already shifted. The low bits of an unaligned address stay in and spoil the
  /// match.
  static constexpr std::uint64_t tag(VirtAddr va, unsigned size, std::uint64_t context) {
    return (va.bits() & (~(kPageSize - 1) | (size - 1))) | context;
  }

  /// The entry that answers a load or a store of `size` bytes at `va`; nullptr: none does.
  const SoftEntry* readable(VirtAddr va, unsigned size, std::uint64_t context) const {
    const SoftEntry& entry = slot(va);
    if (entry.read_tag == tag(va, size, context)) [[likely]]
      return &entry;
    return nullptr;
  }
  const SoftEntry* writable(VirtAddr va, unsigned size, std::uint64_t context) const {
    const SoftEntry& entry = slot(va);
    if (entry.write_tag == tag(va, size, context)) [[likely]]
      return &entry;
    return nullptr;
  }

  void flush() {
    entries_.fill(SoftEntry{});
    recent_.fill(SoftEntry{});
  }

  /// Forgets what any context knows about the page of `va`.
  void flush_page(VirtAddr va) {
    SoftEntry& entry = slot(va);
    const std::uint64_t page = va.bits() >> 12;
    if (entry.read_tag >> 12 == page || entry.write_tag >> 12 == page) entry = SoftEntry{};
    for (SoftEntry& copy : recent_) {
      if (copy.read_tag >> 12 == page) copy = SoftEntry{};
    }
  }

  /// Notes that `entry`, of this table, has the right to write its machine page.
  void note_writable(const SoftEntry& entry) {
    const auto number = static_cast<std::uint16_t>(&entry - entries_.data());
    unlink(number);
    link(number, entry.page);
  }

  /// Takes the right to write a machine page from all of its entries. Costs as much as there are,
  /// and not as much as the table is large: they are chained by page.
  void revoke_write(MachineAddr page) {
    const std::uint16_t head = head_of(page);
    for (std::uint16_t at = links_[head].next; at != head;) {
      const std::uint16_t next = links_[at].next;
      SoftEntry& entry = entries_[at];
      if (entry.page == page) entry.write_tag = SoftEntry::kNoTag;
      if (entry.write_tag == SoftEntry::kNoTag) unlink(at);
      at = next;
    }
    for (SoftEntry& copy : recent_) {
      if (copy.page == page) copy.write_tag = SoftEntry::kNoTag;
    }
  }

  // ---- for generated code, which looks into the tables itself

  /// Copies of entries, by the number of the register that an address was computed from. They are
  /// forgotten when their originals would be, whether or not those are still in the table.
  using Recent = std::array<SoftEntry, 32>;
  Recent& recent() { return recent_; }
  const SoftEntry* entries() const { return entries_.data(); }

 private:
  /// Entries, then the heads of their chains. A chain is a ring; alone, one is a ring of its own.
  /// Entries that lost their right otherwise stay in theirs until they are met there or are given
  /// another.
  struct Link {
    std::uint16_t next = 0, previous = 0;
  };
  static constexpr std::size_t kChains = kEntries;
  using Links = std::array<Link, kEntries + kChains>;

  static Links alone() {
    Links links;
    for (std::size_t n = 0; n < links.size(); ++n) {
      const auto self = static_cast<std::uint16_t>(n);
      links[n] = {self, self};
    }
    return links;
  }
  static constexpr std::uint64_t number_of(VirtAddr va) {
    return (va.bits() >> 12 ^ va.bits() >> 24) & (kEntries - 1);
  }
  static std::uint16_t head_of(MachineAddr page) {
    static_assert(kChains == 1 << 10);
    const std::uint64_t folded = page.bits() / kPageSize * 0x9e3779b97f4a7c15 >> 54;
    return static_cast<std::uint16_t>(kEntries + folded);
  }
  void unlink(std::uint16_t n) {
    links_[links_[n].previous].next = links_[n].next;
    links_[links_[n].next].previous = links_[n].previous;
    links_[n] = {n, n};
  }
  void link(std::uint16_t n, MachineAddr page) {
    const std::uint16_t head = head_of(page);
    links_[n] = {links_[head].next, head};
    links_[links_[n].next].previous = n;
    links_[head].next = n;
  }

  alignas(64) std::array<SoftEntry, kEntries> entries_{};
  alignas(64) Recent recent_{};
  Links links_ = alone();
};

}  // namespace cpu
