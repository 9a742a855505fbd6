#include "measure/traces/replay.hpp"

#include "disco/core/tlb_entry.hpp"
#include "traces/analysis/replay_geometry.hpp"

namespace measure {

namespace {

mmu::TlbImage image_of(const traces::TlbWords& w) {
  return {.entry_hi = w.hi, .entry_lo0 = w.lo0, .entry_lo1 = w.lo1, .page_mask = w.mask};
}
traces::TlbWords words_of(const mmu::TlbImage& i) {
  return {.hi = i.entry_hi, .lo0 = i.entry_lo0, .lo1 = i.entry_lo1, .mask = i.page_mask};
}
disco::GuestEntry guest_entry(const traces::TlbWords& w) {
  return disco::normalised({.hi = w.hi, .lo0 = w.lo0, .lo1 = w.lo1, .page_mask = w.mask});
}

}  // namespace

traces::TlbState state_of(const mmu::Tlb& tlb) {
  const mmu::TlbReplacement replacement = tlb.replacement();
  traces::TlbState state{.wired = replacement.wired,
                         .random_base = replacement.random_base,
                         .lfsr = replacement.lfsr,
                         .entries = {}};
  for (std::uint32_t i = 0; i < tlb.entries(); ++i) {
    if (tlb.is_live(i)) state.entries.push_back({i, words_of(tlb.read(i))});
  }
  return state;
}

// ---- the L2TLB

L2Model::L2Model(std::uint32_t l2_entries, std::uint32_t tlb_entries)
    : storage_(l2_entries), policy_{storage_, tlb_entries}, tlb_entries_{tlb_entries} {}

void L2Model::missed(VirtAddr va, Asid asid, bool counted) {
  const bool hit = policy_.tlb().find(va, asid) != nullptr;
  if (counted) ++(hit ? counts_.hits : counts_.misses);
}

void L2Model::wrote(std::uint32_t index, std::uint32_t wired, const traces::TlbWords& entry,
                    const std::optional<traces::TlbWords>& old, bool random) {
  const disco::GuestEntry before = old ? guest_entry(*old) : disco::GuestEntry{};
  // How the monitor's assembly takes an entry means nothing here.
  const auto is_fast = [](const disco::GuestEntry&) { return false; };
  const auto how = random ? disco::Replacement::kRandom : disco::Replacement::kIndexed;
  const auto came_in = [this](const std::optional<disco::GuestEntry>& displaced) {
    ++counts_.inserts;
    if (displaced) ++counts_.evictions;
  };
  const disco::Overlapped overlapped = policy_.write(
      index, wired, guest_entry(entry), old ? &before : nullptr, how, is_fast, came_in);
  if (overlapped.everything) ++counts_.flushes;
  if (!random) cover(index, wired);
}

void L2Model::cover(std::uint32_t index, std::uint32_t wired) {
  if (index < tlb_entries_ && policy_.cover(index, wired)) ++counts_.flushes;
}

// ---- the TLBs

MmuTarget::MmuTarget(std::uint32_t cpus, const mmu::TlbConfig& config, std::uint32_t l2_entries)
    : config_{config} {
  for (std::uint32_t i = 0; i < cpus; ++i) {
    cpus_.push_back({mmu::Tlb{config}, nullptr});
    if (l2_entries != 0) cpus_.back().l2 = std::make_unique<L2Model>(l2_entries, config.entries);
  }
}

L2Counts MmuTarget::l2_counts() const {
  L2Counts sum;
  for (const Cpu& cpu : cpus_) {
    if (!cpu.l2) continue;
    const L2Counts& c = cpu.l2->counts();
    sum.hits += c.hits;
    sum.misses += c.misses;
    sum.inserts += c.inserts;
    sum.evictions += c.evictions;
    sum.flushes += c.flushes;
  }
  return sum;
}

void MmuTarget::restore(CpuId id, const traces::TlbState& state) {
  mmu::Tlb& tlb = cpus_.at(index_of(id)).tlb;
  tlb = mmu::Tlb{config_};
  for (const auto& entry : state.entries) tlb.write(entry.index, image_of(entry.words));
  tlb.set_replacement({state.wired, state.random_base, state.lfsr});
}

traces::TlbState MmuTarget::state(CpuId cpu) const { return state_of(cpus_.at(index_of(cpu)).tlb); }

traces::TlbAnswer MmuTarget::access(const traces::Place& place, ReferenceKind kind, VirtAddr va) {
  using traces::TlbOutcome;
  Cpu& cpu = cpus_.at(index_of(place.cpu));
  const auto page = cpu.tlb.lookup(va, place.asid);
  if (!page) {
    if (cpu.l2) cpu.l2->missed(va, place.asid, counting_);
    return {TlbOutcome::kRefill, {}};
  }
  const bool store = kind == ReferenceKind::kStore || kind == ReferenceKind::kStoreConditional;
  if (!page->valid) return {TlbOutcome::kInvalid, {}};
  if (store && !page->dirty) return {TlbOutcome::kModified, {}};
  return {TlbOutcome::kHit, page->frame + va.offset_in(page->size)};
}

std::optional<traces::TlbWords> MmuTarget::live_entry(const Cpu& cpu, std::uint32_t index) const {
  if (!cpu.tlb.is_live(index)) return std::nullopt;
  return words_of(cpu.tlb.read(index));
}

void MmuTarget::write(CpuId id, std::uint32_t index, const traces::TlbWords& entry) {
  Cpu& cpu = cpus_.at(index_of(id));
  const auto old = live_entry(cpu, index);
  cpu.tlb.write(index, image_of(entry));
  if (cpu.l2) cpu.l2->wrote(index, cpu.tlb.wired(), entry, old, false);
}

std::uint32_t MmuTarget::write_random(CpuId id, const traces::TlbWords& entry,
                                      std::uint64_t retired) {
  Cpu& cpu = cpus_.at(index_of(id));
  const auto old = live_entry(cpu, cpu.tlb.random(retired));
  const std::uint32_t index = cpu.tlb.write_random(image_of(entry), retired).index;
  if (cpu.l2) cpu.l2->wrote(index, cpu.tlb.wired(), entry, old, true);
  return index;
}

void MmuTarget::set_wired(CpuId cpu, std::uint32_t wired, std::uint64_t retired) {
  cpus_.at(index_of(cpu)).tlb.set_wired(wired, retired);
}

std::uint32_t MmuTarget::wired(CpuId cpu) const { return cpus_.at(index_of(cpu)).tlb.wired(); }

std::optional<std::uint32_t> MmuTarget::probe(CpuId cpu, std::uint64_t entry_hi) const {
  return cpus_.at(index_of(cpu)).tlb.probe(entry_hi);
}

void MmuTarget::was_read(CpuId id, std::uint32_t index) {
  Cpu& cpu = cpus_.at(index_of(id));
  if (cpu.l2) cpu.l2->read(index, cpu.tlb.wired());
}

traces::TlbWords MmuTarget::read(CpuId cpu, std::uint32_t index) const {
  return words_of(cpus_.at(index_of(cpu)).tlb.read(index));
}

// ---- a whole replay

namespace {

/// Switches the target's L2 counting on where a replay's own counting begins.
class CountingFrom final : public traces::RecordSink {
 public:
  CountingFrom(traces::RecordSink& next, MmuTarget& target, std::uint64_t from)
      : next_{next}, target_{target}, from_{from} {}
  void state(const traces::StateRecord& r) override { next_.state(r); }
  void reference(const traces::ReferenceRecord& r) override {
    target_.set_counting(r.place.instruction >= from_);
    next_.reference(r);
  }
  void tlb_write(const traces::TlbWriteRecord& r) override { next_.tlb_write(r); }
  void tlb_operation(const traces::TlbOperationRecord& r) override { next_.tlb_operation(r); }

 private:
  traces::RecordSink& next_;
  MmuTarget& target_;
  std::uint64_t from_;
};

std::optional<Error> refuse(const ReplayOptions& options) {
  const auto wrong = [](const char* what, const char* remedy) {
    return Error{.code = ErrorCode::kConfig, .where = "", .what = what, .remedy = remedy};
  };
  if (options.entries && (*options.entries < 8 || *options.entries > 512)) {
    return wrong("a TLB has 8 to 512 entries", "choose another number");
  }
  if (!disco::L2Tlb::is_valid_size(options.l2_entries)) {
    return wrong("an L2TLB has 0 entries or a power of two of them",
                 "choose 0, or a power of two from 2 to 2^20");
  }
  return std::nullopt;
}

}  // namespace

Result<ReplayReport, Error> replay_trace(traces::Reader& reader, const ReplayOptions& options) {
  if (const auto error = refuse(options)) return Failure{*error};
  const traces::TraceHeader& header = reader.header();
  const auto recorded = header.random_is_lfsr ? mmu::RandomKind::kLfsr : mmu::RandomKind::kManual;
  ReplayReport report;
  report.entries = options.entries.value_or(header.tlb_entries);
  report.random = options.random.value_or(recorded);
  report.exact = report.entries == header.tlb_entries && report.random == recorded;

  const mmu::TlbConfig config{
      .entries = report.entries, .random = report.random, .seed = options.seed};
  MmuTarget target{header.cpus, config, options.l2_entries};
  traces::ExactReplay exact{target, options.from};
  traces::OtherReplay other{target, header.tlb_entries, options.refill_cycles, options.from};
  CountingFrom sink{report.exact ? static_cast<traces::RecordSink&>(exact) : other, target,
                    options.from};
  if (auto done = reader.read(options.from, options.to, sink); !done) return Failure{done.error()};

  report.counts = report.exact ? exact.counts() : other.counts();
  report.l2 = target.l2_counts();
  if (report.exact) report.divergence = exact.divergence();
  if (!report.exact) report.synthesised_cycles = other.cycles();
  const bool whole = options.from == 0 && options.to >= reader.instructions();
  if (whole && reader.footer()) report.live = traces::LiveMisses::parse(reader.footer()->totals);
  return report;
}

}  // namespace measure
