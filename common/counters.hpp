// A counter has a name, a unit and a sentence wherever it is declared; printing lives elsewhere
// (cli/). Counters only ever grow: a phase is the difference of two readings, nothing is reset.
#pragma once

#include <cstdint>
#include <string_view>

namespace common {

struct CounterInfo {
  std::string_view name;  // dotted, lower case: "tlb.refills"
  std::string_view unit;  // "count", "cycles", "bytes"
  std::string_view what;  // one sentence
};

/// Receives (definition, value) pairs from whoever owns counters.
class CounterSink {
 public:
  virtual ~CounterSink() = default;
  virtual void counter(const CounterInfo& info, std::uint64_t value) = 0;
};

}  // namespace common
