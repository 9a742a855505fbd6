// How much work a run is, told while it goes on: from what earlier runs of the same points took,
// corrected by what the finished ones of this run took. Work is counted in instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace lab {

/// A job that is under way.
struct RunningJob {
  std::size_t job = 0;
  std::uint64_t done = 0;  // instructions
  double seconds = 0;      // since it began
};

struct Forecast {
  std::uint64_t done = 0;   // instructions, of all jobs
  std::uint64_t total = 0;  // more than `done` while anything is left; 0: nobody can know yet
  /// At least one second while anything is left. Nothing where it cannot be known.
  std::optional<double> seconds_left;
};

class WorkEstimate {
 public:
  /// What each job is expected to take; 0 where nothing is known.
  explicit WorkEstimate(std::vector<std::uint64_t> expected)
      : expected_{std::move(expected)}, took_(expected_.size()) {}

  /// `is_typical`: others may be expected to take as long. A guest that failed is not.
  void finished(std::size_t job, std::uint64_t instructions, bool is_typical);
  /// Work that was done before, by another process, of this run.
  void done_before(std::uint64_t instructions);

  /// `seconds`: since work began.
  Forecast forecast(const std::vector<RunningJob>& running, double seconds) const;

 private:
  /// What a job that has not ended will take, 0 if nobody can know.
  std::uint64_t guess(std::size_t job) const;
  double mean_known() const;

  std::vector<std::uint64_t> expected_;
  std::vector<std::optional<std::uint64_t>> took_;  // by finished jobs
  std::uint64_t done_ = 0, before_ = 0;
  // Of those that are typical: how many, what they took, and what those of which something was
  // expected took and were expected to take.
  std::uint64_t typical_ = 0, typical_took_ = 0, foreseen_took_ = 0, foreseen_ = 0;
};

}  // namespace lab
