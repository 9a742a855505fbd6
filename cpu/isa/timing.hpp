// What an instruction costs beyond its one cycle: the only place with instruction latencies.
//
// The R10000 executes out of order and hides much of them; this static model does not. It charges
// the whole latency of the units that are not pipelined or are deeply pipelined, and nothing for
// what the pipeline normally covers: loads that hit, branches, moves. Fidelity kFunctional ignores
// the table. Figures: latencies published for the R10000 family (docs/cpu-isa.md).
#pragma once

#include <cstdint>

namespace cpu {

enum class CycleClass : std::uint8_t {
  kOne,
  kMult,
  kMultu,
  kDmult,
  kDmultu,
  kDiv,
  kDdiv,
  kFpAdd,  // add, subtract, compare, sign changes, conversions
  kFpMul,
  kFpMadd,
  kFpDivS,  // divide and reciprocal
  kFpDivD,
  kFpSqrtS,
  kFpSqrtD,
  kFpRsqrtS,
  kFpRsqrtD,
};

/// Cycles from the start of the instruction to the start of the next one, at least 1. HI and LO are
/// ready together: the model charges the later of the two.
constexpr std::uint32_t cycles_of(CycleClass c) {
  switch (c) {
    case CycleClass::kOne: return 1;
    case CycleClass::kMult: return 6;
    case CycleClass::kMultu: return 7;
    case CycleClass::kDmult: return 10;
    case CycleClass::kDmultu: return 11;
    case CycleClass::kDiv: return 35;
    case CycleClass::kDdiv: return 67;
    case CycleClass::kFpAdd: return 2;
    case CycleClass::kFpMul: return 2;
    case CycleClass::kFpMadd: return 4;
    case CycleClass::kFpDivS: return 12;
    case CycleClass::kFpDivD: return 19;
    case CycleClass::kFpSqrtS: return 18;
    case CycleClass::kFpSqrtD: return 33;
    case CycleClass::kFpRsqrtS: return 30;
    case CycleClass::kFpRsqrtD: return 52;
  }
  return 1;
}

}  // namespace cpu
