#include "cpu/jit/memory_emitter.hpp"

#include "cpu/memory/soft_tlb.hpp"

namespace cpu::jit {

MemoryEmitter::Place MemoryEmitter::place_of(std::uint8_t address) {
  const Expression& x = r_.at(address);
  const auto register_of = [&](std::uint8_t index) -> const Expression* {
    return r_.at(index).op == Op::kGpr ? &r_.at(index) : nullptr;
  };
  const Expression* base = nullptr;
  std::int64_t offset = 0;
  if (x.op == Op::kGpr) base = &x;
  if (x.op == Op::kAdd) {
    base = register_of(x.a);
    const Expression& second = r_.at(x.b);
    if (base != nullptr && second.op == Op::kConstant) offset = second.value;
    if (base == nullptr) base = register_of(x.b);
  }
  const bool is_simple = x.op == Op::kGpr || offset != 0;
  const unsigned number = base != nullptr ? base->number : 0;
  if (is_simple) {
    if (const Gp* const reg = Emitter::pinned(number)) {
      return {*reg, static_cast<std::int32_t>(offset), number, false};
    }
  }
  x_.take(x86::rax);
  x_.into(address, x86::rax);
  return {x86::rax, 0, number, true};
}

void MemoryEmitter::find(const Place& place, unsigned bytes, bool is_store) {
  x86::Assembler& a = e_.a;
  const std::int32_t recent =
      e_.layout.recent + static_cast<std::int32_t>(sizeof(SoftEntry) * place.register_number);
  const auto tag_at = static_cast<std::int32_t>(is_store ? offsetof(SoftEntry, write_tag)
                                                         : offsetof(SoftEntry, read_tag));
  const asmjit::Label cold = a.newLabel(), slow = a.newLabel(), found = a.newLabel();
  const bool has_caches = tags_.tags != nullptr;
  x_.take(x86::rcx);
  place.offset != 0 ? a.lea(x86::rcx, x86::ptr(place.base, place.offset))
                    : a.mov(x86::rcx, place.base);
  a.and_(x86::rcx, static_cast<std::int32_t>(~(kPageSize - 1) | (bytes - 1)));
  a.or_(x86::rcx, e_.state(offsetof(CpuState, data_context)));
  a.cmp(x86::rcx, e_.at(recent + tag_at, 8));
  a.jne(cold);
  if (has_caches) {
    a.bind(found);
    look_into_cache(place, is_store, slow);
  }
  a.mov(x86::rcx, e_.at(recent + static_cast<std::int32_t>(offsetof(SoftEntry, addend)), 8));
  if (!has_caches) a.bind(found);
  const void* const recall = is_store ? e_.stubs.recall_write : e_.stubs.recall_read;
  e_.later([cold, slow, found, place, recent, recall, this_call = call_, end = end_, &e = e_] {
    e.a.bind(cold);
    if (place.base != x86::rax) e.a.lea(x86::rax, x86::ptr(place.base, place.offset));
    e.a.lea(x86::rdx, e.at(recent, 8));
    e.call_to(recall);
    e.a.je(found);
    e.a.bind(slow);
    this_call();
    e.a.jmp(end);
  });
}

void MemoryEmitter::look_into_cache(const Place& place, bool is_store, const asmjit::Label& slow) {
  x86::Assembler& a = e_.a;
  const std::int32_t page =
      e_.layout.recent + static_cast<std::int32_t>(sizeof(SoftEntry) * place.register_number +
                                                   offsetof(SoftEntry, page));
  e_.primary_tag(tags_, place.base, place.offset, x86::rcx);
  if (!is_store) a.or_(x86::rcx, static_cast<std::int32_t>(PrimaryTags::kWritable));
  place.offset != 0 ? a.lea(x86::edx, x86::ptr(place.base, place.offset))
                    : a.mov(x86::edx, place.base.r32());
  a.and_(x86::edx, static_cast<std::int32_t>(kPageSize - 1));
  a.add(x86::rdx, e_.at(page, 8));
  a.shr(x86::rdx, tags_.line_shift);
  a.shl(x86::rdx, 2);
  a.or_(x86::rdx, static_cast<std::int32_t>(PrimaryTags::kWritable | PrimaryTags::kReadable));
  a.cmp(x86::rcx, x86::rdx);
  a.jne(slow);
}

void MemoryEmitter::read(const x86::Mem& from, const Gp& to, unsigned bytes, bool is_signed) {
  x86::Assembler& a = e_.a;
  x86::Mem m = from;
  m.setSize(bytes);
  switch (bytes) {
    case 1: is_signed ? a.movsx(to, m) : a.movzx(to.r32(), m); return;
    case 2:
      a.movzx(to.r32(), m);
      a.rol(to.r16(), 8);
      if (is_signed) a.movsx(to, to.r16());
      return;
    case 4:
      a.mov(to.r32(), m);
      a.bswap(to.r32());
      if (is_signed) a.movsxd(to, to.r32());
      return;
    default:
      a.mov(to, m);
      a.bswap(to);
      return;
  }
}

std::size_t MemoryEmitter::load(std::size_t number) {
  const Effect& load = r_.effects[number];
  const Place place = place_of(load.b);
  find(place, load.number, false);
  const x86::Mem data = x86::ptr(place.base, x86::rcx, 0, place.offset);
  if (place.is_temporary) x_.release(x86::rax);
  // Usually a general register gets it, as it is or sign-extended.
  const bool has_next = number + 1 < r_.effects.size();
  if (has_next && r_.effects[number + 1].kind == EffectKind::kSetGpr) {
    const Effect& set = r_.effects[number + 1];
    const Expression& value = r_.at(set.a);
    const bool is_plain = set.a == load.a;
    const bool is_signed =
        value.op == Op::kSext8 || value.op == Op::kSext16 || value.op == Op::kSext32;
    if (is_plain || (is_signed && value.a == load.a)) {
      const Gp* const host = Emitter::pinned(set.number);
      read(data, host != nullptr ? *host : x86::rcx, load.number, is_signed);
      if (host == nullptr) e_.a.mov(e_.gpr(set.number), x86::rcx);
      x_.release(x86::rcx);
      return 1;
    }
  }
  read(data, x86::rcx, load.number, false);
  if (r_.at(load.a).uses > 0) {
    x_.hold(load.a, x86::rcx);
  } else {
    x_.release(x86::rcx);
  }
  return 0;
}

void MemoryEmitter::store(const Effect& effect) {
  x86::Assembler& a = e_.a;
  const unsigned bytes = effect.number;
  const Place place = place_of(effect.a);
  find(place, bytes, true);
  x86::Mem data = x86::ptr(place.base, x86::rcx, 0, place.offset);
  data.setSize(bytes);
  const Expression& value = r_.at(effect.b);
  if (value.op == Op::kConstant && value.value == 0) {
    a.mov(data, 0);
  } else {
    x_.take(x86::rdx);
    x_.into(effect.b, x86::rdx);
    switch (bytes) {
      case 1: a.mov(data, x86::dl); break;
      case 2:
        a.rol(x86::dx, 8);
        a.mov(data, x86::dx);
        break;
      case 4:
        a.bswap(x86::edx);
        a.mov(data, x86::edx);
        break;
      default:
        a.bswap(x86::rdx);
        a.mov(data, x86::rdx);
        break;
    }
    x_.release(x86::rdx);
  }
  x_.release(x86::rcx);
  if (place.is_temporary) x_.release(x86::rax);
}

}  // namespace cpu::jit
