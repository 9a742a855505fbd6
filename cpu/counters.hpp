// What a processor counts by itself: the rows of cpu/counters.def as fields, and as a table for
// whoever prints them. Counters only ever grow.
#pragma once

#include <cstdint>
#include <span>

#include "common/counters.hpp"
#include "common/state.hpp"
#include "common/units.hpp"

namespace cpu {
using namespace common;

inline constexpr unsigned kExceptionCodes = 32;  // values of Cause.ExcCode

struct CpuCounters {
#define COUNTER(member, name, unit, sentence) std::uint64_t member = 0;
#define COUNTER_BY_MODE(member, name, unit, sentence) std::uint64_t member[kModes] = {};
#define COUNTER_BY_CODE(member, name, unit, sentence) std::uint64_t member[kExceptionCodes] = {};
#include "cpu/counters.def"

  void visit(StateVisitor& v);
};

/// A row of the table: one counter, or one for each mode or exception code, whose names then begin
/// with the row's and whose values are in the order of Mode or of Cause.ExcCode.
struct CpuCounterRow {
  enum class Index : std::uint8_t { kNone, kMode, kCode };
  CounterInfo info;
  Index index = Index::kNone;
  std::span<const std::uint64_t> (*values)(const CpuCounters&) = nullptr;
};
std::span<const CpuCounterRow> counter_rows();

}  // namespace cpu
