// Loads, stores, the unaligned pairs, LL/SC, prefetch. Ops: see ops.hpp. Big-endian.
#pragma once

#include "cpu/isa/operands.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::semantics {

// ---- helpers; not rows of the table

template <class Ops>
auto address_of(Ops& m, Gpr base, std::int16_t offset) {
  const auto start = m.get(base);
  return m.add(start, m.imm(offset));
}
template <class Ops>
auto indexed_address(Ops& m, Gpr base, Gpr index) {
  const auto start = m.get(base);
  const auto distance = m.get(index);
  return m.add(start, distance);
}
/// Bits in front of byte `ea` of its aligned word (last = 3) or doubleword (last = 7).
template <class Ops, class Word>
auto bits_before(Ops& m, Word ea, std::int64_t last) {
  return m.shl(m.and_(m.lane(ea), m.imm(last)), m.imm(3));
}
/// Bits behind it.
template <class Ops, class Word>
auto bits_behind(Ops& m, Word ea, std::int64_t last) {
  return m.shl(m.sub(m.imm(last), m.and_(m.lane(ea), m.imm(last))), m.imm(3));
}
template <class Ops, class Word>
auto merge(Ops& m, Word old, Word fresh, Word mask) {
  return m.or_(m.and_(fresh, mask), m.and_(old, m.nor(mask, mask)));
}

// ---- aligned

template <class Ops>
void lb(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load8(ea)) m.set(f.rt, m.sext8(*value));
}
template <class Ops>
void lbu(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load8(ea)) m.set(f.rt, *value);
}
template <class Ops>
void lh(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load16(ea)) m.set(f.rt, m.sext16(*value));
}
template <class Ops>
void lhu(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load16(ea)) m.set(f.rt, *value);
}
template <class Ops>
void lw(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load32(ea)) m.set(f.rt, m.sext32(*value));
}
template <class Ops>
void lwu(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load32(ea)) m.set(f.rt, *value);
}
template <class Ops>
void ld(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load64(ea)) m.set(f.rt, *value);
}
template <class Ops>
void sb(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  m.store8(ea, value);
}
template <class Ops>
void sh(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  m.store16(ea, value);
}
template <class Ops>
void sw(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  m.store32(ea, value);
}
template <class Ops>
void sd(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  m.store64(ea, value);
}

// ---- unaligned: the left one handles the bytes from ea to the end of its word, the right one
// those from its start to ea

template <class Ops>
void lwl(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto old = m.get(f.old_rt);
  const auto word = m.load_containing32(ea);
  if (!word) return;
  const auto shift = bits_before(m, ea, 3);
  const auto mask = m.shl(m.imm(-1), shift);
  m.set(f.rt, m.sext32(merge(m, old, m.shl(*word, shift), mask)));
}
/// The upper half of rt is the sign of the merged word also when its first byte did not come from
/// memory, one of two choices that MIPS III leaves open; on a sign-extended rt they are the same.
template <class Ops>
void lwr(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto old = m.get(f.old_rt);
  const auto word = m.load_containing32(ea);
  if (!word) return;
  const auto shift = bits_behind(m, ea, 3);
  const auto mask = m.shr(m.imm(0xffff'ffff), shift);
  m.set(f.rt, m.sext32(merge(m, old, m.shr(*word, shift), mask)));
}
template <class Ops>
void ldl(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto old = m.get(f.old_rt);
  const auto doubleword = m.load_containing64(ea);
  if (!doubleword) return;
  const auto shift = bits_before(m, ea, 7);
  const auto mask = m.shl(m.imm(-1), shift);
  m.set(f.rt, merge(m, old, m.shl(*doubleword, shift), mask));
}
template <class Ops>
void ldr(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto old = m.get(f.old_rt);
  const auto doubleword = m.load_containing64(ea);
  if (!doubleword) return;
  const auto shift = bits_behind(m, ea, 7);
  const auto mask = m.shr(m.imm(-1), shift);
  m.set(f.rt, merge(m, old, m.shr(*doubleword, shift), mask));
}
template <class Ops>
void swl(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  const auto shift = bits_before(m, ea, 3);
  m.store_containing32(ea, m.shr(m.zext32(value), shift), m.shr(m.imm(0xffff'ffff), shift));
}
template <class Ops>
void swr(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  const auto shift = bits_behind(m, ea, 3);
  const auto mask = m.zext32(m.shl(m.imm(-1), shift));
  m.store_containing32(ea, m.zext32(m.shl(value, shift)), mask);
}
template <class Ops>
void sdl(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  const auto shift = bits_before(m, ea, 7);
  m.store_containing64(ea, m.shr(value, shift), m.shr(m.imm(-1), shift));
}
template <class Ops>
void sdr(Ops& m, StoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  const auto shift = bits_behind(m, ea, 7);
  m.store_containing64(ea, m.shl(value, shift), m.shl(m.imm(-1), shift));
}

// ---- linked

template <class Ops>
void ll(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load_linked32(ea)) m.set(f.rt, m.sext32(*value));
}
template <class Ops>
void lld(Ops& m, LoadOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  if (const auto value = m.load_linked64(ea)) m.set(f.rt, *value);
}
template <class Ops>
void sc(Ops& m, ConditionalStoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  if (const auto done = m.store_conditional32(ea, value)) m.set(f.done, *done);
}
template <class Ops>
void scd(Ops& m, ConditionalStoreOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  const auto value = m.get(f.rt);
  if (const auto done = m.store_conditional64(ea, value)) m.set(f.done, *done);
}

// ---- hints

template <class Ops>
void pref(Ops& m, HintOperands f) {
  const auto ea = address_of(m, f.base, f.offset);
  m.prefetch(f.hint, ea);
}
template <class Ops>
void prefx(Ops& m, IndexedHintOperands f) {
  const auto ea = indexed_address(m, f.base, f.index);
  m.prefetch(f.hint, ea);
}

}  // namespace cpu::semantics
