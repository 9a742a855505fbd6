// Floating-point operations on the host's scalar unit, in the cases that programs are made of: to
// nearest, no trap on Inexact, operands and result normal and far from both ends of the format.
// There the only condition that can arise is Inexact, which is found by computing the error of the
// operation, exactly (cpu/fpu/usual.hpp has the reasons). Every other case is the interpreter's.
#pragma once

#include <functional>

#include "cpu/jit/emitter.hpp"
#include "cpu/jit/expression_emitter.hpp"
#include "cpu/jit/recorded.hpp"

namespace cpu::jit {

class FpuEmitter {
 public:
  /// `call` emits the call of the whole instruction, after which it has completed: at `end`.
  FpuEmitter(Emitter& to, ExpressionEmitter& x, std::function<void()> call,
             const asmjit::Label& end);

  /// Whether this host computes the errors that the operation needs.
  static bool can(const Effect& effect);
  static bool is_floating(EffectKind kind);
  void emit(const Effect& effect);

 private:
  void binary(const Effect& effect);
  void unary(const Effect& effect);
  void multiply_add(const Effect& effect);
  void compare(const Effect& effect);
  void from_word(const Effect& effect);

  void check_mode();
  /// The operand in a register of the host, checked to be of the usual range.
  void operand(std::uint8_t index, const x86::Xmm& to);
  void check_range(const x86::Xmm& value);
  void check_range_of(const Gp& bits);
  /// xmm0 := xmm0 op xmm1; xmm4 := something that is not zero if it is inexact. Keeps xmm2, xmm5.
  void add(bool subtracts);
  void multiply();
  void divide();
  /// FCSR after an operation: xmm4 says whether it was inexact.
  void settle();
  void settle_exact();
  void keep(const Effect& effect);
  void ss_or_sd(std::uint32_t single, std::uint32_t wide, const x86::Xmm& to, const x86::Xmm& from);

  Emitter& e_;
  ExpressionEmitter& x_;
  std::function<void()> call_;
  asmjit::Label end_, slow_;
  bool is_double_ = false;
};

}  // namespace cpu::jit
