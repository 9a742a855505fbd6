// What Decoded::execute can point to.
#pragma once

#include "cpu/interpreter/block.hpp"
#include "cpu/isa/table.hpp"

namespace cpu {

/// How instructions reach memory and who is told.
enum class Variant : std::uint8_t {
  kPlain,         // no caches: what the soft TLB knows goes straight to host memory
  kCached,        // the same for what hits in the primary data cache
  kInstrumented,  // every reference takes the slow path and is reported
};

/// The handler that runs the body of a table row.
Handler handler_of(Insn insn, Variant variant);

/// Entries of a block that are not the instruction they stand at.
struct PseudoHandlers {
  /// Status does not allow the instruction: Reserved Instruction, or Coprocessor Unusable with the
  /// coprocessor's number in operands[0]. operands[1] tells whether the code is instrumented.
  static void reserved(Processor& p, const Decoded* d);
  static void unusable(Processor& p, const Decoded* d);
  /// A program counter that somebody watches; costs nothing.
  static void mark(Processor& p, const Decoded* d);
  /// Fetches the delay slot that follows, where that is another line or memory itself.
  static void fetch_slot(Processor& p, const Decoded* d);
  /// Ends of a block: go on at the next instruction; at the branch's target; at the delay slot,
  /// which is on the next page.
  static void next(Processor& p, const Decoded* d);
  static void branch(Processor& p, const Decoded* d);
  static void before_slot(Processor& p, const Decoded* d);
};

}  // namespace cpu
