#include "traces/format/decoder.hpp"

namespace traces {

namespace {

constexpr std::uint64_t kNever = ~std::uint64_t{0};

}  // namespace

/// The decoding of one block. A method that finds nonsense says so by stop() and its work is
/// ignored.
struct Decoder::Run {
  std::vector<std::unique_ptr<Lane>>& lanes;
  const BlockPromise& promise;
  RecordSink& sink;
  ByteSource in;
  Lane* lane = nullptr;
  std::uint64_t instructions = 0, records = 0, dma_at = 0;
  const char* wrong = nullptr;

  void stop(const char* what) {
    if (wrong == nullptr) wrong = what;
  }
  bool going() const { return wrong == nullptr && !in.failed(); }

  Place place_now() const {
    Place place = lane->place;
    place.instruction = promise.first_instruction + (instructions > 0 ? instructions - 1 : 0);
    return place;
  }
  Time time(ByteSource& from, std::uint64_t expected_retired) {
    lane->retired = from.relative(expected_retired);
    lane->cycle = from.relative(lane->cycle);
    return {.cycle = lane->cycle, .retired = lane->retired};
  }

  void record();
  void fetches(std::uint64_t count);
  void data(Code code);
  void attempt();
  void map();
  void context();
  void tlb_write();
  void tlb_operation();
  void exception();
  void eret();
  void cpu();
  void dma();
  void extended();
  void state(ByteSource part);
  void mark(ByteSource part);
  void vcpu(ByteSource part);
  void cache_operation(ByteSource part);
};

void Decoder::Run::record() {
  const std::uint8_t first = in.byte();
  const auto code = static_cast<Code>(first >> 4);
  std::uint64_t count = first & 15;
  if (count == 15) count += in.number();
  const bool needs_cpu =
      count > 0 || (code != Code::kCpu && code != Code::kDma && code != Code::kExtended);
  if (needs_cpu && lane == nullptr) return stop("a record before any CPU was named");
  if (count > 0) fetches(count);
  if (!going()) return;
  switch (code) {
    case Code::kRun: break;
    case Code::kJumpAgain: lane->next = lane->jump_slot(); break;
    case Code::kJump: lane->jumped(in.relative(lane->next)); break;
    case Code::kDataAgain:
    case Code::kDataNear:
    case Code::kData: data(code); break;
    case Code::kAttempt: attempt(); break;
    case Code::kMap: map(); break;
    case Code::kContext: context(); break;
    case Code::kTlbWrite: tlb_write(); break;
    case Code::kTlbOperation: tlb_operation(); break;
    case Code::kException: exception(); break;
    case Code::kEret: eret(); break;
    case Code::kCpu: cpu(); break;
    case Code::kDma: dma(); break;
    case Code::kExtended: extended(); break;
  }
}

// ---- references

void Decoder::Run::fetches(std::uint64_t count) {
  if (count > promise.instructions - instructions) {
    return stop("more instructions than the block's header promises");
  }
  const PageMapping* mapping = nullptr;
  std::uint64_t page = kNever;
  for (; count > 0; --count) {
    const VirtAddr va = lane->next;
    if (va.bits() >> 12 != page) {
      page = va.bits() >> 12;
      mapping = lane->mapping_of(va);
      if (mapping == nullptr) return stop("a fetch from a page without a mapping");
    }
    lane->fetched();
    ++instructions;
    ++records;
    sink.reference({.place = place_now(),
                    .kind = ReferenceKind::kFetch,
                    .size = 4,
                    .cache_attribute = mapping->cache_attribute,
                    .mapped = mapping->mapped,
                    .va = va,
                    .pa = PhysAddr{mapping->frame << 12 | va.offset_in(kPageSize)}});
  }
}

void Decoder::Run::data(Code code) {
  const Lane::DataSlot& slot = lane->data_slot();
  std::uint8_t descriptor = slot.descriptor;
  VirtAddr va = slot.expected();
  if (code == Code::kData) {
    descriptor = in.byte();
    va = in.relative(lane->data);
    if (!is_descriptor(descriptor) || kind_of(descriptor) == ReferenceKind::kFetch) {
      return stop("a data reference of no known kind");
    }
  } else if (descriptor == Lane::kNothing) {
    return stop("a repeated data reference where there was none before");
  } else if (code == Code::kDataNear) {
    va = in.relative(slot.va);
  }
  const PageMapping* mapping = lane->mapping_of(va);
  if (!going()) return;
  if (mapping == nullptr) return stop("a data reference to a page without a mapping");
  lane->referenced(va, descriptor);
  ++records;
  sink.reference({.place = place_now(),
                  .kind = kind_of(descriptor),
                  .size = size_of(descriptor),
                  .cache_attribute = mapping->cache_attribute,
                  .mapped = mapping->mapped,
                  .va = va,
                  .pa = PhysAddr{mapping->frame << 12 | va.offset_in(kPageSize)}});
}

void Decoder::Run::attempt() {
  const std::uint8_t descriptor = in.byte();
  if (!is_descriptor(descriptor)) return stop("an attempted reference of no known kind");
  const bool fetch = kind_of(descriptor) == ReferenceKind::kFetch;
  const VirtAddr va = in.relative(fetch ? lane->next : lane->data_slot().va);
  if (!going()) return;
  lane->attempted(va, fetch);
  ++records;
  sink.reference({.place = place_now(),
                  .kind = kind_of(descriptor),
                  .size = size_of(descriptor),
                  .cache_attribute = 0,
                  .mapped = true,
                  .translated = false,
                  .va = va,
                  .pa = PhysAddr{}});
}

void Decoder::Run::map() {
  const std::uint8_t flags = in.byte();
  if (flags >= 32) return stop("a mapping with unknown flags");
  const bool of_next = (flags & 16) != 0;
  const std::uint64_t page =
      of_next ? lane->next.bits() >> 12 : in.relative(lane->data.bits() >> 12);
  const std::uint64_t frame = in.relative(lane->frame);
  if (page >> 52 != 0 || frame >> 28 != 0) return stop("a mapping beyond the address space");
  if (!going()) return;
  const PageMapping mapping{.frame = frame,
                            .cache_attribute = static_cast<std::uint8_t>(flags & 7),
                            .mapped = (flags & 8) != 0};
  lane->frame = frame;
  lane->mappings.put(lane->mapping_key(VirtAddr{page << 12}), mapping);
  ++records;
  sink.mapping({.place = place_now(),
                .page = VirtAddr{page << 12},
                .frame = PhysAddr{frame << 12},
                .cache_attribute = mapping.cache_attribute,
                .mapped = mapping.mapped});
}

// ---- context and events

void Decoder::Run::context() {
  const std::uint8_t flags = in.byte();
  if (flags >= 16 || (flags & 3) == 3) return stop("a context that does not exist");
  lane->place.mode = static_cast<Mode>(flags & 3);
  lane->place.in_refill = (flags & 4) != 0;
  if ((flags & 8) != 0) lane->place.asid = Asid{in.byte()};
}

void Decoder::Run::tlb_write() {
  const std::uint8_t flags = in.byte();
  const std::uint64_t index = in.number();
  TlbWords words;
  words.hi = in.relative(lane->expected_hi());
  words.lo0 = in.relative(lane->lo);
  words.lo1 = in.relative(words.lo0);
  const std::uint64_t mask = in.number();
  if (flags >= 2 || index >= kMaxTlbEntries || mask >> 51 != 0) {
    return stop("a TLB write that no TLB can do");
  }
  words.mask = mask << 13;
  const Time at = time(in, lane->retired);
  if (!going()) return;
  lane->lo = words.lo0;
  ++records;
  sink.tlb_write({.place = place_now(),
                  .at = at,
                  .is_random = flags != 0,
                  .index = static_cast<std::uint32_t>(index),
                  .entry = words});
}

void Decoder::Run::tlb_operation() {
  const std::uint8_t flags = in.byte();
  if (flags > 2) return stop("a TLB instruction of no known kind");
  const auto operation = static_cast<TlbOperation>(flags);
  const std::uint64_t value =
      in.relative(operation == TlbOperation::kProbe ? lane->expected_hi() : 0);
  const std::uint64_t found = in.number();
  if (found > kMaxTlbEntries) return stop("a probe that found an entry beyond any TLB");
  const Time at = time(in, lane->retired);
  if (!going()) return;
  std::optional<std::uint32_t> index;
  if (found != 0) index = static_cast<std::uint32_t>(found - 1);
  ++records;
  sink.tlb_operation(
      {.place = place_now(), .at = at, .operation = operation, .value = value, .index = index});
}

void Decoder::Run::exception() {
  const std::uint8_t flags = in.byte();
  const std::uint8_t code = in.byte();
  if ((flags & 7) > 4 || code > 31) return stop("an exception that does not exist");
  ExceptionRecord r{.place = place_now(),
                    .at = {},
                    .vector = static_cast<Vector>(flags & 7),
                    .code = code,
                    .in_delay_slot = (flags & 8) != 0,
                    .nested = (flags & 16) != 0,
                    .is_store = (flags & 32) != 0,
                    .enters_refill = (flags & 64) != 0,
                    .pc = VirtAddr{},
                    .bad_vaddr = std::nullopt};
  r.pc = in.relative(lane->next);
  if ((flags & 128) != 0) r.bad_vaddr = in.relative(lane->attempt);
  r.at = time(in, lane->retired_before(r.pc));
  if (!going()) return;
  lane->took(r);
  ++records;
  sink.exception(r);
}

void Decoder::Run::eret() {
  const std::uint8_t flags = in.byte();
  if (flags >= 8 || (flags & 3) == 3) return stop("a return to a mode that does not exist");
  EretRecord r{.place = place_now(),
               .at = {},
               .to = static_cast<Mode>(flags & 3),
               .stays_in_refill = (flags & 4) != 0,
               .target = in.relative(lane->epc)};
  r.at = time(in, lane->retired);
  if (!going()) return;
  lane->returned(r);
  ++records;
  sink.eret(r);
}

void Decoder::Run::cpu() {
  const std::uint64_t number = in.number();
  if (!going()) return;
  if (number >= lanes.size() || lanes[number] == nullptr) {
    return stop("a CPU whose state the block does not give");
  }
  lane = lanes[number].get();
}

void Decoder::Run::dma() {
  const std::uint8_t flags = in.byte();
  const std::uint64_t device = in.number();
  const std::uint64_t at = in.relative(dma_at);
  const std::uint64_t size = in.number();
  if (flags > 1 || device > 0xffffffff || at >> 40 != 0) {
    return stop("a DMA that no device can do");
  }
  if (!going()) return;
  dma_at = at;
  ++records;
  sink.dma({.device = static_cast<std::uint32_t>(device),
            .size = size,
            .is_write = flags != 0,
            .pa = PhysAddr{at},
            .instruction = promise.first_instruction + (instructions > 0 ? instructions - 1 : 0)});
}

// ---- extended records

void Decoder::Run::extended() {
  const std::uint64_t which = in.number();
  const std::uint64_t length = in.number();
  const ByteSource part = in.take(length);
  if (!going()) return;
  switch (which) {
    case static_cast<unsigned>(Extended::kState): return state(part);
    case static_cast<unsigned>(Extended::kMark): return mark(part);
    case static_cast<unsigned>(Extended::kVcpu): return vcpu(part);
    case static_cast<unsigned>(Extended::kCacheOperation): return cache_operation(part);
    default: return;  // of a later version; to be skipped
  }
}

void Decoder::Run::state(ByteSource part) {
  StateRecord r;
  const std::uint64_t cpu = part.number();
  r.at.cycle = part.number();
  r.at.retired = part.number();
  const std::uint8_t flags = part.byte();
  r.place.asid = Asid{part.byte()};
  const std::uint64_t vm = part.number(), vcpu = part.number();
  r.next = VirtAddr{part.number()};
  r.epc = VirtAddr{part.number()};
  const std::uint64_t wired = part.number();
  r.tlb.random_base = part.number();
  r.tlb.lfsr = part.number();
  std::uint64_t last_index = 0;
  for (std::uint64_t index = part.number(); index != 0; index = part.number()) {
    if (index > kMaxTlbEntries || index <= last_index) return stop("TLB entries out of order");
    last_index = index;
    TlbState::Entry entry{.index = static_cast<std::uint32_t>(index - 1), .words = {}};
    entry.words = {part.number(), part.number(), part.number(), part.number() << 13};
    r.tlb.entries.push_back(entry);
  }
  if (part.failed() || !part.at_end() || flags >= 8 || (flags & 3) == 3 || vm > 0x7fffffff ||
      vcpu > 0x7fffffff || wired >= 2 * kMaxTlbEntries) {
    return stop("the state of a CPU that makes no sense");
  }
  if (cpu >= lanes.size()) return stop("a CPU beyond those of the header");
  if (lanes[cpu] != nullptr) return stop("the state of a CPU a second time");
  r.tlb.wired = static_cast<std::uint32_t>(wired);
  r.place.cpu = CpuId{static_cast<std::uint32_t>(cpu)};
  r.place.mode = static_cast<Mode>(flags & 3);
  r.place.in_refill = (flags & 4) != 0;
  r.place.vm = static_cast<std::int32_t>(vm) - 1;
  r.place.vcpu = static_cast<std::int32_t>(vcpu) - 1;
  lanes[cpu] = std::make_unique<Lane>();
  Lane& l = *lanes[cpu];
  l.place = r.place;
  l.next = r.next;
  l.epc = r.epc;
  l.cycle = r.at.cycle;
  l.retired = r.at.retired;
  r.place.instruction = promise.first_instruction;
  ++records;
  sink.state(r);
}

void Decoder::Run::cache_operation(ByteSource part) {
  if (lane == nullptr) return stop("a cache operation before any CPU was named");
  CacheOperationRecord r;
  const std::uint8_t flags = part.byte();
  r.operation = flags & 31;
  r.va = part.relative(lane->data);
  if ((flags & 32) != 0) r.pa = PhysAddr{part.number()};
  if (part.failed() || !part.at_end() || flags > 63 || (r.pa && r.pa->bits() >> 40 != 0)) {
    return stop("a cache operation that makes no sense");
  }
  r.place = place_now();
  ++records;
  sink.cache_operation(r);
}

void Decoder::Run::mark(ByteSource part) {
  if (lane == nullptr) return stop("a mark before any CPU was named");
  MarkRecord r;
  const std::uint64_t id = part.number();
  r.pc = part.relative(lane->next);
  r.at = time(part, lane->retired);
  if (part.failed() || !part.at_end() || id > 0xffffffff) return stop("a mark that makes no sense");
  r.id = static_cast<std::uint32_t>(id);
  r.place = place_now();
  ++records;
  sink.mark(r);
}

void Decoder::Run::vcpu(ByteSource part) {
  if (lane == nullptr) return stop("a VCPU before any CPU was named");
  const std::uint64_t vm = part.number(), vcpu = part.number();
  if (part.failed() || !part.at_end() || vm > 0x7fffffff || vcpu > 0x7fffffff) {
    return stop("a VCPU that makes no sense");
  }
  lane->place.vm = static_cast<std::int32_t>(vm) - 1;
  lane->place.vcpu = static_cast<std::int32_t>(vcpu) - 1;
}

Result<Nothing, Error> Decoder::decode(std::span<const std::uint8_t> bytes,
                                       const BlockPromise& promise, RecordSink& sink) {
  for (auto& lane : lanes_) lane.reset();
  Run run{.lanes = lanes_, .promise = promise, .sink = sink, .in = ByteSource{bytes}};
  std::size_t at = 0;
  for (std::uint64_t steps = 0; run.going() && !run.in.at_end(); ++steps) {
    at = run.in.position();
    run.record();
    if (run.records > promise.records) run.stop("more records than the block's header promises");
    if (steps > kMaxIdle + run.records * (kMaxIdlePerRecord + 1))
      run.stop("the block is made of records that tell nothing");
  }
  if (run.wrong == nullptr && run.in.failed()) run.wrong = "a record is cut short";
  if (run.wrong == nullptr && run.instructions != promise.instructions) {
    run.wrong = "fewer instructions than the block's header promises";
  }
  if (run.wrong == nullptr && run.records != promise.records) {
    run.wrong = "another number of records than the block's header promises";
  }
  if (run.wrong == nullptr) return Nothing{};
  return Failure{Error{.code = ErrorCode::kInput,
                       .where = "byte " + std::to_string(at),
                       .what = run.wrong,
                       .remedy = ""}};
}

}  // namespace traces
