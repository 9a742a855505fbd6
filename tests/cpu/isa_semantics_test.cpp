// What the integer, control, memory and system bodies compute, against the manual's definitions
// spelled out byte by byte or as plain C++. tests/cpu/isa_qemu_test.cpp has the random counterpart.

#include <cstdint>
#include <limits>
#include <vector>

#include "tests/cpu/isa_machine.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::encode;
using test::Fields;
using test::NaiveMachine;

constexpr std::uint64_t kBase = 0x1000;
constexpr unsigned kA = 4, kB = 5, kD = 2;  // registers the tests use: two sources, one destination

constexpr std::uint64_t kMin32 = 0xffff'ffff'8000'0000, kMax32 = 0x7fff'ffff;
constexpr std::uint64_t kMin64 = 0x8000'0000'0000'0000, kMax64 = 0x7fff'ffff'ffff'ffff;
constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};

const std::vector<std::uint64_t> kInteresting = {0,
                                                 1,
                                                 2,
                                                 3,
                                                 31,
                                                 32,
                                                 63,
                                                 0x7f,
                                                 0x80,
                                                 0xffff,
                                                 0x8000,
                                                 kMax32,
                                                 0x8000'0000,
                                                 0xffff'ffff,
                                                 kMin32,
                                                 kMinusOne,
                                                 kMin64,
                                                 kMax64,
                                                 0x0123'4567'89ab'cdef,
                                                 0xfedc'ba98'7654'3210};

NaiveMachine machine() {
  NaiveMachine m{kBase, 256};
  m.pc_now = 0x8000;
  m.gpr[kD] = 0xdddd;
  return m;
}

/// rd of `insn rd, a, b`.
std::uint64_t result(Insn insn, std::uint64_t a, std::uint64_t b) {
  NaiveMachine m = machine();
  m.gpr[kA] = a;
  m.gpr[kB] = b;
  m.execute(encode(insn, {.rs = kA, .rt = kB, .rd = kD}));
  REQUIRE_FALSE(m.exception);
  return m.gpr[kD];
}
/// rt of `insn rt, a, imm`.
std::uint64_t immediate(Insn insn, std::uint64_t a, std::int32_t imm) {
  NaiveMachine m = machine();
  m.gpr[kA] = a;
  m.execute(encode(insn, {.rs = kA, .rt = kD, .imm = imm}));
  REQUIRE_FALSE(m.exception);
  return m.gpr[kD];
}
std::uint64_t shifted(Insn insn, std::uint64_t value, unsigned sa) {
  NaiveMachine m = machine();
  m.gpr[kB] = value;
  m.execute(encode(insn, {.rt = kB, .rd = kD, .sa = sa}));
  return m.gpr[kD];
}
struct HiLo {
  std::uint64_t hi, lo;
  bool operator==(const HiLo&) const = default;
};
HiLo hi_lo(Insn insn, std::uint64_t a, std::uint64_t b) {
  NaiveMachine m = machine();
  m.gpr[kA] = a;
  m.gpr[kB] = b;
  m.execute(encode(insn, {.rs = kA, .rt = kB}));
  return {m.hi, m.lo};
}

TEST_CASE("Integer: word results are sign-extended from the low halves", "[isa]") {
  CHECK(result(Insn::addu, 0x7fff'ffff, 1) == kMin32);
  CHECK(result(Insn::addu, 0x1'0000'0001, 1) == 2);
  CHECK(result(Insn::subu, 0, 1) == kMinusOne);
  CHECK(immediate(Insn::addiu, 0x7fff'ffff, 1) == kMin32);
  CHECK(immediate(Insn::addiu, 0, -1) == kMinusOne);
  CHECK(shifted(Insn::sll, 0x4000'0000, 1) == kMin32);
  CHECK(shifted(Insn::sll, 0xf'8000'0000, 0) == kMin32);
  CHECK(shifted(Insn::srl, kMin32, 0) == kMin32);
  CHECK(shifted(Insn::srl, kMin32, 31) == 1);
  CHECK(shifted(Insn::sra, kMin32, 31) == kMinusOne);
  CHECK(shifted(Insn::sra, 0xf'0000'0010, 4) == 1);
  CHECK(immediate(Insn::lui, 0, 0x8000) == kMin32);
  CHECK(immediate(Insn::lui, 0, 0x7fff) == 0x7fff'0000);
}

TEST_CASE("Integer: 64-bit arithmetic uses all bits", "[isa]") {
  CHECK(result(Insn::daddu, kMax64, 1) == kMin64);
  CHECK(result(Insn::dsubu, 0, 1) == kMinusOne);
  CHECK(immediate(Insn::daddiu, 0xffff'ffff, 1) == 0x1'0000'0000);
  CHECK(shifted(Insn::dsll, 1, 31) == 0x8000'0000);
  CHECK(shifted(Insn::dsll32, 1, 31) == kMin64);
  CHECK(shifted(Insn::dsrl, kMin64, 31) == 0x1'0000'0000);
  CHECK(shifted(Insn::dsrl32, kMin64, 31) == 1);
  CHECK(shifted(Insn::dsra, kMin64, 31) == 0xffff'ffff'0000'0000);
  CHECK(shifted(Insn::dsra32, kMin64, 31) == kMinusOne);
}

TEST_CASE("Integer: variable shifts use the low bits of the amount", "[isa]") {
  // rd = rt shifted by rs: the amount is the first operand of result().
  CHECK(result(Insn::sllv, 33, 1) == 2);
  CHECK(result(Insn::srlv, 33, 4) == 2);
  CHECK(result(Insn::srav, 33, kMin32) == 0xffff'ffff'c000'0000);
  CHECK(result(Insn::dsllv, 65, 1) == 2);
  CHECK(result(Insn::dsrlv, 33, kMin64) == 0x4000'0000);
  CHECK(result(Insn::dsrav, 127, kMin64) == kMinusOne);
}

TEST_CASE("Integer: logic and comparisons", "[isa]") {
  for (const std::uint64_t a : kInteresting) {
    CHECK(immediate(Insn::andi, a, 0x8001) == (a & 0x8001));
    CHECK(immediate(Insn::ori, a, 0x8001) == (a | 0x8001));
    CHECK(immediate(Insn::xori, a, 0x8001) == (a ^ 0x8001));
    CHECK(immediate(Insn::slti, a, -1) == (static_cast<std::int64_t>(a) < -1));
    CHECK(immediate(Insn::sltiu, a, -1) == (a < kMinusOne));
    for (const std::uint64_t b : kInteresting) {
      CHECK(result(Insn::and_, a, b) == (a & b));
      CHECK(result(Insn::or_, a, b) == (a | b));
      CHECK(result(Insn::xor_, a, b) == (a ^ b));
      CHECK(result(Insn::nor, a, b) == ~(a | b));
      CHECK(result(Insn::slt, a, b) ==
            (static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b)));
      CHECK(result(Insn::sltu, a, b) == (a < b));
      CHECK(result(Insn::movz, a, b) == (b == 0 ? a : 0xdddd));
      CHECK(result(Insn::movn, a, b) == (b != 0 ? a : 0xdddd));
    }
  }
}

TEST_CASE("Integer: writes to $zero go nowhere", "[isa]") {
  NaiveMachine m = machine();
  m.gpr[kA] = 5;
  m.execute(encode(Insn::addu, {.rs = kA, .rt = kA, .rd = 0}));
  CHECK(m.gpr[0] == 0);
  m.execute(encode(Insn::lw, {.rs = kA, .rt = 0, .imm = 0x1003 - 8}));
  CHECK(m.gpr[0] == 0);
}

/// Whether the exact result leaves the range, in arithmetic wide enough not to.
bool overflows(Insn insn, std::uint64_t a, std::uint64_t b) {
  const bool wide = insn == Insn::dadd || insn == Insn::dsub || insn == Insn::daddi;
  const bool minus = insn == Insn::sub || insn == Insn::dsub;
  const auto narrow = [wide](std::uint64_t v) {
    return wide ? Int128{static_cast<std::int64_t>(v)} : Int128{static_cast<std::int32_t>(v)};
  };
  const Int128 exact = minus ? narrow(a) - narrow(b) : narrow(a) + narrow(b);
  return exact != narrow(static_cast<std::uint64_t>(exact));
}

TEST_CASE("Integer: overflow traps exactly when the result does not fit, and writes nothing",
          "[isa]") {
  int traps = 0, results = 0;
  for (const Insn insn : {Insn::add, Insn::sub, Insn::dadd, Insn::dsub}) {
    for (const std::uint64_t a : kInteresting) {
      for (const std::uint64_t b : kInteresting) {
        NaiveMachine m = machine();
        m.gpr[kA] = a;
        m.gpr[kB] = b;
        m.execute(encode(insn, {.rs = kA, .rt = kB, .rd = kD}));
        INFO(row_of(insn).name << std::hex << ' ' << a << ' ' << b);
        if (overflows(insn, a, b)) {
          ++traps;
          CHECK(m.exception == ExceptionCode::kOv);
          CHECK(m.gpr[kD] == 0xdddd);
        } else {
          ++results;
          CHECK_FALSE(m.exception);
          const bool plus = insn == Insn::add || insn == Insn::dadd;
          const bool wide = insn == Insn::dadd || insn == Insn::dsub;
          const std::uint64_t exact = plus ? a + b : a - b;
          CHECK(m.gpr[kD] == (wide ? exact : NaiveMachine::sext32(exact)));
        }
      }
    }
  }
  CHECK(traps > 50);
  CHECK(results > 500);
  for (const Insn insn : {Insn::addi, Insn::daddi}) {
    for (const std::uint64_t a : kInteresting) {
      for (const std::int32_t imm : {-32768, -1, 0, 1, 32767}) {
        NaiveMachine m = machine();
        m.gpr[kA] = a;
        m.execute(encode(insn, {.rs = kA, .rt = kD, .imm = imm}));
        CHECK(m.exception.has_value() == overflows(insn, a, static_cast<std::uint64_t>(imm)));
      }
    }
  }
}

TEST_CASE("Multiply: both halves, signed and unsigned", "[isa]") {
  CHECK(hi_lo(Insn::mult, kMinusOne, 2) == HiLo{kMinusOne, 0xffff'ffff'ffff'fffe});
  CHECK(hi_lo(Insn::multu, kMinusOne, 2) == HiLo{1, 0xffff'ffff'ffff'fffe});
  CHECK(hi_lo(Insn::multu, kMinusOne, kMinusOne) == HiLo{0xffff'ffff'ffff'fffe, 1});
  CHECK(hi_lo(Insn::mult, kMin32, kMin32) == HiLo{0x4000'0000, 0});
  CHECK(hi_lo(Insn::dmult, kMinusOne, 2) == HiLo{kMinusOne, 0xffff'ffff'ffff'fffe});
  CHECK(hi_lo(Insn::dmultu, kMinusOne, 2) == HiLo{1, 0xffff'ffff'ffff'fffe});
  CHECK(hi_lo(Insn::dmult, kMin64, kMin64) == HiLo{0x4000'0000'0000'0000, 0});
}

TEST_CASE("Divide: truncates towards zero, the remainder has the dividend's sign", "[isa]") {
  const auto s = [](std::int64_t v) { return static_cast<std::uint64_t>(v); };
  CHECK(hi_lo(Insn::div, s(-7), 2) == HiLo{s(-1), s(-3)});
  CHECK(hi_lo(Insn::div, 7, s(-2)) == HiLo{1, s(-3)});
  CHECK(hi_lo(Insn::divu, s(-7), 2) == HiLo{1, 0x7fff'fffc});
  CHECK(hi_lo(Insn::divu, s(-7), 1) == HiLo{0, s(-7)});
  CHECK(hi_lo(Insn::ddiv, s(-7), 2) == HiLo{s(-1), s(-3)});
  CHECK(hi_lo(Insn::ddivu, s(-7), 2) == HiLo{1, 0x7fff'ffff'ffff'fffc});
}

TEST_CASE("Divide: what the manual leaves open is defined and raises nothing", "[isa]") {
  const auto s = [](std::int64_t v) { return static_cast<std::uint64_t>(v); };
  for (const Insn insn : {Insn::div, Insn::ddiv}) {
    CHECK(hi_lo(insn, 7, 0) == HiLo{7, kMinusOne});
    CHECK(hi_lo(insn, s(-7), 0) == HiLo{s(-7), 1});
  }
  CHECK(hi_lo(Insn::divu, 7, 0) == HiLo{7, kMinusOne});
  CHECK(hi_lo(Insn::ddivu, 7, 0) == HiLo{7, kMinusOne});
  CHECK(hi_lo(Insn::div, kMin32, kMinusOne) == HiLo{0, kMin32});
  CHECK(hi_lo(Insn::ddiv, kMin64, kMinusOne) == HiLo{0, kMin64});
}

TEST_CASE("HI and LO: moves", "[isa]") {
  NaiveMachine m = machine();
  m.gpr[kA] = kMin64 + 1;
  m.execute(encode(Insn::mthi, {.rs = kA}));
  m.execute(encode(Insn::mfhi, {.rd = kD}));
  CHECK(m.gpr[kD] == kMin64 + 1);
  m.execute(encode(Insn::mflo, {.rd = kD}));
  CHECK(m.gpr[kD] == 0);
  m.execute(encode(Insn::mtlo, {.rs = kA}));
  m.execute(encode(Insn::mflo, {.rd = kD}));
  CHECK(m.gpr[kD] == kMin64 + 1);
}

TEST_CASE("Traps: each condition, register and immediate forms", "[isa]") {
  struct Trap {
    Insn reg, imm;
    bool (*holds)(std::uint64_t, std::uint64_t);
  };
  using U = std::uint64_t;
  using S = std::int64_t;
  const Trap traps[] = {
      {Insn::tge, Insn::tgei, [](U a, U b) { return static_cast<S>(a) >= static_cast<S>(b); }},
      {Insn::tgeu, Insn::tgeiu, [](U a, U b) { return a >= b; }},
      {Insn::tlt, Insn::tlti, [](U a, U b) { return static_cast<S>(a) < static_cast<S>(b); }},
      {Insn::tltu, Insn::tltiu, [](U a, U b) { return a < b; }},
      {Insn::teq, Insn::teqi, [](U a, U b) { return a == b; }},
      {Insn::tne, Insn::tnei, [](U a, U b) { return a != b; }},
  };
  for (const Trap& t : traps) {
    for (const std::uint64_t a : kInteresting) {
      for (const std::uint64_t b : kInteresting) {
        NaiveMachine m = machine();
        m.gpr[kA] = a;
        m.gpr[kB] = b;
        m.execute(encode(t.reg, {.rs = kA, .rt = kB, .rd = 31}));
        CHECK(m.exception == (t.holds(a, b) ? std::optional{ExceptionCode::kTr} : std::nullopt));
      }
      for (const std::int32_t imm : {-32768, -1, 0, 1, 32767}) {
        NaiveMachine m = machine();
        m.gpr[kA] = a;
        m.execute(encode(t.imm, {.rs = kA, .imm = imm}));
        CHECK(m.exception.has_value() == t.holds(a, static_cast<U>(S{imm})));
      }
    }
  }
}

TEST_CASE("System: syscall, break, sync and reserved words", "[isa]") {
  NaiveMachine m = machine();
  m.execute(0x0000040c);
  CHECK(m.exception == ExceptionCode::kSys);
  CHECK(m.pc_now == 0x8000);
  m.execute(0x0007000d);
  CHECK(m.exception == ExceptionCode::kBp);
  m.execute(0x0000000f);
  CHECK(m.did_sync);
  CHECK_FALSE(m.exception);
  for (const std::uint32_t word : {0x7c03e83bu, 0x70851002u, 0x42000020u}) {
    m.execute(word);
    CHECK(m.exception == ExceptionCode::kRi);
  }
  m.execute(0x48000000);  // CU2 = 1, but there is no coprocessor 2
  CHECK(m.exception == ExceptionCode::kRi);
}

// ---- control

/// Where execution is after the branch and, if it runs, its delay slot `addiu kD, $zero, 1`.
struct Went {
  std::uint64_t to;
  bool slot_ran;
  std::uint64_t ra;
};
Went go(std::uint32_t word, std::uint64_t a, std::uint64_t b) {
  NaiveMachine m = machine();
  m.gpr[kA] = a;
  m.gpr[kB] = b;
  m.gpr[kD] = 0;
  m.execute(word);
  if (m.pending_target()) m.execute(encode(Insn::addiu, {.rt = kD, .imm = 1}));
  return {m.pc_now, m.gpr[kD] == 1, m.gpr[31]};
}

TEST_CASE("Branches: condition, delay slot, nullification and link", "[isa]") {
  struct Branch {
    Insn plain, likely;
    bool links;
    bool (*taken)(std::int64_t, std::int64_t);
  };
  using S = std::int64_t;
  const Branch branches[] = {
      {Insn::beq, Insn::beql, false, [](S a, S b) { return a == b; }},
      {Insn::bne, Insn::bnel, false, [](S a, S b) { return a != b; }},
      {Insn::blez, Insn::blezl, false, [](S a, S) { return a <= 0; }},
      {Insn::bgtz, Insn::bgtzl, false, [](S a, S) { return a > 0; }},
      {Insn::bltz, Insn::bltzl, false, [](S a, S) { return a < 0; }},
      {Insn::bgez, Insn::bgezl, false, [](S a, S) { return a >= 0; }},
      {Insn::bltzal, Insn::bltzall, true, [](S a, S) { return a < 0; }},
      {Insn::bgezal, Insn::bgezall, true, [](S a, S) { return a >= 0; }},
  };
  for (const Branch& branch : branches) {
    for (const std::uint64_t a : kInteresting) {
      for (const std::uint64_t b : {a, std::uint64_t{7}}) {
        const bool taken = branch.taken(static_cast<S>(a), static_cast<S>(b));
        for (const std::int32_t offset : {-0x8000, -1, 0x7fff}) {
          const Fields fields{.rs = kA, .rt = kB, .imm = offset};
          const std::uint64_t target = 0x8004 + static_cast<std::uint64_t>(S{offset} * 4);
          const Went plain = go(encode(branch.plain, fields), a, b);
          CHECK(plain.to == (taken ? target : 0x8008));
          CHECK(plain.slot_ran);
          CHECK(plain.ra == (branch.links ? 0x8008 : 0));
          const Went likely = go(encode(branch.likely, fields), a, b);
          CHECK(likely.to == (taken ? target : 0x8008));
          CHECK(likely.slot_ran == taken);
          CHECK(likely.ra == (branch.links ? 0x8008 : 0));
        }
      }
    }
  }
}

TEST_CASE("Jumps: region of the delay slot, link, the register as it was", "[isa]") {
  NaiveMachine m = machine();
  m.pc_now = 0xffff'ffff'8fff'fffc;
  m.execute(encode(Insn::jal, {.target = 4}));
  CHECK(m.pending_target() == 0xffff'ffff'9000'0010);
  CHECK(m.gpr[31] == 0xffff'ffff'9000'0004);

  m = machine();
  m.gpr[31] = 0x4000;
  m.execute(encode(Insn::jalr, {.rs = 31, .rd = 31}));
  CHECK(m.pending_target() == 0x4000);
  CHECK(m.gpr[31] == 0x8008);

  m = machine();
  m.gpr[31] = kMin64;
  m.execute(encode(Insn::bltzal, {.rs = 31, .imm = 3}));
  CHECK(m.pending_target() == 0x8010);
  CHECK(m.gpr[31] == 0x8008);
}

// ---- memory

/// Bytes 0x80, 0x81 ... from kBase on.
NaiveMachine counting_machine() {
  NaiveMachine m = machine();
  for (std::size_t i = 0; i < m.memory.size(); ++i)
    m.memory[i] = static_cast<std::uint8_t>(0x80 + i);
  m.gpr[kA] = kBase + 0x40;
  return m;
}

TEST_CASE("Memory: extension of loads", "[isa]") {
  struct Load {
    Insn insn;
    std::uint64_t expected;
  };
  const Load loads[] = {
      {Insn::lb, 0xffff'ffff'ffff'ff98},  {Insn::lbu, 0x98},
      {Insn::lh, 0xffff'ffff'ffff'9899},  {Insn::lhu, 0x9899},
      {Insn::lw, 0xffff'ffff'9899'9a9b},  {Insn::lwu, 0x9899'9a9b},
      {Insn::ld, 0x9899'9a9b'9c9d'9e9f},  {Insn::ll, 0xffff'ffff'9899'9a9b},
      {Insn::lld, 0x9899'9a9b'9c9d'9e9f},
  };
  for (const Load& load : loads) {
    INFO(row_of(load.insn).name);
    NaiveMachine m = counting_machine();
    m.execute(encode(load.insn, {.rs = kA, .rt = kD, .imm = -0x28}));
    CHECK(m.gpr[kD] == load.expected);
  }
}

TEST_CASE("Memory: stores write their own bytes only", "[isa]") {
  struct Store {
    Insn insn;
    unsigned size;
  };
  for (const Store& store :
       {Store{Insn::sb, 1}, Store{Insn::sh, 2}, Store{Insn::sw, 4}, Store{Insn::sd, 8}}) {
    NaiveMachine m = counting_machine();
    NaiveMachine before = m;
    m.gpr[kB] = 0x0123'4567'89ab'cdef;
    m.execute(encode(store.insn, {.rs = kA, .rt = kB, .imm = 8}));
    before.poke(kBase + 0x48, 0x0123'4567'89ab'cdef, store.size);
    CHECK(m.memory == before.memory);
  }
}

TEST_CASE("Memory: misaligned and absent addresses fault and change nothing", "[isa]") {
  struct Case {
    Insn insn;
    unsigned size;
    bool is_store;
  };
  const Case cases[] = {
      {Insn::lh, 2, false},   {Insn::lhu, 2, false},  {Insn::lw, 4, false},  {Insn::lwu, 4, false},
      {Insn::ld, 8, false},   {Insn::ll, 4, false},   {Insn::lld, 8, false}, {Insn::sh, 2, true},
      {Insn::sw, 4, true},    {Insn::sd, 8, true},    {Insn::sc, 4, true},   {Insn::scd, 8, true},
      {Insn::lwc1, 4, false}, {Insn::ldc1, 8, false}, {Insn::swc1, 4, true}, {Insn::sdc1, 8, true},
  };
  for (const Case& c : cases) {
    INFO(row_of(c.insn).name);
    for (unsigned low = 1; low < c.size; ++low) {
      NaiveMachine m = counting_machine();
      const std::vector<std::uint8_t> memory = m.memory;
      m.execute(encode(c.insn, {.rs = kA, .rt = kD, .imm = static_cast<std::int32_t>(low)}));
      CHECK(m.exception == (c.is_store ? ExceptionCode::kAdES : ExceptionCode::kAdEL));
      CHECK(m.bad_address == kBase + 0x40 + low);
      CHECK(m.gpr[kD] == 0xdddd);
      CHECK(m.memory == memory);
    }
    NaiveMachine m = counting_machine();
    m.execute(encode(c.insn, {.rs = kA, .rt = kD, .imm = 0x4000}));
    CHECK(m.exception == (c.is_store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL));
    CHECK(m.gpr[kD] == 0xdddd);
  }
}

/// The manual's picture of the unaligned instructions, byte by byte: which bytes of memory meet
/// which bytes of the register. Byte 0 of a register is its most significant one.
struct Unaligned {
  Insn load, store;
  unsigned size;
  bool left;
};
const Unaligned kUnaligned[] = {
    {Insn::lwl, Insn::swl, 4, true},
    {Insn::lwr, Insn::swr, 4, false},
    {Insn::ldl, Insn::sdl, 8, true},
    {Insn::ldr, Insn::sdr, 8, false},
};
template <class Visit>
void for_each_pair(const Unaligned& u, std::uint64_t ea, Visit visit) {
  const std::uint64_t start = ea & ~std::uint64_t{u.size - 1};
  if (u.left) {
    for (std::uint64_t at = ea; at < start + u.size; ++at)
      visit(at, static_cast<unsigned>(at - ea));
  } else {
    for (std::uint64_t at = start; at <= ea; ++at)
      visit(at, static_cast<unsigned>(u.size - 1 - (ea - at)));
  }
}

TEST_CASE("Memory: unaligned loads merge the bytes of the manual's picture", "[isa]") {
  for (const Unaligned& u : kUnaligned) {
    for (std::int32_t low = 0; low < 8; ++low) {
      INFO(row_of(u.load).name << " +" << low);
      NaiveMachine m = counting_machine();
      const std::uint64_t old = u.size == 4 ? 0x1122'3344 : 0x1122'3344'5566'7788;
      m.gpr[kD] = old;
      std::uint64_t expected = old;
      for_each_pair(
          u, kBase + 0x40 + static_cast<std::uint64_t>(low), [&](std::uint64_t at, unsigned byte) {
            const unsigned shift = 8 * (u.size - 1 - byte);
            expected = (expected & ~(std::uint64_t{0xff} << shift)) | m.peek(at, 1) << shift;
          });
      if (u.size == 4) expected = NaiveMachine::sext32(expected);
      m.execute(encode(u.load, {.rs = kA, .rt = kD, .imm = low}));
      CHECK(m.gpr[kD] == expected);
    }
  }
}

TEST_CASE("Memory: unaligned stores write the bytes of the manual's picture", "[isa]") {
  for (const Unaligned& u : kUnaligned) {
    for (std::int32_t low = 0; low < 8; ++low) {
      INFO(row_of(u.store).name << " +" << low);
      NaiveMachine m = counting_machine();
      m.gpr[kB] = 0x1122'3344'5566'7788;
      NaiveMachine expected = m;
      for_each_pair(u, kBase + 0x40 + static_cast<std::uint64_t>(low),
                    [&](std::uint64_t at, unsigned byte) {
                      expected.poke(at, m.gpr[kB] >> 8 * (u.size - 1 - byte), 1);
                    });
      m.execute(encode(u.store, {.rs = kA, .rt = kB, .imm = low}));
      CHECK(m.memory == expected.memory);
    }
  }
}

TEST_CASE("Memory: an unaligned pair reads and writes any address", "[isa]") {
  for (std::int32_t low = 0; low < 8; ++low) {
    NaiveMachine m = counting_machine();
    m.execute(encode(Insn::ldl, {.rs = kA, .rt = kD, .imm = low}));
    m.execute(encode(Insn::ldr, {.rs = kA, .rt = kD, .imm = low + 7}));
    CHECK(m.gpr[kD] == m.peek(kBase + 0x40 + static_cast<std::uint64_t>(low), 8));
    m.execute(encode(Insn::lwl, {.rs = kA, .rt = kB, .imm = low}));
    m.execute(encode(Insn::lwr, {.rs = kA, .rt = kB, .imm = low + 3}));
    CHECK(m.gpr[kB] ==
          NaiveMachine::sext32(m.peek(kBase + 0x40 + static_cast<std::uint64_t>(low), 4)));
  }
}

TEST_CASE("Memory: unaligned accesses fault as loads or stores and report the address as it was",
          "[isa]") {
  for (const Unaligned& u : kUnaligned) {
    NaiveMachine m = counting_machine();
    m.execute(encode(u.load, {.rs = kA, .rt = kD, .imm = 0x4003}));
    CHECK(m.exception == ExceptionCode::kTlbL);
    CHECK(m.bad_address == kBase + 0x40 + 0x4003);
    CHECK(m.gpr[kD] == 0xdddd);
    m.execute(encode(u.store, {.rs = kA, .rt = kB, .imm = 0x4003}));
    CHECK(m.exception == ExceptionCode::kTlbS);
    CHECK(m.bad_address == kBase + 0x40 + 0x4003);
  }
}

TEST_CASE("Memory: a conditional store succeeds only behind its linked load", "[isa]") {
  NaiveMachine m = counting_machine();
  m.gpr[kB] = 0x55;
  m.execute(encode(Insn::sc, {.rs = kA, .rt = kB}));
  CHECK(m.gpr[kB] == 0);
  CHECK(m.peek(kBase + 0x40, 4) == 0xc0c1c2c3);
  m.execute(encode(Insn::ll, {.rs = kA, .rt = kD}));
  m.gpr[kB] = 0x55;
  m.execute(encode(Insn::sc, {.rs = kA, .rt = kB}));
  CHECK(m.gpr[kB] == 1);
  CHECK(m.peek(kBase + 0x40, 4) == 0x55);
  m.execute(encode(Insn::lld, {.rs = kA, .rt = kD}));
  m.gpr[kB] = kMinusOne;
  m.execute(encode(Insn::scd, {.rs = kA, .rt = kB}));
  CHECK(m.gpr[kB] == 1);
  CHECK(m.peek(kBase + 0x40, 8) == kMinusOne);
}

TEST_CASE("Memory: prefetches never fault", "[isa]") {
  NaiveMachine m = counting_machine();
  m.execute(encode(Insn::pref, {.rs = kA, .rt = 4, .imm = 0x7fff}));
  CHECK_FALSE(m.exception);
  CHECK(m.prefetch_hint == 4);
  CHECK(m.hinted_address == kBase + 0x40 + 0x7fff);
  m.gpr[kB] = 3;
  m.execute(encode(Insn::prefx, {.rs = kA, .rt = kB, .rd = 5}));
  CHECK(m.prefetch_hint == 5);
  CHECK(m.hinted_address == kBase + 0x43);
}

// ---- system

TEST_CASE("Coprocessor 0: word moves sign-extend, doubleword moves do not", "[isa]") {
  NaiveMachine m = machine();
  m.gpr[kA] = 0x1'8000'0000;
  m.execute(encode(Insn::mtc0, {.rt = kA, .rd = 14}));
  CHECK(m.cp0[14] == kMin32);
  m.execute(encode(Insn::dmtc0, {.rt = kA, .rd = 14}));
  CHECK(m.cp0[14] == 0x1'8000'0000);
  m.execute(encode(Insn::mfc0, {.rt = kD, .rd = 14}));
  CHECK(m.gpr[kD] == kMin32);
  m.execute(encode(Insn::dmfc0, {.rt = kD, .rd = 14}));
  CHECK(m.gpr[kD] == 0x1'8000'0000);
}

TEST_CASE("Coprocessor 0: the TLB instructions, eret and cache are themselves", "[isa]") {
  NaiveMachine m = machine();
  m.execute(0x42000001);
  CHECK(m.tlb_reads == 1);
  m.execute(0x42000002);
  CHECK(m.tlb_indexed_writes == 1);
  m.execute(0x42000006);
  CHECK(m.tlb_random_writes == 1);
  m.execute(0x42000008);
  CHECK(m.tlb_probes == 1);
  m.execute(0x42000018);
  CHECK(m.did_eret);
  m.gpr[kA] = 0x40;
  m.execute(encode(Insn::cache, {.rs = kA, .rt = 0x15, .imm = -1}));
  CHECK(m.cache_op == 0x15);
  CHECK(m.hinted_address == 0x3f);
}

// ---- floating-point moves

TEST_CASE("FPU moves: FR = 1 has 32 doubles, and word writes clear the upper half", "[isa]") {
  NaiveMachine m = machine();
  m.fpr[3] = kMinusOne;
  m.gpr[kA] = 0x1'8000'0001;
  m.execute(encode(Insn::mtc1, {.rt = kA, .rd = 3}));
  CHECK(m.fpr[3] == 0x8000'0001);
  m.execute(encode(Insn::mfc1, {.rt = kD, .rd = 3}));
  CHECK(m.gpr[kD] == kMin32 + 1);
  m.execute(encode(Insn::dmtc1, {.rt = kA, .rd = 3}));
  m.execute(encode(Insn::dmfc1, {.rt = kD, .rd = 3}));
  CHECK(m.gpr[kD] == 0x1'8000'0001);
}

TEST_CASE("FPU moves: FR = 0 pairs the registers", "[isa]") {
  NaiveMachine m = machine();
  m.fr = false;
  m.gpr[kA] = 0x1111'1111;
  m.gpr[kB] = 0x2222'2222;
  m.execute(encode(Insn::mtc1, {.rt = kA, .rd = 2}));
  m.execute(encode(Insn::mtc1, {.rt = kB, .rd = 3}));
  m.execute(encode(Insn::dmfc1, {.rt = kD, .rd = 2}));
  CHECK(m.gpr[kD] == 0x2222'2222'1111'1111);
  m.execute(encode(Insn::mfc1, {.rt = kD, .rd = 3}));
  CHECK(m.gpr[kD] == 0x2222'2222);
}

TEST_CASE("FPU moves: loads and stores, also indexed", "[isa]") {
  NaiveMachine m = counting_machine();
  m.gpr[kB] = 8;
  m.execute(encode(Insn::ldc1, {.rs = kA, .rt = 6, .imm = 8}));
  CHECK(m.fpr[6] == m.peek(kBase + 0x48, 8));
  m.execute(encode(Insn::lwxc1, {.rs = kA, .rt = kB, .sa = 7}));
  CHECK(m.fpr[7] == m.peek(kBase + 0x48, 4));
  m.execute(encode(Insn::ldxc1, {.rs = kA, .rt = kB, .sa = 8}));
  CHECK(m.fpr[8] == m.peek(kBase + 0x48, 8));
  m.execute(encode(Insn::sdxc1, {.rs = kB, .rt = kA, .rd = 7}));
  CHECK(m.peek(kBase + 0x48, 8) == m.fpr[7]);
  m.execute(encode(Insn::swc1, {.rs = kA, .rt = 6, .imm = 0}));
  CHECK(m.peek(kBase + 0x40, 4) == 0xcccd'cecf);
  m.execute(encode(Insn::swxc1, {.rs = kB, .rt = kA, .rd = 6}));
  CHECK(m.peek(kBase + 0x48, 4) == 0xcccd'cecf);
}

TEST_CASE("FPU moves: the eight condition bits steer branches and moves", "[isa]") {
  for (unsigned cc = 0; cc < 8; ++cc) {
    for (const bool set : {false, true}) {
      NaiveMachine fresh = machine();
      const std::uint32_t bit = cc == 0 ? 1u << 23 : 1u << (24 + cc);
      fresh.fcsr = set ? bit : ~bit & 0xff80'0000;
      fresh.gpr[kA] = 7;
      const auto execute = [&fresh](Insn insn, Fields fields) {
        NaiveMachine m = fresh;
        m.execute(encode(insn, fields));
        return m;
      };
      const Fields branch{.rt = cc << 2, .imm = 4};
      CHECK(*execute(Insn::bc1t, branch).pending_target() == (set ? 0x8014 : 0x8008));
      CHECK(*execute(Insn::bc1f, branch).pending_target() == (set ? 0x8008 : 0x8014));
      CHECK(execute(Insn::bc1tl, branch).pending_target().has_value() == set);
      CHECK(execute(Insn::bc1fl, branch).pending_target().has_value() != set);
      const Fields move{.rs = kA, .rt = cc << 2, .rd = kD};
      CHECK(execute(Insn::movt, move).gpr[kD] == (set ? 7 : 0xdddd));
      CHECK(execute(Insn::movf, move).gpr[kD] == (set ? 0xdddd : 7));
      fresh.fpr[1] = kMinusOne;
      fresh.fpr[2] = 0x3333'3333'3333'3333;
      const Fields fp_move{.rt = cc << 2, .rd = 1, .sa = 2};
      CHECK(execute(Insn::movt_d, fp_move).fpr[2] == (set ? kMinusOne : 0x3333'3333'3333'3333));
      CHECK(execute(Insn::movf_d, fp_move).fpr[2] == (set ? 0x3333'3333'3333'3333 : kMinusOne));
      // The upper half goes in any case.
      CHECK(execute(Insn::movt_s, fp_move).fpr[2] == (set ? 0xffff'ffff : 0x3333'3333));
      CHECK(execute(Insn::movf_s, fp_move).fpr[2] == (set ? 0x3333'3333 : 0xffff'ffff));
    }
  }
}

TEST_CASE("FPU moves: on a general register", "[isa]") {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1} << 63}) {
    NaiveMachine m = machine();
    m.gpr[kB] = value;
    m.fpr[1] = kMinusOne;
    m.execute(encode(Insn::movz_d, {.rt = kB, .rd = 1, .sa = 2}));
    m.execute(encode(Insn::movn_d, {.rt = kB, .rd = 1, .sa = 3}));
    CHECK(m.fpr[2] == (value == 0 ? kMinusOne : 0));
    CHECK(m.fpr[3] == (value != 0 ? kMinusOne : 0));
    m.execute(encode(Insn::mov_s, {.rd = 1, .sa = 4}));
    CHECK(m.fpr[4] == 0xffff'ffff);
    m.execute(encode(Insn::mov_d, {.rd = 1, .sa = 5}));
    CHECK(m.fpr[5] == kMinusOne);
  }
}

TEST_CASE("FPU moves: control registers, a cause with its enable set traps at once", "[isa]") {
  NaiveMachine m = machine();
  m.gpr[kA] = 0xff83'0f80 & ~0x3'f000u;
  m.execute(encode(Insn::ctc1, {.rt = kA, .rd = 31}));
  CHECK_FALSE(m.exception);
  m.execute(encode(Insn::cfc1, {.rt = kD, .rd = 31}));
  CHECK(m.gpr[kD] == NaiveMachine::sext32(0xff80'0f80));
  m.gpr[kA] = 1u << 12 | 1u << 7;
  m.execute(encode(Insn::ctc1, {.rt = kA, .rd = 31}));
  CHECK(m.exception == ExceptionCode::kFpe);
}

TEST_CASE("FPU: meaningless encodings are the unit's to refuse", "[isa]") {
  for (const std::uint32_t word : {0x46c00000u, 0x44600000u, 0x4c00001eu}) {
    NaiveMachine m = machine();
    m.fcsr = 0x0001'5000;
    m.execute(word);
    CHECK(m.exception == ExceptionCode::kFpe);
    CHECK(m.fcsr == 1u << 17);
  }
}

}  // namespace
}  // namespace cpu
