// What an instruction may touch, found by running its body with Ops that only take notes. So the
// list cannot disagree with what the interpreter does: both are the same body.
#pragma once

#include <cstdint>
#include <optional>

#include "common/address.hpp"
#include "cpu/isa/table.hpp"

namespace cpu {
using namespace common;

enum class Flow : std::uint8_t { kNext, kBranch, kBranchLikely, kJump, kEret };
enum class MemoryUse : std::uint8_t {
  kNone,
  kLoad,
  kStore,
  kLoadLinked,
  kStoreConditional,
  kCacheOp,
  kPrefetch
};

/// A set of numbered registers or exception codes, bit n for number n.
using NumberSet = std::uint32_t;

struct EffectList {
  Insn insn;
  NumberSet gpr_read = 0,
            gpr_written = 0;  // a read of $zero is noted, a write to it is not: nothing changes
  bool hi_read = false, hi_written = false, lo_read = false, lo_written = false;
  NumberSet cp0_read = 0,
            cp0_written = 0;  // also by the TLB instructions and eret; not by exceptions
  NumberSet fpr_read = 0, fpr_written = 0;  // by the numbers in the instruction, as if FR = 1
  NumberSet fcr_read = 0, fcr_written = 0;
  MemoryUse memory = MemoryUse::kNone;
  std::uint8_t memory_bytes =
      0;  // size of the access, of the containing word for lwl and its kin; 0 without data
  bool tlb_read = false, tlb_written = false;
  Flow flow = Flow::kNext;
  std::optional<VirtAddr> target;  // of a branch or jump whose target the word and pc determine
  NumberSet raises = 0;  // ExceptionCodes that the body names itself, not those of memory accesses
  bool may_fault = false;  // raises something, or memory may
};

/// `pc` is the instruction's own address.
EffectList effects_of(std::uint32_t word, VirtAddr pc);

}  // namespace cpu
