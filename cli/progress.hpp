// The progress line on stderr: percent, instructions, simulated MIPS, time left. A bar that redraws
// on a terminal, a line every ten seconds elsewhere, nothing when asked to be quiet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/session.hpp"
#include "cli/work_estimate.hpp"

namespace cli {

struct ProgressState {
  std::size_t done = 0, total = 0;  // runs
  Forecast work;                    // of all runs together
  std::uint64_t executed = 0;       // instructions, those of this invocation
  std::string now;                  // what is running
};

/// How much is done, 0 .. 1; 1 only when everything is. Where nobody knows how much there is to do
/// it counts runs.
double fraction_done(const ProgressState& state);
/// "62%  3.1/5.0 Ginsn  41.2 MIPS  ETA 0:46  tlb/disco": without a bar. What nobody knows, percent
/// and time left, is left out.
std::string progress_text(const ProgressState& state, double seconds);

class Progress {
 public:
  explicit Progress(const Session& session);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Cheap; draws at most ten times a second (bar) or once in ten seconds (lines).
  void update(const ProgressState& state);
  /// Makes room for other output on stderr: the bar is drawn again at the next update.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  ProgressStyle style_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_at_;
  bool drawn_ = false;
};

}  // namespace cli
