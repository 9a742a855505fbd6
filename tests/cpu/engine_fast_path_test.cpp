// Fast paths are taken: what they answer asks neither for pages nor the caches, however often it
// happens. A fast path that is not taken changes no result, so nothing else would notice.
#include <string>

#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000, kData = 0x8000;
constexpr unsigned kLoops = 200;

/// `body` again and again; how often pages were asked for after the first round, and in that.
struct Asked {
  std::uint64_t first = 0, later = 0;
};
Asked loop(Rig& rig, std::initializer_list<std::uint32_t> body) {
  const auto words = static_cast<std::uint32_t>(body.size());
  rig.put(kCode, body);
  rig.put(kCode + 4 * words, {word::beq(0, 0, -static_cast<int>(words) - 1), word::nop()});
  rig.set_pc(kKseg0 + kCode);
  Asked asked;
  rig.memory.asked = 0;
  rig.run_instructions(words + 2);
  asked.first = std::exchange(rig.memory.asked, 0);
  rig.run_instructions(kLoops * (words + 2));
  asked.later = rig.memory.asked;
  return asked;
}

constexpr std::uint32_t op(unsigned opcode) { return word::i(opcode, 9, 4, 0); }
constexpr unsigned kLdl = 26, kLdr = 27, kLb = 32, kLh = 33, kLwl = 34, kLw = 35, kLbu = 36,
                   kLhu = 37, kLwr = 38, kLwu = 39, kSb = 40, kSh = 41, kSw = 43, kLwc1 = 49,
                   kLdc1 = 53, kLd = 55, kSwc1 = 57, kSdc1 = 61, kSd = 63;

}  // namespace

TEST_CASE("Fast path: a page that was touched is not asked for again", "[cpu][fast]") {
  const unsigned opcode = GENERATE(kLdl, kLdr, kLb, kLh, kLwl, kLw, kLbu, kLhu, kLwr, kLwu, kSb,
                                   kSh, kSw, kLwc1, kLdc1, kLd, kSwc1, kSdc1, kSd);
  const bool is_mapped = GENERATE(false, true);
  CAPTURE(opcode, is_mapped);
  Rig rig;
  rig.set_cp0(kStatus, status::kCu1 | status::kKx);
  if (is_mapped) map(rig, 3, 0x6000, kData);
  rig.set_gpr(4, is_mapped ? 0x6000 : kKseg0 + kData);
  const Asked asked = loop(rig, {op(opcode)});
  CHECK(asked.first == 2);  // the code's page and the data's
  CHECK(asked.later == 0);
}

TEST_CASE("Fast path: a load makes stores to its page fast, too", "[cpu][fast]") {
  Rig rig;
  rig.set_gpr(4, kKseg0 + kData);
  const Asked asked = loop(rig, {op(kLw), op(kSw)});
  CHECK(asked.first == 2);
  CHECK(asked.later == 0);
}

TEST_CASE("Fast path: LL and SC ask once each, and what follows them is fast again",
          "[cpu][fast]") {
  Rig rig;
  rig.set_gpr(4, kKseg0 + kData);
  const Asked asked = loop(rig, {op(kLw), word::ll(8, 0, 4), word::sc(9, 0, 4), op(kLw), op(kSw)});
  CHECK(asked.later == 2 * kLoops);
}

TEST_CASE("Fast path: a TLB write costs the pages of its entry and no others", "[cpu][fast]") {
  Rig rig;
  map(rig, 3, 0x6000, kData);
  map(rig, 4, 0x10000, 0x9000);
  rig.set_cp0(kStatus, 0);
  rig.set_gpr(4, 0x6000);
  rig.set_gpr(5, 0x10000);
  // EntryHi, EntryLo and Index are still those of the second entry: it is written again and again.
  const Asked asked = loop(rig, {word::tlbwi(), op(kLw), word::lw(9, 0, 5)});
  CHECK(asked.later == kLoops);
}

TEST_CASE("Fast path: stores to a page that was watched are fast again when nothing needs it",
          "[cpu][fast]") {
  Rig rig;
  CpuConfig second_config;
  second_config.id = CpuId{1};
  Cpu second{on_tested_engine(second_config), rig.memory, rig.watch};
  rig.memory.put(0x2000, {word::ll(8, 0, 4)});
  second.start(VirtAddr{kKseg0 + 0x2000}, 0, 0, 0, 0);
  second.debug().write_register(RegisterClass::kGpr, 4, kKseg0 + kData + 0x100);
  rig.set_gpr(4, kKseg0 + kData + 0x104);
  loop(rig, {op(kSw)});
  second.run(Cycles{1});
  REQUIRE(rig.watch.is_watched(MachineAddr{kData}));
  rig.memory.asked = 0;
  rig.run_instructions(30);
  CHECK(rig.memory.asked == 1);  // the store that broke the link
  CHECK_FALSE(rig.watch.is_watched(MachineAddr{kData}));
}

TEST_CASE("Fast path: what hits in the primary caches does not ask them", "[cpu][fast]") {
  CpuConfig config;
  config.fidelity = Fidelity::kMemory;
  Rig rig{config};
  // Data in any of the sets, instructions in the first two.
  const std::uint64_t offset = GENERATE(0, 0x20, 0x64, 0xf8);
  CAPTURE(offset);
  rig.set_gpr(4, kKseg0 + kData + offset);
  const auto go_round = [&rig] {
    constexpr std::uint32_t kNop = word::nop();
    loop(rig, {op(kSw), kNop, kNop, kNop, kNop, kNop, kNop, kNop, kNop, kNop, kNop, kNop, kNop,
               kNop, kNop, kNop, kNop, op(kLw)});
  };
  go_round();
  go_round();
  const std::uint64_t before = rig.memory.small_caches.references;
  rig.memory.asked = 0;
  rig.run_instructions(400);
  CHECK(rig.memory.small_caches.references == before);
  CHECK(rig.memory.asked == 0);
}
