#include "lab/points/work_estimate.hpp"

#include <algorithm>

namespace lab {
namespace {

// A job that has come as far as was expected is not done before it says so.
std::uint64_t still_open(std::uint64_t expected, std::uint64_t done) {
  return std::max(expected, done + done / 20 + 1);
}

}  // namespace

void WorkEstimate::finished(std::size_t job, std::uint64_t instructions, bool is_typical) {
  took_.at(job) = instructions;
  done_ += instructions;
  if (!is_typical) return;
  ++typical_;
  typical_took_ += instructions;
  if (expected_[job] == 0) return;
  foreseen_took_ += instructions;
  foreseen_ += expected_[job];
}

void WorkEstimate::done_before(std::uint64_t instructions) {
  before_ += instructions;
  ++typical_;
  typical_took_ += instructions;
}

// Of whatever says anything about a job of which nothing is known itself.
double WorkEstimate::mean_known() const {
  if (typical_ != 0) return static_cast<double>(typical_took_) / static_cast<double>(typical_);
  double sum = 0, count = 0;
  for (const std::uint64_t one : expected_) {
    sum += static_cast<double>(one);
    count += one == 0 ? 0 : 1;
  }
  return count == 0 ? 0 : sum / count;
}

std::uint64_t WorkEstimate::guess(std::size_t job) const {
  if (expected_[job] == 0) return static_cast<std::uint64_t>(mean_known());
  const double off =
      foreseen_ == 0 ? 1 : static_cast<double>(foreseen_took_) / static_cast<double>(foreseen_);
  return std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(static_cast<double>(expected_[job]) * off));
}

Forecast WorkEstimate::forecast(const std::vector<RunningJob>& running, double seconds) const {
  std::vector<std::uint64_t> under_way(expected_.size());
  for (const RunningJob& one : running) under_way.at(one.job) = one.done;
  std::uint64_t executed = done_, left = 0;
  bool is_known = true, is_over = true;
  for (std::size_t job = 0; job < expected_.size(); ++job) {
    if (took_[job]) continue;
    is_over = false;
    const std::uint64_t guessed = guess(job);
    is_known = is_known && guessed != 0;
    executed += under_way[job];
    left += still_open(guessed, under_way[job]) - under_way[job];
  }
  Forecast forecast;
  forecast.done = before_ + executed;
  if (is_over) {
    forecast.total = forecast.done;
    forecast.seconds_left = 0;
    return forecast;
  }
  if (!is_known) return forecast;
  forecast.total = forecast.done + left;
  if (executed == 0 || seconds < 1) return forecast;
  // All together, and no sooner than the slowest of those that run.
  double rest = static_cast<double>(left) / (static_cast<double>(executed) / seconds);
  for (const RunningJob& one : running) {
    if (one.done == 0) continue;
    const auto its = static_cast<double>(still_open(guess(one.job), one.done) - one.done);
    rest = std::max(rest, its * one.seconds / static_cast<double>(one.done));
  }
  forecast.seconds_left = std::max(1.0, rest);
  return forecast;
}

}  // namespace lab
