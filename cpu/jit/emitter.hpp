// Writes host instructions: AsmJit's assembler with the names of this translator. Only files that
// generate code include this.
#pragma once

#include <asmjit/x86.h>

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "common/check.hpp"
#include "cpu/cache_port.hpp"
#include "cpu/core/cpu_state.hpp"
#include "cpu/jit/code_arena.hpp"
#include "cpu/jit/frame.hpp"

namespace cpu::jit {

namespace x86 = asmjit::x86;
using x86::CondCode;
using x86::Gp;

/// Guest registers that stay in host registers.
struct Pinned {
  unsigned guest;
  Gp host;
};
inline const std::array<Pinned, 9> kPinned = {{{2, x86::r8},
                                               {3, x86::r9},
                                               {4, x86::r10},
                                               {5, x86::r11},
                                               {6, x86::r12},
                                               {7, x86::r13},
                                               {8, x86::r14},
                                               {9, x86::rsi},
                                               {29, x86::rdi}}};
inline const Gp kPc = x86::rbx, kBase = x86::rbp, kBudget = x86::r15;

constexpr bool fits_signed32(std::int64_t value) {
  return value == static_cast<std::int32_t>(value);
}

class Emitter {
 public:
  Emitter(CodeArena& arena, const Layout& layout, const Stubs& stubs);

  x86::Assembler a;
  const Layout& layout;
  const Stubs& stubs;

  // ---- places

  /// The host register of a guest's, if it has one.
  static const Gp* pinned(unsigned guest);
  x86::Mem state(std::size_t offset, unsigned size = 8) const {
    return at(layout.state + static_cast<std::int32_t>(offset), size);
  }
  x86::Mem gpr(unsigned number) const {
    return state(offsetof(CpuState, regs) + offsetof(Registers, gpr) + 8 * number);
  }
  x86::Mem frame(std::size_t offset) const { return state(offsetof(CpuState, generated) + offset); }
  x86::Mem at(std::int32_t from_base, unsigned size) const {
    return x86::ptr(kBase, from_base, size);
  }

  // ---- common sequences

  void jump_to(const void* target) { a.jmp(asmjit::Imm{reinterpret_cast<std::uintptr_t>(target)}); }
  void call_to(const void* target) {
    a.call(asmjit::Imm{reinterpret_cast<std::uintptr_t>(target)});
  }
  /// Leaves the flags alone.
  void constant(const Gp& to, std::uint64_t value);
  /// The tag of the most recent way of the primary set that `base` + `offset` selects.
  void primary_tag(const PrimaryTags& tags, const Gp& base, std::int32_t offset, const Gp& to);
  void store_pinned();
  void load_pinned();

  /// Code that is executed rarely, after everything else.
  void later(std::function<void()> emit) { cold_.push_back(std::move(emit)); }

  /// Writes what is rare, ends the code and moves it to the arena; returns where it executes, or
  /// nullptr if the arena has no room for it.
  const void* finish();

 private:
  CodeArena& arena_;
  std::intptr_t base_ = 0;  // rbp
  asmjit::CodeHolder holder_;
  std::vector<std::function<void()>> cold_;
};

}  // namespace cpu::jit
