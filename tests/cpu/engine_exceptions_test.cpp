#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {
constexpr std::uint64_t kCode = 0x1000;  // physical; Rig starts there through KSEG0
constexpr std::uint64_t kBd = 0x80000000;
constexpr std::uint64_t kGeneral = kKseg0 + 0x180, kRefill = kKseg0, kXtlbRefill = kKseg0 + 0x80;
constexpr std::uint64_t kUserMode = 0x10, kSupervisorMode = 0x08, kUx = 0x20;
}  // namespace

TEST_CASE("Engine: an exception leaves EPC at the instruction and goes to the general vector",
          "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::nop(), word::syscall()});
  rig.run_instructions(1);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.pc() == kGeneral);
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode + 4);
  CHECK((rig.cp0(kCause) & kBd) == 0);
  CHECK(rig.exception_code() == ExceptionCode::kSys);
  CHECK((rig.cp0(kStatus) & 2) != 0);
  CHECK(rig.cpu.retired() == 1);
}

TEST_CASE("Engine: an exception in a delay slot leaves EPC at the branch and sets BD", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::beq(0, 0, 4), word::syscall()});
  rig.cpu.run(rig.cpu.now() + Cycles{2});
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode);
  CHECK((rig.cp0(kCause) & kBd) != 0);
  CHECK(rig.cpu.retired() == 1);
}

TEST_CASE("Engine: a branch at the end of a page takes its delay slot from the next page",
          "[cpu]") {
  Rig rig;
  rig.memory.put(0x1ffc, {word::beq(0, 0, 4), word::addiu(8, 0, 7)});
  rig.memory.put(0x2010, {word::addiu(9, 0, 9)});
  rig.set_pc(kKseg0 + 0x1ffc);
  rig.run_instructions(3);
  CHECK(rig.gpr(8) == 7);
  CHECK(rig.gpr(9) == 9);
}

TEST_CASE("Engine: a fetch fault in a delay slot on the next page names the branch", "[cpu]") {
  Rig rig;
  // User space: page 0x4000 maps to the code, 0x5000 is not there.
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kEntryLo0, 0x1 << 6 | 0x1e);
  rig.set_cp0(kEntryLo1, 0x1c);  // odd page invalid
  rig.memory.put(kCode + 0xffc, {word::beq(0, 0, 4)});
  rig.memory.put(0x3000, {word::tlbwi()});
  rig.set_pc(kKseg0 + 0x3000);
  rig.run_instructions(1);
  rig.set_cp0(kStatus, kUserMode);
  rig.set_pc(0x4ffc);
  rig.run_instructions(1);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kTlbL);  // TLBL: invalid
  CHECK(rig.cp0(kBadVAddr) == 0x5000);
  CHECK(rig.cp0(kEpc) == 0x4ffc);
  CHECK((rig.cp0(kCause) & kBd) != 0);
}

TEST_CASE("Engine: an untaken branch-likely skips its delay slot", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::addiu(4, 0, 1), word::beql(4, 0, 4), word::addiu(8, 0, 1),
                         word::addiu(9, 0, 1)});
  rig.run_instructions(3);
  CHECK(rig.gpr(8) == 0);
  CHECK(rig.gpr(9) == 1);
  CHECK(rig.cpu.retired() == 3);
}

TEST_CASE("Engine: overflow leaves the destination alone", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::add(8, 4, 4)});
  rig.set_gpr(4, 0x7fffffff);
  rig.set_gpr(8, 5);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kOv);
  CHECK(rig.gpr(8) == 5);
}

TEST_CASE("Engine: refills go to the vector that UX chooses, and to the general one under EXL",
          "[cpu]") {
  const bool wide = GENERATE(false, true);
  const bool nested = GENERATE(false, true);
  Rig rig;
  rig.memory.put(kCode, {word::lw(8, 0, 4)});
  rig.set_gpr(4, 0x12344);
  rig.set_cp0(kStatus, (wide ? kUx : 0) | (nested ? 2 : 0));
  rig.set_cp0(kEpc, 0x1234);
  rig.set_cp0(kEntryHi, 0x55);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.pc() == (nested ? kGeneral : wide ? kXtlbRefill : kRefill));
  CHECK(rig.cp0(kEpc) == (nested ? 0x1234 : kKseg0 + kCode));
  CHECK(rig.cp0(kBadVAddr) == 0x12344);
  CHECK(rig.cp0(kEntryHi) == (0x12000 | 0x55));
  CHECK(rig.cp0(kContext) == 0x12344 >> 13 << 4);
  CHECK(rig.cp0(kXContext) == 0x12344 >> 13 << 4);
  CHECK(rig.exception_code() == ExceptionCode::kTlbL);
  CHECK(rig.cpu.counters().refills[index_of(Mode::kKernel)] == 1);
  CHECK(rig.cpu.counters().refills_load == 1);
}

TEST_CASE("Engine: user mode may not use CP0, kernel addresses or 64-bit operations without UX",
          "[cpu]") {
  struct Case {
    std::uint32_t word;
    ExceptionCode code;
  };
  const Case c = GENERATE(values<Case>({{word::mfc0(8, kStatus), ExceptionCode::kCpU},
                                        {word::daddiu(8, 0, 1), ExceptionCode::kRi},
                                        {word::lw(8, 0, 29), ExceptionCode::kAdEL},
                                        {word::eret(), ExceptionCode::kCpU},
                                        {word::tlbwr(), ExceptionCode::kCpU}}));
  Rig rig;
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kEntryLo0, 0x1 << 6 | 0x1e);
  rig.memory.put(0x3000, {word::tlbwi()});
  rig.set_pc(kKseg0 + 0x3000);
  rig.run_instructions(1);
  rig.memory.put(kCode, {c.word});
  rig.set_gpr(29, kKseg0);
  rig.set_cp0(kStatus, kUserMode);
  rig.set_pc(0x4000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == c.code);
  CHECK((rig.cp0(kCause) >> 28 & 3) == 0);
}

TEST_CASE("Engine: supervisor mode runs 64-bit operations only with SX", "[cpu]") {
  const bool sx = GENERATE(false, true);
  Rig rig;
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kEntryLo0, 0x1 << 6 | 0x1e);
  rig.memory.put(0x3000, {word::tlbwi()});
  rig.set_pc(kKseg0 + 0x3000);
  rig.run_instructions(1);
  rig.memory.put(kCode, {word::daddiu(8, 0, 1)});
  rig.set_cp0(kStatus, kSupervisorMode | (sx ? 0x40u : 0u));
  rig.set_pc(0x4000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.gpr(8) == (sx ? 1 : 0));
  CHECK(rig.exception_code() == (sx ? ExceptionCode::kInt : ExceptionCode::kRi));
}

TEST_CASE("Engine: bus errors name no address", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::lw(8, 0, 4)});
  rig.set_gpr(4, kKseg1 + 0x1f000000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kDbe);
  rig.set_pc(kKseg0 + 0x1f000000);
  rig.set_cp0(kStatus, 0);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kIbe);
}

TEST_CASE("Engine: a misaligned program counter is an address error at the target", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::jr(4), word::nop()});
  rig.set_gpr(4, kKseg0 + 0x2002);
  rig.run_instructions(2);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kAdEL);
  CHECK(rig.cp0(kBadVAddr) == kKseg0 + 0x2002);
  CHECK(rig.cp0(kEpc) == kKseg0 + 0x2002);
}

TEST_CASE("Engine: stores to ROM are bus errors and change nothing", "[cpu]") {
  Rig rig;
  rig.memory.rom_page = 0x5000;
  rig.memory.put(kCode, {word::sw(4, 0, 5)});
  rig.set_gpr(4, 1);
  rig.set_gpr(5, kKseg0 + 0x5000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kDbe);
  CHECK(rig.memory.word(0x5000) == 0);
}

TEST_CASE("Engine: a vector that faults at once still ends at the budget", "[cpu]") {
  CpuConfig config;
  config.fidelity = Fidelity::kFunctional;
  Rig rig{config};
  rig.memory.put(0x180, {0x7c000000});  // reserved
  rig.memory.put(kCode, {word::syscall()});
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kBudget);
  CHECK(rig.cpu.counters().exceptions[index_of(ExceptionCode::kRi)] > 100);
}

TEST_CASE("Engine: a budget that ends at a branch on a page's end does not lose the delay slot",
          "[cpu]") {
  Rig rig;
  rig.memory.put(0x1ffc, {word::beq(0, 0, 4), word::addiu(8, 0, 7), word::addiu(10, 0, 1)});
  rig.memory.put(0x2010, {word::addiu(9, 0, 9)});
  rig.set_pc(kKseg0 + 0x1ffc);
  rig.cpu.run(Cycles{1});
  CHECK(rig.pc() == kKseg0 + 0x2010);
  CHECK(rig.gpr(8) == 7);
  CHECK(rig.gpr(10) == 0);
}

TEST_CASE("Engine: TLB registers of a 32-bit user reference hold what the TLB compared", "[cpu]") {
  Rig rig;
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kEntryLo0, 0x1 << 6 | 0x1e);
  rig.memory.put(0x3000, {word::tlbwi()});
  rig.set_pc(kKseg0 + 0x3000);
  rig.run_instructions(1);
  rig.memory.put(kCode, {word::lw(8, 0, 4)});
  rig.set_gpr(4, 0xc000012300006000);
  rig.set_cp0(kStatus, kUserMode);
  rig.set_pc(0x4000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.pc() == kRefill);
  CHECK(rig.cp0(kBadVAddr) == 0xc000012300006000);
  CHECK(rig.cp0(kEntryHi) == 0x6000);  // so that tlbwr makes an entry that matches
  CHECK(rig.cp0(kXContext) == 0x6000 >> 13 << 4);
}

TEST_CASE("Engine: COP1X is reserved in user mode without MIPS IV, usable coprocessor or not",
          "[cpu]") {
  const bool cu1 = GENERATE(false, true);
  const bool xx = GENERATE(false, true);
  const std::uint32_t cop1x =
      GENERATE(0x4c000000u /* lwxc1 */, 0x4c00000fu /* prefx */, 0x4c000033u /* reserved */);
  Rig rig;
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kEntryLo0, 0x1 << 6 | 0x1e);
  rig.memory.put(0x3000, {word::tlbwi()});
  rig.set_pc(kKseg0 + 0x3000);
  rig.run_instructions(1);
  rig.memory.put(kCode, {cop1x});
  rig.set_cp0(kStatus, kUserMode | (cu1 ? 1u << 29 : 0u) | (xx ? 1u << 31 : 0u));
  rig.set_pc(0x4000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  if (!xx) CHECK(rig.exception_code() == ExceptionCode::kRi);
  if (xx && !cu1) CHECK(rig.exception_code() == ExceptionCode::kCpU);
  if (xx && cu1) CHECK(rig.exception_code() != ExceptionCode::kRi);
}

TEST_CASE("Engine: CACHE translates for hit operations only", "[cpu]") {
  struct Case {
    unsigned op;
    bool misses;
  };
  const Case c = GENERATE(values<Case>({{0b00000, false},
                                        {0b00101, false},
                                        {0b01001, false},
                                        {0b10001, true},
                                        {0b10101, true},
                                        {0b10100, false},
                                        {0b11001, false},
                                        {0b11101, false}}));
  CAPTURE(c.op);
  Rig rig;
  rig.memory.put(kCode, {word::i(47, c.op, 4, 0)});
  rig.set_gpr(4, 0x4000);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.cpu.counters().exceptions[index_of(ExceptionCode::kTlbL)] == (c.misses ? 1 : 0));
}

TEST_CASE("Engine: CACHE that faults leaves the tag registers alone", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::i(47, 0b00101, 4, 0)});
  rig.set_gpr(4, 0x4000000000000000);
  rig.set_cp0(kTagLo, 77);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kAdEL);
  CHECK(rig.cp0(kTagLo) == 77);
}
