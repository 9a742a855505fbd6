#include "traces/recorder.hpp"

#include "hardware/r10000/exceptions.hpp"

namespace traces {

namespace {

using namespace hardware;

ReferenceKind attempted_kind(const ExceptionEvent& e) {
  if (e.is_fetch) return ReferenceKind::kFetch;
  return e.is_store || e.code == ExceptionCode::kMod ? ReferenceKind::kStore : ReferenceKind::kLoad;
}

unsigned privilege(Mode mode) { return static_cast<unsigned>(mode); }  // user < supervisor < kernel

constexpr const char* kModeNames[] = {"user", "supervisor", "kernel"};
constexpr const char* kAccessNames[] = {"fetch", "load", "store"};

std::string refill_key(unsigned mode, unsigned access) {
  return std::string{"live.refill."} + kModeNames[mode] + "." + kAccessNames[access];
}

}  // namespace

// ---- what the machine counted

std::uint64_t LiveMisses::all_refills() const {
  std::uint64_t sum = 0;
  for (const auto& mode : refills) {
    for (std::uint64_t n : mode) sum += n;
  }
  return sum;
}

void LiveMisses::add_to(TextLines& lines) const {
  for (unsigned mode = 0; mode < 3; ++mode) {
    for (unsigned access = 0; access < 3; ++access) {
      lines.add(refill_key(mode, access), refills[mode][access]);
    }
  }
  lines.add("live.invalid", invalids);
  lines.add("live.modified", modifieds);
}

std::optional<LiveMisses> LiveMisses::parse(const TextLines& lines) {
  LiveMisses live;
  bool complete = true;
  const auto read = [&](const std::string& key, std::uint64_t& into) {
    const auto value = lines.number(key);
    complete = complete && value.has_value();
    into = value.value_or(0);
  };
  for (unsigned mode = 0; mode < 3; ++mode) {
    for (unsigned access = 0; access < 3; ++access) {
      read(refill_key(mode, access), live.refills[mode][access]);
    }
  }
  read("live.invalid", live.invalids);
  read("live.modified", live.modifieds);
  if (!complete) return std::nullopt;
  return live;
}

// ---- blocks

Recorder::Recorder(Writer& writer, StateSource& source, std::uint32_t cpus,
                   const StateDigest& digest)
    : writer_{writer}, source_{source}, cpus_(cpus) {
  std::vector<StateRecord> states;
  for (std::uint32_t i = 0; i < cpus; ++i) {
    StateRecord state = source_.context(CpuId{i});
    state.place.cpu = CpuId{i};
    state.place.in_refill = false;
    state.tlb = source_.tlb(CpuId{i});
    cpus_[i].place = state.place;
    states.push_back(std::move(state));
  }
  writer_.begin_block(states, digest);
}

void Recorder::cut(const StateDigest& digest) {
  std::vector<StateRecord> states;
  for (std::uint32_t i = 0; i < cpus_.size(); ++i) {
    states.push_back(writer_.records().resume_state(CpuId{i}));
    states.back().tlb = source_.tlb(CpuId{i});
  }
  writer_.begin_block(states, digest);
}

void Recorder::set_vcpu(CpuId cpu, std::int32_t vm, std::int32_t vcpu) {
  cpu_of(cpu).place.vm = vm;
  cpu_of(cpu).place.vcpu = vcpu;
}

TextLines TraceTotals::lines() const {
  TextLines lines;
  static constexpr const char* kKinds[] = {"fetches", "loads", "stores", "load-linked",
                                           "store-conditional"};
  for (unsigned i = 0; i < 5; ++i) lines.add(std::string{"total."} + kKinds[i], references[i]);
  lines.add("total.exceptions", exceptions);
  lines.add("total.erets", erets);
  lines.add("total.tlb-writes", tlb_writes);
  lines.add("total.dma", dmas);
  lines.add("total.cache-operations", cache_operations);
  live.add_to(lines);
  return lines;
}

// ---- events

void Recorder::on_reference(const Reference& r) {
  // A TLB is what the events so far made of it exactly when an instruction begins.
  if (r.kind == ReferenceKind::kFetch && writer_.block_is_full()) cut({});
  Cpu& cpu = cpu_of(r.cpu);
  cpu.place.mode = r.mode;
  cpu.place.asid = r.asid;
  ++totals_.references[static_cast<unsigned>(r.kind)];
  writer_.records().reference({.place = cpu.place,
                               .kind = r.kind,
                               .size = r.size,
                               .cache_attribute = r.cache_attribute,
                               .mapped = r.mapped,
                               .translated = true,
                               .va = r.va,
                               .pa = r.pa});
}

void Recorder::count_miss(const ExceptionEvent& e) {
  if (e.code == ExceptionCode::kMod) {
    ++totals_.live.modifieds;
  } else if (!e.is_refill) {
    ++totals_.live.invalids;
  } else {
    const unsigned access = e.is_fetch ? 0 : e.is_store ? 2 : 1;
    ++totals_.live.refills[static_cast<unsigned>(e.from)][access];
  }
}

void Recorder::enter_refill(Cpu& cpu, const ExceptionEvent& e) {
  if (cpu.in_refill || !e.is_refill) return;
  cpu.in_refill = true;
  cpu.refill_from = e.from;
  cpu.refill_epc = e.in_delay_slot ? e.pc - 4 : e.pc;
}

void Recorder::on_exception(const ExceptionEvent& e) {
  Cpu& cpu = cpu_of(e.at.cpu);
  cpu.place.mode = e.from;
  cpu.place.asid = e.asid;
  if (is_tlb_exception(e.code)) {
    count_miss(e);
    writer_.records().reference({.place = cpu.place,
                                 .kind = attempted_kind(e),
                                 .size = 0,
                                 .cache_attribute = 0,
                                 .mapped = true,
                                 .translated = false,
                                 .va = e.bad_vaddr,
                                 .pa = PhysAddr{}});
    enter_refill(cpu, e);
  }
  ++totals_.exceptions;
  writer_.records().exception(
      {.place = cpu.place,
       .at = {.cycle = e.at.cycle.count(), .retired = e.at.retired},
       .vector = e.vector,
       .code = number_of(e.code),
       .in_delay_slot = e.in_delay_slot,
       .nested = e.nested,
       .is_store = e.is_store,
       .enters_refill = cpu.in_refill,
       .pc = e.pc,
       .bad_vaddr = has_bad_vaddr(e.code) ? std::optional{e.bad_vaddr} : std::nullopt});
  cpu.place.mode = Mode::kKernel;
  cpu.place.in_refill = cpu.in_refill;
}

void Recorder::on_eret(const EretEvent& e) {
  Cpu& cpu = cpu_of(e.at.cpu);
  cpu.place.asid = e.asid;
  if (cpu.in_refill) {
    const bool back = e.to == cpu.refill_from && e.target == cpu.refill_epc;
    const bool elsewhere = privilege(e.to) < privilege(cpu.refill_from);
    // From user mode every return to user mode ends it, be it to another process.
    const bool other_user = e.to == Mode::kUser && cpu.refill_from == Mode::kUser;
    if (back || elsewhere || other_user) cpu.in_refill = false;
  }
  ++totals_.erets;
  writer_.records().eret({.place = cpu.place,
                          .at = {.cycle = e.at.cycle.count(), .retired = e.at.retired},
                          .to = e.to,
                          .stays_in_refill = cpu.in_refill,
                          .target = e.target});
  cpu.place.mode = e.to;
  cpu.place.in_refill = cpu.in_refill;
}

void Recorder::on_tlb_write(const TlbWriteEvent& e) {
  Cpu& cpu = cpu_of(e.at.cpu);
  cpu.place.mode = e.mode;
  cpu.place.asid = Asid{static_cast<std::uint8_t>(e.entry_hi)};
  ++totals_.tlb_writes;
  writer_.records().tlb_write(
      {.place = cpu.place,
       .at = {.cycle = e.at.cycle.count(), .retired = e.at.retired},
       .is_random = e.is_random,
       .index = e.index,
       .entry = {.hi = e.entry_hi, .lo0 = e.entry_lo0, .lo1 = e.entry_lo1, .mask = e.page_mask}});
}

void Recorder::on_tlb_operation(const TlbOperationEvent& e) {
  Cpu& cpu = cpu_of(e.at.cpu);
  cpu.place.mode = e.mode;
  writer_.records().tlb_operation({.place = cpu.place,
                                   .at = {.cycle = e.at.cycle.count(), .retired = e.at.retired},
                                   .operation = e.operation,
                                   .value = e.value,
                                   .index = e.index});
}

void Recorder::on_mark(const MarkEvent& e) {
  if (vcpu_changed_ && e.id == vcpu_mark_) return vcpu_changed_(e.at.cpu);
  Cpu& cpu = cpu_of(e.at.cpu);
  cpu.place.mode = e.mode;
  cpu.place.asid = e.asid;
  writer_.records().mark({.place = cpu.place,
                          .at = {.cycle = e.at.cycle.count(), .retired = e.at.retired},
                          .id = mark_number_ ? mark_number_(e) : e.id,
                          .pc = e.pc});
}

void Recorder::dma(std::uint32_t device, PhysAddr pa, std::uint64_t size, bool is_write) {
  ++totals_.dmas;
  writer_.records().dma(
      {.device = device, .size = size, .is_write = is_write, .pa = pa, .instruction = 0});
}

void Recorder::on_dma(const DmaEvent& e) { dma(0, PhysAddr{e.at.bits()}, e.bytes, e.is_write); }

void Recorder::on_cache_operation(const CacheOperationEvent& e) {
  Cpu& cpu = cpu_of(e.at.cpu);
  cpu.place.mode = e.mode;
  ++totals_.cache_operations;
  writer_.records().cache_operation(
      {.place = cpu.place, .operation = e.operation, .va = e.va, .pa = e.pa});
}

}  // namespace traces
