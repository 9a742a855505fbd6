#include "cli/progress.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cmath>

namespace cli {
namespace {

ProgressStyle resolved(const Session& session) {
  const Globals& g = session.globals();
  if (g.quiet) return ProgressStyle::kNone;
  if (g.progress != ProgressStyle::kAuto) return g.progress;
  return is_terminal(stderr) ? ProgressStyle::kBar : ProgressStyle::kLines;
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(2, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string bar(double fraction) {
  constexpr int kWidth = 20;
  const int full = static_cast<int>(fraction * kWidth);
  std::string text;
  for (int i = 0; i < kWidth; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

double fraction_done(const lab::ProgressState& s) {
  if (s.total == 0 || s.done == s.total) return 1;
  if (s.work.total == 0) return static_cast<double>(s.done) / static_cast<double>(s.total);
  // No "100%" before the end, rounded or not.
  return std::min(0.99, static_cast<double>(s.work.done) / static_cast<double>(s.work.total));
}

std::string progress_text(const lab::ProgressState& s, double seconds) {
  const bool is_known = s.work.total != 0;
  const double fraction = fraction_done(s);
  std::string text = is_known || s.done == s.total
                         ? fmt::format("{:3.0f}%  ", std::floor(fraction * 100))
                         : std::string{};
  text += fmt::format("run {}/{}  ", std::min(s.done + 1, s.total), s.total);
  text += is_known ? fmt::format("{}/{}insn", scaled(static_cast<double>(s.work.done)),
                                 scaled(static_cast<double>(s.work.total)))
                   : scaled(static_cast<double>(s.work.done)) + "insn";
  if (seconds > 0.5)
    text += fmt::format("  {:.1f} MIPS", static_cast<double>(s.executed) / seconds * 1e-6);
  if (s.work.seconds_left && s.done != s.total)
    text += "  ETA " + duration(std::ceil(*s.work.seconds_left));
  if (!s.now.empty()) text += "  " + s.now;
  return text;
}

Progress::Progress(const Session& session) : style_{resolved(session)}, drawn_at_{start_} {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

void Progress::update(const lab::ProgressState& state) {
  if (style_ == ProgressStyle::kNone) return;
  const auto now = Clock::now();
  const bool bar_style = style_ == ProgressStyle::kBar;
  const auto pause = bar_style ? std::chrono::milliseconds{100} : std::chrono::milliseconds{10'000};
  if (now - drawn_at_ < pause) return;
  drawn_at_ = now;
  const std::string text =
      progress_text(state, std::chrono::duration<double>(now - start_).count());
  if (!bar_style) {
    std::fputs(fmt::format("disco: {}\n", text).c_str(), stderr);
    return;
  }
  const std::size_t room = terminal_width();
  const std::string shown = room > 30 ? text.substr(0, room - 24) : text.substr(0, room);
  std::fputs(fmt::format("\r\x1b[K{} {}", bar(fraction_done(state)), shown).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace cli
