#include "traces/format/encoder.hpp"

#include <algorithm>

#include "common/check.hpp"

namespace traces {
namespace {

/// A VM or VCPU, of which -1 is none.
std::uint64_t counted_from_one(std::int32_t number) {
  return static_cast<std::uint64_t>(std::int64_t{number} + 1);
}

}  // namespace

Encoder::Encoder(std::uint32_t cpus) : lanes_(cpus) { CHECK(cpus > 0 && cpus <= kMaxCpus); }

// ---- a block

void Encoder::begin(const std::vector<StateRecord>& states) {
  out_.clear();
  current_ = nullptr;
  pending_ = dma_at_ = 0;
  instructions_ = records_ = 0;
  first_cycle_ = ~std::uint64_t{0};
  last_cycle_ = 0;
  for (const StateRecord& state : states) {
    auto& lane = lanes_.at(index_of(state.place.cpu));
    lane = std::make_unique<Lane>();
    lane->place = state.place;
    lane->next = state.next;
    lane->epc = state.epc;
    lane->cycle = state.at.cycle;
    lane->retired = state.at.retired;
    put_state(state);
  }
}

void Encoder::finish() {
  if (pending_ > 0) open(Code::kRun);
  first_cycle_ = std::min(first_cycle_, last_cycle_);
}

StateRecord Encoder::resume_state(CpuId cpu) const {
  const Lane& lane = *lanes_.at(index_of(cpu));
  return {.place = lane.place,
          .at = {.cycle = lane.cycle, .retired = lane.retired},
          .next = lane.next,
          .epc = lane.epc,
          .tlb = {}};
}

void Encoder::note_cycle(std::uint64_t cycle) {
  first_cycle_ = std::min(first_cycle_, cycle);
  last_cycle_ = std::max(last_cycle_, cycle);
}

void Encoder::put_state(const StateRecord& state) {
  part_.clear();
  part_.number(index_of(state.place.cpu));
  part_.number(state.at.cycle);
  part_.number(state.at.retired);
  part_.byte(static_cast<unsigned>(state.place.mode) | (state.place.in_refill ? 4u : 0u));
  part_.byte(static_cast<unsigned>(state.place.asid));
  part_.number(counted_from_one(state.place.vm));
  part_.number(counted_from_one(state.place.vcpu));
  part_.number(state.next.bits());
  part_.number(state.epc.bits());
  part_.number(state.tlb.wired);
  part_.number(state.tlb.random_base);
  part_.number(state.tlb.lfsr);
  for (const TlbState::Entry& entry : state.tlb.entries) {
    part_.number(entry.index + 1);
    part_.number(entry.words.hi);
    part_.number(entry.words.lo0);
    part_.number(entry.words.lo1);
    part_.number(entry.words.mask >> 13);
  }
  part_.number(0);
  open(Code::kExtended);
  out_.number(static_cast<unsigned>(Extended::kState));
  out_.number(part_.size());
  out_.append(part_.bytes());
  ++records_;
  note_cycle(state.at.cycle);
}

// ---- what surrounds records

void Encoder::open(Code code) {
  const auto few = static_cast<unsigned>(std::min<std::uint64_t>(pending_, 15));
  out_.byte(static_cast<unsigned>(code) << 4 | few);
  if (few == 15) out_.number(pending_ - 15);
  pending_ = 0;
}

Lane& Encoder::select(const Place& place) {
  Lane* lane = lanes_.at(index_of(place.cpu)).get();
  CHECK(lane != nullptr);
  if (lane != current_) {
    open(Code::kCpu);
    out_.number(index_of(place.cpu));
    current_ = lane;
  }
  put_context(*lane, place);
  return *lane;
}

void Encoder::put_context(Lane& lane, const Place& place) {
  Place& known = lane.place;
  if (known.vm != place.vm || known.vcpu != place.vcpu) {
    known.vm = place.vm;
    known.vcpu = place.vcpu;
    put_vcpu(lane);
  }
  const bool new_asid = known.asid != place.asid;
  if (known.mode == place.mode && known.in_refill == place.in_refill && !new_asid) return;
  open(Code::kContext);
  out_.byte(static_cast<unsigned>(place.mode) | (place.in_refill ? 4u : 0u) | (new_asid ? 8u : 0u));
  if (new_asid) out_.byte(static_cast<unsigned>(place.asid));
  known.mode = place.mode;
  known.in_refill = place.in_refill;
  known.asid = place.asid;
}

void Encoder::put_vcpu(const Lane& lane) {
  part_.clear();
  part_.number(counted_from_one(lane.place.vm));
  part_.number(counted_from_one(lane.place.vcpu));
  open(Code::kExtended);
  out_.number(static_cast<unsigned>(Extended::kVcpu));
  out_.number(part_.size());
  out_.append(part_.bytes());
}

void Encoder::put_time(Lane& lane, const Time& at, std::uint64_t expected_retired) {
  out_.relative(at.retired, expected_retired);
  out_.relative(at.cycle, lane.cycle);
  lane.retired = at.retired;
  lane.cycle = at.cycle;
  note_cycle(at.cycle);
}

void Encoder::know(Lane& lane, const ReferenceRecord& r) {
  const PageMapping mapping{
      .frame = r.pa.bits() >> 12, .cache_attribute = r.cache_attribute, .mapped = r.mapped};
  const PageMapping* known = lane.mapping_of(r.va);
  if (known != nullptr && *known == mapping) return;
  const std::uint64_t page = r.va.bits() >> 12;
  const bool of_next = page == lane.next.bits() >> 12;
  open(Code::kMap);
  out_.byte(r.cache_attribute | (r.mapped ? 8u : 0u) | (of_next ? 16u : 0u));
  if (!of_next) out_.relative(page, lane.data.bits() >> 12);
  out_.relative(mapping.frame, lane.frame);
  lane.frame = mapping.frame;
  lane.mappings.put(lane.mapping_key(r.va), mapping);
  ++records_;
}

// ---- references

void Encoder::reference(const ReferenceRecord& r) {
  Lane& lane = select(r.place);
  if (!r.translated) {
    attempt(lane, r);
  } else if (r.kind == ReferenceKind::kFetch) {
    fetch(lane, r);
  } else {
    data(lane, r);
  }
  ++records_;
}

void Encoder::fetch(Lane& lane, const ReferenceRecord& r) {
  const VirtAddr va = r.va;
  if (va != lane.next) {
    if (lane.jump_slot() == va) {
      open(Code::kJumpAgain);
    } else {
      open(Code::kJump);
      out_.relative(va, lane.next);
    }
    lane.jumped(va);
  }
  know(lane, r);
  lane.fetched();
  ++pending_;
  ++instructions_;
}

void Encoder::data(Lane& lane, const ReferenceRecord& r) {
  know(lane, r);
  const VirtAddr va = r.va;
  const std::uint8_t descriptor = descriptor_of(r.kind, r.size);
  const Lane::DataSlot& slot = lane.data_slot();
  if (slot.descriptor != descriptor) {
    open(Code::kData);
    out_.byte(descriptor);
    out_.relative(va, lane.data);
  } else if (slot.expected() == va) {
    open(Code::kDataAgain);
  } else {
    open(Code::kDataNear);
    out_.relative(va, slot.va);
  }
  lane.referenced(va, descriptor);
}

void Encoder::attempt(Lane& lane, const ReferenceRecord& r) {
  const bool fetch = r.kind == ReferenceKind::kFetch;
  open(Code::kAttempt);
  out_.byte(descriptor_of(r.kind, r.size));
  out_.relative(r.va, fetch ? lane.next : lane.data_slot().va);
  lane.attempted(r.va, fetch);
}

// ---- events

void Encoder::tlb_write(const TlbWriteRecord& r) {
  Lane& lane = select(r.place);
  open(Code::kTlbWrite);
  out_.byte(r.is_random ? 1 : 0);
  out_.number(r.index);
  out_.relative(r.entry.hi, lane.expected_hi());
  out_.relative(r.entry.lo0, lane.lo);
  out_.relative(r.entry.lo1, r.entry.lo0);
  out_.number(r.entry.mask >> 13);
  put_time(lane, r.at, lane.retired);
  lane.lo = r.entry.lo0;
  ++records_;
}

void Encoder::tlb_operation(const TlbOperationRecord& r) {
  Lane& lane = select(r.place);
  open(Code::kTlbOperation);
  out_.byte(static_cast<unsigned>(r.operation));
  out_.relative(r.value, r.operation == TlbOperation::kProbe ? lane.expected_hi() : 0);
  out_.number(r.index ? *r.index + 1 : 0);
  put_time(lane, r.at, lane.retired);
  ++records_;
}

void Encoder::exception(const ExceptionRecord& r) {
  Lane& lane = select(r.place);
  open(Code::kException);
  out_.byte(static_cast<unsigned>(r.vector) | (r.in_delay_slot ? 8u : 0u) | (r.nested ? 16u : 0u) |
            (r.is_store ? 32u : 0u) | (r.enters_refill ? 64u : 0u) | (r.bad_vaddr ? 128u : 0u));
  out_.byte(r.code);
  out_.relative(r.pc, lane.next);
  if (r.bad_vaddr) out_.relative(*r.bad_vaddr, lane.attempt);
  put_time(lane, r.at, lane.retired_before(r.pc));
  lane.took(r);
  ++records_;
}

void Encoder::eret(const EretRecord& r) {
  Lane& lane = select(r.place);
  open(Code::kEret);
  out_.byte(static_cast<unsigned>(r.to) | (r.stays_in_refill ? 4u : 0u));
  out_.relative(r.target, lane.epc);
  put_time(lane, r.at, lane.retired);
  lane.returned(r);
  ++records_;
}

void Encoder::dma(const DmaRecord& r) {
  open(Code::kDma);
  out_.byte(r.is_write ? 1 : 0);
  out_.number(r.device);
  out_.relative(r.pa.bits(), dma_at_);
  out_.number(r.size);
  dma_at_ = r.pa.bits();
  ++records_;
}

void Encoder::mark(const MarkRecord& r) {
  Lane& lane = select(r.place);
  part_.clear();
  part_.number(r.id);
  part_.relative(r.pc, lane.next);
  part_.relative(r.at.retired, lane.retired);
  part_.relative(r.at.cycle, lane.cycle);
  lane.retired = r.at.retired;
  lane.cycle = r.at.cycle;
  note_cycle(r.at.cycle);
  open(Code::kExtended);
  out_.number(static_cast<unsigned>(Extended::kMark));
  out_.number(part_.size());
  out_.append(part_.bytes());
  ++records_;
}

void Encoder::cache_operation(const CacheOperationRecord& r) {
  Lane& lane = select(r.place);
  part_.clear();
  part_.byte(r.operation | (r.pa ? 32u : 0u));
  part_.relative(r.va, lane.data);
  if (r.pa) part_.number(r.pa->bits());
  open(Code::kExtended);
  out_.number(static_cast<unsigned>(Extended::kCacheOperation));
  out_.number(part_.size());
  out_.append(part_.bytes());
  ++records_;
}

}  // namespace traces
