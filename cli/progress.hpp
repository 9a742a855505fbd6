// The progress line on stderr: percent, instructions, simulated MIPS, time left. A bar that redraws
// on a terminal, a line every ten seconds elsewhere, nothing when asked to be quiet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/session.hpp"
#include "lab/points/audience.hpp"

namespace cli {

/// How much is done, 0 .. 1; 1 only when everything is. Where nobody knows how much there is to do
/// it counts runs.
double fraction_done(const lab::ProgressState& state);
/// "62%  3.1/5.0 Ginsn  41.2 MIPS  ETA 0:46  tlb/disco": without a bar. What nobody knows, percent
/// and time left, is left out.
std::string progress_text(const lab::ProgressState& state, double seconds);

class Progress : public lab::ProgressView {
 public:
  explicit Progress(const Session& session);
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Cheap; draws at most ten times a second (bar) or once in ten seconds (lines).
  void update(const lab::ProgressState& state) override;
  /// Makes room for other output on stderr: the bar is drawn again at the next update.
  void clear() override;

 private:
  using Clock = std::chrono::steady_clock;
  ProgressStyle style_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_at_;
  bool drawn_ = false;
};

}  // namespace cli
