// Coprocessor 0: register moves, TLB, eret, cache; and coprocessor 2, which does not exist. Whether
// they may run at all is decided before they do, from the row's effects. Ops: see ops.hpp.
#pragma once

#include "cpu/isa/operands.hpp"
#include "cpu/semantics/memory.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

template <class Ops>
void mfc0(Ops& m, MoveFromCp0 f) {
  const auto value = m.read_cp0(f.reg);
  m.set(f.rt, m.sext32(value));
}
template <class Ops>
void dmfc0(Ops& m, MoveFromCp0 f) {
  const auto value = m.read_cp0(f.reg);
  m.set(f.rt, value);
}
template <class Ops>
void mtc0(Ops& m, MoveToCp0 f) {
  const auto value = m.get(f.rt);
  m.write_cp0(f.reg, m.sext32(value));
}
template <class Ops>
void dmtc0(Ops& m, MoveToCp0 f) {
  const auto value = m.get(f.rt);
  m.write_cp0(f.reg, value);
}
// The registers behind CP0 register 25, by the low bits of the word: each counter's control, then
// the counter itself.
template <class Ops>
void mfps(Ops& m, MoveFromCounter f) {
  const auto value = m.read_performance(2u * f.counter);
  m.set(f.rt, m.sext32(value));
}
template <class Ops>
void mfpc(Ops& m, MoveFromCounter f) {
  const auto value = m.read_performance(2u * f.counter + 1);
  m.set(f.rt, m.sext32(value));
}
template <class Ops>
void mtps(Ops& m, MoveToCounter f) {
  const auto value = m.get(f.rt);
  m.write_performance(2u * f.counter, value);
}
template <class Ops>
void mtpc(Ops& m, MoveToCounter f) {
  const auto value = m.get(f.rt);
  m.write_performance(2u * f.counter + 1, value);
}
template <class Ops>
void tlbr(Ops& m, NoOperands) {
  m.tlb_read();
}
template <class Ops>
void tlbwi(Ops& m, NoOperands) {
  m.tlb_write_indexed();
}
template <class Ops>
void tlbwr(Ops& m, NoOperands) {
  m.tlb_write_random();
}
template <class Ops>
void tlbp(Ops& m, NoOperands) {
  m.tlb_probe();
}
template <class Ops>
void eret(Ops& m, NoOperands) {
  m.eret();
}
template <class Ops>
void cache(Ops& m, HintOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  m.cache(f.hint, ea);
}

// With Status.CU2 set there still is no coprocessor 2: reserved (R10000 UM 17).
template <class Ops>
void cop2(Ops& m, UnitOperation) {
  m.raise(ExceptionCode::kRi);
}
template <class Ops>
void lwc2(Ops& m, UnitMemoryOperands) {
  m.raise(ExceptionCode::kRi);
}
template <class Ops>
void ldc2(Ops& m, UnitMemoryOperands) {
  m.raise(ExceptionCode::kRi);
}
template <class Ops>
void swc2(Ops& m, UnitMemoryOperands) {
  m.raise(ExceptionCode::kRi);
}
template <class Ops>
void sdc2(Ops& m, UnitMemoryOperands) {
  m.raise(ExceptionCode::kRi);
}

}  // namespace cpu::semantics
