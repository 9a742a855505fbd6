// The monitor's core with four CPUs that are interleaved at every shared access, doing anything at
// random: guests load, store, map, doze, use the FPU, crash and start again; pages are moved and
// watched under them by all CPUs. Judge is a naive model: what each VM last stored in each page.
#include <cstdlib>
#include <map>

#include "disco/core/life/life.hpp"
#include "disco/core/sched/dispatch.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"
#include "disco/host/trial_boot.hpp"
#include "machine/boot/device_tree.hpp"
#include "numa/reserved_memory.hpp"
#include "tests/disco/interleaved_cpus.hpp"
#include "tests/machine/machine_program.hpp"
#include "tests/support/catch.hpp"

namespace disco::test {

namespace {

constexpr unsigned kCpus = 4, kNodes = 2, kMostVms = 6;
constexpr std::uint64_t kNodeRam = 24 * kMiB, kGuestBytes = 2 * kMiB, kImageEnd = 0x13000;
constexpr std::uint64_t kFirstPage = 300, kPages = 24;  // of guest memory, that are played with

/// What is put into the machine's memory, and the model of what guests put into theirs.
class World {
 public:
  World(std::uint64_t seed, std::uint64_t operations, const Sabotage& sabotage)
      : vms_{static_cast<unsigned>(1 + seed % kMostVms)},
        memory_{hardware::kNodeBytes + kNodeRam},
        cpus_{kCpus, seed},
        left_{operations} {
    load();
    make_monitor();
    for (unsigned n = 0; n < kNodes; ++n)
      free_at_first_.push_back(monitor_->memmap.node(n).free_pages());
    cpus_.sabotage = sabotage;
  }

  /// Empty, or what went wrong.
  std::string run() {
    cpus_.run([this](unsigned) { live(); });
    if (!cpus_.failure().empty()) return cpus_.failure();
    for (unsigned n = 0; n < kNodes; ++n) {
      const NodeMemory& node = monitor_->memmap.node(n);
      if (!node.is_sound()) return "the allocator's lists are not sound";
      if (node.free_pages() != free_at_first_[n]) return "pages were lost or gained";
    }
    return "";
  }
  const Counters& counters() const { return counters_; }
  std::uint64_t switches() const { return cpus_.switches(); }
  std::uint64_t starts() const { return starts_; }
  unsigned vms() const { return vms_; }

 private:
  Processor& here() { return *static_cast<Processor*>(cpus_.own_page()); }
  std::uint64_t below(std::uint64_t n) { return cpus_.random()() % n; }
  std::uint64_t* word(MachineAddr page) {
    return reinterpret_cast<std::uint64_t*>(memory_.data() + page.bits());
  }

  void load();
  void make_monitor();

  // ---- a CPU's life
  void live();
  TrapAnswer run_guest(Vcpu& vcpu);
  TrapAnswer operate(Vcpu& vcpu);
  TrapAnswer access(Vcpu& vcpu, VirtAddr va, std::uint64_t page, bool is_store);
  TrapAnswer access_mapped(Vcpu& vcpu);
  void map(Vcpu& vcpu);
  TrapAnswer use_fpu(Vcpu& vcpu);
  TrapAnswer doze(Vcpu& vcpu);
  void set_timer(Vcpu& vcpu);
  void move_or_watch();
  void check_time(Vcpu& vcpu);
  TrapAnswer enter(Vcpu& vcpu, ExceptionCode code, VirtAddr va, bool is_refill);

  unsigned vms_;
  numa::ReservedMemory memory_;
  InterleavedCpus cpus_;
  Counters counters_;
  std::uint64_t left_, starts_ = 0, running_name_ = 0;
  std::optional<Booted> booted_;
  Monitor* monitor_ = nullptr;
  MachineAddr tree_at_;
  std::vector<std::uint64_t> free_at_first_;
  struct Model {
    std::map<std::uint64_t, std::uint64_t> pages;
    std::uint64_t fpu = 0, time = 0;
    VirtAddr last_va{0x100000};  // that was used by a mapping
  };
  std::uint64_t last_page_[kMostVms] = {};  // that a VM used
  std::map<std::uint64_t, Model> models_;   // by VcpuName
};

void World::load() {
  machine::test::ElfMaker elf;
  elf.entry = 0xffffffffc0100000;
  elf.add(elf.entry, {0x11111111, 0x22222222});
  std::uint64_t at = 16 * kMiB;
  const auto place = [&](const std::vector<std::byte>& file) {
    std::copy(file.begin(), file.end(), memory_.data() + at);
    const machine::Extent extent{PhysAddr{at}, file.size()};
    at = (at + file.size() + kPageSize - 1) & ~(kPageSize - 1);
    return extent;
  };
  machine::TreeMachine guest;
  guest.memory_per_node = kGuestBytes;
  guest.clock_hz = 400'000'000;
  const auto kernel = place(elf.make());
  const auto guest_tree = place(*machine::build_tree(guest));
  machine::TreeMachine tree;
  tree.nodes = kNodes;
  tree.cpus_per_node = kCpus / kNodes;
  tree.memory_per_node = kNodeRam;
  tree.clock_hz = 400'000'000;
  tree.monitor = machine::TreeMonitor{64, false, {}};
  for (unsigned n = 0; n < vms_; ++n) {
    machine::TreeVm vm;
    vm.memory = kGuestBytes;
    vm.kernel = kernel;
    vm.tree = guest_tree;
    tree.monitor->vms.push_back(vm);
  }
  tree_at_ = MachineAddr{place(*machine::build_tree(tree)).at.bits()};
}

void World::make_monitor() {
  const BootInfo info{
      .tree = tree_at_, .image_end = MachineAddr{kImageEnd}, .alias_bytes = kImageEnd};
  booted_ = boot(info, MachineMemory{memory_.data()}, cpus_);
  REQUIRE(booted_->monitor != nullptr);
  monitor_ = booted_->monitor;
  monitor_->slice_ticks = 400;
  monitor_->always_move = vms_ == 1 || below(2) == 0;
  for (unsigned n = 0; n < kCpus; ++n) {
    new (cpus_.page_of(n))
        Processor{*monitor_, cpus_, counters_, n, n / (kCpus / kNodes), running_name_};
    monitor_->processors[n] = static_cast<Processor*>(cpus_.page_of(n));
  }
  for (unsigned n = 0; n < vms_; ++n) {
    monitor_->slots[n].restarts_left = ~0u;
    monitor_->slots[n].request.placement = static_cast<Placement>(n % 3);
    monitor_->slots[n].request.node = n % kNodes;
  }
}

void World::live() {
  schedule_own_vms(here());
  TrapAnswer answer = TrapAnswer::kHandled;
  for (;;) {
    Vcpu* const vcpu = dispatch(here(), answer);
    if (vcpu == nullptr) cpus_.finish();
    if (models_.count(vcpu->name.bits) == 0) {
      ++starts_;
      // IE = 0: interrupts wake it and are not delivered.
      vcpu->cp0[cp0::kStatus] = status::kKx | status::kCu1 | cause::kIpTimer;
      vcpu->refresh();
    }
    check_time(*vcpu);
    answer = run_guest(*vcpu);
  }
}

TrapAnswer World::enter(Vcpu& vcpu, ExceptionCode code, VirtAddr va, bool is_refill) {
  vcpu.context.cause = static_cast<std::uint64_t>(code) << 2 |
                       (code == ExceptionCode::kCpU ? std::uint64_t{1} << 28 : 0);
  vcpu.context.bad_vaddr = va.bits();
  return handle_trap(vcpu, is_refill ? TrapVector::kRefill : TrapVector::kGeneral);
}

TrapAnswer World::run_guest(Vcpu& vcpu) {
  for (;;) {
    if (cpus_.pending_interrupts() != 0) {
      const TrapAnswer answer = enter(vcpu, ExceptionCode::kInt, VirtAddr{}, false);
      if (answer != TrapAnswer::kHandled) return answer;
    }
    cpus_.progressed();
    if (left_ == 0) {
      vcpu.vm.slot().restarts_left = 0;
      return vcpu.stop_guest(StopCode::kStopped, "the test is over");
    }
    --left_;
    const TrapAnswer answer = operate(vcpu);
    if (answer != TrapAnswer::kHandled) return answer;
    cpus_.step();
  }
}

TrapAnswer World::operate(Vcpu& vcpu) {
  const std::uint64_t page = kFirstPage + below(kPages);
  switch (below(40)) {
    case 0: return doze(vcpu);
    case 1:
      return below(8) == 0 ? vcpu.stop_guest(StopCode::kStopped, "crash") : TrapAnswer::kYield;
    case 2: set_timer(vcpu); return TrapAnswer::kHandled;
    case 3:
    case 4: map(vcpu); return TrapAnswer::kHandled;
    case 5:
    case 6: return use_fpu(vcpu);
    case 7:
    case 8:
    case 9:
    case 10: move_or_watch(); return TrapAnswer::kHandled;
    case 11:
    case 12:
    case 13: return access(vcpu, VirtAddr{kXssegWindow + page * kPageSize}, page, below(2) == 0);
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
    case 19: return access(vcpu, VirtAddr{kCssegWindow + page * kPageSize}, page, below(2) == 0);
    default: return access_mapped(vcpu);
  }
}

// As the processor does it: an entry that allows it, or an exception and again.
TrapAnswer World::access(Vcpu& vcpu, VirtAddr va, std::uint64_t page, bool is_store) {
  const Asid asid = vcpu.cp0.asid();
  const std::uint64_t pc = vcpu.context.pc;
  for (int tries = 0; tries < 50; ++tries) {
    const RealEntry* const entry = cpus_.cpu().find(va, asid);
    const std::uint64_t half = (va.bits() & kPageSize) != 0;
    const std::uint64_t lo = entry == nullptr ? 0 : half != 0 ? entry->lo1 : entry->lo0;
    const auto code = is_store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL;
    TrapAnswer answer = TrapAnswer::kHandled;
    if ((lo & entry_lo::kValid) == 0) {
      answer = enter(vcpu, code, va, entry == nullptr);
    } else if (is_store && (lo & entry_lo::kDirty) == 0) {
      answer = enter(vcpu, ExceptionCode::kMod, va, false);
    } else {
      last_page_[vcpu.vm.slot().number] = page;
      std::uint64_t& value = models_[vcpu.name.bits].pages[page];
      std::uint64_t& stored = *word(FrameWord{lo}.page());
      if (stored != value)
        cpus_.fail("page " + std::to_string(page) + " of VM " +
                   std::to_string(vcpu.vm.slot().number) + " has another value than was stored");
      if (is_store) stored = value = cpus_.random()();
      return TrapAnswer::kHandled;
    }
    if (answer != TrapAnswer::kHandled) return answer;
    if (vcpu.context.pc != pc) {
      char text[200];
      std::snprintf(
          text, sizeof text,
          "the guest got exception %u for a %s at %llx that it may make (entry %llx %llx %llx)",
          static_cast<unsigned>(vcpu.cp0[cp0::kCause] >> 2 & 31), is_store ? "store" : "load",
          static_cast<unsigned long long>(va.bits()),
          static_cast<unsigned long long>(entry != nullptr ? entry->hi : 0),
          static_cast<unsigned long long>(lo), static_cast<unsigned long long>(page));
      cpus_.fail(text);
    }
    if (cpus_.pending_interrupts() != 0) return TrapAnswer::kHandled;  // it would come first
  }
  cpus_.fail("an access makes no progress");
}

TrapAnswer World::access_mapped(Vcpu& vcpu) {
  VirtAddr& last = models_[vcpu.name.bits].last_va;
  const VirtAddr va = below(2) == 0 ? last : VirtAddr{0x100000 + below(8) * kPageSize};
  last = va;
  const StoredEntry* const found = vcpu.tlb.find(va, vcpu.cp0.asid()).entry;
  if (found == nullptr) return TrapAnswer::kHandled;
  const std::uint64_t lo = found->lo_for(va);
  const std::uint64_t page =
      (frame_of(lo, found->size_class()) + va.offset_in(page_bytes_of(found->size_class())))
          .bits() /
      kPageSize;
  return access(vcpu, va, page, (lo & entry_lo::kDirty) != 0 && below(2) == 0);
}

void World::map(Vcpu& vcpu) {
  vcpu.cp0[cp0::kEntryHi] = below(2) + 1;
  vcpu.refresh();
  const unsigned size_class = below(4) == 0 ? 1 : 0;
  const std::uint64_t step = size_class == 0 ? 1 : 4;
  const auto lo = [&] {
    const std::uint64_t page = kFirstPage + below(kPages / step) * step;
    const std::uint64_t dirty = below(4) == 0 ? 0 : entry_lo::kDirty;
    return page << 6 | 5 << 3 | dirty | entry_lo::kValid;
  };
  const std::uint64_t pair = 2 * kPageSize * step;
  GuestEntry entry{.hi = 0x100000 + below(8 * kPageSize / pair) * pair,
                   .lo0 = lo(),
                   .lo1 = lo(),
                   .page_mask = page_mask_of(size_class)};
  entry.hi |= vcpu.cp0[cp0::kEntryHi];
  if (below(8) == 0) {
    entry.lo0 |= entry_lo::kGlobal;
    entry.lo1 |= entry_lo::kGlobal;
  }
  const VirtAddr hint{entry.hi & entry_hi::kVpn2};
  if (below(2) == 0) {
    vcpu.tlb.write_random(entry, hint);
  } else {
    vcpu.tlb.write_indexed(static_cast<unsigned>(below(8)), entry, hint);
  }
}

TrapAnswer World::use_fpu(Vcpu& vcpu) {
  if (!vcpu.owns_fpu) {
    const TrapAnswer answer = enter(vcpu, ExceptionCode::kCpU, VirtAddr{}, false);
    if (answer != TrapAnswer::kHandled) return answer;
  }
  Model& model = models_[vcpu.name.bits];
  if (cpus_.cpu().fpu.registers[3] != model.fpu) cpus_.fail("floating-point registers were lost");
  cpus_.cpu().fpu.registers[3] = model.fpu = cpus_.random()();
  return TrapAnswer::kHandled;
}

// Sometimes with a timer that was set long before.
TrapAnswer World::doze(Vcpu& vcpu) {
  const auto ahead = static_cast<std::uint32_t>(vcpu.cp0[cp0::kCompare]) - vcpu.count();
  const bool is_set = ahead < 5000 && (vcpu.cp0[cp0::kCause] & cause::kIpTimer) == 0;
  if (!is_set || below(2) == 0) set_timer(vcpu);
  vcpu.is_dozing = true;
  return TrapAnswer::kYield;
}

void World::set_timer(Vcpu& vcpu) {
  vcpu.cp0[cp0::kCause] &= ~cause::kIpTimer;
  vcpu.cp0[cp0::kCompare] = vcpu.count() + 20 + below(3000);
  vcpu.set_deadline();
}

void World::check_time(Vcpu& vcpu) {
  Model& model = models_[vcpu.name.bits];
  const std::uint64_t now = vcpu.count();
  if (now < model.time) cpus_.fail("virtual Count went back");
  model.time = now;
  const auto compare = static_cast<std::uint32_t>(vcpu.cp0[cp0::kCompare]);
  if ((vcpu.cp0[cp0::kCause] & cause::kIpTimer) != 0 && now < compare)
    cpus_.fail("the virtual timer came too early");
}

/// Another machine page for a page of some VM, or it becomes read-only until it is stored to.
void World::move_or_watch() {
  VmSlot& slot = monitor_->slots[below(vms_)];
  const std::uint64_t last = last_page_[slot.number];
  const std::uint64_t index = last != 0 && below(2) == 0 ? last : kFirstPage + below(kPages);
  const LockGuard guard{slot.life_lock, cpus_};
  if (slot.vcpu == nullptr) return;
  const bool watch = below(2) == 0;
  slot.vm->revoke(index, [&](FrameWord old) {
    if (old.is_absent()) return old;
    if (watch) return FrameWord::of(old.page(), PageRights::kReadOnly, FrameWord::kWatched);
    Memmap& memmap = monitor_->memmap;
    const auto page =
        memmap.take(static_cast<unsigned>(below(kNodes)), 0, PageState::kGuest, cpus_);
    if (!page) return old;
    std::copy_n(word(old.page()), kPageSize / 8, word(*page));
    memmap.give_back(old.page(), 1, cpus_);
    return FrameWord::of(*page, old.is_watched() ? PageRights::kReadOnly : PageRights::kReadWrite,
                         old.bits & FrameWord::kWatched);
  });
}

std::string play(std::uint64_t seed, std::uint64_t operations, const Sabotage& sabotage = {}) {
  World world{seed, operations, sabotage};
  const std::string failure = world.run();
  if (!failure.empty()) return failure;
  const Counters& c = world.counters();
  INFO("starts " << world.starts() << " switches " << world.switches());
  CHECK(world.starts() > 0);
  // With several VMs everything happens.
  const bool is_busy = c.shootdowns > 0 && c.watches_ended > 0 && c.steals > 0 && c.fpu_saves > 0 &&
                       c.slices_ended > 0;
  CHECK((world.vms() < 3 || is_busy));
  return "";
}

std::uint64_t seed_of_run() {
  const char* const text = std::getenv("DISCO_FUZZ_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

}  // namespace

TEST_CASE("Core: four CPUs interleaved at every step keep what guests stored", "[disco][smp]") {
  const std::uint64_t seed = seed_of_run() + GENERATE(0u, 1u, 2u, 3u, 4u, 5u);
  INFO("seed " << seed);
  CHECK(play(seed, 15'000) == "");
}

TEST_CASE("Core: a million operations", "[.][slow][smp]") {
  for (std::uint64_t seed = seed_of_run(); seed < seed_of_run() + 10; ++seed) {
    INFO("seed " << seed);
    CHECK(play(seed, 100'000) == "");
  }
}

TEST_CASE("Core: the judge notices what hardware that errs does", "[disco][smp]") {
  Sabotage sabotage;
  SECTION("a page that is not dropped") { sabotage.loses_drops = true; }
  SECTION("floating-point registers that are not saved") { sabotage.loses_fpu = true; }
  const std::string failure = play(7, 40'000, sabotage);
  INFO(failure);
  CHECK(failure != "");
}

}  // namespace disco::test
