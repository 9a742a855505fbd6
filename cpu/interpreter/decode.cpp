// From a page's words to a block of decoded instructions.
#include <new>

#include "cpu/interpreter/handlers.hpp"
#include "cpu/interpreter/interpreter.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/memory/host_memory.hpp"

namespace cpu {

namespace {

/// Builds the operand form of a row in place.
void build_operands(Insn insn, std::uint32_t word, std::byte* at) {
  switch (insn) {
#define INSN(name, bits, operands, flags, cycles) \
  case Insn::name:                                \
    ::new (at) operands{word};                    \
    break;
#include "cpu/isa/mips4.def"
#undef INSN
  }
}

/// Collects one block. Knows nothing of virtual addresses.
class BlockBuilder {
 public:
  BlockBuilder(std::vector<Decoded>& out, const CodePage& page, Fidelity fidelity,
               std::uint32_t eret_cost)
      : out_{out},
        page_{page},
        fidelity_{fidelity},
        eret_cost_{eret_cost},
        variant_{(page.context & kDecodeInstrumented) != 0 ? Variant::kInstrumented
                 : fidelity == Fidelity::kMemory           ? Variant::kCached
                                                           : Variant::kPlain} {
    out_.clear();
  }

  void append(std::size_t word_index, bool in_slot, bool marked) {
    word_ = static_cast<std::uint32_t>(load_big<std::uint32_t>(page_.host + word_index * 4));
    insn_ = decode(word_);
    if (marked) push(&PseudoHandlers::mark, in_slot);
    push(nullptr, in_slot);
    choose_handler(out_.back());
    out_.back().site.cost = cost();
    cycles_ += out_.back().site.cost;
    offset_ = static_cast<std::uint16_t>(offset_ + 4);
    ++instructions_;
  }

  /// The delay slot that is appended next is not in the line of its branch.
  void fetch_slot() { push(&PseudoHandlers::fetch_slot, false); }
  void end(Handler handler) { push(handler, false); }

  effects::Flags flags() const { return row_of(insn_).effects; }
  bool returns_from_exception() const { return insn_ == Insn::eret; }
  std::uint32_t cycles() const { return cycles_; }
  std::uint8_t instructions() const { return instructions_; }

 private:
  void push(Handler handler, bool in_slot) {
    out_.push_back(Decoded{.site = {.word = word_,
                                    .cycles_before = cycles_,
                                    .cost = 0,
                                    .offset = offset_,
                                    .retired_before = instructions_,
                                    .in_slot = in_slot},
                           .execute = handler});
  }

  std::uint32_t cost() const {
    if (fidelity_ == Fidelity::kFunctional) return 1;
    return cycles_of(row_of(insn_).cycles) + (returns_from_exception() ? eret_cost_ : 0);
  }

  /// What Status forbids is decided here, in the order of docs/cpu-isa.md.
  void choose_handler(Decoded& d) const {
    const effects::Flags needs = flags();
    const DecodeContext allows = page_.context;
    const bool is_instrumented = (allows & kDecodeInstrumented) != 0;
    d.operands[1] = static_cast<std::byte>(is_instrumented);
    // COP1X was COP3 before MIPS IV, and reserved: whether the FPU is usable does not matter then.
    constexpr std::uint32_t kCop1x = 0b010011;
    if (word_ >> 26 == kCop1x && (allows & kDecodeMipsIv) == 0) {
      d.execute = &PseudoHandlers::reserved;
      return;
    }
    const auto unusable = [&](effects::Flags flag, DecodeContext bit, unsigned number) {
      if ((needs & flag) == 0 || (allows & bit) != 0) return false;
      d.execute = &PseudoHandlers::unusable;
      d.operands[0] = static_cast<std::byte>(number);
      return true;
    };
    if (unusable(effects::kCp0, kDecodeCp0, 0) || unusable(effects::kCp1, kDecodeCp1, 1) ||
        unusable(effects::kCp2, kDecodeCp2, 2)) {
      return;
    }
    if (is_refused()) {
      d.execute = handler_of(Insn::reserved_cp1, variant_);
      return;
    }
    const bool reserved = ((needs & effects::k64Bit) != 0 && (allows & kDecode64Bit) == 0) ||
                          ((needs & effects::kMipsIv) != 0 && (allows & kDecodeMipsIv) == 0);
    if (reserved) {
      d.execute = &PseudoHandlers::reserved;
      return;
    }
    d.execute = handler_of(insn_, variant_);
    build_operands(insn_, word_, d.operands.data());
  }

  /// COP1 words of an instruction set that Status does not enable are the FPU's to refuse:
  /// Unimplemented Operation (R10000 UM 14.13, 17.4).
  bool is_refused() const {
    constexpr std::uint32_t kCop1 = 0b010001;
    if (word_ >> 26 != kCop1) return false;
    const bool has_long = (page_.context & kDecode64Bit) != 0;
    const bool has_mips4 = (page_.context & kDecodeMipsIv) != 0;
    return ((flags() & effects::kLongFormat) != 0 && !has_long) ||
           (((flags() & effects::kMipsIv) != 0 || condition_named_by(word_) != 0) && !has_mips4);
  }
  /// The condition bit in a word of COP1; 0 where there is none.
  static unsigned condition_named_by(std::uint32_t word) {
    constexpr std::uint32_t kBranch = 0b01000, kCompare = 0b11;
    if (bits(word, 25, 21) == kBranch) return bits(word, 20, 18);
    const bool is_operation = bits(word, 25, 25) != 0;
    return is_operation && bits(word, 5, 4) == kCompare ? bits(word, 10, 8) : 0;
  }

  std::vector<Decoded>& out_;
  const CodePage& page_;
  Fidelity fidelity_;
  std::uint32_t eret_cost_;
  Variant variant_;
  std::uint32_t word_ = 0;
  Insn insn_{};
  std::uint32_t cycles_ = 0;
  std::uint16_t offset_ = 0;
  std::uint8_t instructions_ = 0;
};

}  // namespace

Block* Interpreter::decode_block(const CodePage& page, std::size_t start, bool single) {
  const Core& core = p_.core;
  BlockBuilder builder{decoding_, page, core.fidelity, core.config.timing.eret};
  const bool is_slot = start == CodePage::kSlotAtStart;
  std::size_t word = is_slot ? 0 : start;
  const std::size_t reversal = (page.context & kDecodeReversed) != 0 ? 1 : 0;
  const auto append = [&](bool in_slot) {
    const std::size_t from = word ^ reversal;
    code_.note_decoded(page.at + from * 4);
    p_.data.note_decoded(page.at + from * 4);
    builder.append(from, in_slot,
                   core.observation.may_be_at(page.context >> kDecodeMarksShift, word));
    ++word;
  };
  const bool is_uncached = (page.context & kDecodeUncached) != 0;
  const std::size_t line_words =
      core.fidelity == Fidelity::kMemory ? p_.timing.line_words() : kWordsPerPage;
  const auto goes_on = [&] {
    return (builder.flags() & (effects::kHasDelaySlot | effects::kEndsBlock)) == 0 &&
           word % line_words != 0 && word < kWordsPerPage &&
           builder.instructions() < kMaxBlockInstructions;
  };
  append(is_slot);
  if (!is_slot && !single && !is_uncached) {
    while (goes_on()) append(false);
  }
  if (is_slot || builder.returns_from_exception()) {
    builder.end(&PseudoHandlers::branch);
  } else if ((builder.flags() & effects::kHasDelaySlot) == 0) {
    builder.end(&PseudoHandlers::next);
  } else if (word == kWordsPerPage) {
    builder.end(&PseudoHandlers::before_slot);
  } else {
    if (is_uncached || word % line_words == 0) builder.fetch_slot();
    append(true);
    builder.end(&PseudoHandlers::branch);
  }
  return code_.store(decoding_, builder.cycles(), builder.instructions());
}

}  // namespace cpu
