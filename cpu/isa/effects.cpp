#include "cpu/isa/effects.hpp"

#include "cpu/isa/decode.hpp"
#include "cpu/isa/operands.hpp"
#include "cpu/semantics/all.hpp"
#include "hardware/r10000/cp0.hpp"

namespace cpu {
namespace {

using namespace hardware::cp0;

constexpr NumberSet set_of() { return 0; }
template <class... Rest>
constexpr NumberSet set_of(unsigned first, Rest... rest) {
  return NumberSet{1} << first | set_of(rest...);
}
constexpr NumberSet kEntryRegisters = set_of(kEntryLo0, kEntryLo1, kPageMask, kEntryHi);

/// A value, when the instruction and its address alone determine it: enough to find branch targets.
using Known = std::optional<std::uint64_t>;

/// The Ops of ops.hpp that note and compute nothing but addresses. Every access succeeds, no trap
/// is taken, so that a body runs to its end.
class EffectOps {
 public:
  using Word = Known;
  struct Cond {};

  EffectOps(EffectList& list, VirtAddr pc) : list_{list}, pc_{pc} {}

  Word get(Gpr r) {
    list_.gpr_read |= set_of(r.n);
    return {};
  }
  void set(GprOut r, Word) {
    if (r.number() != 0) list_.gpr_written |= set_of(r.number());
  }
  Word get_hi() {
    list_.hi_read = true;
    return {};
  }
  Word get_lo() {
    list_.lo_read = true;
    return {};
  }
  void set_hi(Word) { list_.hi_written = true; }
  void set_lo(Word) { list_.lo_written = true; }

  Word imm(std::int64_t v) { return static_cast<std::uint64_t>(v); }
  Word pc() { return pc_.bits(); }
  Word add(Word a, Word b) { return a && b ? Known{*a + *b} : Known{}; }
  Word and_(Word a, Word b) { return a && b ? Known{*a & *b} : Known{}; }
  Word or_(Word a, Word b) { return a && b ? Known{*a | *b} : Known{}; }
  Word sub(Word, Word) { return {}; }
  Word xor_(Word, Word) { return {}; }
  Word nor(Word, Word) { return {}; }
  Word shl(Word, Word) { return {}; }
  Word shr(Word, Word) { return {}; }
  Word sar(Word, Word) { return {}; }
  Word sext32(Word) { return {}; }
  Word sext16(Word) { return {}; }
  Word sext8(Word) { return {}; }
  Word zext32(Word) { return {}; }
  Word zext16(Word) { return {}; }
  Word zext8(Word) { return {}; }
  Word mul(Word, Word) { return {}; }
  Word mulh_signed(Word, Word) { return {}; }
  Word mulh_unsigned(Word, Word) { return {}; }
  Word div_signed(Word, Word) { return {}; }
  Word rem_signed(Word, Word) { return {}; }
  Word div_unsigned(Word, Word) { return {}; }
  Word rem_unsigned(Word, Word) { return {}; }
  Cond eq(Word, Word) { return {}; }
  Cond ne(Word, Word) { return {}; }
  Cond lt_signed(Word, Word) { return {}; }
  Cond lt_unsigned(Word, Word) { return {}; }
  Cond not_(Cond) { return {}; }
  Cond and_(Cond, Cond) { return {}; }
  Word from_cond(Cond) { return {}; }
  Word select(Cond, Word, Word) { return {}; }

  static Word lane(Word ea) { return ea; }
  std::optional<Word> load8(Word) { return load(MemoryUse::kLoad, 1); }
  std::optional<Word> load16(Word) { return load(MemoryUse::kLoad, 2); }
  std::optional<Word> load32(Word) { return load(MemoryUse::kLoad, 4); }
  std::optional<Word> load64(Word) { return load(MemoryUse::kLoad, 8); }
  std::optional<Word> load_containing32(Word) { return load(MemoryUse::kLoad, 4); }
  std::optional<Word> load_containing64(Word) { return load(MemoryUse::kLoad, 8); }
  std::optional<Word> load_linked32(Word) { return load_linked(4); }
  std::optional<Word> load_linked64(Word) { return load_linked(8); }
  bool store8(Word, Word) { return store(1); }
  bool store16(Word, Word) { return store(2); }
  bool store32(Word, Word) { return store(4); }
  bool store64(Word, Word) { return store(8); }
  bool store_containing32(Word, Word, Word) { return store(4); }
  bool store_containing64(Word, Word, Word) { return store(8); }
  std::optional<Word> store_conditional32(Word, Word) {
    return load(MemoryUse::kStoreConditional, 4);
  }
  std::optional<Word> store_conditional64(Word, Word) {
    return load(MemoryUse::kStoreConditional, 8);
  }
  void prefetch(unsigned, Word) { list_.memory = MemoryUse::kPrefetch; }
  void sync() {}

  bool trap_if(Cond, ExceptionCode code) {
    raise(code);
    return false;
  }
  void raise(ExceptionCode code) {
    list_.raises |= set_of(static_cast<unsigned>(code));
    list_.may_fault = true;
  }
  void branch(Cond, Word target) { go(Flow::kBranch, target); }
  void branch_likely(Cond, Word target) { go(Flow::kBranchLikely, target); }
  void jump(Word target) { go(Flow::kJump, target); }

  Word read_cp0(unsigned number) {
    list_.cp0_read |= set_of(number);
    return {};
  }
  void write_cp0(unsigned number, Word) { list_.cp0_written |= set_of(number); }
  Word read_performance(unsigned) { return read_cp0(kPerformance); }
  void write_performance(unsigned, Word value) { write_cp0(kPerformance, value); }
  void tlb_read() {
    list_.tlb_read = true;
    list_.cp0_read |= set_of(kIndex);
    list_.cp0_written |= kEntryRegisters;
  }
  void tlb_write_indexed() { tlb_write(kIndex); }
  void tlb_write_random() { tlb_write(kRandom); }
  void tlb_probe() {
    list_.tlb_read = true;
    list_.cp0_read |= set_of(kEntryHi);
    list_.cp0_written |= set_of(kIndex);
  }
  void eret() {
    list_.flow = Flow::kEret;
    list_.cp0_read |= set_of(kStatus, kEpc, kErrorEpc);
    list_.cp0_written |= set_of(kStatus);
  }
  /// The tag operations use TagLo and TagHi; the others are not told apart here.
  void cache(unsigned, Word) {
    list_.memory = MemoryUse::kCacheOp;
    list_.may_fault = true;
    list_.cp0_read |= set_of(kTagLo, kTagHi);
    list_.cp0_written |= set_of(kTagLo, kTagHi);
  }

  Word get_fpr32(Fpr r) {
    list_.fpr_read |= set_of(r.n);
    return {};
  }
  Word get_fpr64(Fpr r) { return get_fpr32(r); }
  void set_fpr32(FprOut r, Word) { list_.fpr_written |= set_of(r.n); }
  void set_fpr64(FprOut r, Word v) { set_fpr32(r, v); }
  Word read_fcr(unsigned number) {
    list_.fcr_read |= set_of(number);
    return {};
  }
  void write_fcr(unsigned number, Word) {
    list_.fcr_written |= set_of(number);
    raise(ExceptionCode::kFpe);
  }
  template <class Format>
  std::optional<Word> fp_binary(Format, fpu::Binary, Word, Word) {
    return fp_operation();
  }
  template <class Format>
  std::optional<Word> fp_unary(Format, fpu::Unary, Word) {
    return fp_operation();
  }
  template <class Format>
  std::optional<Word> fp_multiply_add(Format, fpu::MultiplyAdd, Word, Word, Word) {
    return fp_operation();
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To, From, Word) {
    return fp_operation();
  }
  template <class To, class From>
  std::optional<Word> fp_convert(To, From, fpu::Rounding, Word) {
    return fp_operation();
  }
  template <class Format>
  void fp_compare(Format, fpu::Condition, ConditionCode, Word, Word) {
    fp_operation();
  }

 private:
  std::optional<Word> fp_operation() {
    read_fcr(31);
    write_fcr(31, {});
    return Word{};
  }
  std::optional<Word> load(MemoryUse use, std::uint8_t bytes) {
    list_.memory = use;
    list_.memory_bytes = bytes;
    list_.may_fault = true;
    return Word{};
  }
  std::optional<Word> load_linked(std::uint8_t bytes) {
    list_.cp0_written |= set_of(kLlAddr);
    return load(MemoryUse::kLoadLinked, bytes);
  }
  bool store(std::uint8_t bytes) { return load(MemoryUse::kStore, bytes).has_value(); }
  void go(Flow flow, Word target) {
    list_.flow = flow;
    if (target) list_.target = VirtAddr{*target};
  }
  void tlb_write(unsigned selector) {
    list_.tlb_written = true;
    list_.cp0_read |= set_of(selector) | kEntryRegisters;
  }

  EffectList& list_;
  VirtAddr pc_;
};

}  // namespace

EffectList effects_of(std::uint32_t word, VirtAddr pc) {
  EffectList list;
  list.insn = decode(word);
  EffectOps ops{list, pc};
  switch (list.insn) {
#define INSN(name, bits, operands, effects, cycles) \
  case Insn::name:                                  \
    semantics::name(ops, operands{word});           \
    break;
#include "cpu/isa/mips4.def"
#undef INSN
  }
  return list;
}

}  // namespace cpu
