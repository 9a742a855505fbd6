// Two ReplayTargets for tests: over mmu::Tlb, and over the plain list that judges it.
#pragma once

#include <deque>

#include "mmu/tlb.hpp"
#include "tests/mmu/naive_tlb.hpp"
#include "traces/analysis/replay.hpp"

namespace test {

class MmuTarget final : public traces::ReplayTarget {
 public:
  MmuTarget(std::uint32_t cpus, const mmu::TlbConfig& config)
      : config_{config}, tlbs_(cpus, mmu::Tlb{config}) {}

  std::uint32_t entries() const override { return config_.entries; }
  void restore(common::CpuId cpu, const traces::TlbState& state) override {
    mmu::Tlb& tlb = at(cpu);
    tlb = mmu::Tlb{config_};
    for (const auto& e : state.entries) tlb.write(e.index, image(e.words));
    tlb.set_replacement({state.wired, state.random_base, state.lfsr});
  }
  traces::TlbState state(common::CpuId cpu) const override {
    const mmu::Tlb& tlb = at(cpu);
    const auto r = tlb.replacement();
    traces::TlbState state{
        .wired = r.wired, .random_base = r.random_base, .lfsr = r.lfsr, .entries = {}};
    for (std::uint32_t i = 0; i < tlb.entries(); ++i) {
      if (tlb.is_live(i)) state.entries.push_back({i, read(cpu, i)});
    }
    return state;
  }
  traces::TlbAnswer access(const traces::Place& place, common::ReferenceKind kind,
                           common::VirtAddr va) override {
    using traces::TlbOutcome;
    const auto page = at(place.cpu).lookup(va, place.asid);
    if (!page) return {TlbOutcome::kRefill, {}};
    if (!page->valid) return {TlbOutcome::kInvalid, {}};
    const bool store =
        kind == common::ReferenceKind::kStore || kind == common::ReferenceKind::kStoreConditional;
    if (store && !page->dirty) return {TlbOutcome::kModified, {}};
    return {TlbOutcome::kHit, page->frame + va.offset_in(page->size)};
  }
  void write(common::CpuId cpu, std::uint32_t index, const traces::TlbWords& entry) override {
    at(cpu).write(index, image(entry));
  }
  std::uint32_t write_random(common::CpuId cpu, const traces::TlbWords& entry,
                             std::uint64_t retired) override {
    return at(cpu).write_random(image(entry), retired).index;
  }
  void set_wired(common::CpuId cpu, std::uint32_t wired, std::uint64_t retired) override {
    at(cpu).set_wired(wired, retired);
  }
  std::uint32_t wired(common::CpuId cpu) const override { return at(cpu).wired(); }
  std::optional<std::uint32_t> probe(common::CpuId cpu, std::uint64_t entry_hi) const override {
    return at(cpu).probe(entry_hi);
  }
  traces::TlbWords read(common::CpuId cpu, std::uint32_t index) const override {
    const mmu::TlbImage i = at(cpu).read(index);
    return {i.entry_hi, i.entry_lo0, i.entry_lo1, i.page_mask};
  }

 private:
  static mmu::TlbImage image(const traces::TlbWords& w) { return {w.hi, w.lo0, w.lo1, w.mask}; }
  mmu::Tlb& at(common::CpuId cpu) { return tlbs_.at(common::index_of(cpu)); }
  const mmu::Tlb& at(common::CpuId cpu) const { return tlbs_.at(common::index_of(cpu)); }

  mmu::TlbConfig config_;
  std::vector<mmu::Tlb> tlbs_;
};

/// A replay written a second time, over the plain list of entries: obeys every record, believes
/// tlbwr's recorded index, and counts.
class NaiveReplay final : public traces::RecordSink {
 public:
  explicit NaiveReplay(std::uint32_t entries) : entries_{entries} {}

  void state(const traces::StateRecord& r) override {
    auto& tlb = tlbs_[common::index_of(r.place.cpu)];
    tlb = std::make_unique<NaiveTlb>(entries_, false);
    for (const auto& e : r.tlb.entries)
      tlb->write(e.index, {e.words.hi, e.words.lo0, e.words.lo1, e.words.mask});
  }
  void reference(const traces::ReferenceRecord& r) override {
    if (!r.mapped) return;
    const auto page = tlb(r.place).lookup(r.va.bits(), static_cast<unsigned>(r.place.asid));
    const bool store = r.kind == common::ReferenceKind::kStore ||
                       r.kind == common::ReferenceKind::kStoreConditional;
    const unsigned access = r.kind == common::ReferenceKind::kFetch ? 0 : store ? 2 : 1;
    if (!page) {
      ++misses.refills[static_cast<unsigned>(r.place.mode)][access];
    } else if (!page->valid) {
      ++misses.invalids;
    } else if (store && !page->dirty) {
      ++misses.modifieds;
    }
  }
  void tlb_write(const traces::TlbWriteRecord& r) override {
    tlb(r.place).write(r.index, {r.entry.hi, r.entry.lo0, r.entry.lo1, r.entry.mask});
  }

  traces::LiveMisses misses;

 private:
  NaiveTlb& tlb(const traces::Place& place) { return *tlbs_[common::index_of(place.cpu)]; }
  std::uint32_t entries_;
  std::unique_ptr<NaiveTlb> tlbs_[8];
};

}  // namespace test
