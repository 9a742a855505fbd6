// The pieces of code that all blocks of a CPU share (Stubs in frame.hpp).
#pragma once

#include "cpu/core/core.hpp"
#include "cpu/jit/code_arena.hpp"
#include "cpu/jit/frame.hpp"

namespace cpu::jit {

/// Functions that generated code calls. `self` is handed to each.
struct Callbacks {
  void* self = nullptr;
  const void* base = nullptr;  // what rbp is
  Processor* processor = nullptr;
  /// A block was left within an instruction. Returns where to go on.
  const void* (*left)(void* self) = nullptr;
  /// Executes the last instruction of a block and ends it. Returns where to go on.
  const void* (*end_block)(void* self, const CallSite* site) = nullptr;
};

/// The fidelity may change: stubs serve all of them, at the cost of a few stores where the
/// interpreter's bodies are called.
Stubs make_stubs(CodeArena& arena, const Layout& layout, const Callbacks& callbacks);

}  // namespace cpu::jit
