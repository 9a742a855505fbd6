// Host code for the expressions of one recorded instruction.
//
// Invariant: rax, rcx and rdx are the only host registers that are written, besides the one that a
// caller names. An expression that is used more than once keeps one of them until its last use.
#pragma once

#include <array>
#include <optional>

#include "cpu/jit/emitter.hpp"
#include "cpu/jit/recorded.hpp"

namespace cpu::jit {

class ExpressionEmitter {
 public:
  /// `pc_offset`: of the instruction, from the start of its block.
  ExpressionEmitter(Emitter& to, const Recorded& instruction, std::int32_t pc_offset)
      : e_{to}, r_{instruction}, pc_offset_{pc_offset} {}

  /// A register with a value; free() says that it is not needed any more.
  struct Value {
    Gp reg;
    bool is_temporary = false;
  };
  Value value(std::uint8_t index);
  void free(const Value& v) {
    if (v.is_temporary) release(v.reg);
  }
  /// The value goes to `to`, which no other operand of the expression may name (is_safe_target()).
  void into(std::uint8_t index, const Gp& to);
  /// Only the low 32 bits count; the upper ones may be anything.
  void into_low(std::uint8_t index, const Gp& to);
  /// The guest's register `number` becomes the value.
  void set_gpr(unsigned number, std::uint8_t index);
  void set_memory(const x86::Mem& to, std::uint8_t index);

  /// Compares; the condition holds where the code says. Nothing: it is constant.
  CondCode compare(std::uint8_t index);
  std::optional<bool> constant_condition(std::uint8_t index) const;

  /// A free register among rax, rcx and rdx.
  Gp take();
  void take(const Gp& reg);
  void release(const Gp& reg);

  /// What was loaded, or computed before, is in `reg`, which has been taken.
  void hold(std::uint8_t index, const Gp& reg);

  bool mentions(std::uint8_t index, unsigned guest) const;

 private:
  const Expression& at(std::uint8_t index) const { return r_.at(index); }
  bool is_constant(std::uint8_t index) const { return at(index).op == Op::kConstant; }
  bool is_small(std::uint8_t index) const {
    return is_constant(index) && fits_signed32(at(index).value);
  }
  bool is_shared(std::uint8_t index) const;
  /// A guest register in memory, as an operand.
  std::optional<x86::Mem> in_memory(std::uint8_t index) const;
  const Gp* in_register(std::uint8_t index) const;
  bool is_safe_target(std::uint8_t index, unsigned guest) const;

  void compute(const Expression& x, const Gp& to, bool low);
  void add(const Expression& x, const Gp& to, bool low);
  void arithmetic(const Expression& x, const Gp& to, bool low);
  void shift(const Expression& x, const Gp& to, bool low);
  void extend(const Expression& x, const Gp& to, bool low);
  void multiply_high(const Expression& x, const Gp& to);
  void select(const Expression& x, const Gp& to);

  Emitter& e_;
  const Recorded& r_;
  std::int32_t pc_offset_;
  std::uint32_t busy_ = 0;  // by number of host register
  std::array<std::optional<Gp>, Recorded::kMost> held_{};
  std::array<std::uint8_t, Recorded::kMost> left_{};  // uses of held expressions still to come
};

}  // namespace cpu::jit
