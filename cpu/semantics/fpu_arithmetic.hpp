// Floating-point arithmetic (R10000 UM 15, MIPS IV appendix B). What the operations do, and their
// causes and traps, is the Ops' (cpu/fpu/); a body says which operands go where. Nothing is written
// when there is an exception.
#pragma once

#include "cpu/fpu/format.hpp"
#include "cpu/fpu/status.hpp"
#include "cpu/isa/operands.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

// ---- helpers; not rows of the table

template <class Ops>
auto get_fpr(Ops& m, fpu::Single, Fpr r) {
  return m.get_fpr32(r);
}
template <class Ops>
auto get_fpr(Ops& m, fpu::Word, Fpr r) {
  return m.get_fpr32(r);
}
template <class Ops>
auto get_fpr(Ops& m, fpu::Double, Fpr r) {
  return m.get_fpr64(r);
}
template <class Ops>
auto get_fpr(Ops& m, fpu::Long, Fpr r) {
  return m.get_fpr64(r);
}
template <class Ops>
void set_fpr(Ops& m, fpu::Single, FprOut r, typename Ops::Word value) {
  m.set_fpr32(r, value);
}
template <class Ops>
void set_fpr(Ops& m, fpu::Word, FprOut r, typename Ops::Word value) {
  m.set_fpr32(r, value);
}
template <class Ops>
void set_fpr(Ops& m, fpu::Double, FprOut r, typename Ops::Word value) {
  m.set_fpr64(r, value);
}
template <class Ops>
void set_fpr(Ops& m, fpu::Long, FprOut r, typename Ops::Word value) {
  m.set_fpr64(r, value);
}

template <class Ops, class Format>
void binary(Ops& m, Format format, fpu::Binary op, FdFsFt f) {
  const auto a = get_fpr(m, format, f.fs);
  const auto b = get_fpr(m, format, f.ft);
  if (const auto result = m.fp_binary(format, op, a, b)) set_fpr(m, format, f.fd, *result);
}
template <class Ops, class Format>
void unary(Ops& m, Format format, fpu::Unary op, FdFs f) {
  const auto a = get_fpr(m, format, f.fs);
  if (const auto result = m.fp_unary(format, op, a)) set_fpr(m, format, f.fd, *result);
}
template <class Ops, class Format>
void multiply_add(Ops& m, Format format, fpu::MultiplyAdd op, FdFrFsFt f) {
  const auto a = get_fpr(m, format, f.fs);
  const auto b = get_fpr(m, format, f.ft);
  const auto addend = get_fpr(m, format, f.fr);
  if (const auto result = m.fp_multiply_add(format, op, a, b, addend)) {
    set_fpr(m, format, f.fd, *result);
  }
}

// ---- two operands
template <class Ops>
void add_s(Ops& m, FdFsFt f) {
  binary(m, fpu::Single{}, fpu::Binary::kAdd, f);
}
template <class Ops>
void add_d(Ops& m, FdFsFt f) {
  binary(m, fpu::Double{}, fpu::Binary::kAdd, f);
}
template <class Ops>
void sub_s(Ops& m, FdFsFt f) {
  binary(m, fpu::Single{}, fpu::Binary::kSub, f);
}
template <class Ops>
void sub_d(Ops& m, FdFsFt f) {
  binary(m, fpu::Double{}, fpu::Binary::kSub, f);
}
template <class Ops>
void mul_s(Ops& m, FdFsFt f) {
  binary(m, fpu::Single{}, fpu::Binary::kMul, f);
}
template <class Ops>
void mul_d(Ops& m, FdFsFt f) {
  binary(m, fpu::Double{}, fpu::Binary::kMul, f);
}
template <class Ops>
void div_s(Ops& m, FdFsFt f) {
  binary(m, fpu::Single{}, fpu::Binary::kDiv, f);
}
template <class Ops>
void div_d(Ops& m, FdFsFt f) {
  binary(m, fpu::Double{}, fpu::Binary::kDiv, f);
}

// ---- one operand

template <class Ops>
void sqrt_s(Ops& m, FdFs f) {
  unary(m, fpu::Single{}, fpu::Unary::kSqrt, f);
}
template <class Ops>
void sqrt_d(Ops& m, FdFs f) {
  unary(m, fpu::Double{}, fpu::Unary::kSqrt, f);
}
template <class Ops>
void abs_s(Ops& m, FdFs f) {
  unary(m, fpu::Single{}, fpu::Unary::kAbs, f);
}
template <class Ops>
void abs_d(Ops& m, FdFs f) {
  unary(m, fpu::Double{}, fpu::Unary::kAbs, f);
}
template <class Ops>
void neg_s(Ops& m, FdFs f) {
  unary(m, fpu::Single{}, fpu::Unary::kNeg, f);
}
template <class Ops>
void neg_d(Ops& m, FdFs f) {
  unary(m, fpu::Double{}, fpu::Unary::kNeg, f);
}
template <class Ops>
void recip_s(Ops& m, FdFs f) {
  unary(m, fpu::Single{}, fpu::Unary::kRecip, f);
}
template <class Ops>
void recip_d(Ops& m, FdFs f) {
  unary(m, fpu::Double{}, fpu::Unary::kRecip, f);
}
template <class Ops>
void rsqrt_s(Ops& m, FdFs f) {
  unary(m, fpu::Single{}, fpu::Unary::kRsqrt, f);
}
template <class Ops>
void rsqrt_d(Ops& m, FdFs f) {
  unary(m, fpu::Double{}, fpu::Unary::kRsqrt, f);
}

// ---- three operands

template <class Ops>
void madd_s(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Single{}, fpu::MultiplyAdd::kMadd, f);
}
template <class Ops>
void madd_d(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Double{}, fpu::MultiplyAdd::kMadd, f);
}
template <class Ops>
void msub_s(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Single{}, fpu::MultiplyAdd::kMsub, f);
}
template <class Ops>
void msub_d(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Double{}, fpu::MultiplyAdd::kMsub, f);
}
template <class Ops>
void nmadd_s(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Single{}, fpu::MultiplyAdd::kNmadd, f);
}
template <class Ops>
void nmadd_d(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Double{}, fpu::MultiplyAdd::kNmadd, f);
}
template <class Ops>
void nmsub_s(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Single{}, fpu::MultiplyAdd::kNmsub, f);
}
template <class Ops>
void nmsub_d(Ops& m, FdFrFsFt f) {
  multiply_add(m, fpu::Double{}, fpu::MultiplyAdd::kNmsub, f);
}

}  // namespace cpu::semantics
