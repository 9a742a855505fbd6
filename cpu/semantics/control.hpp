// Jumps, branches, traps, system calls. Ops: see ops.hpp.
//
// Targets are relative to the delay slot. A linking branch writes $ra whether it is taken or not,
// and reads its own register first, so that `bgezal $ra` and `jalr $t9, $t9` see the old value
// (MIPS IV leaves them open because they could not be restarted).
#pragma once

#include "cpu/isa/operands.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

// ---- helpers; not rows of the table

template <class Ops>
auto target_at(Ops& m, std::int32_t offset) {
  const auto here = m.pc();
  return m.add(here, m.imm(std::int64_t{offset} + 4));
}
template <class Ops>
auto after_delay_slot(Ops& m) {
  const auto here = m.pc();
  return m.add(here, m.imm(8));
}
/// Within the 256 MB region that contains the delay slot.
template <class Ops>
auto region_target(Ops& m, std::uint32_t offset) {
  const auto here = m.pc();
  const auto region = m.and_(m.add(here, m.imm(4)), m.imm(-0x1000'0000));
  return m.or_(region, m.imm(offset));
}

// ---- jumps

template <class Ops>
void j(Ops& m, JumpTarget f) {
  m.jump(region_target(m, f.offset));
}
template <class Ops>
void jal(Ops& m, JumpTarget f) {
  m.set(GprOut{kRa}, after_delay_slot(m));
  m.jump(region_target(m, f.offset));
}
template <class Ops>
void jr(Ops& m, Rs f) {
  const auto target = m.get(f.rs);
  m.jump(target);
}
template <class Ops>
void jalr(Ops& m, RdRs f) {
  const auto target = m.get(f.rs);
  m.set(f.rd, after_delay_slot(m));
  m.jump(target);
}

// ---- branches

template <class Ops>
void beq(Ops& m, RsRtBranch f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.branch(m.eq(a, b), target_at(m, f.offset));
}
template <class Ops>
void bne(Ops& m, RsRtBranch f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.branch(m.ne(a, b), target_at(m, f.offset));
}
template <class Ops>
void blez(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch(m.not_(m.lt_signed(m.imm(0), a)), target_at(m, f.offset));
}
template <class Ops>
void bgtz(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch(m.lt_signed(m.imm(0), a), target_at(m, f.offset));
}
template <class Ops>
void bltz(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch(m.lt_signed(a, m.imm(0)), target_at(m, f.offset));
}
template <class Ops>
void bgez(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch(m.not_(m.lt_signed(a, m.imm(0))), target_at(m, f.offset));
}
template <class Ops>
void bltzal(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.set(GprOut{kRa}, after_delay_slot(m));
  m.branch(m.lt_signed(a, m.imm(0)), target_at(m, f.offset));
}
template <class Ops>
void bgezal(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.set(GprOut{kRa}, after_delay_slot(m));
  m.branch(m.not_(m.lt_signed(a, m.imm(0))), target_at(m, f.offset));
}
template <class Ops>
void beql(Ops& m, RsRtBranch f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.branch_likely(m.eq(a, b), target_at(m, f.offset));
}
template <class Ops>
void bnel(Ops& m, RsRtBranch f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.branch_likely(m.ne(a, b), target_at(m, f.offset));
}
template <class Ops>
void blezl(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch_likely(m.not_(m.lt_signed(m.imm(0), a)), target_at(m, f.offset));
}
template <class Ops>
void bgtzl(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch_likely(m.lt_signed(m.imm(0), a), target_at(m, f.offset));
}
template <class Ops>
void bltzl(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch_likely(m.lt_signed(a, m.imm(0)), target_at(m, f.offset));
}
template <class Ops>
void bgezl(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.branch_likely(m.not_(m.lt_signed(a, m.imm(0))), target_at(m, f.offset));
}
template <class Ops>
void bltzall(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.set(GprOut{kRa}, after_delay_slot(m));
  m.branch_likely(m.lt_signed(a, m.imm(0)), target_at(m, f.offset));
}
template <class Ops>
void bgezall(Ops& m, RsBranch f) {
  const auto a = m.get(f.rs);
  m.set(GprOut{kRa}, after_delay_slot(m));
  m.branch_likely(m.not_(m.lt_signed(a, m.imm(0))), target_at(m, f.offset));
}

// ---- traps and system calls: a code field in the word is for the handler to read, not for us

template <class Ops>
void syscall(Ops& m, NoOperands) {
  m.raise(ExceptionCode::kSys);
}
template <class Ops>
void break_(Ops& m, NoOperands) {
  m.raise(ExceptionCode::kBp);
}
template <class Ops>
void sync(Ops& m, NoOperands) {
  m.sync();
}
template <class Ops>
void tge(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.trap_if(m.not_(m.lt_signed(a, b)), ExceptionCode::kTr);
}
template <class Ops>
void tgeu(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.trap_if(m.not_(m.lt_unsigned(a, b)), ExceptionCode::kTr);
}
template <class Ops>
void tlt(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.trap_if(m.lt_signed(a, b), ExceptionCode::kTr);
}
template <class Ops>
void tltu(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.trap_if(m.lt_unsigned(a, b), ExceptionCode::kTr);
}
template <class Ops>
void teq(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.trap_if(m.eq(a, b), ExceptionCode::kTr);
}
template <class Ops>
void tne(Ops& m, RsRt f) {
  const auto a = m.get(f.rs);
  const auto b = m.get(f.rt);
  m.trap_if(m.ne(a, b), ExceptionCode::kTr);
}
template <class Ops>
void tgei(Ops& m, RsImm f) {
  const auto a = m.get(f.rs);
  const auto b = m.imm(f.imm);
  m.trap_if(m.not_(m.lt_signed(a, b)), ExceptionCode::kTr);
}
template <class Ops>
void tgeiu(Ops& m, RsImm f) {
  const auto a = m.get(f.rs);
  const auto b = m.imm(f.imm);
  m.trap_if(m.not_(m.lt_unsigned(a, b)), ExceptionCode::kTr);
}
template <class Ops>
void tlti(Ops& m, RsImm f) {
  const auto a = m.get(f.rs);
  const auto b = m.imm(f.imm);
  m.trap_if(m.lt_signed(a, b), ExceptionCode::kTr);
}
template <class Ops>
void tltiu(Ops& m, RsImm f) {
  const auto a = m.get(f.rs);
  const auto b = m.imm(f.imm);
  m.trap_if(m.lt_unsigned(a, b), ExceptionCode::kTr);
}
template <class Ops>
void teqi(Ops& m, RsImm f) {
  const auto a = m.get(f.rs);
  const auto b = m.imm(f.imm);
  m.trap_if(m.eq(a, b), ExceptionCode::kTr);
}
template <class Ops>
void tnei(Ops& m, RsImm f) {
  const auto a = m.get(f.rs);
  const auto b = m.imm(f.imm);
  m.trap_if(m.ne(a, b), ExceptionCode::kTr);
}

// ---- reserved encodings

template <class Ops>
void reserved(Ops& m, NoOperands) {
  m.raise(ExceptionCode::kRi);
}
template <class Ops>
void reserved_cp0(Ops& m, NoOperands) {
  m.raise(ExceptionCode::kRi);
}

}  // namespace cpu::semantics
