// The floating-point unit's registers and rules, case by case, each with the section that decides
// it. Results of arithmetic are fpu_judge's business.
#include <string>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000, kUserCode = 0x4000;  // physical; virtual in useg
constexpr std::uint64_t kCu1 = 1u << 29, kFr = 1u << 26, kXx = 1u << 31, kUser = 0x10,
                        kSupervisor = 0x08, kUx = 0x20, kSx = 0x40;
constexpr std::uint32_t kCauseE = 1u << 17, kCauseV = 1u << 16, kCauseZ = 1u << 15,
                        kCauseI = 1u << 12, kFlagI = 1u << 2, kFlagZ = 1u << 5, kFs = 1u << 24;
constexpr std::uint64_t kOne = 0x3ff0000000000000, kTwo = 0x4000000000000000,
                        kThree = 0x4008000000000000, kTiny = 1, kQuiet = 0x7ff0000000000001,
                        kSignalling = 0x7ff8000000000000, kDefaultNan = 0x7ff7ffffffffffff,
                        kInfinity = 0x7ff0000000000000, kMinNormal = 0x0010000000000000,
                        kMax = 0x7fefffffffffffff;

struct FpuRig : Rig {
  explicit FpuRig(FpUnimplemented unimplemented = FpUnimplemented::kTrap)
      : Rig{config(unimplemented)} {
    set_cp0(kStatus, kCu1 | kFr);
    set_fcsr(0);
  }
  static CpuConfig config(FpUnimplemented unimplemented) {
    CpuConfig c;
    c.fp_unimplemented = unimplemented;
    return c;
  }
  void set_fpr(unsigned n, std::uint64_t v) {
    cpu.debug().write_register(RegisterClass::kFpr, n, v);
  }
  std::uint64_t fpr(unsigned n) { return cpu.debug().read_register(RegisterClass::kFpr, n); }
  void set_fcsr(std::uint64_t v) { cpu.debug().write_register(RegisterClass::kFcr, 31, v); }
  std::uint32_t fcsr() {
    return static_cast<std::uint32_t>(cpu.debug().read_register(RegisterClass::kFcr, 31));
  }
  /// One instruction, in kernel mode unless the pc says otherwise.
  void execute(std::uint32_t w) {
    memory.put(kCode, {w, 0});
    watch.stored(MachineAddr{kCode}, 4, nullptr);
    set_pc(kKseg0 + kCode);
    cpu.debug().step();
  }
  void execute_in(std::uint64_t status, std::uint32_t w) {
    map(*this, 0, kUserCode, kCode);
    memory.put(kCode, {w, 0});
    watch.stored(MachineAddr{kCode}, 4, nullptr);
    set_cp0(kEntryHi, 0);
    set_cp0(kStatus, status);
    set_pc(kUserCode);
    cpu.debug().step();
  }
  bool raised(ExceptionCode code) {
    return (cp0(kStatus) & status::kExl) != 0 && exception_code() == code;
  }
  bool raised_nothing() { return (cp0(kStatus) & 2) == 0; }
};

// fd = 2, fs = 4, ft = 6, as encode() places them: rt, rd, sa.
std::uint32_t op(Insn insn) { return encode(insn, {.rt = 6, .rd = 4, .sa = 2}); }
std::uint32_t unary(Insn insn) { return encode(insn, {.rd = 4, .sa = 2}); }
constexpr auto kFpe = ExceptionCode::kFpe, kCpU = ExceptionCode::kCpU, kRi = ExceptionCode::kRi;

}  // namespace

TEST_CASE(
    "FPU: FCR0 names an R10000, FCSR lacks bits 22 to 18, other control registers do not exist",
    "[cpu][fpu]") {  // UM 15.4
  FpuRig rig;
  rig.execute(encode(Insn::cfc1, {.rt = 9, .rd = 0}));
  CHECK(rig.gpr(9) == 0x0900);
  rig.set_gpr(8, 0xfffc'0fff);
  rig.execute(encode(Insn::ctc1, {.rt = 8, .rd = 0}));
  rig.execute(encode(Insn::ctc1, {.rt = 8, .rd = 31}));
  rig.execute(encode(Insn::cfc1, {.rt = 9, .rd = 0}));
  CHECK(rig.gpr(9) == 0x0900);
  CHECK(rig.fcsr() == 0xff80'0fff);
  for (const unsigned number : {1u, 25u, 26u, 28u, 30u}) {
    rig.execute(encode(Insn::ctc1, {.rt = 8, .rd = number}));
    rig.execute(encode(Insn::cfc1, {.rt = 9, .rd = number}));
    CHECK(rig.gpr(9) == 0);
  }
  CHECK(rig.fcsr() == 0xff80'0fff);
}

TEST_CASE("FPU: CTC1 that leaves a cause and its enable, or E, writes FCSR and traps at itself",
          "[cpu][fpu]") {  // UM 17, Floating-Point Exception
  for (unsigned bit = 0; bit < 5; ++bit) {
    for (const bool enabled : {false, true}) {
      FpuRig rig;
      const std::uint32_t value =
          1u << (12 + bit) | (enabled ? 1u << (7 + bit) : 0x1fu << 7 & ~(1u << (7 + bit)));
      rig.set_gpr(8, value);
      rig.execute(encode(Insn::ctc1, {.rt = 8, .rd = 31}));
      CAPTURE(bit, enabled);
      CHECK(rig.fcsr() == value);
      CHECK(rig.raised(kFpe) == enabled);
      if (enabled) CHECK(rig.cp0(kEpc) == kKseg0 + kCode);
    }
  }
  FpuRig rig;
  rig.set_gpr(8, kCauseE);
  rig.execute(encode(Insn::ctc1, {.rt = 8, .rd = 31}));
  CHECK(rig.raised(kFpe));
  CHECK(rig.fcsr() == kCauseE);
}

TEST_CASE("FPU: an operation replaces Cause and adds to Flag", "[cpu][fpu]") {  // UM 15.4
  FpuRig rig;
  rig.set_fpr(4, kOne);
  rig.set_fpr(6, 0);
  rig.execute(op(Insn::div_d));
  CHECK(rig.fpr(2) == kInfinity);
  CHECK(rig.fcsr() == (kCauseZ | kFlagZ));
  rig.set_fpr(6, kThree);
  rig.execute(op(Insn::div_d));
  CHECK(rig.fcsr() == (kCauseI | kFlagI | kFlagZ));
  rig.execute(op(Insn::add_d));
  CHECK(rig.fcsr() == (kFlagI | kFlagZ));
}

TEST_CASE("FPU: an operation that traps writes its cause and nothing else",
          "[cpu][fpu]") {  // UM 15.4
  FpuRig rig;
  rig.set_fpr(2, kThree);
  rig.set_fpr(4, kOne);
  rig.set_fpr(6, kThree);
  const std::uint32_t before = 1u << 7 | kCauseV | kFlagZ;
  rig.set_fcsr(before);
  rig.execute(op(Insn::div_d));
  CHECK(rig.raised(kFpe));
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode);
  CHECK(rig.fpr(2) == kThree);
  CHECK(rig.fcsr() == (1u << 7 | kCauseI | kFlagZ));

  FpuRig compare;
  compare.set_fpr(4, kQuiet);
  compare.set_fpr(6, kOne);
  compare.set_fcsr(1u << 11 | 1u << 23);
  compare.execute(encode(Insn::c_lt_d, {.rt = 6, .rd = 4}));
  CHECK(compare.raised(kFpe));
  CHECK(compare.fcsr() == (1u << 11 | 1u << 23 | kCauseV));
}

TEST_CASE("FPU: an exception in a delay slot names the branch", "[cpu][fpu]") {  // UM 17
  FpuRig rig;
  rig.set_fpr(4, kTiny);
  rig.memory.put(kCode, {word::beq(0, 0, 4), op(Insn::add_d)});
  rig.set_pc(kKseg0 + kCode);
  rig.cpu.debug().step();
  CHECK(rig.raised(kFpe));
  CHECK(rig.cp0(kEpc) == kKseg0 + kCode);
  CHECK((rig.cp0(kCause) >> 31 & 1) == 1);
}

TEST_CASE("FPU: moves, loads, stores and branches leave FCSR alone", "[cpu][fpu]") {  // UM 15.4
  const std::uint32_t words[] = {unary(Insn::mov_s),
                                 unary(Insn::mov_d),
                                 encode(Insn::mtc1, {.rt = 8, .rd = 4}),
                                 encode(Insn::mfc1, {.rt = 8, .rd = 4}),
                                 encode(Insn::lwc1, {.rs = 9, .rt = 4}),
                                 encode(Insn::sdc1, {.rs = 9, .rt = 4}),
                                 encode(Insn::movn_d, {.rt = 9, .rd = 4, .sa = 2}),
                                 encode(Insn::movt_d, {.rd = 4, .sa = 2}),
                                 encode(Insn::bc1t, {})};
  for (const std::uint32_t w : words) {
    FpuRig rig;
    rig.set_gpr(9, kKseg0 + 0x5000);
    rig.set_fpr(4, kSignalling);
    const std::uint32_t before = 0xff80'0000 | kCauseV | kCauseI | 0x7e;
    rig.set_fcsr(before);
    rig.execute(w);
    CAPTURE(w);
    CHECK(rig.raised_nothing());
    CHECK(rig.fcsr() == before);
  }
}

TEST_CASE("FPU: the sixteen conditions, by what is true of the operands",
          "[cpu][fpu]") {  // MIPS IV B
  struct Order {
    std::uint64_t fs, ft;
    bool less, equal, unordered, signals;
  };
  const Order orders[] = {{kOne, kTwo, true, false, false, false},
                          {kTwo, kTwo, false, true, false, false},
                          {kTwo, kOne, false, false, false, false},
                          {0, std::uint64_t{1} << 63, false, true, false, false},
                          {kTiny, kOne, true, false, false, false},
                          {kQuiet, kOne, false, false, true, false},
                          {kOne, kSignalling, false, false, true, true}};
  for (unsigned cond = 0; cond < 16; ++cond) {
    for (const Order& o : orders) {
      FpuRig rig;
      rig.set_fpr(4, o.fs);
      rig.set_fpr(6, o.ft);
      const unsigned cc = cond % 8;
      const std::uint32_t bit = 1u << (cc == 0 ? 23 : 24 + cc);
      rig.set_fcsr(cond % 2 != 0 ? bit : 0);
      rig.execute(0x46200030 | 6u << 16 | 4u << 11 | cc << 8 | cond);
      const bool holds = (o.less && (cond & 4) != 0) || (o.equal && (cond & 2) != 0) ||
                         (o.unordered && (cond & 1) != 0);
      const bool invalid = o.signals || (o.unordered && (cond & 8) != 0);
      CAPTURE(cond, o.fs, o.ft);
      CHECK(rig.fcsr() == ((holds ? bit : 0u) | (invalid ? kCauseV | 1u << 6 : 0u)));
    }
  }
}

TEST_CASE("FPU: FR = 0 pairs the registers", "[cpu][fpu]") {  // UM 15.5
  FpuRig rig;
  rig.set_cp0(kStatus, kCu1);
  rig.set_fpr(4, 0x40400000'3f800000);  // $f5 = 3, $f4 = 1
  rig.set_fpr(5, 0x12345678'9abcdef0);  // out of reach
  rig.set_fpr(2, 0x11111111'22222222);
  rig.execute(encode(Insn::add_s, {.rt = 5, .rd = 4, .sa = 3}));
  CHECK(rig.fpr(2) == 0x40800000'22222222);
  rig.execute(encode(Insn::add_s, {.rt = 5, .rd = 4, .sa = 2}));
  CHECK(rig.fpr(2) == 0x40800000'40800000);
  rig.set_fpr(4, kOne);
  rig.execute(
      encode(Insn::add_d, {.rt = 4, .rd = 5, .sa = 3}));  // the odd number's bit 0 is ignored
  CHECK(rig.fpr(2) == kTwo);
  CHECK(rig.fpr(5) == 0x12345678'9abcdef0);
}

TEST_CASE("FPU: FR = 1 has 32 registers, and a 32-bit result clears the upper half", "[cpu][fpu]") {
  FpuRig rig;  // UM 15.5
  rig.set_fpr(5, 0xffffffff'3f800000);
  rig.set_fpr(3, 0x11111111'22222222);
  rig.execute(encode(Insn::add_s, {.rt = 5, .rd = 5, .sa = 3}));
  CHECK(rig.fpr(3) == 0x40000000);
  rig.execute(encode(Insn::cvt_w_s, {.rd = 3, .sa = 7}));
  CHECK(rig.fpr(7) == 2);
}

TEST_CASE("FPU: what the R10000 leaves to software, and what the FPU makes of it when it completes",
          "[cpu][fpu]") {  // R4000 UM 7.4; docs/cpu-fpu.md
  struct Case {
    Insn insn;
    std::uint64_t fs, ft;
    std::uint64_t completed;
    std::uint32_t causes;
  };
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const Case cases[] = {
      {Insn::add_d, kTiny, kOne, kOne, kCauseI},
      {Insn::mul_d, kQuiet, kTiny, kQuiet, 0},  // a subnormal operand comes before a NaN
      {Insn::sub_d, kMinNormal, kMinNormal + 1, kSign | 1, 0},
      {Insn::abs_d, kSign | 1, 0, 1, 0},
      {Insn::cvt_w_d, kQuiet, 0, 0x7fffffff, kCauseV},
      {Insn::cvt_w_d, kSign | kInfinity, 0, 0x7fffffff, kCauseV},
      {Insn::trunc_l_d, kMax, 0, 0x7fffffffffffffff, kCauseV},
  };
  for (const Case& c : cases) {
    CAPTURE(row_of(c.insn).name, c.fs);
    FpuRig traps, completes{FpUnimplemented::kComplete};
    for (FpuRig* rig : {&traps, &completes}) {
      rig->set_fpr(2, 77);
      rig->set_fpr(4, c.fs);
      rig->set_fpr(6, c.ft);
      rig->execute(op(c.insn));
    }
    CHECK(traps.raised(kFpe));
    CHECK(traps.fcsr() == kCauseE);
    CHECK(traps.fpr(2) == 77);
    CHECK(completes.raised_nothing());
    CHECK(completes.fpr(2) == c.completed);
    CHECK((completes.fcsr() & 0x3f000) == c.causes);
  }
}

TEST_CASE("FPU: with FS a tiny result becomes zero or the smallest normal number", "[cpu][fpu]") {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;  // R4000 UM table 7-1
  for (unsigned mode = 0; mode < 4; ++mode) {
    for (const std::uint64_t sign : {std::uint64_t{0}, kSign}) {
      FpuRig rig;
      rig.set_fcsr(kFs | mode);
      rig.set_fpr(4, sign | kMinNormal);
      rig.set_fpr(6, kThree);
      rig.execute(op(Insn::div_d));
      const bool away = mode == (sign != 0 ? 3 : 2);
      CAPTURE(mode, sign);
      CHECK(rig.fpr(2) == (sign | (away ? kMinNormal : 0)));
      CHECK(rig.fcsr() == (kFs | mode | 3u << 12 | 3u << 2));
    }
  }
  for (const std::uint32_t enable : {1u << 7, 1u << 8}) {  // enabled U or I: software's
    FpuRig rig;
    rig.set_fcsr(kFs | enable);
    rig.set_fpr(4, kMinNormal);
    rig.set_fpr(6, kThree);
    rig.execute(op(Insn::div_d));
    CHECK(rig.raised(kFpe));
    CHECK(rig.fcsr() == (kFs | enable | kCauseE));
  }
}

TEST_CASE(
    "FPU: NaNs are quiet with a clear upper fraction bit, and the first quiet one goes through",
    "[cpu][fpu]") {  // MIPS IV B.2, B.3
  FpuRig rig;
  rig.set_fpr(4, kQuiet);
  rig.set_fpr(6, kQuiet + 1);
  rig.execute(op(Insn::add_d));
  CHECK(rig.fpr(2) == kQuiet);
  CHECK(rig.fcsr() == 0);
  rig.set_fpr(6, kSignalling);
  rig.execute(op(Insn::add_d));
  CHECK(rig.fpr(2) == kDefaultNan);
  CHECK(rig.fcsr() == (kCauseV | 1u << 6));
}

TEST_CASE("FPU: MADD rounds the product before the sum", "[cpu][fpu]") {
  // (1 + u)(1 - u) - 1 with u = 2^-52: fused it would be -u^2.
  FpuRig rig;
  rig.set_fpr(4, kOne + 1);
  rig.set_fpr(6, kOne - 2);
  rig.set_fpr(8, kOne);
  rig.execute(encode(Insn::msub_d, {.rs = 8, .rt = 6, .rd = 4, .sa = 2}));
  CHECK(rig.fpr(2) == 0);
  CHECK(rig.fcsr() == (kCauseI | kFlagI));
}

TEST_CASE("FPU: without CU1 everything of coprocessor 1 is unusable, in kernel mode too",
          "[cpu][fpu]") {
  for (const Insn insn : instructions()) {  // UM 14.13
    if ((row_of(insn).effects & effects::kCp1) == 0) continue;
    FpuRig rig;
    rig.set_cp0(kStatus, kFr);
    rig.execute(row_of(insn).pattern.match);
    CAPTURE(row_of(insn).name);
    CHECK(rig.raised(kCpU));
    CHECK((rig.cp0(kCause) >> 28 & 3) == 1);
  }
}

TEST_CASE("FPU: what user mode may not execute without MIPS III or IV, and how it is refused",
          "[cpu][fpu]") {  // UM 14.13, 17.4
  struct Case {
    std::uint32_t w;
    bool needs_mips4;
    ExceptionCode code;
  };
  const Case cases[] = {{op(Insn::madd_d), true, kRi},
                        {encode(Insn::ldxc1, {.rs = 9, .sa = 2}), true, kRi},
                        {encode(Insn::movt, {.rs = 8, .rd = 9}), true, kRi},
                        {unary(Insn::recip_d), true, kFpe},
                        {unary(Insn::rsqrt_s), true, kFpe},
                        {encode(Insn::movf_d, {.rd = 4, .sa = 2}), true, kFpe},
                        {encode(Insn::movz_s, {.rt = 9, .rd = 4, .sa = 2}), true, kFpe},
                        {op(Insn::c_eq_d) | 1u << 8, true, kFpe},
                        {encode(Insn::bc1t, {.rt = 1u << 2}), true, kFpe},
                        {encode(Insn::dmfc1, {.rt = 8, .rd = 4}), false, kRi},
                        {unary(Insn::cvt_l_d), false, kFpe},
                        {unary(Insn::cvt_d_l), false, kFpe},
                        {unary(Insn::floor_l_s), false, kFpe}};
  for (const Case& c : cases) {
    CAPTURE(c.w);
    const auto run = [&](std::uint64_t status, bool raises) {
      FpuRig rig;
      rig.set_gpr(9, kUserCode);
      rig.set_fpr(4, kOne);
      rig.execute_in(kCu1 | kFr | status, c.w);
      CHECK(rig.raised(c.code) == raises);
      CHECK(rig.raised_nothing() == !raises);
      if (raises && c.code == kFpe) CHECK(rig.fcsr() == kCauseE);
    };
    run(kUser | kUx | kXx, false);
    run(kUser | (c.needs_mips4 ? kUx : kXx), true);
    run(kSupervisor | (c.needs_mips4 ? 0 : kSx), false);
    if (!c.needs_mips4) run(kSupervisor, true);
  }
  // Condition 0 and the doubleword loads are older.
  for (const std::uint32_t w :
       {op(Insn::c_eq_d), encode(Insn::bc1t, {}), encode(Insn::ldc1, {.rs = 9, .rt = 4})}) {
    FpuRig rig;
    rig.set_gpr(9, kUserCode);
    rig.execute_in(kCu1 | kFr | kUser, w);
    CAPTURE(w);
    CHECK(rig.raised_nothing());
  }
}

TEST_CASE("FPU: a move on a condition reads FCSR, so it needs CU1 before it needs MIPS IV",
          "[cpu][fpu]") {
  FpuRig rig;  // UM 14.13
  rig.execute_in(kUser, encode(Insn::movt, {.rs = 8, .rd = 9}));
  CHECK(rig.raised(kCpU));
  FpuRig cop1x;  // COP1X was COP3: reserved before anything else
  cop1x.execute_in(kUser, op(Insn::madd_d));
  CHECK(cop1x.raised(kRi));
}
