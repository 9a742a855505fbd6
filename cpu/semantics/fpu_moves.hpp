// Coprocessor 1 as far as it only moves bits: transfers, loads and stores, branches and moves on
// the condition bits. Ops: see ops.hpp.
#pragma once

#include "cpu/isa/operands.hpp"
#include "cpu/semantics/control.hpp"
#include "cpu/semantics/memory.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

inline constexpr unsigned kFcsr = 31;

// ---- helper; not a row of the table

template <class Ops>
auto condition_is_set(Ops& m, ConditionCode cc) {
  const auto fcsr = m.read_fcr(kFcsr);
  return m.ne(m.and_(fcsr, m.imm(std::int64_t{1} << cc.fcsr_bit())), m.imm(0));
}

// ---- transfers

template <class Ops>
void mfc1(Ops& m, MoveFromFpr f) {
  const auto value = m.get_fpr32(f.fs);
  m.set(f.rt, m.sext32(value));
}
template <class Ops>
void dmfc1(Ops& m, MoveFromFpr f) {
  const auto value = m.get_fpr64(f.fs);
  m.set(f.rt, value);
}
template <class Ops>
void mtc1(Ops& m, MoveToFpr f) {
  const auto value = m.get(f.rt);
  m.set_fpr32(f.fs, value);
}
template <class Ops>
void dmtc1(Ops& m, MoveToFpr f) {
  const auto value = m.get(f.rt);
  m.set_fpr64(f.fs, value);
}
template <class Ops>
void cfc1(Ops& m, MoveFromFcr f) {
  const auto value = m.read_fcr(f.reg);
  m.set(f.rt, m.sext32(value));
}
template <class Ops>
void ctc1(Ops& m, MoveToFcr f) {
  const auto value = m.get(f.rt);
  m.write_fcr(f.reg, m.zext32(value));
}

// ---- loads and stores

template <class Ops>
void lwc1(Ops& m, FprLoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load32(ea)) m.set_fpr32(f.ft, *value);
}
template <class Ops>
void ldc1(Ops& m, FprLoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load64(ea)) m.set_fpr64(f.ft, *value);
}
template <class Ops>
void swc1(Ops& m, FprStoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get_fpr32(f.ft);
  m.store32(ea, value);
}
template <class Ops>
void sdc1(Ops& m, FprStoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get_fpr64(f.ft);
  m.store64(ea, value);
}
template <class Ops>
void lwxc1(Ops& m, IndexedFprLoadOperands f) {
  const auto ea = indexed_address(m, f.base, f.index);
  if (const auto value = m.load32(ea)) m.set_fpr32(f.fd, *value);
}
template <class Ops>
void ldxc1(Ops& m, IndexedFprLoadOperands f) {
  const auto ea = indexed_address(m, f.base, f.index);
  if (const auto value = m.load64(ea)) m.set_fpr64(f.fd, *value);
}
template <class Ops>
void swxc1(Ops& m, IndexedFprStoreOperands f) {
  const auto ea = indexed_address(m, f.base, f.index);
  const auto value = m.get_fpr32(f.fs);
  m.store32(ea, value);
}
template <class Ops>
void sdxc1(Ops& m, IndexedFprStoreOperands f) {
  const auto ea = indexed_address(m, f.base, f.index);
  const auto value = m.get_fpr64(f.fs);
  m.store64(ea, value);
}

// ---- branches

template <class Ops>
void bc1f(Ops& m, ConditionBranch f) {
  const auto set = condition_is_set(m, f.cc);
  m.branch(m.not_(set), target_at(m, f.offset));
}
template <class Ops>
void bc1t(Ops& m, ConditionBranch f) {
  const auto set = condition_is_set(m, f.cc);
  m.branch(set, target_at(m, f.offset));
}
template <class Ops>
void bc1fl(Ops& m, ConditionBranch f) {
  const auto set = condition_is_set(m, f.cc);
  m.branch_likely(m.not_(set), target_at(m, f.offset));
}
template <class Ops>
void bc1tl(Ops& m, ConditionBranch f) {
  const auto set = condition_is_set(m, f.cc);
  m.branch_likely(set, target_at(m, f.offset));
}

// ---- moves of general registers on a condition bit

template <class Ops>
void movf(Ops& m, MoveOnCondition f) {
  const auto set = condition_is_set(m, f.cc);
  const auto value = m.get(f.rs);
  const auto old = m.get(f.old_rd);
  m.set(f.rd, m.select(set, old, value));
}
template <class Ops>
void movt(Ops& m, MoveOnCondition f) {
  const auto set = condition_is_set(m, f.cc);
  const auto value = m.get(f.rs);
  const auto old = m.get(f.old_rd);
  m.set(f.rd, m.select(set, value, old));
}

// ---- moves between floating-point registers. The single-precision ones clear the upper half even
// when the condition does not hold (R10000 UM 15.5).

template <class Ops>
void mov_s(Ops& m, FdFs f) {
  const auto value = m.get_fpr32(f.fs);
  m.set_fpr32(f.fd, value);
}
template <class Ops>
void mov_d(Ops& m, FdFs f) {
  const auto value = m.get_fpr64(f.fs);
  m.set_fpr64(f.fd, value);
}
template <class Ops>
void movf_s(Ops& m, FprMoveOnCondition f) {
  const auto condition = condition_is_set(m, f.cc);
  const auto value = m.get_fpr32(f.fs);
  const auto old = m.get_fpr32(f.old_fd);
  m.set_fpr32(f.fd, m.select(condition, old, value));
}
template <class Ops>
void movf_d(Ops& m, FprMoveOnCondition f) {
  const auto condition = condition_is_set(m, f.cc);
  const auto value = m.get_fpr64(f.fs);
  const auto old = m.get_fpr64(f.old_fd);
  m.set_fpr64(f.fd, m.select(condition, old, value));
}
template <class Ops>
void movt_s(Ops& m, FprMoveOnCondition f) {
  const auto condition = condition_is_set(m, f.cc);
  const auto value = m.get_fpr32(f.fs);
  const auto old = m.get_fpr32(f.old_fd);
  m.set_fpr32(f.fd, m.select(condition, value, old));
}
template <class Ops>
void movt_d(Ops& m, FprMoveOnCondition f) {
  const auto condition = condition_is_set(m, f.cc);
  const auto value = m.get_fpr64(f.fs);
  const auto old = m.get_fpr64(f.old_fd);
  m.set_fpr64(f.fd, m.select(condition, value, old));
}
template <class Ops>
void movz_s(Ops& m, FprMoveOnGpr f) {
  const auto test = m.get(f.rt);
  const auto value = m.get_fpr32(f.fs);
  const auto old = m.get_fpr32(f.old_fd);
  m.set_fpr32(f.fd, m.select(m.eq(test, m.imm(0)), value, old));
}
template <class Ops>
void movz_d(Ops& m, FprMoveOnGpr f) {
  const auto test = m.get(f.rt);
  const auto value = m.get_fpr64(f.fs);
  const auto old = m.get_fpr64(f.old_fd);
  m.set_fpr64(f.fd, m.select(m.eq(test, m.imm(0)), value, old));
}
template <class Ops>
void movn_s(Ops& m, FprMoveOnGpr f) {
  const auto test = m.get(f.rt);
  const auto value = m.get_fpr32(f.fs);
  const auto old = m.get_fpr32(f.old_fd);
  m.set_fpr32(f.fd, m.select(m.ne(test, m.imm(0)), value, old));
}
template <class Ops>
void movn_d(Ops& m, FprMoveOnGpr f) {
  const auto test = m.get(f.rt);
  const auto value = m.get_fpr64(f.fs);
  const auto old = m.get_fpr64(f.old_fd);
  m.set_fpr64(f.fd, m.select(m.ne(test, m.imm(0)), value, old));
}

// ---- encodings of COP1 and COP1X that mean nothing are the floating-point unit's to refuse:
// Unimplemented Operation, not Reserved Instruction (R10000 UM 17)

template <class Ops>
void refuse_operation(Ops& m) {
  constexpr std::int64_t kCauses = 0x3f << 12;
  constexpr std::int64_t kUnimplemented = 1 << 17;
  const auto fcsr = m.read_fcr(kFcsr);
  m.write_fcr(kFcsr, m.or_(m.and_(fcsr, m.imm(~kCauses)), m.imm(kUnimplemented)));
}
template <class Ops>
void reserved_cp1(Ops& m, NoOperands) {
  refuse_operation(m);
}
template <class Ops>
void reserved_cp1x(Ops& m, NoOperands) {
  refuse_operation(m);
}

}  // namespace cpu::semantics
