// The Watch exception (R10000 UM 14.16 and 17), NMI, soft reset and reverse-endian user mode, each
// by the manual's sentences. Random programs with all of it: naive_lockstep_test.cpp.
#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000, kData = 0x8000, kWatched = kData + 0x28;
constexpr std::uint64_t kRead = 2, kWrite = 1, kExl = 2, kErl = 4;
constexpr std::uint64_t kReset = 0xffffffffbfc00000;

struct WatchRig : Rig {
  explicit WatchRig(std::uint64_t kinds) {
    set_gpr(4, kKseg0 + kData);
    set_gpr(5, 0x1122334455667788);
    set_cp0(kWatchLo, kWatched | kinds);
    set_cp0(kStatus, status::kCu1);
  }
  void run(std::uint32_t word) {
    put(kCode, {word, word::nop()});
    set_pc(kKseg0 + kCode);
    run_instructions(1);
  }
  bool watch_taken() { return cpu.counters().exceptions[index_of(ExceptionCode::kWatch)] > 0; }
};

struct Access {
  const char* name;
  unsigned opcode;
  int offset;
  bool is_store;
};
constexpr Access kAccesses[] = {
    {"lb", 32, 0x2f, false},  {"lh", 33, 0x2a, false},   {"lw", 35, 0x2c, false},
    {"ld", 55, 0x28, false},  {"lwl", 34, 0x29, false},  {"lwr", 38, 0x2d, false},
    {"ldl", 26, 0x2b, false}, {"ldr", 27, 0x2b, false},  {"ll", 48, 0x28, false},
    {"lld", 52, 0x28, false}, {"lwc1", 49, 0x2c, false}, {"ldc1", 53, 0x28, false},
    {"sb", 40, 0x2f, true},   {"sh", 41, 0x2a, true},    {"sw", 43, 0x2c, true},
    {"sd", 63, 0x28, true},   {"swl", 42, 0x29, true},   {"swr", 46, 0x2d, true},
    {"sdl", 44, 0x2b, true},  {"sdr", 45, 0x2b, true},   {"sc", 56, 0x28, true},
    {"scd", 60, 0x28, true},  {"swc1", 57, 0x2c, true},  {"sdc1", 61, 0x28, true}};

}  // namespace

TEST_CASE("Watch: every load and store of the doubleword is stopped by R or W, and no other",
          "[cpu][watch]") {
  for (const Access& a : kAccesses) {
    for (const std::uint64_t kinds : {kRead, kWrite, kRead | kWrite}) {
      for (const int distance : {-8, 0, 8}) {
        INFO(a.name << ", kinds " << kinds << ", distance " << distance);
        WatchRig rig{kinds};
        const std::vector<std::byte> before = [&] { return rig.memory.ram; }();
        rig.run(word::i(a.opcode, 5, 4, a.offset + distance));
        const bool hit = distance == 0 && (kinds & (a.is_store ? kWrite : kRead)) != 0;
        REQUIRE(rig.watch_taken() == hit);
        if (!hit) continue;
        CHECK(rig.exception_code() == ExceptionCode::kWatch);
        CHECK(rig.cp0(kEpc) == kKseg0 + kCode);
        CHECK(rig.gpr(5) == 0x1122334455667788);  // neither loaded nor stored
        CHECK(std::equal(before.begin() + kData, before.begin() + kData + 64,
                         rig.memory.ram.begin() + kData));
      }
    }
  }
}

TEST_CASE("Watch: the page's other words stay right, before, during and after", "[cpu][watch]") {
  WatchRig rig{kRead | kWrite};
  rig.set_cp0(kWatchLo, 0);
  rig.run(word::sw(5, 0x28, 4));  // now the fast path knows the page
  rig.set_cp0(kWatchLo, kWatched | kWrite);
  rig.run(word::sw(5, 0x30, 4));
  CHECK_FALSE(rig.watch_taken());
  rig.run(word::sw(0, 0x28, 4));
  CHECK(rig.watch_taken());
  CHECK(rig.memory.word(kWatched) == 0x55667788);
  rig.set_cp0(kStatus, 0);
  rig.set_cp0(kWatchLo, 0);
  rig.run(word::sw(0, 0x28, 4));
  CHECK(rig.memory.word(kWatched) == 0);
}

TEST_CASE("Watch: in a delay slot EPC is the branch", "[cpu][watch]") {
  WatchRig rig{kRead};
  rig.put(kCode, {word::beq(0, 0, 4), word::ld(6, 0x28, 4)});
  rig.set_pc(kKseg0 + kCode);
  rig.run_instructions(1);
  CHECK(rig.exception_code() == ExceptionCode::kWatch);
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode);
  CHECK((rig.cp0(kCause) >> 31 & 1) == 1);
}

TEST_CASE("Watch: the CACHE instruction and prefetches never cause it", "[cpu][watch]") {
  WatchRig rig{kRead | kWrite};
  rig.run(word::i(47, 0b10101, 4, 0x28));
  rig.run(word::i(51, 0, 4, 0x28));
  CHECK_FALSE(rig.watch_taken());
}

TEST_CASE("Watch: TLB modified comes before it, a bus error after it", "[cpu][watch]") {
  WatchRig rig{kRead | kWrite};
  rig.set_cp0(kEntryHi, 0x4000);
  rig.set_cp0(kEntryLo0, kData >> 12 << 6 | 0x1b);  // valid, not dirty
  rig.set_cp0(kEntryLo1, 0x1b);
  rig.run(word::tlbwi());
  rig.set_gpr(4, 0x4000);
  rig.run(word::sw(5, 0x28, 4));
  CHECK(rig.exception_code() == ExceptionCode::kMod);
  rig.set_cp0(kStatus, 0);
  constexpr std::uint64_t kNowhere = 0x18000000;
  rig.set_cp0(kWatchLo, kNowhere | kRead);
  rig.set_gpr(4, kKseg1 + kNowhere);
  rig.run(word::lw(6, 0, 4));
  CHECK(rig.exception_code() == ExceptionCode::kWatch);
}

TEST_CASE("Watch: under EXL or ERL the reference happens and the exception waits", "[cpu][watch]") {
  const std::uint64_t level = GENERATE(2u, 4u, 6u);  // EXL, ERL, both
  CAPTURE(level);
  WatchRig rig{kWrite};
  rig.set_cp0(kStatus, level);
  rig.run(word::sw(5, 0x28, 4));
  CHECK_FALSE(rig.watch_taken());
  CHECK(rig.memory.word(kWatched) == 0x55667788);
  SECTION("until both are clear; EPC is the next instruction not executed") {
    rig.set_gpr(6, level == (kExl | kErl) ? kExl : 0);
    rig.put(kCode, {word::mtc0(6, kStatus), word::mtc0(0, kStatus), word::addiu(7, 0, 1)});
    rig.set_pc(kKseg0 + kCode);
    rig.run_instructions(1);
    CHECK(rig.watch_taken() == false);
    rig.run_instructions(2);
    CHECK(rig.watch_taken());
    const bool at_once = level != (kExl | kErl);
    CHECK(rig.cp0(kEpc) == kKseg0 + kCode + (at_once ? 4 : 8));
    CHECK(rig.gpr(7) == 0);
    CHECK(rig.cpu.counters().exceptions[index_of(ExceptionCode::kWatch)] == 1);
  }
  SECTION("unless WatchLo is written, even with the same value") {
    rig.set_gpr(6, kWatched | kWrite);
    rig.put(kCode, {word::mtc0(6, kWatchLo), word::mtc0(0, kStatus), word::nop(), word::nop()});
    rig.set_pc(kKseg0 + kCode);
    rig.run_instructions(4);
    CHECK_FALSE(rig.watch_taken());
  }
  SECTION("a soft reset clears it") {
    rig.cpu.soft_reset();
    rig.cpu.run(rig.cpu.now() + Cycles{1});
    rig.set_cp0(kStatus, 0);
    rig.set_pc(kKseg0 + kCode + 4);
    rig.cpu.run(rig.cpu.now() + Cycles{1});
    CHECK_FALSE(rig.watch_taken());
  }
  SECTION("an NMI does not") {
    rig.cpu.nmi();
    rig.cpu.run(rig.cpu.now() + Cycles{1});
    rig.set_cp0(kStatus, 0);
    rig.set_pc(kKseg0 + kCode + 4);
    rig.cpu.run(rig.cpu.now() + Cycles{1});
    CHECK(rig.watch_taken());
  }
}

TEST_CASE("NMI and soft reset: what they change and what they keep", "[cpu][reset]") {
  const bool soft = GENERATE(true, false);
  const std::uint64_t before = GENERATE(0x3400ff11u, 0x2000ff02u, 0x20280004u, 0x100000u);
  CAPTURE(soft, before);
  Rig rig;
  rig.put(kCode, {word::nop(), word::nop()});
  rig.set_cp0(kStatus, before);
  rig.set_cp0(kEpc, 0x1234);
  rig.set_cp0(kCause, 0x80000000 | 9 << 2);
  if ((before & 0x18) != 0)
    rig.set_cp0(kStatus, before & ~std::uint64_t{0x18});  // fetch from KSEG0
  const std::uint64_t status = rig.cp0(kStatus);
  soft ? rig.cpu.soft_reset() : rig.cpu.nmi();
  CHECK(rig.cpu.is_reset_pending());
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.pc() == kReset);
  CHECK(rig.cp0(kErrorEpc) == kKseg0 + kCode);
  // ERL, BEV and SR set, TS clear, NMI tells which; the rest stays (UM 17, UM 14.10).
  CHECK(rig.cp0(kStatus) ==
        ((status & ~std::uint64_t{0x280000}) | 0x500004 | (soft ? 0u : 0x80000u)));
  CHECK(rig.cp0(kEpc) == 0x1234);
  CHECK((rig.cp0(kCause) & (cause::kBd | cause::kExcCode)) ==
        (cause::kBd | index_of(ExceptionCode::kBp)
                          << cause::kExcCodeShift));  // Cause remains unchanged
  CHECK(rig.cpu.retired() == 0);
  CHECK_FALSE(rig.cpu.is_reset_pending());
}

TEST_CASE(
    "NMI: comes before an interrupt, between instructions, never between a branch and its slot",
    "[cpu][reset]") {
  Rig rig;
  rig.put(kCode, {word::sw(0, 0, 4), word::beq(0, 0, 2), word::addiu(8, 0, 1), word::nop()});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.memory.on_device_write = [&] { rig.cpu.nmi(), rig.cpu.set_interrupt_line(2, true); };
  rig.set_cp0(kStatus, status::kIm | status::kIe);
  rig.cpu.run(rig.cpu.now() + Cycles{2});
  CHECK(rig.cp0(kErrorEpc) == kKseg0 + kCode + 4);
  CHECK(rig.pc() == kReset);
  CHECK(rig.cpu.counters().interrupts == 0);  // ERL holds it back

  Rig slot;
  slot.put(kCode, {word::beq(0, 0, 3), word::sw(0, 0, 4)});
  slot.set_gpr(4, kKseg1 + kDevicePage);
  slot.memory.on_device_write = [&] { slot.cpu.nmi(); };
  slot.cpu.run(slot.cpu.now() + Cycles{3});
  CHECK(slot.cp0(kErrorEpc) == kKseg0 + kCode + 16);
}

TEST_CASE("NMI: wakes a processor that dozes with all interrupts masked", "[cpu][reset]") {
  Rig rig;
  rig.put(kCode, {word::nop(), word::nop(), word::nop()});
  rig.cpu.doze();
  CHECK(rig.cpu.run(rig.cpu.now() + Cycles{100}) == Stop::kDozing);
  rig.cpu.nmi();
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.pc() == kReset);
  CHECK_FALSE(rig.cpu.is_dozing());
}

TEST_CASE("NMI: eret goes back to ErrorEPC with ERL clear", "[cpu][reset]") {
  Rig rig;
  rig.memory.boot_rom.resize(kPageSize);
  store_big<std::uint32_t>(rig.memory.boot_rom.data(), word::eret());
  rig.put(kCode, {word::addiu(8, 0, 7)});
  rig.cpu.nmi();
  rig.run_instructions(2);
  CHECK(rig.gpr(8) == 7);
  CHECK((rig.cp0(kStatus) & kErl) == 0);
}

// ---- reverse-endian user mode (UM 14.10; MIPS IV, the definition of each load and store)

namespace {

struct ReversedRig : Rig {
  explicit ReversedRig(std::uint64_t status) {
    // User page 4 shows RAM at 0x4000, user page 5 RAM at 0x5000.
    set_cp0(kEntryHi, 0x4000);
    set_cp0(kEntryLo0, 4 << 6 | 0x1f);
    set_cp0(kEntryLo1, 5 << 6 | 0x1f);
    put(kCode, {word::tlbwi()});
    run_instructions(1);
    for (unsigned i = 0; i < 16; ++i) memory.ram[0x5000 + i] = static_cast<std::byte>(0xa0 + i);
    set_gpr(4, 0x5000);
    set_cp0(kStatus, status);
  }
  /// Runs one instruction that a reverse-endian program finds at 0x4000: the other word of its
  /// doubleword.
  void run(std::uint32_t word, bool reversed) {
    put(0x4000, {reversed ? 0 : word, reversed ? word : 0});
    set_pc(0x4000);
    run_instructions(1);
  }
};
constexpr std::uint64_t kUser = 0x10 | 0x20, kRe = 1u << 25;

}  // namespace

TEST_CASE("RE: a user program sees each doubleword's bytes from the other end", "[cpu][re]") {
  struct Case {
    const char* name;
    unsigned opcode;
    int offset;
    std::uint64_t value;
  };
  // Memory holds a0 a1 .. a7 | a8 ..; little-endian, byte 0 of a doubleword is its last one.
  const Case cases[] = {{"lbu 0", 36, 0, 0xa7},
                        {"lbu 5", 36, 5, 0xa2},
                        {"lhu 0", 37, 0, 0xa6a7},
                        {"lhu 2", 37, 2, 0xa4a5},
                        {"lwu 0", 39, 0, 0xa4a5a6a7},
                        {"lwu 4", 39, 4, 0xa0a1a2a3},
                        {"lwu 8", 39, 8, 0xacadaeaf},
                        {"ld 0", 55, 0, 0xa0a1a2a3a4a5a6a7},
                        // The unaligned pair at 1: little-endian, ldl names the last byte and ldr
                        // the first.
                        {"ldr 1", 27, 1, 0xffa0a1a2a3a4a5a6},
                        {"ldl 0", 26, 0, 0xa7ffffffffffffff},
                        {"ldl 6", 26, 6, 0xa1a2a3a4a5a6a7ff},
                        {"lwl 2", 34, 2, 0xffffffffa5a6a7ff},
                        {"lwr 5", 38, 5, 0xffffffffffa0a1a2}};
  for (const Case& c : cases) {
    INFO(c.name);
    ReversedRig rig{kUser | kRe};
    rig.set_gpr(6, ~std::uint64_t{0});
    rig.run(word::i(c.opcode, 6, 4, c.offset), true);
    CHECK(rig.gpr(6) == c.value);
  }
}

TEST_CASE("RE: stores mirror loads, and the kernel and RE = 0 see big-endian", "[cpu][re]") {
  const bool reversed = GENERATE(true, false);
  ReversedRig rig{kUser | (reversed ? kRe : 0)};
  rig.set_gpr(6, 0x0102030405060708);
  rig.run(word::i(40, 6, 4, 0), reversed);  // sb
  CHECK(rig.memory.ram[0x5000 + (reversed ? 7 : 0)] == std::byte{8});
  rig.run(word::sw(6, 8, 4), reversed);
  CHECK(rig.memory.word(0x5000 + (reversed ? 12 : 8)) == 0x05060708);
  rig.set_cp0(kStatus, kRe);  // kernel mode: RE does not matter
  rig.put(kCode, {word::lw(7, 8, 4)});
  rig.set_gpr(4, kKseg0 + 0x5000);
  rig.set_pc(kKseg0 + kCode);
  rig.run_instructions(1);
  CHECK(rig.gpr(7) == (reversed ? 0xffffffffa8a9aaab : 0x05060708));
}
