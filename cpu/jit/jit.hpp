// The translator: executes on a Processor what the interpreter has decoded, as code of the host.
//
// Invariants
//   1. A block executes only when all of it fits before CpuState::limit and the instruction limit;
//      what does not is the interpreter's. So limits are exact to the instruction.
//   2. Between two blocks, wherever generated code is left, the state is what the interpreter's
//      would be; within one it is that of the block's start when an interpreter's body is called.
//   3. Translations only point to code of their own page. Going to another page, or on after an
//      instruction that may have changed what is mapped, asks the fetch path's table.
#pragma once

#include <cstdint>
#include <memory>

#include "cpu/jit/block_translator.hpp"
#include "cpu/jit/code_arena.hpp"
#include "cpu/jit/frame.hpp"
#include "cpu/jit/runner.hpp"

namespace cpu::jit {

class Jit final : public Runner {
 public:
  Jit(Processor& processor, CodeCache& code);

  /// False: the host does not allow it.
  bool is_usable() const { return arena_.is_usable(); }

  bool run(const RunLimits& limits) override;
  void note_interpreted(std::uint64_t instructions) override;
  void forget() override;
  const EngineCounts& counts() const override { return counts_; }

 private:
  using Enter = void (*)(const void* code);

  Layout layout_of() const;
  /// Code for the block at the pc; nullptr: it is the interpreter's.
  const void* find();
  const void* translate(Block& block, CodePage& page, std::size_t word);
  bool make_table(CodePage& page);
  bool is_over() const;
  /// What the loop around blocks looks at when something demands attention: whether there is
  /// nothing to do, in which case the demand is met and the limit that of now.
  bool looks_calm();
  const void* refuse(Interpreted why);
  /// Where generated code goes on, the state being between two blocks.
  const void* resume();
  void enter_budget();
  static const void* left(void* self);
  static const void* end_block(void* self, const CallSite* site);

  Processor& p_;
  CodeCache& code_;
  CodeArena arena_;
  Layout layout_;
  Stubs stubs_;
  std::size_t stubs_end_ = 0;  // in the arena
  std::unique_ptr<BlockTranslator> translator_;
  const RunLimits* limits_ = nullptr;  // of the run under way
  Interpreted refused_for_{};          // the last time that the interpreter was given a block
  EngineCounts counts_;
  std::uint64_t calls_ = 0;  // of left() and end_block()
};

}  // namespace cpu::jit
