// A processor as simple as can be, for tests: one instruction after the other, a flat piece of
// memory, no TLB, no timing. It instantiates the same bodies as the interpreter, so it tests
// bodies, not itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/fpu/careful.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/semantics/all.hpp"
#include "cpu/semantics/arithmetic.hpp"

namespace cpu::test {

class NaiveMachine {
 public:
  using Word = std::uint64_t;
  using Cond = bool;

  /// Memory of `size` bytes, zero, at `base`; whatever is outside faults.
  NaiveMachine(std::uint64_t base, std::size_t size) : memory(size), memory_base{base} {}

  // ---- state, all of it open to the tests
  std::array<Word, 33> gpr{};  // 32 is where writes to $zero go
  Word hi = 0, lo = 0;
  std::uint64_t pc_now = 0;
  std::array<Word, 32> fpr{};
  std::uint32_t fcsr = 0;
  bool fp_completes = false;  // what the R10000 leaves to software
  bool fr = true;
  std::array<Word, 32> cp0{};
  std::vector<std::uint8_t> memory;
  std::uint64_t memory_base;
  std::optional<std::uint64_t> link;

  // ---- what the last instruction did
  std::optional<ExceptionCode> exception;
  std::uint64_t bad_address = 0;
  bool did_sync = false, did_eret = false;
  int tlb_reads = 0, tlb_probes = 0, tlb_indexed_writes = 0, tlb_random_writes = 0;
  std::optional<unsigned> cache_op, prefetch_hint;
  std::uint64_t hinted_address = 0;

  /// Executes one word at pc_now, which moves on as the architecture says; after an exception it
  /// stays.
  void execute(std::uint32_t word) {
    exception.reset();
    const std::optional<std::uint64_t> target = pending_target_;
    pending_target_.reset();
    nullify_ = false;
    switch (decode(word)) {
#define INSN(name, bits, operands, effects, cycles) \
  case Insn::name:                                  \
    semantics::name(*this, operands{word});         \
    break;
#include "cpu/isa/mips4.def"
#undef INSN
    }
    gpr[32] = 0;
    if (exception) return;
    pc_now = target.value_or(pc_now + (nullify_ ? 8 : 4));
  }
  /// The next instruction is in a delay slot whose branch goes there.
  std::optional<std::uint64_t> pending_target() const { return pending_target_; }

  // ---- Ops
  Word get(Gpr r) const { return gpr[r.n]; }
  void set(GprOut r, Word v) { gpr[r.slot] = v; }
  Word get_hi() const { return hi; }
  Word get_lo() const { return lo; }
  void set_hi(Word v) { hi = v; }
  void set_lo(Word v) { lo = v; }
  static Word imm(std::int64_t v) { return static_cast<Word>(v); }
  static Word add(Word a, Word b) { return a + b; }
  static Word sub(Word a, Word b) { return a - b; }
  static Word and_(Word a, Word b) { return a & b; }
  static Word or_(Word a, Word b) { return a | b; }
  static Word xor_(Word a, Word b) { return a ^ b; }
  static Word nor(Word a, Word b) { return ~(a | b); }
  static Word shl(Word a, Word n) { return a << n; }
  static Word shr(Word a, Word n) { return a >> n; }
  static Word sar(Word a, Word n) { return static_cast<Word>(static_cast<std::int64_t>(a) >> n); }
  static Word sext32(Word a) { return imm(static_cast<std::int32_t>(a)); }
  static Word sext16(Word a) { return imm(static_cast<std::int16_t>(a)); }
  static Word sext8(Word a) { return imm(static_cast<std::int8_t>(a)); }
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
  static Word select(Cond c, Word yes, Word no) { return c ? yes : no; }

  static Word lane(Word ea) { return ea; }
  std::optional<Word> load8(Word ea) { return load(ea, 1); }
  std::optional<Word> load16(Word ea) { return load(ea, 2); }
  std::optional<Word> load32(Word ea) { return load(ea, 4); }
  std::optional<Word> load64(Word ea) { return load(ea, 8); }
  std::optional<Word> load_containing32(Word ea) { return load_containing(ea, 4); }
  std::optional<Word> load_containing64(Word ea) { return load_containing(ea, 8); }
  std::optional<Word> load_linked32(Word ea) { return load_linked(ea, 4); }
  std::optional<Word> load_linked64(Word ea) { return load_linked(ea, 8); }
  bool store8(Word ea, Word v) { return store(ea, v, 1); }
  bool store16(Word ea, Word v) { return store(ea, v, 2); }
  bool store32(Word ea, Word v) { return store(ea, v, 4); }
  bool store64(Word ea, Word v) { return store(ea, v, 8); }
  bool store_containing32(Word ea, Word v, Word mask) { return store_containing(ea, v, mask, 4); }
  bool store_containing64(Word ea, Word v, Word mask) { return store_containing(ea, v, mask, 8); }
  std::optional<Word> store_conditional32(Word ea, Word v) { return store_conditional(ea, v, 4); }
  std::optional<Word> store_conditional64(Word ea, Word v) { return store_conditional(ea, v, 8); }
  void prefetch(unsigned hint, Word ea) { prefetch_hint = hint, hinted_address = ea; }
  void cache(unsigned op, Word ea) { cache_op = op, hinted_address = ea; }
  void sync() { did_sync = true; }

  bool trap_if(Cond c, ExceptionCode code) {
    if (c) raise(code);
    return c;
  }
  void raise(ExceptionCode code) { exception = code; }
  Word pc() const { return pc_now; }
  void branch(Cond c, Word target) { pending_target_ = c ? target : pc_now + 8; }
  void branch_likely(Cond c, Word target) {
    if (c) pending_target_ = target;
    nullify_ = !c;
  }
  void jump(Word target) { pending_target_ = target; }

  Word read_cp0(unsigned n) const { return cp0[n]; }
  void write_cp0(unsigned n, Word v) { cp0[n] = v; }
  Word read_performance(unsigned) const { return cp0[25]; }
  void write_performance(unsigned, Word v) { cp0[25] = v; }
  void tlb_read() { ++tlb_reads; }
  void tlb_write_indexed() { ++tlb_indexed_writes; }
  void tlb_write_random() { ++tlb_random_writes; }
  void tlb_probe() { ++tlb_probes; }
  void eret() { did_eret = true; }

  Word get_fpr32(Fpr r) const {
    if (fr) return zext32(fpr[r.n]);
    return zext32(fpr[r.n & ~1u] >> (r.n & 1 ? 32 : 0));
  }
  void set_fpr32(FprOut r, Word v) {
    if (fr) {
      fpr[r.n] = zext32(v);
      return;
    }
    const unsigned shift = r.n & 1 ? 32 : 0;
    Word& pair = fpr[r.n & ~1u];
    pair = (pair & ~(Word{0xffff'ffff} << shift)) | zext32(v) << shift;
  }
  Word get_fpr64(Fpr r) const { return fpr[fr ? r.n : r.n & ~1u]; }
  void set_fpr64(FprOut r, Word v) { fpr[fr ? r.n : r.n & ~1u] = v; }
  Word read_fcr(unsigned n) const { return n == 31 ? fcsr : 0; }
  void write_fcr(unsigned n, Word v) {
    if (n != 31) return;
    fcsr = static_cast<std::uint32_t>(v);
    const std::uint32_t causes = fcsr >> 12 & 0x3f, enables = fcsr >> 7 & 0x1f;
    if ((causes & (enables | 0x20)) != 0) raise(ExceptionCode::kFpe);
  }
  // Floating point always goes the careful way: the interpreter's short cuts are compared with it.
  template <class F>
  std::optional<Word> fp_binary(F, fpu::Binary op, Word fs, Word ft) {
    return settle(fpu::binary<F>(op, fs, ft, control()));
  }
  template <class F>
  std::optional<Word> fp_unary(F, fpu::Unary op, Word fs) {
    return settle(fpu::unary<F>(op, fs, control()));
  }
  template <class F>
  std::optional<Word> fp_multiply_add(F, fpu::MultiplyAdd op, Word fs, Word ft, Word addend) {
    return settle(fpu::multiply_add<F>(op, fs, ft, addend, control()));
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To, From, fpu::Rounding mode, Word fs) {
    return settle(fpu::convert<To, From>(fs, mode, control()));
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To to, From from, Word fs) {
    return fp_convert(to, from, control().rounding(), fs);
  }
  template <class F>
  void fp_compare(F, fpu::Condition condition, ConditionCode cc, Word fs, Word ft) {
    const std::optional<Word> holds = settle(fpu::compare<F>(condition, fs, ft));
    if (!holds) return;
    fcsr &= ~(1u << cc.fcsr_bit());
    if (*holds != 0) fcsr |= 1u << cc.fcsr_bit();
  }

  // ---- memory as tests set and read it, big-endian
  std::uint64_t peek(std::uint64_t address, unsigned size) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | memory[address - memory_base + i];
    return value;
  }
  void poke(std::uint64_t address, std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0; value >>= 8)
      memory[address - memory_base + i] = static_cast<std::uint8_t>(value);
  }

 private:
  fpu::Control control() const { return {fcsr, fp_completes}; }
  std::optional<Word> settle(const fpu::Outcome& outcome) {
    fcsr = (fcsr & 0xfffc0fff) | outcome.causes << 12;
    if ((outcome.causes & (fcsr >> 7 & 0x1f)) != 0 || (outcome.causes & 0x20) != 0) {
      raise(ExceptionCode::kFpe);
      return std::nullopt;
    }
    fcsr |= outcome.causes << 2;
    return outcome.value;
  }
  bool reach(Word ea, unsigned size, ExceptionCode address_error, ExceptionCode miss) {
    bad_address = ea;
    if (ea % size != 0)
      raise(address_error);
    else if (ea - memory_base > memory.size() - size)
      raise(miss);
    return !exception;
  }
  std::optional<Word> load(Word ea, unsigned size) {
    if (!reach(ea, size, ExceptionCode::kAdEL, ExceptionCode::kTlbL)) return std::nullopt;
    return peek(ea, size);
  }
  bool store(Word ea, Word value, unsigned size) {
    if (!reach(ea, size, ExceptionCode::kAdES, ExceptionCode::kTlbS)) return false;
    poke(ea, value, size);
    return true;
  }
  std::optional<Word> load_containing(Word ea, unsigned size) {
    const std::optional<Word> value = load(ea & ~Word{size - 1}, size);
    bad_address = ea;
    return value;
  }
  bool store_containing(Word ea, Word value, Word mask, unsigned size) {
    const Word aligned = ea & ~Word{size - 1};
    const bool good = reach(aligned, size, ExceptionCode::kAdES, ExceptionCode::kTlbS);
    bad_address = ea;
    if (good) poke(aligned, (peek(aligned, size) & ~mask) | (value & mask), size);
    return good;
  }
  std::optional<Word> load_linked(Word ea, unsigned size) {
    const std::optional<Word> value = load(ea, size);
    if (value) link = ea;
    return value;
  }
  std::optional<Word> store_conditional(Word ea, Word value, unsigned size) {
    if (!reach(ea, size, ExceptionCode::kAdES, ExceptionCode::kTlbS)) return std::nullopt;
    const bool linked = link == ea;
    if (linked) poke(ea, value, size);
    link.reset();
    return from_cond(linked);
  }

  std::optional<std::uint64_t> pending_target_;
  bool nullify_ = false;
};

}  // namespace cpu::test
