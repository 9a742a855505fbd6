// Where an instruction stands in the block that is under way. Everything here is known when code is
// decoded or translated; the instruction's own time and address are the block's start plus these.
#pragma once

#include <cstdint>

namespace cpu {

struct InstructionSite {
  std::uint32_t word = 0;
  std::uint32_t cycles_before = 0;  // static cycles of the block's instructions before this one
  std::uint32_t cost = 0;           // static cycles of this one
  std::uint16_t offset = 0;         // bytes from the block's first instruction
  std::uint8_t retired_before = 0;  // instructions of the block before this one
  bool in_slot = false;             // sits in a branch delay slot
};
static_assert(sizeof(InstructionSite) == 16);

}  // namespace cpu
