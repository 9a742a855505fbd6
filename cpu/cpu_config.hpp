// The parameters of a processor. Defaults are those of docs/decisions and the report names every
// one.
#pragma once

#include <cstdint>

#include "common/units.hpp"
#include "mmu/tlb.hpp"

namespace cpu {
using namespace common;

enum class Fidelity : std::uint8_t {
  kFunctional,  // every instruction one cycle, exceptions free
  kTlb,         // instruction latencies, exception and ERET costs; no memory stalls
  kMemory,      // and what caches, directories and memory make an instruction wait
};

/// Engines agree on every cycle.
enum class EngineKind : std::uint8_t {
  kInterpreter,
  kJit,  // translates what is executed often to the host's code, where the host is one that it can
};

/// What the R10000's FPU leaves to software (docs/cpu-fpu.md).
enum class FpUnimplemented : std::uint8_t {
  kTrap,      // raises Unimplemented Operation
  kComplete,  // is done by the FPU
};

struct TimingConfig {
  /// Cycles from the faulting instruction to the vector's first fetch.
  std::uint32_t exception_entry = 5;
  std::uint32_t eret = 3;  // cycles on top of ERET's own one
};

/// Bytes, as Config tells software. What caches do is behind CachePort.
struct CacheSizes {
  std::uint64_t primary_instruction = 32 * kKiB, primary_data = 32 * kKiB, secondary = 1 * kMiB;
  std::uint64_t secondary_line = 128;
};

struct CpuConfig {
  CpuId id{};
  NodeId node{};
  std::uint32_t local_number = 0;  // within the node
  mmu::TlbConfig tlb;
  Fidelity fidelity = Fidelity::kTlb;
  TimingConfig timing;
  CacheSizes caches;
  FpUnimplemented fp_unimplemented = FpUnimplemented::kTrap;
  EngineKind engine = EngineKind::kInterpreter;
  /// Executions after which the translator takes a block over, at least 1.
  std::uint32_t translate_after = 16;
};

}  // namespace cpu
