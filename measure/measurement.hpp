// Watches one run: a tracker on every CPU, readings of all counters at the marks that phases begin
// and end with, and afterwards what happened in each phase.
#pragma once

#include <map>
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
#include "measure/vms/guest_marks.hpp"
#include "measure/vms/vcpu_accounts.hpp"

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
  std::vector<std::uint64_t> each;  // cycles that it took each kernel that ended it
  std::vector<Identity> identities;
  std::uint64_t cycles() const { return to_cycle - from_cycle; }
};

/// A phase without by_cpu and pages is that of a virtual machine: from its own mark to its own
/// mark, with what was counted while it ran. clock.cycles is then the time that it had a CPU.
struct VmResult {
  std::uint32_t vm = 0;
  std::uint64_t first_cycle = 0;         // at which it first ran
  std::uint64_t entered = 0, moved = 0;  // times that its VCPUs came to a CPU; to another one
  std::vector<PhaseResult> phases;       // as Measurement::phases()
};

struct MarkSeen {
  std::uint64_t number = 0, cycle = 0, retired = 0;
  std::optional<std::uint32_t> vm = {};  // that passed it
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
  /// The same of each virtual machine that ever ran, by number; empty where the monitor does not
  /// say what runs.
  const std::vector<VmResult>& vms() const { return vm_results_; }
  /// Nullptr where the monitor does not say what runs.
  const VcpuAccounts* accounts() const { return accounts_.get(); }
  /// The virtual machine that a captured episode belongs to.
  std::optional<std::uint32_t> vm_of(const Flow& flow) const;
  /// The phase that the experiment measures; "all" if its marks never came.
  const PhaseResult& measured() const;
  const std::vector<MarkSeen>& marks_seen() const { return marks_seen_; }
  /// The captured episode whose cost is nearest to the class's median; nullptr if there is none.
  const Flow* typical_flow(EpisodeClass which) const;
  const MonitorView* monitor() const { return monitor_ ? &*monitor_ : nullptr; }
  bool virtualised() const { return virtualised_; }

 private:
  class Probe;
  /// All that was counted of a virtual machine at one instant.
  struct VmReading {
    std::uint64_t cycles = 0;  // of the clock
    Counts counts;
    EpisodeStats episodes;
  };
  /// What a program's marks make of a phase: of several virtual machines, from the first that
  /// begins it to the last that ends it.
  struct Span {
    config::Phase phase;
    std::optional<Reading> from, to;
    std::uint64_t begun_at =
        0;  // how many marks had been passed; the clock may not tell two marks apart
    struct OfVm {
      std::optional<VmReading> from, to;
    };
    std::map<std::uint32_t, OfVm> by_vm;
    unsigned open = 0;  // of by_vm, those that have begun and not ended
  };
  Measurement(machine::Booted& booted, const config::Experiment& experiment, bool virtualised);
  void add_marks();
  void on_mark(Probe& probe, const MarkEvent& e);
  void attend(const MarkEvent& e);
  /// The kernel that `cpu` runs, by the number that guest_marks_ has; nothing: none.
  std::optional<std::size_t> kernel_on(CpuId cpu) const;
  /// 0 where there is only one.
  std::uint32_t vm_on(CpuId cpu) const;
  Reading read(const Moment* at, Mode mode);
  VmReading read_vm(std::uint32_t vm, const Moment* at, Mode mode);
  Reading read_with_pages(const Moment* at, Mode mode);
  void choose_fidelity();
  void on_phase_mark(const MarkEvent& e, std::uint64_t number);
  void begin_span(Span& span, const Reading& now);
  void end_span(Span& span, const Reading& now);
  void set_capture(const Span& span, bool on);
  void add_accounts(Reading& r) const;
  bool sees_all_refills() const;
  void finish_vms();
  PhaseResult result_of(const std::string& name, std::uint32_t vm, const VmReading& from,
                        const VmReading& to, bool ended, bool whole) const;
  PhaseResult result_of(const std::string& name, const Reading& from, const Reading& to, bool ended,
                        bool whole) const;

  machine::Booted& booted_;
  std::string measure_;
  bool virtualised_;
  std::unique_ptr<GuestMarks> guest_marks_;
  std::optional<MonitorView> monitor_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::unique_ptr<VcpuAccounts> accounts_;
  std::optional<cpu::Fidelity> fidelity_wanted_;
  Reading start_;
  std::optional<Reading> first_mark_;
  std::map<std::uint32_t, VmReading> first_vm_marks_;
  std::vector<Span> spans_;
  std::vector<MarkSeen> marks_seen_;
  std::uint64_t marks_passed_ = 0;  // of those that mean something
  std::vector<PhaseResult> results_;
  std::vector<VmResult> vm_results_;
};

}  // namespace measure
