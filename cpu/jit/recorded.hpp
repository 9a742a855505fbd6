// An instruction as the translator sees it: the expressions that its body computes and the effects
// that it has, in order. Recorded by running the body of cpu/semantics/ with RecordOps; whatever
// the translator has no code for makes the whole instruction one that is called
// (`is_inline` is false).
//
// Invariants
//   1. Expressions have no effects. All registers that they name are read before the instruction
//      writes any.
//   2. Operands come before the expressions that use them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/isa/table.hpp"

namespace cpu::jit {

enum class Op : std::uint8_t {
  kConstant,  // value
  kGpr,       // number
  kHi,
  kLo,
  kPc,       // of the instruction, plus value
  kState,    // 64 bits of CpuState at byte `value`
  kState32,  // 32 bits of it, zero-extended
  kAdd,
  kSub,
  kAnd,
  kOr,
  kXor,
  kNor,
  kShl,
  kShr,
  kSar,
  kSext32,
  kZext32,
  kSext16,
  kZext16,
  kSext8,
  kZext8,
  kMul,
  kMulhSigned,
  kMulhUnsigned,
  kFromCond,
  kSelect,  // c ? a : b
  kLoaded,  // what the instruction's own load gives; number: bytes
  // Conditions.
  kEq,
  kNe,
  kLtSigned,
  kLtUnsigned,
  kNot,
};

struct Expression {
  Op op{};
  std::uint8_t a = 0, b = 0, c = 0;  // operands, as indices
  std::uint8_t number = 0;
  std::uint8_t uses = 0;
  std::int64_t value = 0;
};

enum class EffectKind : std::uint8_t {
  kSetGpr,  // number := a
  kSetHi,
  kSetLo,
  kSetState,    // the 64 bits of CpuState at byte `at` := a, where `mask` is set
  kSetState32,  // the 32 bits there
  kLoad,        // a becomes known; number: bytes; b: the address
  kStore,       // a: the address; b: the value; number: bytes
  kTrapIf,      // a: the condition
  kBranch,      // a: the condition; b: the target
  kBranchLikely,
  kJump,  // a: the target
  // Floating-point operations: a becomes known, from b, c and d; number says which operation.
  kFpBinary,
  kFpUnary,
  kFpMultiplyAdd,
  kFpCompare,   // of b and c; at: the bit of FCSR that becomes the result
  kFpFromWord,  // a signed word, exactly
};

struct Effect {
  EffectKind kind{};
  std::uint8_t a = 0, b = 0;
  std::uint8_t number = 0;
  std::uint8_t c = 0, d = 0;
  bool is_double = false;  // the format of a floating-point operation, or single
  std::int32_t at = 0;
  std::uint64_t mask = ~std::uint64_t{0};
};

struct Recorded {
  static constexpr unsigned kMost = 64;  // expressions

  Insn insn{};
  bool is_inline = true;
  std::uint8_t count = 0;
  std::array<Expression, kMost> expressions{};
  std::vector<Effect> effects;

  const Expression& at(std::uint8_t index) const { return expressions[index]; }
};

/// What bodies depend on besides the word: Status.FR says how floating-point registers pair up.
struct RecordContext {
  bool has_32_doubles = false;
};

Recorded record(std::uint32_t word, const RecordContext& context);

}  // namespace cpu::jit
