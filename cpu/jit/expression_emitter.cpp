#include "cpu/jit/expression_emitter.hpp"

namespace cpu::jit {

namespace {

namespace Inst = x86::Inst;

const Gp kPool[] = {x86::rax, x86::rdx, x86::rcx};

bool is_leaf(Op op) {
  switch (op) {
    case Op::kConstant:
    case Op::kGpr:
    case Op::kHi:
    case Op::kLo:
    case Op::kPc:
    case Op::kState:
    case Op::kState32: return true;
    default: return false;
  }
}

bool is_commutative(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
    case Op::kNor:
    case Op::kMul: return true;
    default: return false;
  }
}

bool is_unary(Op op) {
  switch (op) {
    case Op::kSext32:
    case Op::kZext32:
    case Op::kSext16:
    case Op::kZext16:
    case Op::kSext8:
    case Op::kZext8:
    case Op::kFromCond:
    case Op::kNot: return true;
    default: return false;
  }
}

std::uint32_t host_operation(Op op) {
  switch (op) {
    case Op::kAdd: return Inst::kIdAdd;
    case Op::kSub: return Inst::kIdSub;
    case Op::kAnd: return Inst::kIdAnd;
    case Op::kOr:
    case Op::kNor: return Inst::kIdOr;
    case Op::kXor: return Inst::kIdXor;
    case Op::kShl: return Inst::kIdShl;
    case Op::kShr: return Inst::kIdShr;
    case Op::kSar: return Inst::kIdSar;
    default: return Inst::kIdImul;
  }
}

/// `x & mask` with a constant mask: x.
std::optional<std::uint8_t> masked_by(const Recorded& r, std::uint8_t index, std::int64_t mask) {
  const Expression& x = r.at(index);
  if (x.op != Op::kAnd) return std::nullopt;
  const Expression& b = r.at(x.b);
  if (b.op != Op::kConstant || b.value != mask) return std::nullopt;
  return x.a;
}

}  // namespace

// ---- registers

Gp ExpressionEmitter::take() {
  for (const Gp& reg : kPool) {
    if ((busy_ >> reg.id() & 1) != 0) continue;
    take(reg);
    return reg;
  }
  CHECK(false);
}
void ExpressionEmitter::take(const Gp& reg) {
  CHECK((busy_ >> reg.id() & 1) == 0);
  busy_ |= 1u << reg.id();
}
void ExpressionEmitter::release(const Gp& reg) { busy_ &= ~(1u << reg.id()); }

bool ExpressionEmitter::is_shared(std::uint8_t index) const {
  return at(index).uses > 1 && !is_leaf(at(index).op);
}

const Gp* ExpressionEmitter::in_register(std::uint8_t index) const {
  return at(index).op == Op::kGpr ? Emitter::pinned(at(index).number) : nullptr;
}

std::optional<x86::Mem> ExpressionEmitter::in_memory(std::uint8_t index) const {
  const Expression& x = at(index);
  switch (x.op) {
    case Op::kGpr:
      if (Emitter::pinned(x.number) != nullptr) return std::nullopt;
      return e_.gpr(x.number);
    case Op::kHi: return e_.state(offsetof(CpuState, regs) + offsetof(Registers, hi));
    case Op::kLo: return e_.state(offsetof(CpuState, regs) + offsetof(Registers, lo));
    case Op::kState: return e_.state(static_cast<std::size_t>(x.value));
    default: return std::nullopt;
  }
}

bool ExpressionEmitter::mentions(std::uint8_t index, unsigned guest) const {
  const Expression& x = at(index);
  if (x.op == Op::kGpr) return x.number == guest;
  if (is_leaf(x.op) || x.op == Op::kLoaded) return false;
  if (mentions(x.a, guest)) return true;
  if (is_unary(x.op)) return false;
  return mentions(x.b, guest) || (x.op == Op::kSelect && mentions(x.c, guest));
}

/// Whether computing the expression step by step in the guest's own register never destroys an
/// operand that is still needed.
bool ExpressionEmitter::is_safe_target(std::uint8_t index, unsigned guest) const {
  const Expression& x = at(index);
  if (is_leaf(x.op) || x.op == Op::kLoaded || x.op == Op::kFromCond) return true;
  if (is_unary(x.op)) return is_safe_target(x.a, guest);
  if (is_shared(index)) return true;  // it is computed elsewhere
  if (x.op == Op::kSelect) {
    return !mentions(x.a, guest) && !mentions(x.c, guest) && is_safe_target(x.b, guest);
  }
  if (is_commutative(x.op) && is_leaf(at(x.a).op) && is_leaf(at(x.b).op)) return true;
  return !mentions(x.b, guest) && !is_constant(x.a) && is_safe_target(x.a, guest);
}

// ---- values

ExpressionEmitter::Value ExpressionEmitter::value(std::uint8_t index) {
  if (held_[index]) {
    const Gp reg = *held_[index];
    const bool is_last = --left_[index] == 0;
    if (is_last) held_[index].reset();
    return {reg, is_last};
  }
  if (const Gp* const reg = in_register(index)) return {*reg, false};
  const Gp reg = take();
  compute(at(index), reg, false);
  if (!is_shared(index)) return {reg, true};
  hold(index, reg);
  --left_[index];
  return {reg, false};
}

void ExpressionEmitter::hold(std::uint8_t index, const Gp& reg) {
  held_[index] = reg;
  left_[index] = at(index).uses;
}

void ExpressionEmitter::into(std::uint8_t index, const Gp& to) {
  if (!held_[index] && !is_shared(index)) return compute(at(index), to, false);
  const Value v = value(index);
  if (v.reg != to) e_.a.mov(to, v.reg);
  free(v);
}

void ExpressionEmitter::into_low(std::uint8_t index, const Gp& to) {
  if (!held_[index] && !is_shared(index)) return compute(at(index), to, true);
  const Value v = value(index);
  if (v.reg != to) e_.a.mov(to.r32(), v.reg.r32());
  free(v);
}

void ExpressionEmitter::set_gpr(unsigned number, std::uint8_t index) {
  const Gp* const host = Emitter::pinned(number);
  if (host == nullptr) return set_memory(e_.gpr(number), index);
  if (is_safe_target(index, number)) return into(index, *host);
  const Value v = value(index);
  if (v.reg != *host) e_.a.mov(*host, v.reg);
  free(v);
}

void ExpressionEmitter::set_memory(const x86::Mem& to, std::uint8_t index) {
  if (is_small(index)) {
    e_.a.mov(to, static_cast<std::int32_t>(at(index).value));
    return;
  }
  const Value v = value(index);
  e_.a.mov(to, to.size() == 4 ? v.reg.r32() : v.reg);
  free(v);
}

// ---- computing

void ExpressionEmitter::compute(const Expression& x, const Gp& to, bool low) {
  switch (x.op) {
    case Op::kConstant: return e_.constant(to, static_cast<std::uint64_t>(x.value));
    case Op::kGpr:
      if (const Gp* const reg = Emitter::pinned(x.number)) {
        if (*reg != to) e_.a.mov(to, *reg);
      } else {
        e_.a.mov(to, e_.gpr(x.number));
      }
      return;
    case Op::kHi:
      e_.a.mov(to, e_.state(offsetof(CpuState, regs) + offsetof(Registers, hi)));
      return;
    case Op::kLo:
      e_.a.mov(to, e_.state(offsetof(CpuState, regs) + offsetof(Registers, lo)));
      return;
    case Op::kPc:
      e_.a.lea(to, x86::ptr(kPc, pc_offset_ + static_cast<std::int32_t>(x.value)));
      return;
    case Op::kState: e_.a.mov(to, e_.state(static_cast<std::size_t>(x.value))); return;
    case Op::kState32: e_.a.mov(to.r32(), e_.state(static_cast<std::size_t>(x.value), 4)); return;
    case Op::kAdd: return add(x, to, low);
    case Op::kSub:
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
    case Op::kNor:
    case Op::kMul: return arithmetic(x, to, low);
    case Op::kShl:
    case Op::kShr:
    case Op::kSar: return shift(x, to, low);
    case Op::kMulhSigned:
    case Op::kMulhUnsigned: return multiply_high(x, to);
    case Op::kSelect: return select(x, to);
    case Op::kFromCond: {
      const CondCode holds = compare(x.a);
      e_.a.set(holds, to.r8());
      e_.a.movzx(to.r32(), to.r8());
      return;
    }
    default: return extend(x, to, low);
  }
}

void ExpressionEmitter::add(const Expression& x, const Gp& to, bool low) {
  const Gp* const a = in_register(x.a);
  const Gp* const b = in_register(x.b);
  if (a == nullptr || *a == to) return arithmetic(x, to, low);
  const Gp target = low ? to.r32() : to;
  if (is_small(x.b)) {
    e_.a.lea(target, x86::ptr(*a, static_cast<std::int32_t>(at(x.b).value)));
  } else if (b != nullptr && *b != to) {
    e_.a.lea(target, x86::ptr(*a, *b));
  } else {
    arithmetic(x, to, low);
  }
}

void ExpressionEmitter::arithmetic(const Expression& x, const Gp& to, bool low) {
  std::uint8_t a = x.a, b = x.b;
  const Gp* const b_in = in_register(b);
  const bool swaps = is_constant(a) || (b_in != nullptr && *b_in == to);
  if (swaps && is_commutative(x.op)) std::swap(a, b);
  if (x.op == Op::kAnd && is_constant(b) && static_cast<std::uint64_t>(at(b).value) >> 32 == 0) {
    into_low(a, to);  // the upper half is cleared by the operation
    e_.a.and_(to.r32(), static_cast<std::uint32_t>(at(b).value));
    return;
  }
  low ? into_low(a, to) : into(a, to);
  const Gp target = low ? to.r32() : to;
  const std::uint32_t operation = host_operation(x.op);
  if (is_small(b) && x.op == Op::kMul) {
    e_.a.imul(target, target, static_cast<std::int32_t>(at(b).value));
  } else if (is_small(b)) {
    e_.a.emit(operation, target, asmjit::Imm{static_cast<std::int32_t>(at(b).value)});
  } else if (auto memory = in_memory(b)) {
    memory->setSize(low ? 4 : 8);
    e_.a.emit(operation, target, *memory);
  } else {
    const Value v = value(b);
    e_.a.emit(operation, target, low ? v.reg.r32() : v.reg);
    free(v);
  }
  if (x.op == Op::kNor) e_.a.not_(target);
}

void ExpressionEmitter::shift(const Expression& x, const Gp& to, bool low) {
  const Expression& shifted = at(x.a);
  // A 32-bit shift is one of the host's where only the low half counts and the upper one is known.
  const bool is_word =
      low && (x.op == Op::kShl || (x.op == Op::kShr && shifted.op == Op::kZext32) ||
              (x.op == Op::kSar && shifted.op == Op::kSext32));
  const std::uint32_t operation = host_operation(x.op);
  if (is_constant(x.b)) {
    const std::int64_t amount = at(x.b).value & 63;
    const bool is_low = is_word && amount < 32;
    is_low ? into_low(x.a, to) : into(x.a, to);
    if (amount != 0) e_.a.emit(operation, is_low ? to.r32() : to, asmjit::Imm{amount});
    return;
  }
  if (to == x86::rcx) {
    const Gp other = take();
    shift(x, other, low);
    e_.a.mov(to, other);
    release(other);
    return;
  }
  const auto low_amount = masked_by(r_, x.b, 31);
  const bool is_low = is_word && low_amount.has_value();
  is_low ? into_low(x.a, to) : into(x.a, to);
  take(x86::rcx);
  into_low(is_low ? *low_amount : masked_by(r_, x.b, 63).value_or(x.b), x86::rcx);
  e_.a.emit(operation, is_low ? to.r32() : to, x86::cl);
  release(x86::rcx);
}

void ExpressionEmitter::extend(const Expression& x, const Gp& to, bool low) {
  x86::Assembler& a = e_.a;
  if (x.op == Op::kSext32 || x.op == Op::kZext32) {
    const bool is_signed = x.op == Op::kSext32;
    if (low) return into_low(x.a, to);
    if (const Gp* const reg = in_register(x.a)) {
      is_signed ? a.movsxd(to, reg->r32()) : a.mov(to.r32(), reg->r32());
    } else if (auto memory = in_memory(x.a)) {
      memory->setSize(4);
      is_signed ? a.movsxd(to, *memory) : a.mov(to.r32(), *memory);
    } else {
      into_low(x.a, to);
      is_signed ? a.movsxd(to, to.r32()) : a.mov(to.r32(), to.r32());
    }
    return;
  }
  into_low(x.a, to);
  switch (x.op) {
    case Op::kSext16: a.movsx(to, to.r16()); return;
    case Op::kZext16: a.movzx(to.r32(), to.r16()); return;
    case Op::kSext8: a.movsx(to, to.r8()); return;
    case Op::kZext8: a.movzx(to.r32(), to.r8()); return;
    default: CHECK(false);
  }
}

void ExpressionEmitter::multiply_high(const Expression& x, const Gp& to) {
  CHECK(to == x86::rax);
  take(x86::rdx);
  into(x.a, x86::rax);
  const bool is_signed = x.op == Op::kMulhSigned;
  if (auto memory = in_memory(x.b)) {
    is_signed ? e_.a.imul(*memory) : e_.a.mul(*memory);
  } else {
    const Value v = value(x.b);
    is_signed ? e_.a.imul(v.reg) : e_.a.mul(v.reg);
    free(v);
  }
  e_.a.mov(x86::rax, x86::rdx);
  release(x86::rdx);
}

void ExpressionEmitter::select(const Expression& x, const Gp& to) {
  into(x.b, to);
  if (const auto memory = in_memory(x.a)) {
    const CondCode holds = compare(x.c);
    e_.a.cmov(holds, to, *memory);
    return;
  }
  const Value v = value(x.a);
  const CondCode holds = compare(x.c);
  e_.a.cmov(holds, to, v.reg);
  free(v);
}

// ---- conditions

namespace {

CondCode host_condition(Op op, bool is_swapped) {
  switch (op) {
    case Op::kEq: return CondCode::kE;
    case Op::kNe: return CondCode::kNE;
    case Op::kLtSigned: return is_swapped ? CondCode::kG : CondCode::kL;
    default: return is_swapped ? CondCode::kA : CondCode::kB;
  }
}

}  // namespace

CondCode ExpressionEmitter::compare(std::uint8_t index) {
  const Expression& x = at(index);
  if (x.op == Op::kNot) return x86::negateCond(compare(x.a));
  std::uint8_t a = x.a, b = x.b;
  const bool is_swapped = is_constant(a);
  if (is_swapped) std::swap(a, b);
  const CondCode code = host_condition(x.op, is_swapped);
  if (const auto memory = in_memory(a); memory && is_small(b)) {
    e_.a.cmp(*memory, static_cast<std::int32_t>(at(b).value));
    return code;
  }
  const Value left = value(a);
  if (is_small(b)) {
    const auto constant = static_cast<std::int32_t>(at(b).value);
    constant == 0 ? e_.a.test(left.reg, left.reg) : e_.a.cmp(left.reg, constant);
  } else if (const auto memory = in_memory(b)) {
    e_.a.cmp(left.reg, *memory);
  } else {
    const Value right = value(b);
    e_.a.cmp(left.reg, right.reg);
    free(right);
  }
  free(left);
  return code;
}

std::optional<bool> ExpressionEmitter::constant_condition(std::uint8_t index) const {
  const Expression& x = at(index);
  if (x.op == Op::kNot) {
    const auto inner = constant_condition(x.a);
    return inner ? std::optional{!*inner} : std::nullopt;
  }
  if (!is_constant(x.a) || !is_constant(x.b)) return std::nullopt;
  const std::int64_t a = at(x.a).value, b = at(x.b).value;
  switch (x.op) {
    case Op::kEq: return a == b;
    case Op::kNe: return a != b;
    case Op::kLtSigned: return a < b;
    default: return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
  }
}

}  // namespace cpu::jit
