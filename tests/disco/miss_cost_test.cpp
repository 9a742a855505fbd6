// What a TLB miss of a guest costs in the monitor, by where the page is found, its size, and
// whether addresses have 32 or 64 bits. Printed, and held against the common case: nothing that a
// kernel does all the time may take the long way.
#include <algorithm>
#include <cstdio>

#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

using cpu::Fidelity;

constexpr Place kGuest{};

struct Way {
  const char* name;
  std::uint64_t base;
  unsigned status;
  bool mapped, large;
  double most;  // cycles a miss in fidelity `tlb`
};

constexpr unsigned k64 = 0xe0;
constexpr Way kWays[] = {
    {"window in csseg, 32 bits", 0xffffffffc0400000, 0, false, false, 65},
    {"window in csseg, 64 bits", 0xffffffffc0400000, k64, false, false, 65},
    {"window in xsseg, 64 bits", 0x4000000000400000, k64, false, false, 90},
    {"useg, 4 KB, 32 bits", 0x10000000, 0, true, false, 95},
    {"xuseg, 4 KB, 64 bits", 0x1210000000, k64, true, false, 95},
    {"mapped csseg, 4 KB, 32 bits", 0xffffffffd0000000, 0, true, false, 95},
    {"useg, 16 KB, 32 bits", 0x10000000, 0, true, true, 125},
    {"xuseg, 16 KB, 64 bits", 0x1210000000, k64, true, true, 125},
    {"mapped xsseg, 16 KB, 64 bits", 0x4000030000000000, k64, true, true, 125},
};

/// Reads 256 page pairs in turn, `rounds` times; where the guest maps them, the L2TLB has them.
GuestRun run_way(const Way& way, unsigned rounds, Fidelity fidelity) {
  constexpr unsigned kPairs = 256;
  Words code{ori(kT0, kZero, static_cast<std::int32_t>(way.status)),
             mtc0(kT0, kStatus),
             ori(kT0, kZero, way.large ? 0x6000 : 0),
             mtc0(kT0, kPageMask),
             ori(kT0, kZero, 0x200 << 6 | 0x2e),
             mtc0(kT0, kEntryLo0),
             mtc0(kT0, kEntryLo1),
             ori(kS4, kZero, way.large ? 0x8000 : 0x2000)};
  const auto for_each_pair = [&](const Words& body) {
    append(code, li64(kS1, way.base));
    append(code, {ori(kS2, kZero, kPairs)});
    append(code, body);
    append(code, {special(0x2d, kS1, kS4, kS1), addiu(kS2, kS2, -1),
                  bne(kS2, kZero, -static_cast<std::int32_t>(body.size()) - 3), kNop});
  };
  if (way.mapped) for_each_pair({dmtc0(kS1, kEntryHi), kTlbwr});
  append(code, {ori(kS3, kZero, static_cast<std::int32_t>(rounds))});
  const auto loop = static_cast<std::int32_t>(code.size());
  for_each_pair({lw(kT1, 0, kS1)});
  append(code, {addiu(kS3, kS3, -1)});
  append(code, {bne(kS3, kZero, loop - static_cast<std::int32_t>(code.size()) - 1), kNop});
  append(code, exit_with(kGuest, 7));
  GuestOptions options;
  options.l2tlb = 4096;
  options.machine.fidelity = fidelity;
  GuestRun run = run_guest(kernel(kGuest, code, exit_with(kGuest, 9)), options);
  CHECK(run.exit_code == 7);
  return run;
}

double cycles_a_miss(const Way& way, Fidelity fidelity) {
  const GuestRun few = run_way(way, 2, fidelity), many = run_way(way, 12, fidelity);
  REQUIRE(many.refills - few.refills > 2000);
  return static_cast<double>(many.kernel_cycles - few.kernel_cycles) /
         static_cast<double>(many.refills - few.refills);
}

}  // namespace

TEST_CASE("What a miss costs in the monitor", "[disco][machine]") {
  for (const Way& way : kWays) {
    const double tlb = cycles_a_miss(way, Fidelity::kTlb);
    const double memory = cycles_a_miss(way, Fidelity::kMemory);
    std::printf("%-30s %6.1f cycles a miss in tlb, %6.1f in memory\n", way.name, tlb, memory);
    CAPTURE(way.name);
    CHECK(tlb <= way.most);
  }
}

}  // namespace disco::test
