#include "disco/core/traps/instruction.hpp"

namespace disco {

MemoryAccess memory_access(Instruction i) {
  using Kind = MemoryAccess::Kind;
  switch (i.opcode()) {
    case 0x20: return {Kind::kLoadSigned, 1};
    case 0x21: return {Kind::kLoadSigned, 2};
    case 0x23: return {Kind::kLoadSigned, 4};
    case 0x24: return {Kind::kLoadUnsigned, 1};
    case 0x25: return {Kind::kLoadUnsigned, 2};
    case 0x27: return {Kind::kLoadUnsigned, 4};
    case 0x37: return {Kind::kLoadUnsigned, 8};
    case 0x28: return {Kind::kStore, 1};
    case 0x29: return {Kind::kStore, 2};
    case 0x2b: return {Kind::kStore, 4};
    case 0x3f: return {Kind::kStore, 8};
    default: return {};
  }
}

}  // namespace disco
