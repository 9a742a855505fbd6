#include "cpu/jit/fpu_emitter.hpp"

#include "cpu/fpu/format.hpp"
#include "cpu/fpu/status.hpp"

namespace cpu::jit {

namespace {

namespace Inst = x86::Inst;
constexpr std::size_t kFcsrAt = offsetof(CpuState, regs) + offsetof(Registers, fcr31);

/// Biased exponents between which errors of operations are exact and nothing can over- or
/// underflow: far from both ends by more than two significands.
struct Range {
  std::uint32_t low, count;
};
constexpr Range kDoubles{128, 2047 - 2 * 128}, kSingles{64, 255 - 2 * 64};

bool host_has_fma() {
  static const bool has = asmjit::CpuInfo::host().features().x86().hasFMA();
  return has;
}

}  // namespace

FpuEmitter::FpuEmitter(Emitter& to, ExpressionEmitter& x, std::function<void()> call,
                       const asmjit::Label& end)
    : e_{to}, x_{x}, call_{std::move(call)}, end_{end}, slow_{to.a.newLabel()} {}

bool FpuEmitter::is_floating(EffectKind kind) {
  switch (kind) {
    case EffectKind::kFpBinary:
    case EffectKind::kFpUnary:
    case EffectKind::kFpMultiplyAdd:
    case EffectKind::kFpCompare:
    case EffectKind::kFpFromWord: return true;
    default: return false;
  }
}

bool FpuEmitter::can(const Effect& effect) {
  const bool only_moves =
      effect.kind == EffectKind::kFpCompare || effect.kind == EffectKind::kFpFromWord;
  return only_moves || host_has_fma();
}

void FpuEmitter::emit(const Effect& effect) {
  is_double_ = effect.is_double;
  switch (effect.kind) {
    case EffectKind::kFpBinary: binary(effect); break;
    case EffectKind::kFpUnary: unary(effect); break;
    case EffectKind::kFpMultiplyAdd: multiply_add(effect); break;
    case EffectKind::kFpFromWord: from_word(effect); break;
    default: compare(effect); break;
  }
  e_.later([slow = slow_, end = end_, call = call_, &e = e_] {
    e.a.bind(slow);
    call();
    e.a.jmp(end);
  });
}

// ---- pieces

void FpuEmitter::ss_or_sd(std::uint32_t single, std::uint32_t wide, const x86::Xmm& to,
                          const x86::Xmm& from) {
  e_.a.emit(is_double_ ? wide : single, to, from);
}

void FpuEmitter::check_mode() {
  constexpr std::uint32_t kUnusual = fpu::kRoundingMask | fpu::kInexact << fpu::kEnableShift;
  e_.a.test(e_.state(kFcsrAt, 4), kUnusual);
  e_.a.jne(slow_);
}

void FpuEmitter::check_range_of(const Gp& bits) {
  x86::Assembler& a = e_.a;
  const Range range = is_double_ ? kDoubles : kSingles;
  if (is_double_) {
    a.add(bits, bits);
    a.shr(bits, 53);
  } else {
    a.add(bits.r32(), bits.r32());
    a.shr(bits.r32(), 24);
  }
  a.sub(bits.r32(), range.low);
  a.cmp(bits.r32(), range.count);
  a.jae(slow_);
}

void FpuEmitter::check_range(const x86::Xmm& value) {
  is_double_ ? e_.a.movq(x86::rax, value) : e_.a.movd(x86::eax, value);
  check_range_of(x86::rax);
}

void FpuEmitter::operand(std::uint8_t index, const x86::Xmm& to) {
  x_.into(index, x86::rax);
  is_double_ ? e_.a.movq(to, x86::rax) : e_.a.movd(to, x86::eax);
  check_range_of(x86::rax);
}

/// 2Sum: what rounding lost.
void FpuEmitter::add(bool subtracts) {
  const auto add = [this](const x86::Xmm& to, const x86::Xmm& from) {
    ss_or_sd(Inst::kIdAddss, Inst::kIdAddsd, to, from);
  };
  const auto sub = [this](const x86::Xmm& to, const x86::Xmm& from) {
    ss_or_sd(Inst::kIdSubss, Inst::kIdSubsd, to, from);
  };
  if (subtracts) {
    e_.a.xorps(x86::xmm3, x86::xmm3);
    sub(x86::xmm3, x86::xmm1);  // not zero, so its sign is all that changes
    e_.a.movaps(x86::xmm1, x86::xmm3);
  }
  e_.a.movaps(x86::xmm3, x86::xmm0);
  add(x86::xmm0, x86::xmm1);  // total
  e_.a.movaps(x86::xmm4, x86::xmm0);
  sub(x86::xmm4, x86::xmm3);  // the part of y in it
  sub(x86::xmm1, x86::xmm4);  // what is left of y
  e_.a.movaps(x86::xmm6, x86::xmm0);
  sub(x86::xmm6, x86::xmm4);
  sub(x86::xmm3, x86::xmm6);  // what is left of x
  add(x86::xmm3, x86::xmm1);
  e_.a.movaps(x86::xmm4, x86::xmm3);
  check_range(x86::xmm0);
}

void FpuEmitter::multiply() {
  e_.a.movaps(x86::xmm4, x86::xmm0);
  ss_or_sd(Inst::kIdMulss, Inst::kIdMulsd, x86::xmm0, x86::xmm1);
  e_.a.emit(is_double_ ? Inst::kIdVfmsub213sd : Inst::kIdVfmsub213ss, x86::xmm4, x86::xmm1,
            x86::xmm0);  // xmm4 := xmm4 * xmm1 - xmm0
  check_range(x86::xmm0);
}

void FpuEmitter::divide() {
  e_.a.movaps(x86::xmm4, x86::xmm0);
  ss_or_sd(Inst::kIdDivss, Inst::kIdDivsd, x86::xmm0, x86::xmm1);
  e_.a.emit(is_double_ ? Inst::kIdVfnmadd231sd : Inst::kIdVfnmadd231ss, x86::xmm4, x86::xmm0,
            x86::xmm1);  // xmm4 := xmm4 - xmm0 * xmm1
  check_range(x86::xmm0);
}

void FpuEmitter::settle() {
  constexpr std::uint32_t kBoth = fpu::kInexact << fpu::kCauseShift | fpu::kInexact
                                                                          << fpu::kFlagShift;
  x86::Assembler& a = e_.a;
  // Without its sign; compared as bits, since multiply_add() puts two of them together.
  if (is_double_) {
    a.movq(x86::rax, x86::xmm4);
    a.add(x86::rax, x86::rax);
  } else {
    a.movd(x86::eax, x86::xmm4);
    a.add(x86::eax, x86::eax);
  }
  a.setne(x86::al);
  a.movzx(x86::eax, x86::al);
  a.neg(x86::eax);
  a.and_(x86::eax, kBoth);
  a.mov(x86::edx, e_.state(kFcsrAt, 4));
  a.and_(x86::edx, ~fpu::kCauseMask);
  a.or_(x86::edx, x86::eax);
  a.mov(e_.state(kFcsrAt, 4), x86::edx);
}

void FpuEmitter::settle_exact() { e_.a.and_(e_.state(kFcsrAt, 4), ~fpu::kCauseMask); }

void FpuEmitter::keep(const Effect& effect) {
  x_.take(x86::rcx);
  is_double_ ? e_.a.movq(x86::rcx, x86::xmm0) : e_.a.movd(x86::ecx, x86::xmm0);
  x_.hold(effect.a, x86::rcx);
}

// ---- operations

void FpuEmitter::binary(const Effect& effect) {
  const auto op = static_cast<fpu::Binary>(effect.number);
  x_.take(x86::rax);
  check_mode();
  operand(effect.b, x86::xmm0);
  operand(effect.c, x86::xmm1);
  switch (op) {
    case fpu::Binary::kAdd: add(false); break;
    case fpu::Binary::kSub: add(true); break;
    case fpu::Binary::kMul: multiply(); break;
    case fpu::Binary::kDiv: divide(); break;
  }
  settle();
  x_.release(x86::rax);
  keep(effect);
}

void FpuEmitter::unary(const Effect& effect) {
  const auto op = static_cast<fpu::Unary>(effect.number);
  x86::Assembler& a = e_.a;
  x_.take(x86::rax);
  check_mode();
  if (op == fpu::Unary::kSqrt) {
    operand(effect.b, x86::xmm1);
    a.xorps(x86::xmm3, x86::xmm3);
    ss_or_sd(Inst::kIdUcomiss, Inst::kIdUcomisd, x86::xmm1, x86::xmm3);
    a.jb(slow_);
    ss_or_sd(Inst::kIdSqrtss, Inst::kIdSqrtsd, x86::xmm0, x86::xmm1);
    a.movaps(x86::xmm4, x86::xmm1);
    a.emit(is_double_ ? Inst::kIdVfnmadd231sd : Inst::kIdVfnmadd231ss, x86::xmm4, x86::xmm0,
           x86::xmm0);
    settle();
  } else {
    operand(effect.b, x86::xmm0);
    const bool negates = op == fpu::Unary::kNeg;
    is_double_ ? a.movq(x86::rax, x86::xmm0) : a.movd(x86::eax, x86::xmm0);
    const Gp bits = is_double_ ? Gp{x86::rax} : Gp{x86::eax};
    const int sign = is_double_ ? 63 : 31;
    negates ? a.btc(bits, sign) : a.btr(bits, sign);
    is_double_ ? a.movq(x86::xmm0, x86::rax) : a.movd(x86::xmm0, x86::eax);
    settle_exact();
  }
  x_.release(x86::rax);
  keep(effect);
}

void FpuEmitter::multiply_add(const Effect& effect) {
  const auto op = static_cast<fpu::MultiplyAdd>(effect.number);
  const bool subtracts = op == fpu::MultiplyAdd::kMsub || op == fpu::MultiplyAdd::kNmsub;
  const bool negates = op == fpu::MultiplyAdd::kNmadd || op == fpu::MultiplyAdd::kNmsub;
  x86::Assembler& a = e_.a;
  x_.take(x86::rax);
  check_mode();
  operand(effect.b, x86::xmm0);
  operand(effect.c, x86::xmm1);
  operand(effect.d, x86::xmm2);
  multiply();
  a.movaps(x86::xmm5, x86::xmm4);
  a.movaps(x86::xmm1, x86::xmm2);
  add(subtracts);
  a.orps(x86::xmm4, x86::xmm5);  // zero only if both are, but for a sign
  settle();
  if (negates) {
    is_double_ ? a.movq(x86::rax, x86::xmm0) : a.movd(x86::eax, x86::xmm0);
    is_double_ ? a.btc(x86::rax, 63) : a.btc(x86::eax, 31);
    is_double_ ? a.movq(x86::xmm0, x86::rax) : a.movd(x86::xmm0, x86::eax);
  }
  x_.release(x86::rax);
  keep(effect);
}

void FpuEmitter::from_word(const Effect& effect) {
  x_.take(x86::rax);
  check_mode();
  x_.into(effect.b, x86::rax);
  e_.a.xorps(x86::xmm0, x86::xmm0);
  e_.a.cvtsi2sd(x86::xmm0, x86::eax);
  settle_exact();
  x_.release(x86::rax);
  keep(effect);
}

/// NaNs are the interpreter's.
void FpuEmitter::compare(const Effect& effect) {
  x86::Assembler& a = e_.a;
  x_.take(x86::rax);
  x_.into(effect.b, x86::rax);
  is_double_ ? a.movq(x86::xmm0, x86::rax) : a.movd(x86::xmm0, x86::eax);
  x_.into(effect.c, x86::rax);
  is_double_ ? a.movq(x86::xmm1, x86::rax) : a.movd(x86::xmm1, x86::eax);
  ss_or_sd(Inst::kIdUcomiss, Inst::kIdUcomisd, x86::xmm0, x86::xmm1);
  a.jp(slow_);
  const bool equal = (effect.number & fpu::kEqual) != 0, less = (effect.number & fpu::kLess) != 0;
  if (equal && less) {
    a.setbe(x86::al);
  } else if (equal) {
    a.sete(x86::al);
  } else if (less) {
    a.setb(x86::al);
  } else {
    a.mov(x86::eax, 0);
  }
  a.movzx(x86::eax, x86::al);
  a.shl(x86::eax, effect.at);
  a.mov(x86::edx, e_.state(kFcsrAt, 4));
  a.and_(x86::edx, ~(fpu::kCauseMask | 1u << effect.at));
  a.or_(x86::edx, x86::eax);
  a.mov(e_.state(kFcsrAt, 4), x86::edx);
  x_.release(x86::rax);
}

}  // namespace cpu::jit
