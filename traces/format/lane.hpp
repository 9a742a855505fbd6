// What coder and reader both know of one CPU while they go through a block. Both change it by the
// same functions, so that predictions agree (docs/trace-format.md, "Records").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hardware/r10000/exceptions.hpp"
#include "hardware/r10000/tlb.hpp"
#include "traces/format/record.hpp"

namespace traces {

/// A translation of one 4 KB page.
struct PageMapping {
  std::uint64_t frame = 0;  // physical page number
  std::uint8_t cache_attribute = 0;
  bool mapped = false;
  bool operator==(const PageMapping&) const = default;
};

/// Known translations by (ASID, page): open addressing, grows, never shrinks.
class MappingTable {
 public:
  const PageMapping* find(std::uint64_t key) const {
    if (slots_.empty()) return nullptr;
    for (std::size_t i = home(key);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].key == key) return &slots_[i].mapping;
      if (slots_[i].key == kFree) return nullptr;
    }
  }
  void put(std::uint64_t key, const PageMapping& mapping) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    Slot& slot = slot_for(key);
    if (slot.key == kFree) ++used_;
    slot = {key, mapping};
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kFree;
    PageMapping mapping;
  };
  std::size_t home(std::uint64_t key) const {
    return (key * 0x9e3779b97f4a7c15 >> 20) & (slots_.size() - 1);
  }
  Slot& slot_for(std::uint64_t key) {
    std::size_t i = home(key);
    while (slots_[i].key != key && slots_[i].key != kFree) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != kFree) slot_for(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

struct Lane {
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::uint8_t kNothing = 0xff;

  /// The data reference that the instruction here made last.
  struct DataSlot {
    VirtAddr va{};
    std::uint64_t stride = 0;
    std::uint8_t descriptor = kNothing;
    bool repeat = false;  // it did not translate: the same address comes again
    VirtAddr expected() const { return repeat ? va : va + stride; }
  };

  Place place;
  VirtAddr next{}, last{}, data{}, attempt{}, epc{};
  std::uint64_t lo = 0, frame = 0;
  std::uint64_t retired = 0, cycle = 0;
  MappingTable mappings;
  std::array<VirtAddr, kSlots> jumps{};
  std::array<DataSlot, kSlots> slots{};

  VirtAddr& jump_slot() { return jumps[last.bits() / 4 % kSlots]; }
  DataSlot& data_slot() { return slots[last.bits() / 4 % kSlots]; }

  /// kseg0, kseg1 and xkphys look the same from every address space.
  std::uint64_t mapping_key(VirtAddr va) const {
    const bool everywhere = va.bits() >> hardware::kRegionShift == hardware::kXkphysRegion ||
                            hardware::is_kseg0_or_1(va.bits());
    const std::uint64_t space = everywhere ? 256 : static_cast<std::uint64_t>(place.asid);
    return va.bits() >> 12 | space << 52;
  }
  const PageMapping* mapping_of(VirtAddr va) const { return mappings.find(mapping_key(va)); }

  void fetched() {
    last = next;
    next = next + 4;
    ++retired;
  }
  void jumped(VirtAddr target) {
    jump_slot() = target;
    next = target;
  }
  void referenced(VirtAddr va, std::uint8_t descriptor) {
    DataSlot& slot = data_slot();
    if (!slot.repeat) slot.stride = va - slot.va;
    slot.va = va;
    slot.descriptor = descriptor;
    slot.repeat = false;
    data = va;
  }
  void attempted(VirtAddr va, bool fetch) {
    attempt = va;
    if (fetch) return;
    DataSlot& slot = data_slot();
    if (!slot.repeat) slot.stride = va - slot.va;
    slot.va = va;
    slot.repeat = true;
  }

  /// Instructions retired that an exception at `pc` should name.
  std::uint64_t retired_before(VirtAddr pc) const { return pc == last ? retired - 1 : retired; }
  std::uint64_t expected_hi() const {
    return (attempt.bits() & hardware::entry_hi::kVpn2) | static_cast<std::uint64_t>(place.asid);
  }
  static VirtAddr vector_address(Vector vector) {
    namespace offset = hardware::vector_offset;
    using hardware::kVectorBase;
    static constexpr std::uint64_t kAddresses[] = {
        kVectorBase + offset::kTlbRefill, kVectorBase + offset::kXtlbRefill,
        hardware::kKseg1 + offset::kCacheError, kVectorBase + offset::kGeneral,
        hardware::kResetVector};
    return VirtAddr{kAddresses[static_cast<unsigned>(vector)]};
  }
  void took(const ExceptionRecord& e) {
    if (!e.nested) epc = e.in_delay_slot ? e.pc - 4 : e.pc;
    place.mode = Mode::kKernel;
    place.in_refill = e.enters_refill;
    next = vector_address(e.vector);
  }
  void returned(const EretRecord& e) {
    place.mode = e.to;
    place.in_refill = e.stays_in_refill;
    next = e.target;
  }
};

/// Bits 2:0 kind, 5:3 log2 of the size, 7 where that is not known.
constexpr std::uint8_t descriptor_of(ReferenceKind kind, std::uint8_t size) {
  unsigned log2 = 7;
  for (unsigned i = 0; i < 7; ++i) {
    if (size == 1u << i) log2 = i;
  }
  return static_cast<std::uint8_t>(static_cast<unsigned>(kind) | log2 << 3);
}
constexpr ReferenceKind kind_of(std::uint8_t descriptor) {
  return static_cast<ReferenceKind>(descriptor & 7);
}
constexpr std::uint8_t size_of(std::uint8_t descriptor) {
  const unsigned log2 = descriptor >> 3 & 7;
  return log2 == 7 ? std::uint8_t{0} : static_cast<std::uint8_t>(1u << log2);
}
constexpr bool is_descriptor(std::uint8_t d) { return (d & 7) <= 4 && d < 0x40; }

}  // namespace traces
