#include "tests/traces/fake_machine.hpp"

namespace test {

namespace {
constexpr std::uint64_t kV = 2, kD = 4, kCached = 3 << 3;
constexpr std::uint64_t kKernel = 0xffffffff80000000;
constexpr unsigned kRefillInstructions = 9;
}  // namespace

FakeMachine::Cpu::Cpu(std::uint32_t number, const FakeConfig& config)
    : id{number}, tlb{config.tlb}, choose{config.seed * 977 + number} {
  for (unsigned i = 0; i < 3; ++i) {
    processes[i].asid = 1 + 3 * number + i;
    processes[i].pc = processes[i].loop = 0x10000 + 0x1000 * i;
  }
}

FakeMachine::FakeMachine(const FakeConfig& config) : config_{config} {
  for (std::uint32_t i = 0; i < config.cpus; ++i) cpus_.emplace_back(i, config);
}

// ---- what a recorder asks

traces::TlbState FakeMachine::tlb(CpuId cpu) {
  const mmu::Tlb& tlb = cpus_[index_of(cpu)].tlb;
  const auto replacement = tlb.replacement();
  traces::TlbState state{.wired = replacement.wired,
                         .random_base = replacement.random_base,
                         .lfsr = replacement.lfsr,
                         .entries = {}};
  for (std::uint32_t i = 0; i < tlb.entries(); ++i) {
    const mmu::TlbImage image = tlb.read(i);
    if (!tlb.is_live(i)) continue;
    state.entries.push_back(
        {i, {image.entry_hi, image.entry_lo0, image.entry_lo1, image.page_mask}});
  }
  return state;
}

traces::StateRecord FakeMachine::context(CpuId cpu) {
  Cpu& c = cpus_[index_of(cpu)];
  traces::StateRecord state;
  state.place.mode = c.mode;
  state.place.asid = Asid{static_cast<std::uint8_t>(c.now().asid)};
  state.at = {.cycle = c.cycle, .retired = c.retired};
  state.next = VirtAddr{c.now().pc};
  return state;
}

// ---- the program

void FakeMachine::run(std::uint64_t instructions) {
  for (std::uint64_t done = 0; done < instructions;) {
    for (Cpu& c : cpus_) {
      for (unsigned i = 0; i < 40; ++i, ++done) step(c);
    }
  }
}

void FakeMachine::step(Cpu& c) {
  Process& p = c.now();
  const std::uint64_t pc = p.pc;
  access(c, ReferenceKind::kFetch, pc);
  if (pc % 16 == 8) {
    if (config_.regular) {
      p.cursor = (p.cursor + 8) % (config_.pages * 4096);
      access(c, pc % 32 == 8 ? ReferenceKind::kLoad : ReferenceKind::kStore, 0x400000 + p.cursor);
      return complete(c, pc);
    }
    std::uint64_t page = p.cursor;
    if (chance(c, 4)) page = c.choose() % config_.pages;
    p.cursor = (p.cursor + (chance(c, 3) ? 1 : 0)) % config_.pages;
    const std::uint64_t va =
        0x400000 + page * 4096 + c.choose() % 512 * 8 + (page % 7 == 3 ? 1 << 24 : 0);
    static constexpr ReferenceKind kKinds[] = {ReferenceKind::kLoad, ReferenceKind::kLoad,
                                               ReferenceKind::kStore, ReferenceKind::kLoadLinked,
                                               ReferenceKind::kStoreConditional};
    access(c, kKinds[c.choose() % 5], va);
  }
  complete(c, pc);
}

void FakeMachine::complete(Cpu& c, std::uint64_t pc) {
  Process& p = c.now();
  ++c.retired, ++c.cycle;
  p.pc = pc + 4;
  if (pc >= p.loop + 60) {
    p.pc = p.loop;
    if (chance(c, 50)) p.loop = 0x10000 + c.choose() % 64 * 0x400, p.pc = p.loop;
  }
  if (chance(c, 700)) system_call(c);
}

void FakeMachine::access(Cpu& c, ReferenceKind kind, std::uint64_t va) {
  while (!attempt(c, kind, va)) {
    // The kernel has been there: the instruction starts again.
    if (kind != ReferenceKind::kFetch) {
      while (!attempt(c, ReferenceKind::kFetch, c.now().pc)) {
      }
    }
  }
}

bool FakeMachine::attempt(Cpu& c, ReferenceKind kind, std::uint64_t va) {
  ++references_;
  const bool store = kind == ReferenceKind::kStore || kind == ReferenceKind::kStoreConditional;
  const auto access = kind == ReferenceKind::kFetch ? mmu::Access::kFetch
                      : store                       ? mmu::Access::kStore
                                                    : mmu::Access::kLoad;
  const mmu::AddressSpace space{
      .mode = Mode::kUser, .ux = true, .asid = Asid{static_cast<std::uint8_t>(c.now().asid)}};
  const auto mapped = mmu::translate(c.tlb, space, VirtAddr{va}, access);
  if (mapped) {
    report(c, kind, va, *mapped);
    return true;
  }
  exception(c, kind, va, mapped.error().kind);
  return false;
}

void FakeMachine::report(Cpu& c, ReferenceKind kind, std::uint64_t va, const mmu::Mapped& at) {
  if (observer_ == nullptr) return;
  observer_->on_reference({.cpu = c.id,
                           .cycle = Cycles{c.cycle},
                           .kind = kind,
                           .mode = c.mode,
                           .asid = Asid{static_cast<std::uint8_t>(c.now().asid)},
                           .size = static_cast<std::uint8_t>(kind == ReferenceKind::kFetch ? 4 : 8),
                           .cache_attribute = at.cache_attribute,
                           .mapped = at.mapped,
                           .va = VirtAddr{va},
                           .pa = at.at});
}

// ---- the kernel

/// Straight kernel code in kseg0 that loads once.
void FakeMachine::kernel(Cpu& c, std::uint64_t pc, unsigned instructions, std::uint64_t data) {
  for (unsigned i = 0; i < instructions; ++i, pc += 4) {
    report(c, ReferenceKind::kFetch, pc, {.at = PhysAddr{pc - kKernel}, .cache_attribute = 3});
    if (i == 2) {
      report(c, ReferenceKind::kLoad, kKernel + data, {.at = PhysAddr{data}, .cache_attribute = 3});
    }
    ++c.retired, ++c.cycle;
  }
}

void FakeMachine::enter(Cpu& c, std::uint8_t code, Vector vector, bool refill, ReferenceKind kind,
                        std::uint64_t va) {
  c.cycle += 5;
  const Mode from = c.mode;
  c.mode = Mode::kKernel;
  if (observer_ == nullptr) return;
  const bool store = kind == ReferenceKind::kStore || kind == ReferenceKind::kStoreConditional;
  observer_->on_exception({.at = moment(c),
                           .from = from,
                           .vector = vector,
                           .code = hardware::ExceptionCode{code},
                           .in_delay_slot = false,
                           .nested = false,
                           .is_store = store,
                           .is_fetch = kind == ReferenceKind::kFetch && code != 8,
                           .is_refill = refill,
                           .pc = VirtAddr{c.now().pc},
                           .bad_vaddr = VirtAddr{va},
                           .asid = Asid{static_cast<std::uint8_t>(c.now().asid)},
                           .entry_cost = Cycles{5}});
}

void FakeMachine::leave(Cpu& c) {
  ++c.retired, c.cycle += 4;
  c.mode = Mode::kUser;
  if (observer_ == nullptr) return;
  observer_->on_eret({.at = moment(c),
                      .to = Mode::kUser,
                      .target = VirtAddr{c.now().pc},
                      .asid = Asid{static_cast<std::uint8_t>(c.now().asid)}});
}

void FakeMachine::exception(Cpu& c, ReferenceKind kind, std::uint64_t va, mmu::FaultKind fault) {
  const bool store = kind == ReferenceKind::kStore || kind == ReferenceKind::kStoreConditional;
  const unsigned access = kind == ReferenceKind::kFetch ? 0 : store ? 2 : 1;
  const std::uint8_t code = fault == mmu::FaultKind::kModified ? 1 : store ? 3 : 2;
  if (fault == mmu::FaultKind::kRefill) {
    ++misses_.refills[static_cast<unsigned>(c.mode)][access];
    enter(c, code, Vector::kXtlbRefill, true, kind, va);
    refill(c, va);
  } else {
    ++(fault == mmu::FaultKind::kInvalid ? misses_.invalids : misses_.modifieds);
    enter(c, code, Vector::kGeneral, false, kind, va);
    page_fault(c, va, store);
  }
  leave(c);
}

FakeMachine::Pte& FakeMachine::pte(std::uint64_t asid, std::uint64_t va) {
  return ptes_[asid << 40 | va >> (12 + 2 * size_of(va))];
}

mmu::TlbImage FakeMachine::image_for(std::uint64_t asid, std::uint64_t va) {
  const std::uint64_t bytes = 4096ull << (2 * size_of(va));
  const std::uint64_t pair = va & ~(2 * bytes - 1);
  const auto lo = [&](std::uint64_t at) {
    const Pte& p = pte(asid, at);
    return p.frame << 6 << (2 * size_of(va)) | kCached | (p.valid ? kV : 0) | (p.dirty ? kD : 0);
  };
  return {.entry_hi = pair | asid,
          .entry_lo0 = lo(pair),
          .entry_lo1 = lo(pair + bytes),
          .page_mask = size_of(va) != 0 ? 0x6000u : 0u};
}

void FakeMachine::refill(Cpu& c, std::uint64_t va) {
  const std::uint64_t asid = c.now().asid;
  kernel(c, kKernel + 0x80, kRefillInstructions, 0x100000 + (va >> 9 & 0xffff8) % 0x80000);
  const mmu::TlbImage image = image_for(asid, va);
  const auto written = c.tlb.write_random(image, c.retired);
  ++c.retired, ++c.cycle;
  if (observer_ != nullptr) {
    observer_->on_tlb_write({.at = moment(c),
                             .mode = c.mode,
                             .is_random = true,
                             .index = written.index,
                             .entry_hi = image.entry_hi,
                             .entry_lo0 = image.entry_lo0,
                             .entry_lo1 = image.entry_lo1,
                             .page_mask = image.page_mask});
  }
}

void FakeMachine::write_indexed(Cpu& c, std::uint32_t index, const mmu::TlbImage& image) {
  c.tlb.write(index, image);
  ++c.retired, ++c.cycle;
  if (observer_ == nullptr) return;
  observer_->on_tlb_write({.at = moment(c),
                           .mode = c.mode,
                           .is_random = false,
                           .index = index,
                           .entry_hi = image.entry_hi,
                           .entry_lo0 = image.entry_lo0,
                           .entry_lo1 = image.entry_lo1,
                           .page_mask = image.page_mask});
}

/// Makes the page valid (or, of a store, dirty) and puts it where tlbp finds it.
void FakeMachine::page_fault(Cpu& c, std::uint64_t va, bool store) {
  const std::uint64_t asid = c.now().asid;
  kernel(c, kKernel + 0x180, 40, 0x8000);
  Pte& p = pte(asid, va);
  if (!p.valid) p = {.frame = next_frame_++, .valid = true, .dirty = false};
  if (store) p.dirty = true;
  const mmu::TlbImage image = image_for(asid, va);
  const auto at = c.tlb.probe(image.entry_hi);
  ++c.retired, ++c.cycle;
  if (observer_ != nullptr) {
    observer_->on_tlb_operation({.at = moment(c),
                                 .mode = c.mode,
                                 .operation = TlbOperation::kProbe,
                                 .value = image.entry_hi,
                                 .index = at});
  }
  if (at) write_indexed(c, *at, image);
}

void FakeMachine::system_call(Cpu& c) {
  const std::uint64_t what = c.choose() % 8;
  const std::uint64_t argument = c.choose();
  enter(c, 8, Vector::kGeneral, false, ReferenceKind::kFetch, 0);
  kernel(c, kKernel + 0x180, 20 + static_cast<unsigned>(what), 0x9000);
  if (what == 0) flush(c);
  if (what == 1 || what == 2) unmap(c, 0x400000 + argument % config_.pages * 4096);
  if (what == 3) {
    const auto wired = static_cast<std::uint32_t>(argument % 4);
    c.tlb.set_wired(wired, c.retired);
    ++c.retired, ++c.cycle;
    if (observer_ != nullptr) {
      observer_->on_tlb_operation({.at = moment(c),
                                   .mode = c.mode,
                                   .operation = TlbOperation::kWired,
                                   .value = wired,
                                   .index = std::nullopt});
    }
  }
  c.now().pc += 4;
  if (what >= 4) c.running = static_cast<unsigned>(argument % 3);
  leave(c);
}

/// All entries from Wired up, as a kernel does that knows how many there are.
void FakeMachine::flush(Cpu& c) {
  for (std::uint32_t i = c.tlb.wired(); i < c.tlb.entries(); ++i) {
    write_indexed(c, i, {.entry_hi = 0xc0000fff80000000 + (std::uint64_t{i} << 13)});
  }
}

void FakeMachine::unmap(Cpu& c, std::uint64_t va) {
  const std::uint64_t asid = c.now().asid;
  pte(asid, va) = {};
  const mmu::TlbImage image = image_for(asid, va);
  const auto at = c.tlb.probe(image.entry_hi);
  ++c.retired, ++c.cycle;
  if (observer_ != nullptr) {
    observer_->on_tlb_operation({.at = moment(c),
                                 .mode = c.mode,
                                 .operation = TlbOperation::kProbe,
                                 .value = image.entry_hi,
                                 .index = at});
  }
  if (at) write_indexed(c, *at, {.entry_hi = 0xc0000fff80000000 + (std::uint64_t{*at} << 13)});
}

}  // namespace test
