// A VM in an array: guest page n lies in a machine page that has nothing to do with n, so that an
// address that skips the pmap is noticed.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "disco/core/sched/dispatch.hpp"
#include "disco/core/sched/round_robin.hpp"
#include "disco/core/traps/quick_trap.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"
#include "tests/disco/fake_hardware.hpp"

namespace disco::test {

struct VmOptions {
  std::uint64_t pages = 512;
  std::uint64_t l2_entries = 0;
  unsigned tlb_entries = 64;
  LargePages large_pages = LargePages::kOff;
  bool contiguous = false;  // machine pages in the guest's order, from 4 MB on
};

class VmFixture {
 public:
  explicit VmFixture(const VmOptions& options = {})
      : options_{options},
        memory_bytes_(machine_pages() * kPageSize),
        tables_(Pmap::storage_bytes(options.pages)),
        l2_(options.l2_entries),
        memory{memory_bytes_.data()},
        monitor{memory},
        processor{monitor, hardware, counters, 0, 0, running_name_},
        vm{make_slot(), processor, make_pmap(), {1, options.pages * kPageSize, 400'000'000}},
        vcpu{vm, processor, {options.tlb_entries, l2_, options.large_pages, 1, 0}, vm.pmap()} {
    slot_.vm = &vm;
    slot_.vcpu = &vcpu;
    vcpu.name = VcpuName::of(0, 0, 1);
    processor.running = &vcpu;
    processor.tlb_owner = vcpu.name.bits;
    vcpu.tlb_cpu = 0;
    vm.note_cpu(0);
    vcpu.cp0[cp0::kPrId] = 0x0930;
    vcpu.cp0[cp0::kConfig] = 3;
    vcpu.context.pc = kCssegWindow + 0x1000;
    vcpu.publish_miss_view();
    vcpu.refresh();
  }

  /// The machine page of guest page `n`.
  MachineAddr machine_page(std::uint64_t n) const {
    if (options_.contiguous) return MachineAddr{4 * kMiB + n * kPageSize};
    // An odd factor and a power of two: a permutation.
    return MachineAddr{(n * 37 % machine_pages()) * kPageSize};
  }

  /// Writes an instruction into guest memory.
  void put(PhysAddr at, std::uint32_t word) {
    const auto machine = vm.pmap().machine_address(at);
    REQUIRE(machine);
    for (unsigned n = 0; n < 4; ++n)
      memory.at(*machine)[n] = static_cast<std::byte>(word >> (24 - 8 * n));
  }
  static PhysAddr window(std::uint64_t va) { return PhysAddr{va - kCssegWindow}; }

  /// The instruction at the guest's pc traps: by itself, or (`branch` != 0) in the delay slot of
  /// it.
  TrapAnswer trap(ExceptionCode code, std::uint32_t word, std::uint32_t branch = 0,
                  unsigned coprocessor = 0) {
    const PhysAddr at = window(vcpu.context.pc);
    put(at, branch != 0 ? branch : word);
    if (branch != 0) put(at + 4, word);
    vcpu.context.cause = static_cast<std::uint64_t>(code) << 2 | std::uint64_t{coprocessor} << 28 |
                         (branch != 0 ? cause::kBd : 0);
    return enter(TrapVector::kGeneral);
  }
  TrapAnswer privileged(std::uint32_t word, std::uint32_t branch = 0) {
    return trap(ExceptionCode::kCpU, word, branch);
  }
  /// A miss on `va`, by the instruction at pc.
  TrapAnswer refill(ExceptionCode code, std::uint64_t va) {
    vcpu.context.cause = static_cast<std::uint64_t>(code) << 2;
    vcpu.context.bad_vaddr = va;
    return enter(TrapVector::kRefill);
  }
  TrapAnswer tlb_fault(ExceptionCode code, std::uint64_t va) {
    vcpu.context.cause = static_cast<std::uint64_t>(code) << 2;
    vcpu.context.bad_vaddr = va;
    return enter(TrapVector::kGeneral);
  }

  /// As the entry assembly: the quick paths first, with the registers that it saves; then all of
  /// them.
  TrapAnswer enter(TrapVector vector) {
    const GuestContext before = vcpu.context;
    constexpr std::uint64_t kPoison = 0x00bad0bad0bad0ba;
    const auto is_unsaved = [](unsigned n) { return (kUnsavedRegisters >> n & 1) != 0; };
    for (unsigned n = 0; n < 32; ++n) {
      if (is_unsaved(n)) vcpu.context.gpr[n] = kPoison;
    }
    const bool general = vector == TrapVector::kGeneral;
    if (general) vcpu.context.bad_vaddr = kPoison;
    const bool done = quick && (general ? quick_trap(vcpu) : quick_refill(vcpu));
    vcpu.context.bad_vaddr = before.bad_vaddr;
    for (unsigned n = 0; n < 32; ++n) {
      if (is_unsaved(n)) {
        REQUIRE(vcpu.context.gpr[n] == kPoison);
        vcpu.context.gpr[n] = before.gpr[n];
      } else if (!done) {
        REQUIRE(vcpu.context.gpr[n] == before.gpr[n]);
      }
    }
    if (done) {
      ++quick_answers;
      REQUIRE_FALSE(vcpu.interrupt_is_due());
      check_derived();
      return TrapAnswer::kHandled;
    }
    REQUIRE(vcpu.context.pc == before.pc);
    TrapAnswer answer = handle_trap(vcpu, vector);
    if (answer == TrapAnswer::kYield) {
      REQUIRE(dispatch(processor, answer) == &vcpu);
      answer = TrapAnswer::kHandled;
    }
    if (answer == TrapAnswer::kHandled) check_derived();
    return answer;
  }

  /// What is typed at the console comes, and interrupts.
  void type(std::initializer_list<std::uint8_t> bytes) {
    hardware.input.insert(hardware.input.end(), bytes);
    processor.take_interrupts();
    REQUIRE(take_posts(vcpu) == TrapAnswer::kHandled);
  }

  /// What is derived from the virtual registers is what they derive now (vcpu.hpp's invariant): the
  /// machine's Status and EntryHi, and what the assembly path may serve.
  void check_derived() {
    const GuestContext is = vcpu.context;
    vcpu.refresh();
    vcpu.publish_miss_view();
    const GuestContext& should = vcpu.context;
    REQUIRE(is.status == should.status);
    REQUIRE(is.entry_hi == should.entry_hi);
    REQUIRE(std::memcmp(&is.miss_view, &should.miss_view, sizeof is.miss_view) == 0);
    vcpu.context = is;
  }
  bool quick = true;
  unsigned quick_answers = 0;

 private:
  std::uint64_t machine_pages() const {
    std::uint64_t pages = 2048;
    while (pages < options_.pages + 1024) pages *= 2;
    return pages;
  }
  VmSlot& make_slot() {
    slot_.record = &record_;
    record_.starts = 1;
    slot_.request.cpus.insert(0);
    processors_[0] = &processor;
    monitor.policy = &policy_;
    monitor.cpus = monitor.cpus_per_node = 1;
    monitor.processors = processors_;
    monitor.slots = &slot_;
    monitor.vms = 1;
    monitor.vms_left = 1;
    monitor.slice_ticks = 1'000'000;
    monitor.options.large_pages = options_.large_pages == LargePages::kOn;
    return slot_;
  }
  Pmap make_pmap() {
    Pmap pmap{tables_, options_.pages};
    for (std::uint64_t n = 0; n < options_.pages; ++n)
      pmap.set_page(n, machine_page(n), PageRights::kReadWrite);
    return pmap;
  }

  VmOptions options_;
  std::vector<std::byte> memory_bytes_;
  std::vector<std::byte> tables_;
  std::vector<L2Tlb::Entry> l2_;
  VmSlot slot_;
  VmRecord record_;
  RoundRobin policy_;
  Processor* processors_[1] = {};
  std::uint64_t running_name_ = 0;

 public:
  FakeHardware hardware;
  Counters counters;
  MachineMemory memory;
  Monitor monitor;
  Processor processor;
  Vm vm;
  Vcpu vcpu;
};

// ---- encodings

constexpr std::uint32_t mfc0(unsigned rt, unsigned rd) { return 0x40000000u | rt << 16 | rd << 11; }
constexpr std::uint32_t dmfc0(unsigned rt, unsigned rd) {
  return 0x40200000u | rt << 16 | rd << 11;
}
constexpr std::uint32_t mtc0(unsigned rt, unsigned rd) { return 0x40800000u | rt << 16 | rd << 11; }
constexpr std::uint32_t dmtc0(unsigned rt, unsigned rd) {
  return 0x40a00000u | rt << 16 | rd << 11;
}
inline constexpr std::uint32_t kTlbr = 0x42000001, kTlbwi = 0x42000002, kTlbwr = 0x42000006,
                               kTlbp = 0x42000008, kEret = 0x42000018;
constexpr std::uint32_t cache(unsigned op, unsigned base, std::uint16_t offset) {
  return 0xbc000000u | base << 21 | op << 16 | offset;
}
/// Loads and stores by their primary opcode.
constexpr std::uint32_t memory_op(unsigned opcode, unsigned rt, unsigned base,
                                  std::uint16_t offset) {
  return opcode << 26 | base << 21 | rt << 16 | offset;
}
constexpr std::uint32_t branch_op(unsigned opcode, unsigned rs, unsigned rt, std::uint16_t words) {
  return opcode << 26 | rs << 21 | rt << 16 | words;
}

/// A guest EntryLo: 4 KB frame number and attributes.
constexpr std::uint64_t guest_lo(std::uint64_t page, std::uint64_t attributes) {
  return page << 6 | attributes;
}
inline constexpr std::uint64_t kVD = entry_lo::kValid | entry_lo::kDirty | 5 << 3;

}  // namespace disco::test
