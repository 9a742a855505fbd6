// Caches for tests of the processor without a machine: direct-mapped, a few lines, so that programs
// miss all the time, with waits that differ from line to line; every other data miss takes all
// instruction lines.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/cache_port.hpp"

namespace cpu::test {

class SmallCaches final : public CachePort {
 public:
  PrimaryTags instruction_tags(CpuId) const override {
    return {instruction_.data(), kSets, 1, kInstructionShift};
  }
  PrimaryTags data_tags(CpuId) const override { return {data_.data(), kSets, 1, kDataShift}; }

  Outcome cached(CpuId, Use use, Mode, VirtAddr va, MachineAddr at, Cycles) override {
    ++references;
    const bool fetch = use == Use::kFetch;
    const unsigned shift = fetch ? kInstructionShift : kDataShift;
    const std::uint64_t set = va.bits() >> shift & (kSets - 1);
    std::uint64_t& tag = fetch ? instruction_[set] : data_[set];
    const std::uint64_t line = at.bits() >> shift << 2;
    const bool may = (tag | PrimaryTags::kWritable) == (line | 3) &&
                     (use != Use::kStore || (tag & PrimaryTags::kWritable) != 0);
    if (may) return {};
    tag = line | PrimaryTags::kReadable | (use == Use::kStore ? PrimaryTags::kWritable : 0);
    const std::uint64_t mixed = (at.bits() >> shift) * 0x9e3779b97f4a7c15 >> 48;
    if (!fetch && mixed % 2 == 0) instruction_.fill(0);
    return {Cycles{mixed % 97}, true, mixed % 5 == 0, use == Use::kStore && mixed % 7 == 0};
  }
  Cycles uncached(CpuId, Use, Mode, MachineAddr at, Cycles) override {
    ++references;
    return Cycles{at.bits() / 8 % 61};
  }
  Done hit_invalidate(CpuId, CacheName cache, VirtAddr va, MachineAddr, Cycles) override {
    if (cache != CacheName::kSecondary) return {index_invalidate({}, cache, va, {}), true};
    instruction_.fill(0);
    data_.fill(0);
    return {Cycles{19}, true};
  }
  Cycles index_invalidate(CpuId, CacheName cache, VirtAddr va, Cycles) override {
    if (cache == CacheName::kPrimaryInstruction)
      instruction_[va.bits() >> kInstructionShift & (kSets - 1)] = 0;
    if (cache == CacheName::kPrimaryData) data_[va.bits() >> kDataShift & (kSets - 1)] = 0;
    return Cycles{7};
  }
  Tag index_load_tag(CpuId, CacheName, VirtAddr va) override {
    Tag tag;
    tag.state = static_cast<std::uint8_t>(va.bits() >> 6 & 3);
    tag.at = MachineAddr{va.bits() & 0xffff'ffff'ffff};
    return tag;
  }

  std::uint64_t references = 0;  // that reached the caches

 private:
  static constexpr std::uint64_t kSets = 8;
  static constexpr unsigned kInstructionShift = 6, kDataShift = 5;
  std::array<std::uint64_t, kSets> instruction_{}, data_{};
};

}  // namespace cpu::test
