// What generated code keeps beside CpuState, and where it finds everything it touches. Generated
// code belongs to one CPU: all of it is reached by fixed distances from that CPU's registers.
//
// While generated code runs
//   rbp     points at the guest's register 16
//   rbx     the program counter of the block under way
//   r15     cycles left until GeneratedFrame::end after the block under way
//   rax, rcx, rdx  are free
//   the others hold guest registers (registers.hpp)
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/interpreter/block.hpp"

namespace cpu::jit {

/// An instruction whose interpreter's body generated code calls: an array of two for the handler,
/// which ends by calling the second.
struct CallSite {
  Decoded instruction;
  Decoded stop;
  std::uint64_t block_cycles = 0;
  MachineAddr block_at;    // where the block begins
  bool is_return = false;  // ERET
};
static_assert(sizeof(CallSite) == 88);

/// Distances in bytes from where rbp points.
struct Layout {
  const void* base = nullptr;  // that place itself
  std::int32_t state = 0, recent = 0, soft = 0, fetch = 0;
};

/// Addresses of the pieces of code that all blocks of a CPU share.
struct Stubs {
  const void* enter = nullptr;        // void(const void* code)
  const void* leave = nullptr;        // back to whoever entered; state as between two blocks
  const void* call = nullptr;         // rax: CallSite; returns unless the block must be left
  const void* end_block = nullptr;    // rax: CallSite of the block's last instruction; a jump
  const void* dispatch = nullptr;     // to the block at rbx; a jump
  const void* recall_read = nullptr;  // rax: address, rcx: tag, rdx: entry to fill; equal: filled
  const void* recall_write = nullptr;
};

}  // namespace cpu::jit
