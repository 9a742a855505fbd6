// Counters over simulated time: readings of a running machine at even intervals. Sampling stops the
// machine between two instructions and changes nothing of what it does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "common/units.hpp"
#include "measure/tally.hpp"

namespace measure {
using namespace common;

class Samples {
 public:
  /// `period`: simulated nanoseconds, or 0: chosen so that a run has one to two hundred samples,
  /// however long it is. Of a period that was asked for at most 10,000 samples are kept; beyond
  /// that it doubles and every second one is dropped.
  Samples(std::uint64_t period, std::uint64_t clock_hz);

  /// When the next one is due.
  Cycles next() const { return Cycles{next_}; }
  /// `tally` is of all CPUs, since power-on.
  void take(std::uint64_t cycle, const Tally& tally);
  /// At the end of the run, whenever that is.
  void take_last(std::uint64_t cycle, const Tally& tally);

  std::uint64_t period() const { return period_; }  // cycles
  /// "cycle,seconds,instructions,...": counts since power-on; what never happened has no column.
  std::string csv() const;
  /// {"period", "columns", "rows"}; a row is the cycle and a count for each column.
  Json json() const;

 private:
  struct Row {
    std::uint64_t cycle = 0;
    std::vector<std::uint64_t> counts;  // one per column
  };
  std::vector<std::size_t> used_columns() const;

  std::uint64_t clock_hz_, period_, next_;
  std::size_t most_;
  std::vector<Row> rows_;
};

/// Names and sentences of the columns.
struct SampleColumn {
  std::string_view name, unit, what;
};
std::vector<SampleColumn> sample_columns();

}  // namespace measure
