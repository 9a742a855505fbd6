// The interpreter: decodes code into blocks and runs them on a Processor, until something between
// two blocks wants to be looked at.
//
// Invariant: grouping into blocks is invisible. An interrupt, timer, stop or budget end is acted on
// at the same instruction whether code runs in blocks or singly. A branch and its delay slot are
// never parted, except by an exception in the slot.
#pragma once

#include <cstdint>
#include <vector>

#include "common/units.hpp"
#include "cpu/cpu.hpp"
#include "cpu/interpreter/block.hpp"
#include "cpu/memory/processor.hpp"

namespace cpu {

/// How far a run goes, at most.
struct RunLimits {
  std::uint64_t cycle = 0;
  std::uint64_t instructions = ~std::uint64_t{0};  // retired in all
};

/// Who executes blocks faster than the interpreter does. Declared here, by the user.
class BlockRunner {
 public:
  virtual ~BlockRunner() = default;

  /// Executes from the pc on, for as long as it can; comes back between two blocks, when something
  /// wants to be looked at or the next block is not its own. Never past the limits. Returns whether
  /// anything has happened: if not, the next block is the interpreter's.
  virtual bool run(const RunLimits& limits) = 0;
  /// The interpreter has executed so many instructions since run() came back without any.
  virtual void note_interpreted(std::uint64_t instructions) = 0;
  /// All blocks are about to be destroyed.
  virtual void forget() = 0;
};

/// Takes what has been done of a block that was left at `site` into the state: `leave` says why.
void leave_block(Processor& p, const InstructionSite& site);

class Interpreter {
 public:
  /// `code` is the CodePages of the processor.
  Interpreter(Processor& processor, CodeCache& code) : p_{processor}, code_{code} {}

  /// From now on `runner`, which outlives the last run, is asked first.
  void ask_first(BlockRunner& runner) { runner_ = &runner; }

  /// Executes as Cpu::run() says.
  Stop run(Cycles until);
  /// One instruction (a branch with its slot); breakpoints at the pc do not count.
  void step();
  /// Makes the run under way end earlier; later times are ignored.
  void limit_run(Cycles until);
  void set_instruction_limit(std::uint64_t retired) { limits_.instructions = retired; }

 private:
  Stop execute_until(std::uint64_t until);
  void execute_blocks();
  void execute_next_block();
  bool goes_on() const;
  void execute_with_runner();
  void execute_single();
  /// The block to execute next, decoded if it must be; nullptr: the fetch raised an exception.
  const Block* find_block(bool single);
  Block* decode_block(const CodePage& page, std::size_t start, bool single);
  void report_retirement(VirtAddr pc, std::uint64_t cycles_before, std::uint32_t word, Mode mode);

  Processor& p_;
  CodeCache& code_;
  BlockRunner* runner_ = nullptr;
  RunLimits limits_;
  std::vector<Decoded> decoding_;  // scratch of decode_block
};

}  // namespace cpu
