#include "traces/analysis/replay.hpp"

#include <cstdio>

namespace traces {

namespace {

const char* name_of(TlbOutcome outcome) {
  switch (outcome) {
    case TlbOutcome::kHit: return "a hit";
    case TlbOutcome::kRefill: return "a refill miss";
    case TlbOutcome::kInvalid: return "an invalid entry";
    case TlbOutcome::kModified: return "a clean page";
  }
  return "nothing";
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void count_outcome(LiveMisses& misses, Mode mode, ReferenceKind kind, TlbOutcome outcome) {
  const bool store = kind == ReferenceKind::kStore || kind == ReferenceKind::kStoreConditional;
  const unsigned access = kind == ReferenceKind::kFetch ? 0 : store ? 2 : 1;
  switch (outcome) {
    case TlbOutcome::kHit: break;
    case TlbOutcome::kRefill: ++misses.refills[static_cast<unsigned>(mode)][access]; break;
    case TlbOutcome::kInvalid: ++misses.invalids; break;
    case TlbOutcome::kModified: ++misses.modifieds; break;
  }
}

void ExactReplay::diverged(const Place& place, std::string what) {
  if (divergence_) return;
  divergence_ = Divergence{place.instruction, place.cpu, std::move(what)};
}

void ExactReplay::state(const StateRecord& r) {
  const std::size_t cpu = index_of(r.place.cpu);
  if (cpu >= restored_.size()) restored_.resize(cpu + 1);
  if (!restored_[cpu]) {
    restored_[cpu] = true;
    target_.restore(r.place.cpu, r.tlb);
    return;
  }
  // Every block restates the live TLB: the replayed one must have come to the same.
  if (target_.state(r.place.cpu) != r.tlb) {
    diverged(r.place, "the TLB is not the one that the block restates");
    target_.restore(r.place.cpu, r.tlb);
  }
}

void ExactReplay::reference(const ReferenceRecord& r) {
  if (!r.mapped) return;
  const TlbAnswer answer = target_.access(r.place, r.kind, r.va);
  const bool hit = answer.outcome == TlbOutcome::kHit;
  if (hit != r.translated) {
    diverged(r.place, "reference to " + hex(r.va.bits()) + " was " + name_of(answer.outcome) +
                          (r.translated ? ", but had been translated" : ", but had been refused"));
  } else if (hit && answer.pa != r.pa) {
    diverged(r.place, "reference to " + hex(r.va.bits()) + " went to " + hex(answer.pa.bits()) +
                          ", but had gone to " + hex(r.pa.bits()));
  }
  if (r.place.instruction < from_) return;
  ++counts_.references;
  count_outcome(counts_.misses, r.place.mode, r.kind, answer.outcome);
}

void ExactReplay::tlb_write(const TlbWriteRecord& r) {
  if (r.place.instruction >= from_) ++counts_.tlb_writes;
  if (!r.is_random) {
    target_.write(r.place.cpu, r.index, r.entry);
    return;
  }
  const std::uint32_t index = target_.write_random(r.place.cpu, r.entry, r.at.retired - 1);
  if (index != r.index) {
    diverged(r.place, "tlbwr wrote entry " + std::to_string(index) + ", but had written " +
                          std::to_string(r.index));
  }
}

void ExactReplay::tlb_operation(const TlbOperationRecord& r) {
  switch (r.operation) {
    case TlbOperation::kWired:
      target_.set_wired(r.place.cpu, static_cast<std::uint32_t>(r.value), r.at.retired - 1);
      return;
    case TlbOperation::kRead:
      target_.was_read(r.place.cpu, static_cast<std::uint32_t>(r.value));
      return;
    case TlbOperation::kProbe:
      if (target_.probe(r.place.cpu, r.value) == r.index) return;
      return diverged(r.place, "tlbp of " + hex(r.value) + " found another entry");
  }
}

}  // namespace traces
