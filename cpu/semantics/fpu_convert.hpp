// Floating-point conversions and comparisons (R10000 UM 15, MIPS IV appendix B).
#pragma once

#include "cpu/fpu/format.hpp"
#include "cpu/fpu/status.hpp"
#include "cpu/isa/operands.hpp"
#include "cpu/semantics/fpu_arithmetic.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

// ---- helpers; not rows of the table

/// In the mode of FCSR.
template <class Ops, class To, class From>
void convert(Ops& m, To to, From from, FdFs f) {
  const auto value = get_fpr(m, from, f.fs);
  if (const auto result = m.fp_convert(to, from, value)) set_fpr(m, to, f.fd, *result);
}
template <class Ops, class To, class From>
void convert(Ops& m, To to, From from, fpu::Rounding mode, FdFs f) {
  const auto value = get_fpr(m, from, f.fs);
  if (const auto result = m.fp_convert(to, from, mode, value)) set_fpr(m, to, f.fd, *result);
}
template <class Ops, class Format>
void compare(Ops& m, Format format, fpu::Condition condition, CompareOperands f) {
  const auto a = get_fpr(m, format, f.fs);
  const auto b = get_fpr(m, format, f.ft);
  m.fp_compare(format, condition, f.cc, a, b);
}

// ---- to fixed point in a mode of their own

template <class Ops>
void round_l_s(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Single{}, fpu::Rounding::kNearest, f);
}
template <class Ops>
void round_l_d(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Double{}, fpu::Rounding::kNearest, f);
}
template <class Ops>
void round_w_s(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Single{}, fpu::Rounding::kNearest, f);
}
template <class Ops>
void round_w_d(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Double{}, fpu::Rounding::kNearest, f);
}
template <class Ops>
void trunc_l_s(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Single{}, fpu::Rounding::kToZero, f);
}
template <class Ops>
void trunc_l_d(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Double{}, fpu::Rounding::kToZero, f);
}
template <class Ops>
void trunc_w_s(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Single{}, fpu::Rounding::kToZero, f);
}
template <class Ops>
void trunc_w_d(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Double{}, fpu::Rounding::kToZero, f);
}
template <class Ops>
void ceil_l_s(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Single{}, fpu::Rounding::kUp, f);
}
template <class Ops>
void ceil_l_d(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Double{}, fpu::Rounding::kUp, f);
}
template <class Ops>
void ceil_w_s(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Single{}, fpu::Rounding::kUp, f);
}
template <class Ops>
void ceil_w_d(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Double{}, fpu::Rounding::kUp, f);
}
template <class Ops>
void floor_l_s(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Single{}, fpu::Rounding::kDown, f);
}
template <class Ops>
void floor_l_d(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Double{}, fpu::Rounding::kDown, f);
}
template <class Ops>
void floor_w_s(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Single{}, fpu::Rounding::kDown, f);
}
template <class Ops>
void floor_w_d(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Double{}, fpu::Rounding::kDown, f);
}

// ---- in the mode of FCSR

template <class Ops>
void cvt_s_d(Ops& m, FdFs f) {
  convert(m, fpu::Single{}, fpu::Double{}, f);
}
template <class Ops>
void cvt_s_w(Ops& m, FdFs f) {
  convert(m, fpu::Single{}, fpu::Word{}, f);
}
template <class Ops>
void cvt_s_l(Ops& m, FdFs f) {
  convert(m, fpu::Single{}, fpu::Long{}, f);
}
template <class Ops>
void cvt_d_s(Ops& m, FdFs f) {
  convert(m, fpu::Double{}, fpu::Single{}, f);
}
template <class Ops>
void cvt_d_w(Ops& m, FdFs f) {
  convert(m, fpu::Double{}, fpu::Word{}, f);
}
template <class Ops>
void cvt_d_l(Ops& m, FdFs f) {
  convert(m, fpu::Double{}, fpu::Long{}, f);
}
template <class Ops>
void cvt_w_s(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Single{}, f);
}
template <class Ops>
void cvt_w_d(Ops& m, FdFs f) {
  convert(m, fpu::Word{}, fpu::Double{}, f);
}
template <class Ops>
void cvt_l_s(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Single{}, f);
}
template <class Ops>
void cvt_l_d(Ops& m, FdFs f) {
  convert(m, fpu::Long{}, fpu::Double{}, f);
}

// ---- comparisons, in the order of their encoding: bit 0 unordered, 1 equal, 2 less, 3 quiet NaNs
// are invalid

template <class Ops>
void c_f_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, 0, f);
}
template <class Ops>
void c_f_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, 0, f);
}
template <class Ops>
void c_un_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered, f);
}
template <class Ops>
void c_un_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered, f);
}
template <class Ops>
void c_eq_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kEqual, f);
}
template <class Ops>
void c_eq_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kEqual, f);
}
template <class Ops>
void c_ueq_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kEqual, f);
}
template <class Ops>
void c_ueq_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kEqual, f);
}
template <class Ops>
void c_olt_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kLess, f);
}
template <class Ops>
void c_olt_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kLess, f);
}
template <class Ops>
void c_ult_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kLess, f);
}
template <class Ops>
void c_ult_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kLess, f);
}
template <class Ops>
void c_ole_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kEqual | fpu::kLess, f);
}
template <class Ops>
void c_ole_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kEqual | fpu::kLess, f);
}
template <class Ops>
void c_ule_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kEqual | fpu::kLess, f);
}
template <class Ops>
void c_ule_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kEqual | fpu::kLess, f);
}
template <class Ops>
void c_sf_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kSignals, f);
}
template <class Ops>
void c_sf_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kSignals, f);
}
template <class Ops>
void c_ngle_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kSignals, f);
}
template <class Ops>
void c_ngle_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kSignals, f);
}
template <class Ops>
void c_seq_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kEqual | fpu::kSignals, f);
}
template <class Ops>
void c_seq_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kEqual | fpu::kSignals, f);
}
template <class Ops>
void c_ngl_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kEqual | fpu::kSignals, f);
}
template <class Ops>
void c_ngl_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kEqual | fpu::kSignals, f);
}
template <class Ops>
void c_lt_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_lt_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_nge_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_nge_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_le_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kEqual | fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_le_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kEqual | fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_ngt_s(Ops& m, CompareOperands f) {
  compare(m, fpu::Single{}, fpu::kUnordered | fpu::kEqual | fpu::kLess | fpu::kSignals, f);
}
template <class Ops>
void c_ngt_d(Ops& m, CompareOperands f) {
  compare(m, fpu::Double{}, fpu::kUnordered | fpu::kEqual | fpu::kLess | fpu::kSignals, f);
}

}  // namespace cpu::semantics
