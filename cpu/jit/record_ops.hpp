// The instantiation of the instruction bodies (semantics/ops.hpp) that records them: a Word is the
// index of an expression.
#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>

#include "common/check.hpp"
#include "cpu/core/cp0_table.hpp"
#include "cpu/core/cpu_state.hpp"
#include "cpu/fpu/format.hpp"
#include "cpu/fpu/status.hpp"
#include "cpu/isa/operands.hpp"
#include "cpu/jit/recorded.hpp"
#include "cpu/semantics/ops.hpp"

namespace cpu::jit {

class RecordOps {
 public:
  struct Word {
    std::uint8_t index = 0;
  };
  struct Cond {
    std::uint8_t index = 0;
  };

  RecordOps(Recorded& to, const RecordContext& context) : to_{to}, context_{context} {}

  // ---- registers

  Word get(Gpr r) { return r.n == 0 ? imm(0) : Word{add({.op = Op::kGpr, .number = r.n})}; }
  void set(GprOut r, Word value) {
    if (r.number() == 0) return;
    effect({.kind = EffectKind::kSetGpr, .a = use(value), .number = r.number()});
  }
  Word get_hi() { return Word{add({.op = Op::kHi})}; }
  Word get_lo() { return Word{add({.op = Op::kLo})}; }
  void set_hi(Word value) { effect({.kind = EffectKind::kSetHi, .a = use(value)}); }
  void set_lo(Word value) { effect({.kind = EffectKind::kSetLo, .a = use(value)}); }

  // ---- arithmetic

  Word imm(std::int64_t value) { return Word{this->add({.op = Op::kConstant, .value = value})}; }
  Word add(Word a, Word b);
  Word sub(Word a, Word b) { return binary(Op::kSub, a, b); }
  Word and_(Word a, Word b) { return binary(Op::kAnd, a, b); }
  Word or_(Word a, Word b) { return binary(Op::kOr, a, b); }
  Word xor_(Word a, Word b) { return binary(Op::kXor, a, b); }
  Word nor(Word a, Word b) { return binary(Op::kNor, a, b); }
  Word shl(Word a, Word amount) { return binary(Op::kShl, a, amount); }
  Word shr(Word a, Word amount) { return binary(Op::kShr, a, amount); }
  Word sar(Word a, Word amount) { return binary(Op::kSar, a, amount); }
  Word sext32(Word a) { return unary(Op::kSext32, a); }
  Word zext32(Word a) { return unary(Op::kZext32, a); }
  Word sext16(Word a) { return unary(Op::kSext16, a); }
  Word zext16(Word a) { return unary(Op::kZext16, a); }
  Word sext8(Word a) { return unary(Op::kSext8, a); }
  Word zext8(Word a) { return unary(Op::kZext8, a); }
  Word mul(Word a, Word b) { return binary(Op::kMul, a, b); }
  Word mulh_signed(Word a, Word b) { return binary(Op::kMulhSigned, a, b); }
  Word mulh_unsigned(Word a, Word b) { return binary(Op::kMulhUnsigned, a, b); }
  Word div_signed(Word, Word) { return give_up(); }
  Word rem_signed(Word, Word) { return give_up(); }
  Word div_unsigned(Word, Word) { return give_up(); }
  Word rem_unsigned(Word, Word) { return give_up(); }

  Cond eq(Word a, Word b) { return condition(Op::kEq, a, b); }
  Cond ne(Word a, Word b) { return condition(Op::kNe, a, b); }
  Cond lt_signed(Word a, Word b) { return condition(Op::kLtSigned, a, b); }
  Cond lt_unsigned(Word a, Word b) { return condition(Op::kLtUnsigned, a, b); }
  Cond not_(Cond c) { return Cond{this->add({.op = Op::kNot, .a = use(c)})}; }
  Cond and_(Cond c, Cond) {
    give_up();
    return c;
  }
  Word from_cond(Cond c) { return Word{this->add({.op = Op::kFromCond, .a = use(c)})}; }
  Word select(Cond c, Word if_true, Word if_false) {
    return Word{this->add({.op = Op::kSelect, .a = use(if_true), .b = use(if_false), .c = use(c)})};
  }

  // ---- memory

  std::optional<Word> load8(Word ea) { return load(ea, 1); }
  std::optional<Word> load16(Word ea) { return load(ea, 2); }
  std::optional<Word> load32(Word ea) { return load(ea, 4); }
  std::optional<Word> load64(Word ea) { return load(ea, 8); }
  bool store8(Word ea, Word value) { return store(ea, value, 1); }
  bool store16(Word ea, Word value) { return store(ea, value, 2); }
  bool store32(Word ea, Word value) { return store(ea, value, 4); }
  bool store64(Word ea, Word value) { return store(ea, value, 8); }
  std::optional<Word> load_linked32(Word) { return give_up(); }
  std::optional<Word> load_linked64(Word) { return give_up(); }
  std::optional<Word> store_conditional32(Word, Word) { return give_up(); }
  std::optional<Word> store_conditional64(Word, Word) { return give_up(); }
  /// Code that may be reversed is not translated.
  Word lane(Word ea) { return ea; }
  std::optional<Word> load_containing32(Word) { return give_up(); }
  std::optional<Word> load_containing64(Word) { return give_up(); }
  bool store_containing32(Word, Word, Word) { return give_up_store(); }
  bool store_containing64(Word, Word, Word) { return give_up_store(); }
  void cache(unsigned, Word) { give_up(); }
  void prefetch(unsigned, Word) { give_up(); }
  void sync() { give_up(); }

  // ---- control

  bool trap_if(Cond c, ExceptionCode) {
    effect({.kind = EffectKind::kTrapIf, .a = use(c)});
    return false;
  }
  void raise(ExceptionCode) { give_up(); }
  Word pc() { return Word{this->add({.op = Op::kPc})}; }
  void branch(Cond taken, Word target) {
    effect({.kind = EffectKind::kBranch, .a = use(taken), .b = use(target)});
  }
  void branch_likely(Cond taken, Word target) {
    effect({.kind = EffectKind::kBranchLikely, .a = use(taken), .b = use(target)});
  }
  void jump(Word target) { effect({.kind = EffectKind::kJump, .a = use(target)}); }

  // ---- coprocessor 0: registers that are storage and nothing else

  Word read_cp0(unsigned number);
  void write_cp0(unsigned number, Word value);
  Word read_performance(unsigned) { return give_up(); }
  void write_performance(unsigned, Word) { give_up(); }
  void tlb_read() { give_up(); }
  void tlb_probe() { give_up(); }
  void tlb_write_indexed() { give_up(); }
  void tlb_write_random() { give_up(); }
  void eret() { give_up(); }

  // ---- coprocessor 1

  Word get_fpr32(Fpr r);
  void set_fpr32(FprOut r, Word value);
  Word get_fpr64(Fpr r) { return Word{this->add({.op = Op::kState, .value = fpr_at(r.n)})}; }
  void set_fpr64(FprOut r, Word value) {
    effect({.kind = EffectKind::kSetState, .a = use(value), .at = fpr_at(r.n)});
  }
  Word read_fcr(unsigned number);
  void write_fcr(unsigned, Word) { give_up(); }
  template <class F>
  std::optional<Word> fp_binary(F, fpu::Binary op, Word fs, Word ft) {
    return floating<F>({.kind = EffectKind::kFpBinary,
                        .b = use(fs),
                        .number = static_cast<std::uint8_t>(op),
                        .c = use(ft)});
  }
  template <class F>
  std::optional<Word> fp_unary(F, fpu::Unary op, Word fs) {
    if (op == fpu::Unary::kRecip || op == fpu::Unary::kRsqrt) return give_up();
    return floating<F>(
        {.kind = EffectKind::kFpUnary, .b = use(fs), .number = static_cast<std::uint8_t>(op)});
  }
  template <class F>
  std::optional<Word> fp_multiply_add(F, fpu::MultiplyAdd op, Word fs, Word ft, Word fr) {
    return floating<F>({.kind = EffectKind::kFpMultiplyAdd,
                        .b = use(fs),
                        .number = static_cast<std::uint8_t>(op),
                        .c = use(ft),
                        .d = use(fr)});
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To, From, Word fs) {
    if constexpr (std::is_same_v<To, fpu::Double> && std::is_same_v<From, fpu::Word>) {
      return floating<fpu::Double>({.kind = EffectKind::kFpFromWord, .b = use(fs)});
    }
    return give_up();
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To, From, fpu::Rounding, Word) {
    return give_up();
  }
  template <class F>
  void fp_compare(F, fpu::Condition condition, ConditionCode cc, Word fs, Word ft) {
    effect({.kind = EffectKind::kFpCompare,
            .b = use(fs),
            .number = static_cast<std::uint8_t>(condition),
            .c = use(ft),
            .is_double = std::is_same_v<F, fpu::Double>,
            .at = static_cast<std::int32_t>(cc.fcsr_bit())});
  }

 private:
  std::uint8_t add(const Expression& e) {
    check(to_.count < Recorded::kMost, "a body has few expressions");
    to_.expressions[to_.count] = e;
    return to_.count++;
  }
  void effect(const Effect& e) { to_.effects.push_back(e); }
  template <class Value>
  std::uint8_t use(Value value) {
    ++to_.expressions[value.index].uses;
    return value.index;
  }
  const Expression& at(Word w) const { return to_.expressions[w.index]; }
  Word binary(Op op, Word a, Word b);
  Word unary(Op op, Word a);
  Cond condition(Op op, Word a, Word b) {
    return Cond{this->add({.op = op, .a = use(a), .b = use(b)})};
  }
  Word load(Word ea, std::uint8_t bytes);
  template <class F>
  Word floating(Effect operation) {
    const Word result{this->add({.op = Op::kLoaded, .number = 8})};
    operation.a = result.index;
    operation.is_double = std::is_same_v<F, fpu::Double>;
    effect(operation);
    return result;
  }
  bool store(Word ea, Word value, std::uint8_t bytes) {
    effect({.kind = EffectKind::kStore, .a = use(ea), .b = use(value), .number = bytes});
    return true;
  }
  Word give_up() {
    to_.is_inline = false;
    return imm(0);
  }
  bool give_up_store() {
    to_.is_inline = false;
    return true;
  }
  std::int32_t fpr_at(unsigned n) const {
    const unsigned number = context_.has_32_doubles ? n : n & 30u;
    return static_cast<std::int32_t>(offsetof(CpuState, regs) + offsetof(Registers, fpr) +
                                     8 * number);
  }

  Recorded& to_;
  const RecordContext& context_;
};

}  // namespace cpu::jit
