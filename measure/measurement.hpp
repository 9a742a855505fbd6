// Watches one run: a tracker on every CPU, readings of all counters at the marks that phases begin
// and end with, and afterwards what happened in each phase.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/experiment.hpp"
#include "machine/boot/boot.hpp"
#include "measure/episodes/episodes.hpp"
#include "measure/identities.hpp"
#include "measure/memory_view.hpp"
#include "measure/monitor_view.hpp"
#include "measure/tally.hpp"

namespace measure {
using namespace common;

/// All monotonic counts at one instant.
struct Reading {
  std::uint64_t cycles = 0;   // of the clock
  std::uint64_t retired = 0;  // instructions, all CPUs
  Tally tally;
  std::vector<Tally> by_cpu;  // what CPUs and their caches counted, by CpuId
  EpisodeStats episodes;
  std::vector<PageCount> pages;  // where a phase may begin or end
};

struct PhaseResult {
  std::string name;
  bool began = false,
       ended = false;  // neither: its mark never came; began only: the run ended first
  std::uint64_t from_cycle = 0, to_cycle = 0;
  std::uint64_t instructions = 0;
  Tally tally;
  std::vector<Tally> by_cpu;
  EpisodeStats episodes;
  std::vector<PageCount> pages;
  std::vector<Identity> identities;
  std::uint64_t cycles() const { return to_cycle - from_cycle; }
};

struct MarkSeen {
  std::uint64_t number = 0, cycle = 0, retired = 0;
};

class Measurement {
 public:
  /// Attaches observers; they stay until the object goes. `booted` must outlive it. kInput errors
  /// if the monitor's image does not fit.
  static Result<std::unique_ptr<Measurement>, Error> attach(machine::Booted& booted,
                                                            const config::Experiment& experiment,
                                                            bool virtualised);
  ~Measurement();
  Measurement(const Measurement&) = delete;
  Measurement& operator=(const Measurement&) = delete;

  /// What is to be timed from now on, if a mark has changed it since the last call. The machine was
  /// stopped then (Machine::stop_after_instruction) and goes on with it.
  std::optional<cpu::Fidelity> take_fidelity() {
    return std::exchange(fidelity_wanted_, std::nullopt);
  }
  /// All counts since power-on. Between two instructions.
  Tally counts() { return read(nullptr, Mode::kKernel).tally; }
  /// After the run: closes phases and episodes. Call once.
  void finish();

  /// "all" (power-on to end), "boot" (to the first mark), and the experiment's phases, in this
  /// order.
  const std::vector<PhaseResult>& phases() const { return results_; }
  /// The phase that the experiment measures; "all" if its marks never came.
  const PhaseResult& measured() const;
  const std::vector<MarkSeen>& marks_seen() const { return marks_seen_; }
  /// The captured episode whose cost is nearest to the class's median; nullptr if there is none.
  const Flow* typical_flow(EpisodeClass which) const;
  const MonitorView* monitor() const { return monitor_ ? &*monitor_ : nullptr; }
  bool virtualised() const { return virtualised_; }

 private:
  class Probe;
  struct Span {
    config::Phase phase;
    std::optional<Reading> from, to;
    std::uint64_t begun_at =
        0;  // how many marks had been passed; the clock may not tell two marks apart
  };
  Measurement(machine::Booted& booted, const config::Experiment& experiment, bool virtualised);
  void add_marks();
  Reading read(const Moment* at, Mode mode);
  Reading read_with_pages(const Moment* at, Mode mode);
  void choose_fidelity();
  void on_phase_mark(const MarkEvent& e, std::uint64_t number);
  PhaseResult result_of(const std::string& name, const Reading& from, const Reading& to, bool ended,
                        bool whole) const;

  machine::Booted& booted_;
  std::string measure_;
  bool virtualised_;
  bool guest_handlers_ = false;
  std::optional<MonitorView> monitor_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::optional<cpu::Fidelity> fidelity_wanted_;
  Reading start_;
  std::optional<Reading> first_mark_;
  std::vector<Span> spans_;
  std::vector<MarkSeen> marks_seen_;
  std::uint64_t marks_passed_ = 0;  // of those that mean something
  std::vector<PhaseResult> results_;
};

}  // namespace measure
