// Every CP0 register against a table of its own, written from the sections of the R10000 manual
// (UM): what software reads after writing all kinds of values with mtc0 and dmtc0, and after a cold
// reset.
#include <optional>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0}, kWord = 0xffffffff;

struct Expected {
  unsigned number;
  const char* section;
  std::uint64_t kept;      // bits that read back as written
  std::uint64_t reset;     // UM 17, Cold Reset Exception; 0 where it says undefined
  bool is_moving = false;  // changes by itself: only `kept` == 0 is looked at
};

constexpr Expected kRegisters[] = {
    {0, "14.1 Index: six bits for 64 entries, here nine for 512; P is tlbp's", 0x1ff, 0},
    {1, "14.2 Random: read-only, upper bound after a reset", 0, 63, true},
    {2, "14.3 EntryLo0: UC 63:62, PFN 33:6, C, D, V, G", 0xc0000003ffffffff, 0},
    {3, "14.3 EntryLo1", 0xc0000003ffffffff, 0},
    {4, "14.4 Context: PTEBase 63:23", kAll << 23, 0},
    {5, "14.5 PageMask: Mask 24:13", 0x01ffe000, 0},
    {6, "14.6 Wired", 0x3f, 0},
    {7, "reserved", 0, 0},
    {8, "14.7 BadVAddr: read-only", 0, 0},
    {9, "14.8 Count", kWord, 0, true},
    {10, "14.9 EntryHi: R 63:62, VPN2 43:13, ASID 7:0", 0xc0000fffffffe0ff, 0},
    {11, "14.8 Compare", kWord, 0},
    {12, "14.10 Status: no RP (27), 24:23 zero; TS can be written", 0xf67fffff, 0x400004},
    {13, "14.11 Cause: only IP[1:0] can be written", 0x300, 0},
    {14, "14.12 EPC", kAll, 0},
    {15, "14.13 PRId: implementation 9, revision 3.0", 0, 0x930},
    {16, "14.14 Config: K0", 7, 0x6c11a782},
    {17, "14.15 LLAddr", kWord, 0},
    {18, "14.16 WatchLo: PAddr0 31:3, R, W", 0xfffffffb, 0},
    {19, "14.16 WatchHi: PAddr1 7:0", 0xff, 0},
    {20, "14.17 XContext: PTEBase 63:37", kAll << 37, 0},
    {21, "14.18 FrameMask: 15:0, cleared by a reset", 0xffff, 0},
    {22, "14.19 Diagnostic: all writes are ignored but those of BPMode", 0x30000, 0},
    {23, "reserved", 0, 0},
    {24, "reserved", 0, 0},
    {25, "14.20 Performance: the encoding of control 0; event 8:5, IE, U, S, K, EXL", 0x1ff, 0},
    {26, "14.21 ECC: 9:0", 0x3ff, 0},
    {27, "14.22 CacheErr: read-only", 0, 0},
    {28, "14.23 TagLo", kWord, 0},
    {29, "14.23 TagHi", kWord, 0},
    {30, "14.24 ErrorEPC", kAll, 0},
    {31, "reserved", 0, 0},
};

constexpr std::uint64_t sign_extended(std::uint64_t word) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(word)});
}

/// Kernel mode whatever is written: EXL stays set, the vectors are not needed.
constexpr std::uint64_t kExl = 2;

struct Moved {
  std::uint64_t by_mfc0, by_dmfc0;
};

/// Writes `value` with (d)mtc0 and reads the register back in the next two instructions.
Moved move(Rig& rig, unsigned number, bool doubleword, std::uint64_t value) {
  rig.set_gpr(4, value);
  rig.put(0x1000, {word::mtc0(4, number) | (doubleword ? 1u << 21 : 0), word::mfc0(5, number),
                   word::mfc0(6, number) | 1u << 21});
  rig.set_pc(kKseg0 + 0x1000);
  rig.run_instructions(3);
  return {rig.gpr(5), rig.gpr(6)};
}

}  // namespace

TEST_CASE("CP0: every register keeps the bits that the manual says, and shows them at once",
          "[cpu][cp0]") {
  const std::uint64_t seed = seed_or(1400);
  CAPTURE(seed);
  Random random{seed};
  for (const Expected& e : kRegisters) {
    if (e.is_moving) continue;
    INFO("register " << e.number << ", UM " << e.section);
    Rig rig;
    std::uint64_t fixed = rig.cp0(e.number) & ~e.kept;
    for (int round = 0; round < 40; ++round) {
      std::uint64_t value = round == 0 ? kAll : round == 1 ? 0 : random();
      const bool doubleword = round % 2 == 0;
      // Kernel mode without interrupts, or the second instruction would not be reached.
      if (e.number == 12) value = (value | kExl) & ~std::uint64_t{4};
      if (e.number == 6) value &= 0x3f;
      const Moved moved = move(rig, e.number, doubleword, value);
      const std::uint64_t written = doubleword ? value : sign_extended(value);
      if (e.number == 12) fixed = 0;
      const std::uint64_t expected = fixed | (written & e.kept);
      REQUIRE(moved.by_dmfc0 == expected);
      REQUIRE(moved.by_mfc0 == sign_extended(expected));
    }
  }
}

TEST_CASE("CP0: a cold reset leaves what the manual says", "[cpu][cp0]") {
  CpuConfig config;
  config.tlb.random = mmu::RandomKind::kManual;
  Rig rig{config};
  for (unsigned number = 0; number < 32; ++number) {
    if (number != 25) rig.set_cp0(number, number == 12 ? 0x34ff00e3 : 0x55555557);
  }
  for (unsigned n = 0; n < 4; ++n)
    rig.cpu.debug().write_register(RegisterClass::kPerformance, n, 0xffffffff);
  rig.cpu.nmi();
  rig.set_pc(0x123456780);
  rig.cpu.reset();
  for (const Expected& e : kRegisters) {
    INFO("register " << e.number << ", UM " << e.section);
    const std::uint64_t expected =
        e.number == 30 ? 0x123456780 : e.reset;  // "ErrorEPC gets the PC"
    CHECK(rig.cp0(e.number) == expected);
  }
  for (unsigned n = 0; n < 4; ++n)
    CHECK(rig.cpu.debug().read_register(RegisterClass::kPerformance, n) == 0);
  CHECK(rig.pc() == 0xffffffffbfc00000);
  CHECK_FALSE(rig.cpu.is_reset_pending());
}

TEST_CASE("CP0: moves of the performance registers reach four registers and no more",
          "[cpu][cp0]") {
  Rig rig;
  // mtps 0, mtpc 0, mtps 1, mtpc 1, mtps 2, mtpc 31 (UM 14.32: only 0 and 1 are valid).
  constexpr unsigned kCodes[] = {0, 1, 2, 3, 4, 63};
  for (unsigned code : kCodes) {
    rig.set_gpr(4, 0xfffffffff0000000 | (code + 1) << 5);
    rig.put(0x1000, {word::mtc0(4, kPerformance) | code, word::mfc0(5, kPerformance) | code});
    rig.set_pc(kKseg0 + 0x1000);
    rig.run_instructions(2);
    INFO("code " << code);
    const std::uint64_t kept = code % 2 == 0 ? 0x1ff : kWord;
    CHECK(rig.gpr(5) == (code < 4 ? sign_extended((0xf0000000 | (code + 1) << 5) & kept) : 0));
  }
}

TEST_CASE("CP0: FrameMask keeps the upper sixteen bits of a frame number out of the TLB",
          "[cpu][cp0]") {
  Rig rig;
  rig.set_cp0(kEntryLo0, 0x3ffffffc7);
  rig.set_cp0(kEntryLo1, 0xc0000003ffffffc7);
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kFrameMask, 0x8001);
  rig.put(0x1000, {word::tlbwi()});
  rig.run_instructions(1);
  // UM 14.18: mask bit n holds back EntryLo bit 18 + n; the uncached attribute cannot be masked (UM
  // 14.3).
  CHECK(rig.cpu.tlb().read(0).entry_lo0 == (0x3ffffffc7 & ~(std::uint64_t{1} << 33 | 1u << 18)));
  CHECK(rig.cpu.tlb().read(0).entry_lo1 ==
        (0xc0000003ffffffc7 & ~(std::uint64_t{1} << 33 | 1u << 18)));
  CHECK(rig.cp0(kEntryLo0) == 0x3ffffffc7);
}

TEST_CASE("CP0: Status.TS follows each TLB write, and software can write it", "[cpu][cp0]") {
  Rig rig;
  constexpr std::uint64_t kTs = 1u << 21;
  const auto write = [&rig](unsigned index, std::uint64_t entry_hi) {
    rig.set_cp0(kIndex, index);
    rig.set_cp0(kEntryHi, entry_hi);
    rig.put(0x1000, {word::tlbwi()});
    rig.set_pc(kKseg0 + 0x1000);
    rig.run_instructions(1);
    return (rig.cp0(kStatus) & kTs) != 0;
  };
  rig.set_cp0(kEntryLo0, 1), rig.set_cp0(kEntryLo1, 1);
  CHECK_FALSE(write(3, 0x4000));
  CHECK(write(4, 0x4000));        // invalidates entry 3
  CHECK_FALSE(write(5, 0x8000));  // UM 14.10: updated for each TLB write
  CHECK(write(6, 0x8000));
  CHECK(move(rig, 12, false, 0).by_dmfc0 == 0);
  CHECK(move(rig, 12, false, kTs).by_dmfc0 == kTs);
}
