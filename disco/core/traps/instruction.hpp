// The few instructions of a guest that the monitor must understand: privileged ones, loads and
// stores to devices, and the branches in whose delay slots these stand (R10000 UM; MIPS IV
// Instruction Set). Pure functions of the instruction word.
#pragma once

#include <cstdint>

#include "hardware/r10000/cp0.hpp"

namespace disco {

/// Fields of an instruction word.
struct Instruction {
  std::uint32_t word = 0;

  constexpr unsigned opcode() const { return word >> 26; }
  constexpr unsigned rs() const { return word >> 21 & 31; }
  constexpr unsigned rt() const { return word >> 16 & 31; }
  constexpr unsigned rd() const { return word >> 11 & 31; }
  constexpr unsigned function() const { return word & 63; }
  /// Sign-extended.
  std::uint64_t immediate() const {
    return static_cast<std::uint64_t>(
        static_cast<std::int64_t>(static_cast<std::int16_t>(static_cast<std::uint16_t>(word))));
  }
};

enum class PrivilegedOp : std::uint8_t {
  kMfc0,
  kDmfc0,
  kMtc0,
  kDmtc0,
  kMoveFromCounter,
  kMoveToCounter,  // mfpc, mfps, mtpc, mtps
  kTlbr,
  kTlbwi,
  kTlbwr,
  kTlbp,
  kEret,
  kCache,
  kReserved,  // an encoding of coprocessor 0 that no instruction has
};
namespace privileged_encoding {
inline constexpr unsigned kOpCop0 = 0x10, kOpCache = 0x2f;
inline constexpr unsigned kMf = 0, kDmf = 1, kMt = 4, kDmt = 5, kTlbGroup = 0x10;
}  // namespace privileged_encoding

/// Of the COP0 encodings with bit 25 set.
constexpr PrivilegedOp tlb_op(Instruction i) {
  if ((i.word & 0x1fffc0) != 0) return PrivilegedOp::kReserved;
  switch (i.function()) {
    case 0x01: return PrivilegedOp::kTlbr;
    case 0x02: return PrivilegedOp::kTlbwi;
    case 0x06: return PrivilegedOp::kTlbwr;
    case 0x08: return PrivilegedOp::kTlbp;
    case 0x18: return PrivilegedOp::kEret;
    default: return PrivilegedOp::kReserved;
  }
}

/// Requires: the machine raised Coprocessor Unusable with unit 0 for it. In line: it is on the way
/// of every trap.
constexpr PrivilegedOp privileged_op(Instruction i) {
  using namespace privileged_encoding;
  if (i.opcode() == kOpCache) return PrivilegedOp::kCache;
  if (i.opcode() != kOpCop0) return PrivilegedOp::kReserved;
  if (i.rs() >= kTlbGroup) return i.rs() == kTlbGroup ? tlb_op(i) : PrivilegedOp::kReserved;
  const unsigned low = i.word & 0x7ff;
  if (i.rd() == hardware::cp0::kPerformance && (low & 0x7c0) == 0) {
    if (i.rs() == kMf) return PrivilegedOp::kMoveFromCounter;
    if (i.rs() == kMt) return PrivilegedOp::kMoveToCounter;
  }
  if (low != 0) return PrivilegedOp::kReserved;
  switch (i.rs()) {
    case kMf: return PrivilegedOp::kMfc0;
    case kDmf: return PrivilegedOp::kDmfc0;
    case kMt: return PrivilegedOp::kMtc0;
    case kDmt: return PrivilegedOp::kDmtc0;
    default: return PrivilegedOp::kReserved;
  }
}

/// A load or store that can be carried out on a device register.
struct MemoryAccess {
  enum class Kind : std::uint8_t { kNone, kLoadSigned, kLoadUnsigned, kStore };
  Kind kind = Kind::kNone;  // kNone: something else, or one that devices do not answer to
  unsigned size = 0;        // bytes
};
MemoryAccess memory_access(Instruction i);

}  // namespace disco
