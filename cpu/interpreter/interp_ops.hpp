// The interpreter's instantiation of the instruction bodies (semantics/ops.hpp): a Word is a
// number. The variant says what a load or store asks before it touches host memory (handlers.hpp).
#pragma once

#include <optional>

#include "cpu/fpu/careful.hpp"
#include "cpu/fpu/usual.hpp"
#include "cpu/interpreter/handlers.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/isa/operands.hpp"
#include "cpu/memory/host_memory.hpp"
#include "cpu/memory/processor.hpp"
#include "cpu/semantics/arithmetic.hpp"

namespace cpu {

template <Variant kVariant>
class InterpOps {
  static constexpr bool kInstrumented = kVariant == Variant::kInstrumented;
  static constexpr bool kCached = kVariant == Variant::kCached;

 public:
  using Word = std::uint64_t;
  using Cond = bool;

  /// `site` is the instruction's own.
  InterpOps(Processor& processor, const InstructionSite& site) : p_{processor}, site_{site} {}

  Word get(Gpr r) const { return regs().gpr[r.n]; }
  void set(GprOut r, Word value) { regs().gpr[r.slot] = value; }
  Word get_hi() const { return regs().hi; }
  Word get_lo() const { return regs().lo; }
  void set_hi(Word value) { regs().hi = value; }
  void set_lo(Word value) { regs().lo = value; }

  static Word imm(std::int64_t value) { return static_cast<Word>(value); }
  static Word add(Word a, Word b) { return a + b; }
  static Word sub(Word a, Word b) { return a - b; }
  static Word and_(Word a, Word b) { return a & b; }
  static Word or_(Word a, Word b) { return a | b; }
  static Word xor_(Word a, Word b) { return a ^ b; }
  static Word nor(Word a, Word b) { return ~(a | b); }
  static Word shl(Word a, Word amount) { return a << (amount & 63); }
  static Word shr(Word a, Word amount) { return a >> (amount & 63); }
  static Word sar(Word a, Word amount) {
    return static_cast<Word>(static_cast<std::int64_t>(a) >> (amount & 63));
  }
  static Word sext32(Word a) { return extend<std::int32_t>(a); }
  static Word sext16(Word a) { return extend<std::int16_t>(a); }
  static Word sext8(Word a) { return extend<std::int8_t>(a); }
  static Word zext32(Word a) { return static_cast<std::uint32_t>(a); }
  static Word zext16(Word a) { return static_cast<std::uint16_t>(a); }
  static Word zext8(Word a) { return static_cast<std::uint8_t>(a); }
  static Word mul(Word a, Word b) { return a * b; }
  static Word mulh_signed(Word a, Word b) { return cpu::mulh_signed(a, b); }
  static Word mulh_unsigned(Word a, Word b) { return cpu::mulh_unsigned(a, b); }
  static Word div_signed(Word a, Word b) { return cpu::div_signed(a, b); }
  static Word rem_signed(Word a, Word b) { return cpu::rem_signed(a, b); }
  static Word div_unsigned(Word a, Word b) { return cpu::div_unsigned(a, b); }
  static Word rem_unsigned(Word a, Word b) { return cpu::rem_unsigned(a, b); }

  static Cond eq(Word a, Word b) { return a == b; }
  static Cond ne(Word a, Word b) { return a != b; }
  static Cond lt_signed(Word a, Word b) {
    return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
  }
  static Cond lt_unsigned(Word a, Word b) { return a < b; }
  static Cond not_(Cond c) { return !c; }
  static Cond and_(Cond a, Cond b) { return a && b; }
  static Word from_cond(Cond c) { return c ? 1 : 0; }
  static Word select(Cond c, Word if_true, Word if_false) { return c ? if_true : if_false; }

  std::optional<Word> load8(Word ea) { return load<std::uint8_t>(ea); }
  std::optional<Word> load16(Word ea) { return load<std::uint16_t>(ea); }
  std::optional<Word> load32(Word ea) { return load<std::uint32_t>(ea); }
  std::optional<Word> load64(Word ea) { return load<std::uint64_t>(ea); }
  bool store8(Word ea, Word value) { return store<std::uint8_t>(ea, value); }
  bool store16(Word ea, Word value) { return store<std::uint16_t>(ea, value); }
  bool store32(Word ea, Word value) { return store<std::uint32_t>(ea, value); }
  bool store64(Word ea, Word value) { return store<std::uint64_t>(ea, value); }
  std::optional<Word> load_linked32(Word ea) { return p_.data.load_linked(site_, VirtAddr{ea}, 4); }
  std::optional<Word> load_linked64(Word ea) { return p_.data.load_linked(site_, VirtAddr{ea}, 8); }
  std::optional<Word> store_conditional32(Word ea, Word value) {
    return p_.data.store_conditional(site_, VirtAddr{ea}, 4, value);
  }
  std::optional<Word> store_conditional64(Word ea, Word value) {
    return p_.data.store_conditional(site_, VirtAddr{ea}, 8, value);
  }

  /// Code that may be reversed is instrumented.
  Word lane(Word ea) const { return kInstrumented && state().is_reversed() ? ea ^ 7 : ea; }
  std::optional<Word> load_containing32(Word ea) { return load_containing<std::uint32_t>(ea); }
  std::optional<Word> load_containing64(Word ea) { return load_containing<std::uint64_t>(ea); }
  bool store_containing32(Word ea, Word value, Word mask) {
    return p_.data.store_containing(site_, VirtAddr{ea}, 4, value, mask);
  }
  bool store_containing64(Word ea, Word value, Word mask) {
    return p_.data.store_containing(site_, VirtAddr{ea}, 8, value, mask);
  }

  bool trap_if(Cond c, ExceptionCode code) {
    if (!c) return false;
    raise(code);
    return true;
  }
  void raise(ExceptionCode code) { state().raise({.code = code}); }

  Word pc() const { return state().pc_at(site_).bits(); }
  void branch(Cond taken, Word target) { go_to(taken ? target : pc() + 8); }
  void branch_likely(Cond taken, Word target) {
    go_to(taken ? target : pc() + 8);
    state().annulled = !taken;
  }
  void jump(Word target) { go_to(target); }

  Word read_cp0(unsigned number) const { return p_.cp0.read(site_, number); }
  void write_cp0(unsigned number, Word value) { p_.cp0.write(site_, number, value); }
  Word read_performance(unsigned number) const { return p_.cp0.read_performance(site_, number); }
  void write_performance(unsigned number, Word value) {
    p_.cp0.write_performance(site_, number, value);
  }
  void tlb_read() { p_.cp0.tlb_read(site_); }
  void tlb_probe() { p_.cp0.tlb_probe(site_); }
  void tlb_write_indexed() { p_.cp0.tlb_write_indexed(site_); }
  void tlb_write_random() { p_.cp0.tlb_write_random(site_); }
  void eret() { p_.exceptions.return_from(site_); }
  void cache(unsigned op, Word ea) { p_.cache.execute(site_, op, VirtAddr{ea}); }
  // A hint that is not taken; memory is sequentially consistent. Both end an LL/SC sequence.
  void prefetch(unsigned, Word) { p_.core.link.drop(); }
  void sync() { p_.core.link.drop(); }

  Word get_fpr32(Fpr r) const {
    if (has_32_doubles()) return static_cast<std::uint32_t>(regs().fpr[r.n]);
    const Word pair = regs().fpr[r.n & 30u];
    return (r.n & 1) != 0 ? pair >> 32 : static_cast<std::uint32_t>(pair);
  }
  void set_fpr32(FprOut r, Word value) {
    value = zext32(value);
    if (has_32_doubles()) {
      regs().fpr[r.n] = value;
      return;
    }
    Word& pair = regs().fpr[r.n & 30u];
    pair = (r.n & 1) != 0 ? zext32(pair) | value << 32 : (pair & ~Word{0xffffffff}) | value;
  }
  Word get_fpr64(Fpr r) const { return regs().fpr[double_number(r.n)]; }
  void set_fpr64(FprOut r, Word value) { regs().fpr[double_number(r.n)] = value; }
  Word read_fcr(unsigned number) const {
    return number == 31 ? regs().fcr31 : number == 0 ? kFcr0Value : 0;
  }
  void write_fcr(unsigned number, Word value) {
    if (number != 31) return;
    regs().fcr31 = static_cast<std::uint32_t>(value) & kFcr31Mask;
    if (fpu::traps(regs().fcr31)) raise(ExceptionCode::kFpe);
  }

  template <class F>
  std::optional<Word> fp_binary(F, fpu::Binary op, Word fs, Word ft) {
    if (fpu::is_usual(regs().fcr31)) [[likely]] {
      if (const auto r = fpu::usual_binary<F>(op, fs, ft); r.is_known) [[likely]]
        return usual(r);
    }
    return settle(fpu::binary<F>(op, fs, ft, control()));
  }
  template <class F>
  std::optional<Word> fp_unary(F, fpu::Unary op, Word fs) {
    if (fpu::is_usual(regs().fcr31)) [[likely]] {
      if (const auto r = fpu::usual_unary<F>(op, fs); r.is_known) [[likely]]
        return usual(r);
    }
    return settle(fpu::unary<F>(op, fs, control()));
  }
  template <class F>
  std::optional<Word> fp_multiply_add(F, fpu::MultiplyAdd op, Word fs, Word ft, Word fr) {
    if (fpu::is_usual(regs().fcr31)) [[likely]] {
      const auto r = fpu::usual_multiply_add<F>(op, fs, ft, fr);
      if (r.is_known) [[likely]]
        return usual(r);
    }
    return settle(fpu::multiply_add<F>(op, fs, ft, fr, control()));
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To to, From from, Word fs) {
    return fp_convert(to, from, control().rounding(), fs);
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To, From, fpu::Rounding mode, Word fs) {
    if (fpu::is_usual(regs().fcr31)) [[likely]] {
      if (const auto r = fpu::usual_convert<To, From>(fs, mode); r.is_known) [[likely]] {
        return usual(r);
      }
    }
    return settle(fpu::convert<To, From>(fs, mode, control()));
  }
  template <class F>
  void fp_compare(F, fpu::Condition condition, ConditionCode cc, Word fs, Word ft) {
    if (const auto r = fpu::usual_compare<F>(condition, fs, ft); r.is_known) [[likely]] {
      regs().fcr31 &= ~fpu::kCauseMask;
      set_condition(cc, r.value != 0);
    } else if (const auto holds = settle(fpu::compare<F>(condition, fs, ft))) {
      set_condition(cc, *holds != 0);
    }
  }

 private:
  template <class T>
  static Word extend(Word a) {
    return static_cast<Word>(static_cast<std::int64_t>(static_cast<T>(a)));
  }

  fpu::Control control() const {
    return {regs().fcr31, p_.core.config.fp_unimplemented == FpUnimplemented::kComplete};
  }
  Word usual(const fpu::Usual& result) {
    regs().fcr31 = fpu::settled_inexact(regs().fcr31, result.is_inexact);
    return result.value;
  }
  std::optional<Word> settle(const fpu::Outcome& outcome) {
    regs().fcr31 = fpu::settled(regs().fcr31, outcome.causes);
    if (!fpu::traps(regs().fcr31)) return outcome.value;
    raise(ExceptionCode::kFpe);
    return std::nullopt;
  }
  void set_condition(ConditionCode cc, bool holds) {
    const std::uint32_t bit = 1u << cc.fcsr_bit();
    regs().fcr31 = holds ? regs().fcr31 | bit : regs().fcr31 & ~bit;
  }
  bool has_32_doubles() const { return (regs().status & status::kFr) != 0; }
  unsigned double_number(unsigned n) const { return has_32_doubles() ? n : n & 30u; }

  void go_to(Word target) { state().branch_target = VirtAddr{target}; }

  template <class T>
  std::optional<Word> load_containing(Word ea) {
    if constexpr (!kInstrumented) {
      const VirtAddr aligned = VirtAddr{ea}.aligned_down(sizeof(T));
      const auto* entry = p_.data.readable(aligned, sizeof(T), state().data_context);
      if (entry != nullptr) [[likely]] {
        if constexpr (kCached) p_.timing.note_load(site_, VirtAddr{ea}, *entry);
        return load_big<T>(entry->host(aligned));
      }
    }
    return p_.data.load_containing(site_, VirtAddr{ea}, sizeof(T));
  }

  template <class T>
  std::optional<Word> load(Word ea) {
    const VirtAddr va{ea};
    if constexpr (!kInstrumented) {
      const auto* entry = p_.data.readable(va, sizeof(T), state().data_context);
      if (entry != nullptr) [[likely]] {
        if constexpr (kCached) p_.timing.note_load(site_, va, *entry);
        return load_big<T>(entry->host(va));
      }
    }
    return load_slow(p_, site_, va, sizeof(T));
  }

  template <class T>
  bool store(Word ea, Word value) {
    const VirtAddr va{ea};
    if constexpr (!kInstrumented) {
      const auto* entry = p_.data.writable(va, sizeof(T), state().data_context);
      if (entry != nullptr) [[likely]] {
        if constexpr (kCached) p_.timing.note_store(site_, va, *entry);
        store_big<T>(entry->host(va), value);
        return true;
      }
    }
    return store_slow(p_, site_, va, sizeof(T), value);
  }

  // Apart, and with a handler's parameters in a handler's order: its registers stay where they are
  // on the fast path.
  [[gnu::noinline]] static std::optional<Word> load_slow(Processor& p, const InstructionSite& site,
                                                         VirtAddr va, unsigned size) {
    return p.data.load<kInstrumented>(site, va, size);
  }
  [[gnu::noinline]] static bool store_slow(Processor& p, const InstructionSite& site, VirtAddr va,
                                           unsigned size, Word value) {
    return p.data.store<kInstrumented>(site, va, size, value);
  }

  CpuState& state() const { return p_.core.state; }
  Registers& regs() const { return p_.core.state.regs; }

  Processor& p_;
  const InstructionSite& site_;
};

}  // namespace cpu
