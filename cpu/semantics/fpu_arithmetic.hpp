// Floating-point arithmetic, conversions and comparisons: in the table, decoded and printed, but
// not executed by this version. Each stops the run with its name (Stop::kUnmodelled).
#pragma once

#include "cpu/isa/operands.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

template <class Ops>
void add_s(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void add_d(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void sub_s(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void sub_d(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void mul_s(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void mul_d(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void div_s(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void div_d(Ops& m, FdFsFt) {
  m.unmodelled();
}
template <class Ops>
void sqrt_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void sqrt_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void abs_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void abs_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void neg_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void neg_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void recip_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void recip_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void rsqrt_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void rsqrt_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void madd_s(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void madd_d(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void msub_s(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void msub_d(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void nmadd_s(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void nmadd_d(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void nmsub_s(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void nmsub_d(Ops& m, FdFrFsFt) {
  m.unmodelled();
}
template <class Ops>
void round_l_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void round_l_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void trunc_l_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void trunc_l_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void ceil_l_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void ceil_l_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void floor_l_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void floor_l_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void round_w_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void round_w_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void trunc_w_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void trunc_w_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void ceil_w_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void ceil_w_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void floor_w_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void floor_w_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_s_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_s_w(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_s_l(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_d_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_d_w(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_d_l(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_w_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_w_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_l_s(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void cvt_l_d(Ops& m, FdFs) {
  m.unmodelled();
}
template <class Ops>
void c_f_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_f_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_un_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_un_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_eq_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_eq_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ueq_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ueq_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_olt_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_olt_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ult_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ult_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ole_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ole_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ule_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ule_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_sf_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_sf_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ngle_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ngle_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_seq_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_seq_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ngl_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ngl_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_lt_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_lt_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_nge_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_nge_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_le_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_le_d(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ngt_s(Ops& m, CompareOperands) {
  m.unmodelled();
}
template <class Ops>
void c_ngt_d(Ops& m, CompareOperands) {
  m.unmodelled();
}

}  // namespace cpu::semantics
