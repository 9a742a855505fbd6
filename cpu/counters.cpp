// The table behind CpuCounters, and the words that it has in snapshots.
#include "cpu/counters.hpp"

namespace cpu {

namespace {

using Values = std::span<const std::uint64_t>;
using Index = CpuCounterRow::Index;

constexpr CpuCounterRow kRows[] = {
#define COUNTER(member, name, unit, sentence) \
  {{name, unit, sentence}, Index::kNone, [](const CpuCounters& c) { return Values{&c.member, 1}; }},
#define COUNTER_BY_MODE(member, name, unit, sentence) \
  {{name, unit, sentence}, Index::kMode, [](const CpuCounters& c) { return Values{c.member}; }},
#define COUNTER_BY_CODE(member, name, unit, sentence) \
  {{name, unit, sentence}, Index::kCode, [](const CpuCounters& c) { return Values{c.member}; }},
#include "cpu/counters.def"
};

}  // namespace

std::span<const CpuCounterRow> counter_rows() { return kRows; }

void CpuCounters::visit(StateVisitor& v) {
  for (unsigned mode = 0; mode < kModes; ++mode) {
#define COUNTER_BY_MODE(member, name, unit, sentence) v.field(#member, member[mode]);
#include "cpu/counters.def"
  }
  for (unsigned code = 0; code < kExceptionCodes; ++code) {
#define COUNTER_BY_CODE(member, name, unit, sentence) v.field(#member, member[code]);
#include "cpu/counters.def"
  }
#define COUNTER(member, name, unit, sentence) v.field(#member, member);
#include "cpu/counters.def"
}

}  // namespace cpu
