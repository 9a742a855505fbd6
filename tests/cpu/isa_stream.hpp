// Random streams of instructions drawn from the table whose outcome every MIPS IV processor agrees
// on: integer and memory instructions, forward branches, conditional moves. The naive machine runs
// along while a stream is made, so that whatever would trap, miss memory or be undefined is left
// out.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/isa/effects.hpp"
#include "tests/cpu/isa_machine.hpp"
#include "tests/cpu/isa_words.hpp"

namespace cpu::test {

/// How often each row was executed.
using RowCounts = std::array<std::uint64_t, kRowCount>;

/// Where a stream lies in memory.
struct StreamPlace {
  std::uint64_t code = 0x80000, data = 0x90000;
};

struct Stream {
  static constexpr std::size_t kDataSize = 4096;
  static constexpr unsigned kPointer =
      28;  // always data + 2048; accesses stay within the first 3072 bytes

  StreamPlace place;
  std::vector<std::uint32_t> words;  // from place.code on; execution falls off the end
  NaiveMachine start{0, kDataSize}, end{0, kDataSize};
  RowCounts executed{};  // on the path taken
  bool ends_in_trap =
      false;  // the last word raises Overflow or Trap; `end` is the state in front of it
};

/// Word writes to floating-point registers: what is in the upper half afterwards is not the same on
/// every processor (R10000 UM 15.5: zero; QEMU keeps it).
inline bool writes_word_to_fpr(Insn insn) {
  const std::string_view name = row_of(insn).name;
  if (effects_of(row_of(insn).pattern.match, VirtAddr{0}).fpr_written == 0) return false;
  if (name == "mtc1" || name == "lwc1" || name == "lwxc1") return true;
  // add_s, cvt_s_d, trunc_w_s: the first format is the result's.
  const std::size_t format = name.find('_') + 1;
  return format != 0 && (name[format] == 's' || name[format] == 'w');
}
/// Arithmetic here (MIPS IV), plain moves of bits on QEMU, which leaves FCSR alone.
inline bool is_sign_change(Insn insn) {
  return insn == Insn::abs_s || insn == Insn::abs_d || insn == Insn::neg_s || insn == Insn::neg_d;
}

/// Rows whose outcome does not depend on anything but the user's registers and memory.
inline bool is_in_streams(Insn insn) {
  using namespace effects;
  if (row_of(insn).effects & (kCp0 | kCp2)) return false;
  switch (insn) {
    // They end the run, or come in sequences of their own (StreamMaker).
    case Insn::syscall:
    case Insn::break_:
    case Insn::ctc1:
    case Insn::sc:
    case Insn::scd: return false;
    default: return !writes_word_to_fpr(insn) && !is_sign_change(insn);
  }
}
inline std::vector<Insn> stream_instructions() {
  std::vector<Insn> rows;
  for (const Insn insn : instructions())
    if (is_in_streams(insn)) rows.push_back(insn);
  return rows;
}

class StreamMaker {
 public:
  explicit StreamMaker(std::uint64_t seed, const StreamPlace& place = {})
      : random_{seed}, place_{place}, eligible_{stream_instructions()} {
    for (const Insn insn : instructions())
      if (writes_word_to_fpr(insn) && !is_sign_change(insn)) word_writes_.push_back(insn);
  }

  /// At least `length` words; more when the last ones are branches.
  Stream make(std::size_t length, bool ending_in_trap) {
    Stream stream;
    stream_ = &stream;
    stream.place = place_;
    machine_ = random_start();
    stream.start = machine_;
    while (stream.words.size() < length || machine_.pc_now != address() ||
           machine_.pending_target())
      add_something();
    stream.end = machine_;
    while (ending_in_trap && !stream.ends_in_trap) stream.ends_in_trap = try_to_trap();
    return stream;
  }

 private:
  /// Rows for which MIPS IV demands sign-extended words as operands.
  static bool needs_words(Insn insn) {
    switch (insn) {
      case Insn::srl:
      case Insn::sra:
      case Insn::srlv:
      case Insn::srav:
      case Insn::add:
      case Insn::addu:
      case Insn::sub:
      case Insn::subu:
      case Insn::addi:
      case Insn::addiu:
      case Insn::mult:
      case Insn::multu:
      case Insn::div:
      case Insn::divu:
      case Insn::lwl:
      case Insn::lwr: return true;
      default: return false;
    }
  }
  static bool is_indexed(Insn insn) { return row_of(insn).pattern.match >> 26 == 0b010011; }
  static bool divides(Insn insn) {
    return insn == Insn::div || insn == Insn::divu || insn == Insn::ddiv || insn == Insn::ddivu;
  }

  std::uint64_t address() const { return place_.code + 4 * stream_->words.size(); }
  std::uint64_t chance(std::uint64_t n) { return random_() % n; }

  NaiveMachine random_start() {
    NaiveMachine m{place_.data, Stream::kDataSize};
    m.pc_now = place_.code;
    for (std::uint8_t& byte : m.memory) byte = static_cast<std::uint8_t>(random_());
    for (unsigned r = 1; r < 32; ++r) m.gpr[r] = random_value();
    m.gpr[Stream::kPointer] = place_.data + 2048;
    m.hi = random_value();
    m.lo = random_value();
    for (std::uint64_t& f : m.fpr) f = random_fpr();
    // Half of what loads reach is numbers.
    for (std::uint64_t at = place_.data; at < place_.data + 3072; at += 16)
      m.poke(at, random_fpr(), 8);
    // Conditions, flags, rounding mode; no enables, and not FS, with which QEMU flushes to zero
    // whatever the mode.
    m.fcsr = static_cast<std::uint32_t>(random_()) & 0xfe80'007f;
    m.fp_completes = true;  // as QEMU does
    return m;
  }
  /// A double or a single that arithmetic does something with.
  std::uint64_t random_fpr() {
    const std::uint64_t sign = random_() & 1;
    if (chance(2) == 0) {
      static constexpr std::uint64_t kExponents[] = {0, 1, 2, 2046, 2047};
      const std::uint64_t e = chance(4) == 0 ? kExponents[chance(5)] : 1023 - 40 + chance(80);
      const std::uint64_t sparse = chance(3) == 0 ? random_() << 40 : ~std::uint64_t{0};
      return sign << 63 | e << 52 | (random_() >> 12 & sparse);
    }
    static constexpr std::uint64_t kExponents[] = {0, 1, 2, 254, 255};
    const std::uint64_t e = chance(4) == 0 ? kExponents[chance(5)] : 127 - 20 + chance(40);
    const std::uint64_t sparse = chance(3) == 0 ? 0x7f0000 : 0x7fffff;
    return NaiveMachine::sext32(sign << 31 | e << 23 | (random_() & sparse));
  }
  std::uint64_t random_value() {
    switch (chance(8)) {
      case 0: return random_();
      case 1: return chance(64);
      case 2: return 0 - chance(64);
      case 3: return std::uint64_t{1} << chance(64);
      default: return NaiveMachine::sext32(random_());
    }
  }
  std::int32_t data_offset(unsigned size) {
    return (static_cast<std::int32_t>(chance(3000)) - 2048) & -static_cast<std::int32_t>(size);
  }

  void add_something() {
    if (machine_.pc_now != address()) return emit_unexecuted();
    const bool in_slot = machine_.pending_target().has_value();
    if (!in_slot && chance(40) == 0) return add_linked_pair();
    if (!in_slot && chance(40) == 0) return add_register_jump();
    if (!in_slot && chance(5) == 0) return add_word_write();
    if (!in_slot && chance(80) == 0) return add_control_write();
    const Insn insn = eligible_[chance(eligible_.size())];
    // A delay slot has room for one instruction; an indexed access comes with another one.
    if (in_slot && ((row_of(insn).effects & effects::kHasDelaySlot) || is_indexed(insn))) return;
    const std::uint32_t word = random_operands(insn);
    if (is_welcome(insn, word)) try_to_execute(word);
  }

  /// A word of this row whose memory operand, target or control register makes sense here.
  std::uint32_t random_operands(Insn insn) {
    std::uint32_t word = random_word_of(row_of(insn), random_);
    const EffectList list = effects_of(word, VirtAddr{address()});
    if (list.memory_bytes != 0 || list.memory == MemoryUse::kPrefetch) {
      word = (word & ~(31u << 21)) | Stream::kPointer << 21;
      const bool unaligned = insn == Insn::lwl || insn == Insn::lwr || insn == Insn::ldl ||
                             insn == Insn::ldr || insn == Insn::swl || insn == Insn::swr ||
                             insn == Insn::sdl || insn == Insn::sdr;
      const std::int32_t offset =
          data_offset(unaligned ? 1 : std::max<unsigned>(list.memory_bytes, 1));
      if (!is_indexed(insn))
        return (word & ~0xffffu) | (static_cast<std::uint32_t>(offset) & 0xffff);
      // Indexed: the index register must have been given a value.
      const unsigned index = 1 + static_cast<unsigned>(chance(27));
      try_to_execute(encode(Insn::addiu, {.rt = index, .imm = offset}));
      return (word & ~(31u << 16)) | index << 16;
    }
    const auto distance = 1 + static_cast<std::uint32_t>(chance(4));
    if (insn == Insn::j || insn == Insn::jal)
      return encode(insn, {.target = (static_cast<std::uint32_t>(address()) / 4 + 1 + distance) &
                                     0x3ff'ffff});
    if (list.flow == Flow::kBranch || list.flow == Flow::kBranchLikely)
      return (word & ~0xffffu) | distance;
    if (insn == Insn::cfc1) return word | 31u << 11;
    return word;
  }

  bool is_welcome(Insn insn, std::uint32_t word) const {
    const EffectList list = effects_of(word, VirtAddr{address()});
    if (decode(word) != insn || (list.gpr_written >> Stream::kPointer & 1)) return false;
    if (insn == Insn::jr || insn == Insn::jalr) return false;
    if (divides(insn) && machine_.gpr[rt_of(word).n] == 0) return false;
    for (unsigned r = 0; r < 32 && needs_words(insn); ++r)
      if ((list.gpr_read >> r & 1) && machine_.gpr[r] != NaiveMachine::sext32(machine_.gpr[r]))
        return false;
    return true;
  }

  void try_to_execute(std::uint32_t word) {
    NaiveMachine next = machine_;
    next.execute(word);
    if (next.exception || propagates_nan(word, next)) return;
    machine_ = next;
    stream_->words.push_back(word);
    ++stream_->executed[static_cast<std::size_t>(decode(word))];
  }
  static bool negates(Insn insn) {
    return insn == Insn::nmadd_s || insn == Insn::nmadd_d || insn == Insn::nmsub_s ||
           insn == Insn::nmsub_d;
  }
  /// Whether an operation gave a NaN other than the default one: where MIPS IV lets a quiet operand
  /// through, QEMU answers with the default NaN. One whose sign was changed at last may look like
  /// it.
  static bool propagates_nan(std::uint32_t word, const NaiveMachine& after) {
    const EffectList list = effects_of(word, VirtAddr{0});
    if (list.fpr_written == 0 || list.fcr_written == 0) return false;
    const std::uint64_t value =
        after.fpr[static_cast<unsigned>(std::countr_zero(list.fpr_written))];
    const bool is_any = negates(decode(word));
    if (writes_word_to_fpr(decode(word)))
      return (value & 0x7fffffff) > 0x7f800000 && (is_any || value != fpu::Single::kDefaultNan);
    return value << 1 > std::uint64_t{0x7ff0000000000000} << 1 &&
           (is_any || value != fpu::Double::kDefaultNan);
  }
  void emit_unexecuted() {
    stream_->words.push_back(
        encode(Insn::addiu, {.rt = 1 + static_cast<unsigned>(chance(27)), .imm = 0x7ead}));
  }

  void add_linked_pair() {
    const bool wide = chance(2) != 0;
    const std::int32_t offset = data_offset(8);
    const auto reg = [this] { return 1 + static_cast<unsigned>(chance(27)); };
    try_to_execute(
        encode(wide ? Insn::lld : Insn::ll, {.rs = Stream::kPointer, .rt = reg(), .imm = offset}));
    try_to_execute(
        encode(wide ? Insn::scd : Insn::sc, {.rs = Stream::kPointer, .rt = reg(), .imm = offset}));
  }
  void add_register_jump() {
    const unsigned reg = 1 + static_cast<unsigned>(chance(27));
    const std::uint64_t target = address() + 16 + 4 * chance(4);
    try_to_execute(encode(Insn::lui, {.rt = reg, .imm = static_cast<std::int32_t>(target >> 16)}));
    try_to_execute(encode(
        Insn::ori, {.rs = reg, .rt = reg, .imm = static_cast<std::int32_t>(target & 0xffff)}));
    const bool links = chance(2) != 0;
    try_to_execute(encode(links ? Insn::jalr : Insn::jr,
                          {.rs = reg, .rd = 1 + static_cast<unsigned>(chance(27))}));
  }

  /// A word into a floating-point register, then a doubleword over it that only depends on the
  /// word.
  void add_word_write() {
    const Insn insn = word_writes_[chance(word_writes_.size())];
    const std::uint32_t word = random_operands(insn);
    const EffectList list = effects_of(word, VirtAddr{address()});
    const std::size_t before = stream_->words.size();
    try_to_execute(word);
    if (stream_->words.size() == before) return;
    for (unsigned f = 0; f < 32; ++f) {
      if ((list.fpr_written >> f & 1) == 0) continue;
      const unsigned reg = 1 + static_cast<unsigned>(chance(27));
      try_to_execute(encode(Insn::mfc1, {.rt = reg, .rd = f}));
      try_to_execute(encode(Insn::dmtc1, {.rt = reg, .rd = f}));
    }
  }
  /// New condition bits, flags and rounding mode in FCSR.
  void add_control_write() {
    const unsigned reg = 1 + static_cast<unsigned>(chance(27));
    try_to_execute(
        encode(Insn::lui, {.rt = reg, .imm = static_cast<std::int32_t>(random_() & 0xfe80)}));
    try_to_execute(encode(
        Insn::ori, {.rs = reg, .rt = reg, .imm = static_cast<std::int32_t>(random_() & 0x7f)}));
    try_to_execute(encode(Insn::ctc1, {.rt = reg, .rd = 31}));
  }

  bool try_to_trap() {
    const Insn insn = eligible_[chance(eligible_.size())];
    const std::uint32_t word = random_operands(insn);
    if (!is_welcome(insn, word)) return false;
    NaiveMachine next = machine_;
    next.execute(word);
    if (next.exception != ExceptionCode::kOv && next.exception != ExceptionCode::kTr) return false;
    stream_->words.push_back(word);
    stream_->end = machine_;
    return true;
  }

  Random random_;
  StreamPlace place_;
  std::vector<Insn> eligible_, word_writes_;
  Stream* stream_ = nullptr;
  NaiveMachine machine_{0, Stream::kDataSize};
};

}  // namespace cpu::test
