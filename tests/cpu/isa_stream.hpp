// Random streams of instructions drawn from the table whose outcome every MIPS IV processor agrees
// on: integer and memory instructions, forward branches, conditional moves. The naive machine runs
// along while a stream is made, so that whatever would trap, miss memory or be undefined is left
// out.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "cpu/isa/effects.hpp"
#include "tests/cpu/isa_machine.hpp"
#include "tests/cpu/isa_words.hpp"

namespace cpu::test {

struct Stream {
  static constexpr std::uint64_t kCode = 0x80000;
  static constexpr std::uint64_t kData = 0x90000;
  static constexpr std::size_t kDataSize = 4096;
  static constexpr unsigned kPointer =
      28;  // always kData + 2048; accesses stay within the first 3072 bytes

  std::vector<std::uint32_t> words;  // from kCode on; execution falls off the end
  NaiveMachine start{kData, kDataSize}, end{kData, kDataSize};
  std::set<Insn> executed;  // at least once, on the path taken
  bool ends_in_trap =
      false;  // the last word raises Overflow or Trap; `end` is the state in front of it
};

/// Rows whose outcome does not depend on anything but the user's registers and memory.
inline bool is_in_streams(Insn insn) {
  using namespace effects;
  if (row_of(insn).effects & (kCp0 | kCp2 | kUnmodelled)) return false;
  switch (insn) {
    // They end the run, come in pairs, or touch what QEMU keeps differently: the upper halves
    // behind word writes to floating-point registers.
    case Insn::syscall:
    case Insn::break_:
    case Insn::ctc1:
    case Insn::sc:
    case Insn::scd:
    case Insn::mtc1:
    case Insn::lwc1:
    case Insn::lwxc1:
    case Insn::mov_s:
    case Insn::movf_s:
    case Insn::movt_s:
    case Insn::movz_s:
    case Insn::movn_s: return false;
    default: return true;
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
  explicit StreamMaker(std::uint64_t seed) : random_{seed}, eligible_{stream_instructions()} {}

  /// At least `length` words; more when the last ones are branches.
  Stream make(std::size_t length, bool ending_in_trap) {
    Stream stream;
    stream_ = &stream;
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

  std::uint64_t address() const { return Stream::kCode + 4 * stream_->words.size(); }
  std::uint64_t chance(std::uint64_t n) { return random_() % n; }

  NaiveMachine random_start() {
    NaiveMachine m{Stream::kData, Stream::kDataSize};
    m.pc_now = Stream::kCode;
    for (std::uint8_t& byte : m.memory) byte = static_cast<std::uint8_t>(random_());
    for (unsigned r = 1; r < 32; ++r) m.gpr[r] = random_value();
    m.gpr[Stream::kPointer] = Stream::kData + 2048;
    m.hi = random_value();
    m.lo = random_value();
    for (std::uint64_t& f : m.fpr) f = random_();
    m.fcsr = static_cast<std::uint32_t>(random_()) & 0xfe80'0000;  // the condition bits
    return m;
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
    if (next.exception) return;
    machine_ = next;
    stream_->words.push_back(word);
    stream_->executed.insert(decode(word));
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
  std::vector<Insn> eligible_;
  Stream* stream_ = nullptr;
  NaiveMachine machine_{Stream::kData, Stream::kDataSize};
};

}  // namespace cpu::test
