// A guest that does anything at all: random instructions, registers, TLB entries and faults, thrown
// at the monitor. It may be stopped; the monitor may not fail, and its guest may never reach memory
// outside its pmap (FakeHardware and this test look at every real TLB entry).
#include <random>
#include <set>

#include "tests/disco/vm_fixture.hpp"

namespace disco::test {

namespace {

std::uint64_t strange_number(std::mt19937_64& random) {
  switch (random() % 10) {
    case 0: return random();
    case 8: return kCssegWindow + random() % (600 * kPageSize);
    case 9: return kCssegDevices + random() % 8;
    case 1: return random() % 16 << 13;
    case 2: return kCssegWindow + random() % (kCssegEnd - kCssegWindow);
    case 3: return kXssegWindow + random() % (std::uint64_t{1} << 45);
    case 4: return ~std::uint64_t{0} - random() % 0x20000000;
    case 5: return std::uint64_t{1} << random() % 64;
    case 6: return kCssegDevices + random() % 0x3000 / 4 * 4;
    default: return random() % 1024;
  }
}

/// Any word, with a taste for what the monitor emulates.
std::uint32_t strange_word(std::mt19937_64& random) {
  const auto word = static_cast<std::uint32_t>(random());
  switch (random() % 6) {
    case 0: return word;
    case 1: return 0x40000000u | (word & 0x01ffffffu);
    case 2: {
      constexpr std::uint32_t kTlbInstructions[] = {kTlbr, kTlbwi, kTlbwr, kTlbp, kEret};
      return random() % 8 == 0 ? 0x42000000u | (word & 0x3f) : kTlbInstructions[random() % 5];
    }
    case 3: return 0xbc000000u | (word & 0x03ffffffu);
    case 4: return (0x40800000u | (word & 0x003ff800u));
    default: return (0x20u + word % 32) << 26 | (word & 0x03ffffffu);
  }
}

ExceptionCode strange_code(std::mt19937_64& random) {
  constexpr ExceptionCode kLikely[] = {
      ExceptionCode::kCpU,  ExceptionCode::kCpU,  ExceptionCode::kCpU,
      ExceptionCode::kTlbL, ExceptionCode::kTlbS, ExceptionCode::kMod,
      ExceptionCode::kSys,  ExceptionCode::kInt,  ExceptionCode::kAdEL};
  return random() % 8 == 0 ? static_cast<ExceptionCode>(random() % 32)
                           : kLikely[random() % std::size(kLikely)];
}

class Fuzz {
 public:
  Fuzz(unsigned seed, const VmOptions& options) : random_{seed}, vm_{options} {
    for (std::uint64_t n = 0; n < options.pages; ++n) owned_.insert(vm_.machine_page(n).bits());
  }

  void step() {
    Vcpu& vcpu = vm_.vcpu;
    for (unsigned n = 1; n < 32; ++n) vcpu.context.gpr[n] = strange_number(random_);
    vcpu.context.pc = random_() % 4 == 0 ? strange_number(random_) & ~std::uint64_t{3}
                                         : kCssegWindow + random_() % 64 * 4;
    vcpu.context.bad_vaddr = strange_number(random_);
    // Left alone it would spend its life in user mode.
    if (random_() % 2 == 0)
      REQUIRE(vcpu.set_status(random_() & (status::kKx | status::kUx | status::kIm)) ==
              TrapAnswer::kHandled);
    if (random_() % 4 == 0)
      vcpu.cp0[cp0::kEntryLo0] = vcpu.cp0[cp0::kEntryLo1] =
          guest_lo(random_() % 600, random_() % 64);
    const std::uint32_t word = strange_word(random_);
    if (vcpu.context.pc - kCssegWindow < 0x1000) {
      vm_.put(VmFixture::window(vcpu.context.pc), word);
      vm_.put(VmFixture::window(vcpu.context.pc) + 4, strange_word(random_));
    }
    // The address of a load or store that trapped is the one that it names.
    const Instruction i{word};
    if (random_() % 4 == 0 && i.rs() != 0) {
      constexpr std::uint64_t kRegisters[] = {0,       0x1000,   0x1008,  0x2000,
                                              0x20000, 0x3ff000, 0x400000};
      vcpu.context.gpr[i.rs()] =
          kCssegDevices + kRegisters[random_() % 7] + random_() % 16 * 4 - i.immediate();
    }
    if (random_() % 2 == 0) vcpu.context.bad_vaddr = vcpu.context.gpr[i.rs()] + i.immediate();
    const auto code = strange_code(random_);
    vcpu.context.cause = static_cast<std::uint64_t>(code) << 2 |
                         (random_() % 16 == 0 ? std::uint64_t{1} << 28 : 0) |
                         (random_() % 4 == 0 ? cause::kBd : 0);
    const bool refill =
        (code == ExceptionCode::kTlbL || code == ExceptionCode::kTlbS) && random_() % 2 == 0;
    vm_.hardware.dozes = 0;
    vm_.hardware.advance(static_cast<std::uint32_t>(random_() % 5000));
    // A doze without an enabled interrupt never ends, as on the machine: this guest always has one.
    vm_.hardware.doze_ticks = 0x80000000;
    vcpu.cp0[cp0::kCause] |= vcpu.is_dozing ? 0 : cause::kIpTimer;
    vcpu.cp0[cp0::kStatus] |= 0x8000;
    const TrapAnswer answer = vm_.enter(refill ? TrapVector::kRefill : TrapVector::kGeneral);
    REQUIRE(answer != TrapAnswer::kReflect);
    if (answer == TrapAnswer::kStop) revive();
    check();
  }

  unsigned stops() const { return stops_; }
  unsigned quick_answers() const { return vm_.quick_answers; }
  const Counters& counters() const { return vm_.counters; }

 private:
  void revive() {
    ++stops_;
    vm_.vcpu.stop = {};
    vm_.vcpu.nested_exceptions = 0;
    REQUIRE(vm_.vcpu.set_status(random_() % 2 == 0 ? status::kKx : 0) == TrapAnswer::kHandled);
    vm_.vcpu.publish_miss_view();  // a Status that stops the guest changes nothing else
  }

  void check() {
    const Vcpu& vcpu = vm_.vcpu;
    REQUIRE(vcpu.context.gpr[0] == 0);
    const std::uint64_t real = vcpu.context.status;
    REQUIRE((real & (status::kCu0 | status::kBev | status::kRe | status::kErl | status::kExl)) ==
            0);
    REQUIRE((real & (status::kIe | status::kKx)) == (status::kIe | status::kKx));
    REQUIRE((real >> 3 & 3) != 0);
    for (const RealEntry& e : vm_.hardware.tlb()) {
      if (!FakeHardware::live(e)) continue;
      for (const std::uint64_t lo : {e.lo0, e.lo1}) {
        if ((lo & entry_lo::kValid) == 0) continue;
        const std::uint64_t bytes = (e.page_mask + 2 * kPageSize) / 2;
        const std::uint64_t frame = (lo & entry_lo::kFrame) >> 6 << 12;
        for (std::uint64_t page = frame; page < frame + bytes; page += kPageSize)
          REQUIRE(owned_.count(page) == 1);
      }
    }
  }

  std::mt19937_64 random_;
  VmFixture vm_;
  std::set<std::uint64_t> owned_;
  unsigned stops_ = 0;
};

}  // namespace

TEST_CASE("Monitor: no guest gets beyond its own memory or fails the monitor", "[disco][fuzz]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  const std::uint64_t l2 = GENERATE(0u, 64u);
  const auto large_pages = GENERATE(LargePages::kOff, LargePages::kOn);
  INFO("seed " << seed << " L2TLB " << l2 << " large_pages " << static_cast<int>(large_pages));
  Fuzz fuzz{seed,
            {.pages = 512,
             .l2_entries = l2,
             .tlb_entries = 64,
             .large_pages = large_pages,
             .contiguous = large_pages == LargePages::kOn}};
  for (int n = 0; n < 30'000; ++n) fuzz.step();
  // It must have been somewhere.
  const Counters& c = fuzz.counters();
  CHECK(c.emulated_mtc0 > 500);
  CHECK(c.emulated_tlbwi > 100);
  CHECK(c.emulated_tlbwr > 100);
  CHECK(c.refills_direct > 100);
  CHECK(c.refills_reflected > 100);
  CHECK(c.emulated_device > 20);
  CHECK(c.real_inserts > 300);
  CHECK(fuzz.stops() > 5);
  CHECK(fuzz.quick_answers() > 500);
  // Every refill was answered in one place, and every trap counted once.
  CHECK(c.refills_slow == c.refills_direct + c.refills_virtual_tlb + c.refills_l2tlb +
                              c.refills_reflected + c.refills_monitor);
  CHECK(c.traps_tlb == c.refills_slow + c.invalids + c.modifieds);
}

}  // namespace disco::test
