// Arithmetic, logic, shifts, multiply and divide, conditional moves. Ops: see ops.hpp.
//
// A 32-bit operation on a register that is not a sign-extended word is undefined in MIPS IV. Here
// it uses the low 32 bits and sign-extends its result.
#pragma once

#include "cpu/isa/operands.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

// ---- helpers; not rows of the table

/// 32-bit sum or difference that traps: `wide` was computed from sign-extended words, so it
/// overflowed exactly when the word it is cut to is another number.
template <class Ops, class Word>
void set_word_unless_overflow(Ops& m, GprOut to, Word wide) {
  const auto word = m.sext32(wide);
  if (m.trap_if(m.ne(wide, word), ExceptionCode::kOv)) return;
  m.set(to, word);
}

/// a + b with 64-bit overflow: the operands agree in sign and the sum does not.
template <class Ops, class Word>
void add_doubleword_or_trap(Ops& m, GprOut to, Word a, Word b) {
  const auto sum = m.add(a, b);
  const auto changed = m.and_(m.xor_(sum, a), m.xor_(sum, b));
  if (m.trap_if(m.lt_signed(changed, m.imm(0)), ExceptionCode::kOv)) return;
  m.set(to, sum);
}

/// The halves of a 64-bit product go to HI and LO sign-extended.
template <class Ops, class Word>
void set_hi_lo_words(Ops& m, Word product) {
  m.set_lo(m.sext32(product));
  m.set_hi(m.sar(product, m.imm(32)));
}

// ---- shifts

template <class Ops>
void sll(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.sext32(m.shl(value, m.imm(f.sa))));
}
template <class Ops>
void srl(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.sext32(m.shr(m.zext32(value), m.imm(f.sa))));
}
template <class Ops>
void sra(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.sar(m.sext32(value), m.imm(f.sa)));
}
template <class Ops>
void sllv(Ops& m, RdRtRs f) {
  const auto value = m.get(f.rt);
  const auto amount = m.get(f.rs);
  m.set(f.rd, m.sext32(m.shl(value, m.and_(amount, m.imm(31)))));
}
template <class Ops>
void srlv(Ops& m, RdRtRs f) {
  const auto value = m.get(f.rt);
  const auto amount = m.get(f.rs);
  m.set(f.rd, m.sext32(m.shr(m.zext32(value), m.and_(amount, m.imm(31)))));
}
template <class Ops>
void srav(Ops& m, RdRtRs f) {
  const auto value = m.get(f.rt);
  const auto amount = m.get(f.rs);
  m.set(f.rd, m.sar(m.sext32(value), m.and_(amount, m.imm(31))));
}
template <class Ops>
void dsllv(Ops& m, RdRtRs f) {
  const auto value = m.get(f.rt);
  const auto amount = m.get(f.rs);
  m.set(f.rd, m.shl(value, m.and_(amount, m.imm(63))));
}
template <class Ops>
void dsrlv(Ops& m, RdRtRs f) {
  const auto value = m.get(f.rt);
  const auto amount = m.get(f.rs);
  m.set(f.rd, m.shr(value, m.and_(amount, m.imm(63))));
}
template <class Ops>
void dsrav(Ops& m, RdRtRs f) {
  const auto value = m.get(f.rt);
  const auto amount = m.get(f.rs);
  m.set(f.rd, m.sar(value, m.and_(amount, m.imm(63))));
}
template <class Ops>
void dsll(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.shl(value, m.imm(f.sa)));
}
template <class Ops>
void dsrl(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.shr(value, m.imm(f.sa)));
}
template <class Ops>
void dsra(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.sar(value, m.imm(f.sa)));
}
template <class Ops>
void dsll32(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.shl(value, m.imm(f.sa + 32)));
}
template <class Ops>
void dsrl32(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.shr(value, m.imm(f.sa + 32)));
}
template <class Ops>
void dsra32(Ops& m, RdRtSa f) {
  const auto value = m.get(f.rt);
  m.set(f.rd, m.sar(value, m.imm(f.sa + 32)));
}

// ---- three registers

template <class Ops>
void add(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  set_word_unless_overflow(m, f.rd, m.add(m.sext32(a), m.sext32(b)));
}
template <class Ops>
void addu(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.sext32(m.add(a, b)));
}
template <class Ops>
void sub(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  set_word_unless_overflow(m, f.rd, m.sub(m.sext32(a), m.sext32(b)));
}
template <class Ops>
void subu(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.sext32(m.sub(a, b)));
}
template <class Ops>
void and_(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.and_(a, b));
}
template <class Ops>
void or_(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.or_(a, b));
}
template <class Ops>
void xor_(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.xor_(a, b));
}
template <class Ops>
void nor(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.nor(a, b));
}
template <class Ops>
void slt(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.from_cond(m.lt_signed(a, b)));
}
template <class Ops>
void sltu(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.from_cond(m.lt_unsigned(a, b)));
}
template <class Ops>
void dadd(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  add_doubleword_or_trap(m, f.rd, a, b);
}
template <class Ops>
void daddu(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.add(a, b));
}
template <class Ops>
void dsub(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  const auto difference = m.sub(a, b);
  const auto changed = m.and_(m.xor_(a, b), m.xor_(a, difference));
  if (m.trap_if(m.lt_signed(changed, m.imm(0)), ExceptionCode::kOv)) return;
  m.set(f.rd, difference);
}
template <class Ops>
void dsubu(Ops& m, RdRsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set(f.rd, m.sub(a, b));
}

// ---- conditional moves

template <class Ops>
void movz(Ops& m, MoveOnGpr f) {
  const auto value = m.get(f.rs);
  const auto condition = m.get(f.rt);
  const auto old = m.get(f.old_rd);
  m.set(f.rd, m.select(m.eq(condition, m.imm(0)), value, old));
}
template <class Ops>
void movn(Ops& m, MoveOnGpr f) {
  const auto value = m.get(f.rs);
  const auto condition = m.get(f.rt);
  const auto old = m.get(f.old_rd);
  m.set(f.rd, m.select(m.ne(condition, m.imm(0)), value, old));
}

// ---- immediate

template <class Ops>
void addi(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  set_word_unless_overflow(m, f.rt, m.add(m.sext32(a), m.imm(f.imm)));
}
template <class Ops>
void addiu(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.sext32(m.add(a, m.imm(f.imm))));
}
template <class Ops>
void slti(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.from_cond(m.lt_signed(a, m.imm(f.imm))));
}
/// The immediate is sign-extended first and compared as unsigned then.
template <class Ops>
void sltiu(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.from_cond(m.lt_unsigned(a, m.imm(f.imm))));
}
template <class Ops>
void andi(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.and_(a, m.imm(static_cast<std::uint16_t>(f.imm))));
}
template <class Ops>
void ori(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.or_(a, m.imm(static_cast<std::uint16_t>(f.imm))));
}
template <class Ops>
void xori(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.xor_(a, m.imm(static_cast<std::uint16_t>(f.imm))));
}
template <class Ops>
void lui(Ops& m, RtImm f) {
  m.set(f.rt, m.imm(std::int64_t{f.imm} * 0x10000));
}
template <class Ops>
void daddi(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  add_doubleword_or_trap(m, f.rt, a, m.imm(f.imm));
}
template <class Ops>
void daddiu(Ops& m, RtRsImm f) {
  const auto a = m.get(f.rs);
  m.set(f.rt, m.add(a, m.imm(f.imm)));
}

// ---- multiply and divide. A zero divisor does not trap; what HI and LO then hold is open in MIPS
// IV and defined by the Ops (arithmetic.hpp).

template <class Ops>
void mfhi(Ops& m, Rd f) {
  const auto value = m.get_hi();
  m.set(f.rd, value);
}
template <class Ops>
void mthi(Ops& m, Rs f) {
  const auto value = m.get(f.rs);
  m.set_hi(value);
}
template <class Ops>
void mflo(Ops& m, Rd f) {
  const auto value = m.get_lo();
  m.set(f.rd, value);
}
template <class Ops>
void mtlo(Ops& m, Rs f) {
  const auto value = m.get(f.rs);
  m.set_lo(value);
}
template <class Ops>
void mult(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  set_hi_lo_words(m, m.mul(m.sext32(a), m.sext32(b)));
}
template <class Ops>
void multu(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  set_hi_lo_words(m, m.mul(m.zext32(a), m.zext32(b)));
}
template <class Ops>
void div(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  const auto dividend = m.sext32(a);
  const auto divisor = m.sext32(b);
  m.set_lo(m.sext32(m.div_signed(dividend, divisor)));
  m.set_hi(m.sext32(m.rem_signed(dividend, divisor)));
}
template <class Ops>
void divu(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  const auto dividend = m.zext32(a);
  const auto divisor = m.zext32(b);
  m.set_lo(m.sext32(m.div_unsigned(dividend, divisor)));
  m.set_hi(m.sext32(m.rem_unsigned(dividend, divisor)));
}
template <class Ops>
void dmult(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set_lo(m.mul(a, b));
  m.set_hi(m.mulh_signed(a, b));
}
template <class Ops>
void dmultu(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set_lo(m.mul(a, b));
  m.set_hi(m.mulh_unsigned(a, b));
}
template <class Ops>
void ddiv(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set_lo(m.div_signed(a, b));
  m.set_hi(m.rem_signed(a, b));
}
template <class Ops>
void ddivu(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.set_lo(m.div_unsigned(a, b));
  m.set_hi(m.rem_unsigned(a, b));
}

}  // namespace cpu::semantics
