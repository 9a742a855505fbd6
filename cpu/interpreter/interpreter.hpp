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

class Interpreter {
 public:
  /// `code` is the CodePages of the processor.
  Interpreter(Processor& processor, CodeCache& code) : p_{processor}, code_{code} {}

  /// Executes as Cpu::run() says.
  Stop run(Cycles until);
  /// One instruction (a branch with its slot); breakpoints at the pc do not count.
  void step();
  /// Makes the run under way end earlier; later times are ignored.
  void limit_run(Cycles until);
  void set_instruction_limit(std::uint64_t retired) { instruction_limit_ = retired; }

 private:
  Stop execute_until(std::uint64_t until);
  void execute_blocks();
  void execute_single();
  /// The block to execute next, decoded if it must be; nullptr: the fetch raised an exception.
  const Block* find_block(bool single);
  Block* decode_block(const CodePage& page, std::size_t start, bool single);
  void report_retirement(VirtAddr pc, std::uint64_t cycles_before, std::uint32_t word, Mode mode);

  Processor& p_;
  CodeCache& code_;
  std::uint64_t until_ = 0;
  std::uint64_t instruction_limit_ = ~std::uint64_t{0};
  std::vector<Decoded> decoding_;  // scratch of decode_block
};

}  // namespace cpu
