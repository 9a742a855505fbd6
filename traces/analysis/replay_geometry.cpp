#include "traces/analysis/replay_geometry.hpp"

#include <algorithm>

#include "hardware/r10000/segments.hpp"
#include "hardware/r10000/tlb.hpp"

namespace traces {

namespace {

/// An entry of index `i` that nothing matches, and that overlaps no other of its kind.
TlbWords parked_entry(std::uint32_t i) {
  return {.hi = (hardware::kKseg0 & hardware::entry_hi::kVpn2) +
                (std::uint64_t{i} << hardware::entry_hi::kVpn2Shift),
          .lo0 = 0,
          .lo1 = 0,
          .mask = 0};
}

}  // namespace

OtherReplay::OtherReplay(ReplayTarget& target, std::uint32_t recorded_entries,
                         std::uint64_t refill_cycles, std::uint64_t from)
    : target_{target},
      recorded_entries_{recorded_entries},
      refill_cycles_{refill_cycles},
      from_{from} {}

OtherReplay::Cpu& OtherReplay::cpu_of(CpuId id) {
  if (index_of(id) >= cpus_.size()) cpus_.resize(index_of(id) + 1);
  return cpus_[index_of(id)];
}

// ---- the start

void OtherReplay::state(const StateRecord& r) {
  const CpuId id = r.place.cpu;
  Cpu& cpu = cpu_of(id);
  cpu.retired = r.at.retired;
  if (cpu.known) return;
  cpu.known = true;
  cpu.recorded.resize(recorded_entries_);
  cpu.parked.resize(recorded_entries_);
  cpu.recorded_wired = r.tlb.wired;
  target_.set_wired(id, std::min(r.tlb.wired, target_.entries() - 1), r.at.retired);
  for (const TlbState::Entry& entry : r.tlb.entries) {
    if (entry.index < recorded_entries_) cpu.recorded[entry.index] = entry.words;
    if (!is_parked(entry.words)) cpu.translations.put(entry.words);
    if (entry.index < target_.entries()) target_.write(id, entry.index, entry.words);
  }
}

// ---- references

void OtherReplay::reference(const ReferenceRecord& r) {
  Cpu& cpu = cpu_of(r.place.cpu);
  if (r.kind == ReferenceKind::kFetch && r.translated) ++cpu.retired;
  const bool counted = r.place.instruction >= from_;
  if (r.place.in_refill) {
    if (counted) ++counts_.dropped;
    return;
  }
  if (!r.mapped) return;
  if (counted) ++counts_.references;
  // A refill may bring an invalid or clean page, which then faults once more, as the repeated
  // instruction would.
  for (unsigned tries = 0; tries < 2; ++tries) {
    const TlbAnswer answer = target_.access(r.place, r.kind, r.va);
    if (counted) count_outcome(counts_.misses, r.place.mode, r.kind, answer.outcome);
    if (answer.outcome != TlbOutcome::kRefill) return;
    const TlbWords* known = cpu.translations.find(r.va, r.place.asid);
    if (known == nullptr) {
      if (cpu.waiting && cpu.waiting->counted) ++counts_.unresolved;
      cpu.waiting = Cpu::Miss{r.va, r.place.asid, counted};
      return;
    }
    refill(r.place.cpu, cpu, *known, counted);
  }
}

void OtherReplay::refill(CpuId id, Cpu& cpu, const TlbWords& entry, bool counted) {
  target_.write_random(id, entry, cpu.retired);
  if (counted) ++counts_.synthesised;
}

// ---- what the kernel does

void OtherReplay::note_recorded(Cpu& cpu, std::uint32_t index, const TlbWords& entry) {
  for (auto& held : cpu.recorded) {
    if (held && overlaps(*held, entry)) held.reset();
  }
  if (index < cpu.recorded.size()) cpu.recorded[index] = entry;
}

void OtherReplay::tlb_write(const TlbWriteRecord& r) {
  const CpuId id = r.place.cpu;
  Cpu& cpu = cpu_of(id);
  if (r.place.instruction >= from_) ++counts_.tlb_writes;
  if (is_parked(r.entry)) {
    if (!r.is_random) park(id, cpu, r.index);
    note_recorded(cpu, r.index, r.entry);
    return;
  }
  std::fill(cpu.parked.begin(), cpu.parked.end(), false);
  note_recorded(cpu, r.index, r.entry);
  const bool changed = cpu.translations.put(r.entry);
  if (!r.is_random && r.index < cpu.recorded_wired) {
    if (r.index < target_.wired(id)) target_.write(id, r.index, r.entry);
    return;
  }
  if (cpu.waiting && matches(r.entry, cpu.waiting->va, cpu.waiting->asid)) {
    refill(id, cpu, r.entry, cpu.waiting->counted);
    cpu.waiting.reset();
    return;
  }
  const auto resident = target_.probe(id, r.entry.hi);
  if (resident) {
    if (changed) target_.write(id, *resident, r.entry);
  } else if (!r.place.in_refill) {
    target_.write_random(id, r.entry, cpu.retired);  // installed beforehand: no miss
  }
}

void OtherReplay::park(CpuId id, Cpu& cpu, std::uint32_t index) {
  if (index >= cpu.recorded.size()) return;
  const auto held = cpu.recorded[index];
  if (held && !is_parked(*held)) {
    cpu.translations.forget(*held);
    drop(id, *held);
  }
  cpu.parked[index] = true;
  const auto first =
      cpu.parked.begin() +
      std::min<std::ptrdiff_t>(cpu.recorded_wired, static_cast<std::ptrdiff_t>(cpu.parked.size()));
  if (!std::all_of(first, cpu.parked.end(), [](bool p) { return p; })) return;
  std::fill(cpu.parked.begin(), cpu.parked.end(), false);
  drop_all(id);
  cpu.translations.clear();
  for (std::uint32_t i = 0; i < std::min<std::size_t>(cpu.recorded_wired, cpu.recorded.size());
       ++i) {
    if (cpu.recorded[i] && !is_parked(*cpu.recorded[i])) cpu.translations.put(*cpu.recorded[i]);
  }
}

void OtherReplay::drop(CpuId id, const TlbWords& entry) {
  const auto at = target_.probe(id, entry.hi);
  if (at && *at >= target_.wired(id)) target_.write(id, *at, parked_entry(*at));
}

void OtherReplay::drop_all(CpuId id) {
  for (std::uint32_t i = target_.wired(id); i < target_.entries(); ++i) {
    target_.write(id, i, parked_entry(i));
  }
}

void OtherReplay::tlb_operation(const TlbOperationRecord& r) {
  const CpuId id = r.place.cpu;
  Cpu& cpu = cpu_of(id);
  if (r.operation == TlbOperation::kWired) {
    cpu.recorded_wired =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(r.value, recorded_entries_ - 1));
    target_.set_wired(id, std::min(cpu.recorded_wired, target_.entries() - 1), cpu.retired);
    return;
  }
  const bool missed = r.operation == TlbOperation::kProbe && !r.index && !r.place.in_refill;
  if (!missed) return;
  const TlbWords probed{.hi = r.value, .lo0 = 0, .lo1 = 0, .mask = 0};
  cpu.translations.forget(probed);
  drop(id, probed);
}

}  // namespace traces
