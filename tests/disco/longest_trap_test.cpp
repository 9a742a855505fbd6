// How long the monitor can stay in one trap. A guest chooses what is in its TLBs, of which page
// sizes, and how much it prints; it must not choose by that how long its neighbours wait.
#include <algorithm>
#include <cstdio>

#include "hardware/r10000/tlb.hpp"
#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

constexpr Place kGuest{};
constexpr std::uint32_t kTlbr = 0x42000001, kTlbwi = 0x42000002, kTlbp = 0x42000008;

/// The longest stay between an exception from below kernel mode and the return there, where the
/// monitor did not doze meanwhile.
class Longest final : public common::Observer {
 public:
  void on_exception(const common::ExceptionEvent& e) override {
    if (e.from == Mode::kKernel) return;
    entered_ = e.at.cycle.count();
    inside_ = true;
  }
  void on_eret(const common::EretEvent& e) override {
    if (!inside_ || e.to == Mode::kKernel) return;
    inside_ = false;
    ++traps;
    cycles = std::max(cycles, e.at.cycle.count() - entered_);
  }
  std::uint64_t cycles = 0, traps = 0;

 private:
  std::uint64_t entered_ = 0;
  bool inside_ = false;
};

struct Hostile {
  const char* name;
  Words code;
};

Words set(unsigned cp0_register, std::uint64_t value) {
  Words code = li64(kT0, value);
  code.push_back(dmtc0(kT0, cp0_register));
  return code;
}

/// `body` `times` times; s1 counts down and s0 goes up by `step`.
Words repeat(unsigned times, std::uint32_t step, const Words& body) {
  Words code{ori(kS1, kZero, static_cast<std::int32_t>(times)), lui(kS2, step >> 16),
             ori(kS2, kS2, static_cast<std::int32_t>(step & 0xffff))};
  append(code, body);
  append(code, {special(0x2d, kS0, kS2, kS0), addiu(kS1, kS1, -1),
                bne(kS1, kZero, -static_cast<std::int32_t>(body.size()) - 3), kNop});
  return code;
}

/// Entries of class `size_class` by tlbwr, from `va` on, `step` apart.
Words random_writes(unsigned times, std::uint64_t va, std::uint32_t step, unsigned size_class,
                    std::uint64_t attributes) {
  Words code = set(kPageMask, hardware::page_mask_of(size_class));
  append(code, set(kEntryLo0, 0x100 << 6 | attributes));
  append(code, set(kEntryLo1, 0x100 << 6 | attributes));
  append(code, li64(kS0, va));
  append(code, repeat(times, step, {dmtc0(kS0, kEntryHi), kTlbwr}));
  return code;
}

constexpr std::uint64_t kVd = 5 << 3 | 6, kVdg = kVd | 1;

std::vector<Hostile> hostile_guests() {
  std::vector<Hostile> guests;
  const auto guest = [&](const char* name, std::initializer_list<Words> parts) {
    Words code = set(kStatus, 0xe0);
    for (const Words& part : parts) append(code, part);
    append(code, exit_with(kGuest, 7));
    guests.push_back({name, code});
  };
  guest("two page sizes",
        {random_writes(300, 0x4001, 0x2000, 0, kVd), random_writes(50, 0x10001, 0x8000, 1, kVd)});
  guest(
      "all page sizes",
      {random_writes(300, 0x4001, 0x2000, 0, kVd), random_writes(20, 0x4000001, 0x8000, 1, kVd),
       random_writes(20, 0x8000001, 0x20000, 2, kVd), random_writes(20, 0xc000001, 0x80000, 3, kVd),
       random_writes(8, 0x10000001, 0x200000, 4, kVd),
       random_writes(8, 0x20000001, 0x800000, 5, kVd), random_writes(8, 0x1, 0x2000000, 6, kVd)});
  guest("global pages over those of all address spaces",
        {random_writes(2000, 0x4000, 0x2001, 0, kVd), random_writes(100, 0x4000, 0x2000, 0, kVdg)});
  guest("one page in every address space",
        {random_writes(2000, 0x4000, 1, 0, kVd), random_writes(2, 0x4000, 1, 0, kVdg),
         random_writes(300, 0x4000, 1, 0, kVd)});
  guest("flushes of everything", {random_writes(300, 0x4001, 0x2000, 0, kVd), set(kIndex, 0),
                                  repeat(600, 1, {andi(kT1, kS1, 63), mtc0(kT1, kIndex), kTlbr}),
                                  repeat(600, 1, {andi(kT1, kS1, 63), mtc0(kT1, kIndex), kTlbwi})});
  guest("probes", {random_writes(300, 0x4001, 0x2000, 0, kVd), li64(kS0, 0x4001),
                   repeat(300, 0x2000, {dmtc0(kS0, kEntryHi), kTlbp})});
  guest("printing", {Words{lui(kS3, 0xdc00)}, repeat(300, 1, {sb(kS1, 0, kS3), sb(kS1, 0, kS3)})});
  guest("the direct windows, end to end",
        {li64(kS0, kGuestBase), repeat(0x1ffe, 0x1000, {ld(kT1, 0, kS0)})});
  return guests;
}

}  // namespace

TEST_CASE("No guest chooses how long a trap is", "[disco][machine]") {
  // Bounded by the machine's TLB, the guest's and a few dozen look-ups: not by the L2TLB's size.
  constexpr std::uint64_t kMost = 13'000;
  const std::uint32_t l2 = GENERATE(0u, 1024u, 65536u, 1u << 20);
  const bool large_pages = GENERATE(false, true);
  std::uint64_t worst = 0;
  const char* who = "";
  for (const Hostile& hostile : hostile_guests()) {
    GuestOptions options;
    options.l2tlb = l2;
    options.large_pages = large_pages;
    options.machine.memory_per_node = l2 > 65536 ? 128 * kMiB : 96 * kMiB;
    machine::Booted booted =
        boot_guest(kernel(kGuest, hostile.code, exit_with(kGuest, 9)), options);
    Longest longest;
    booted.machine->cpu(CpuId{0}).add_observer(longest);
    machine::RunLimits limits;
    limits.instructions = 500'000'000;
    const auto end = booted.machine->run(limits);
    booted.machine->cpu(CpuId{0}).remove_observer(longest);
    REQUIRE(end);
    CAPTURE(hostile.name, l2, large_pages, longest.traps);
    CHECK(*end == RunEnd::kPowerOff);
    CHECK(booted.machine->exit_code() == 7);
    CHECK(longest.cycles < kMost);
    if (longest.cycles > worst) worst = longest.cycles, who = hostile.name;
  }
  std::printf("longest trap with an L2TLB of %u entries, large pages %s: %llu cycles (%s)\n", l2,
              large_pages ? "on" : "off", static_cast<unsigned long long>(worst), who);
}

}  // namespace disco::test
