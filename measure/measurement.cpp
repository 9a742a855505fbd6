#include "measure/measurement.hpp"

#include <algorithm>
#include <array>

#include "common/check.hpp"
#include "config/prepare.hpp"
#include "numa/coherence/memory_system.hpp"

namespace measure {
namespace {

constexpr std::uint32_t kPhaseMark = 16;
constexpr std::size_t kMostMarksSeen = 10'000;
constexpr unsigned kV0 = 2, kA0 = 4;

std::uint64_t register_of(cpu::Cpu& cpu, unsigned number) {
  return cpu.debug().read_register(cpu::RegisterClass::kGpr, number);
}

std::uint32_t word_at(cpu::Cpu& cpu, VirtAddr pc) {
  std::array<std::byte, 4> bytes{};
  if (cpu.debug().read_virtual(pc, bytes) != bytes.size()) return 0;
  std::uint32_t word = 0;
  for (const std::byte b : bytes) word = word << 8 | std::to_integer<std::uint32_t>(b);
  return word;
}

}  // namespace

/// The tracker of one CPU, which also knows of phases.
class Measurement::Probe final : public EpisodeTracker {
 public:
  Probe(Measurement& owner, cpu::Cpu& cpu, const TrackerSetup& setup)
      : EpisodeTracker{setup, cpu.observation()}, owner_{owner}, cpu_{cpu} {}

  cpu::Cpu& cpu() { return cpu_; }

  void on_mark(const MarkEvent& e) override {
    EpisodeTracker::on_mark(e);
    if (e.id == kPhaseMark) owner_.on_phase_mark(e, register_of(cpu_, kA0));
  }

 private:
  Measurement& owner_;
  cpu::Cpu& cpu_;
};

Measurement::Measurement(machine::Booted& booted, const config::Experiment& experiment,
                         bool virtualised)
    : booted_{booted}, measure_{experiment.measure}, virtualised_{virtualised} {
  for (const config::Phase& phase : experiment.phases) spans_.push_back({phase, {}, {}});
}

Result<std::unique_ptr<Measurement>, Error> Measurement::attach(
    machine::Booted& booted, const config::Experiment& experiment, bool virtualised) {
  std::unique_ptr<Measurement> m{new Measurement{booted, experiment, virtualised}};
  if (virtualised) {
    auto view = MonitorView::of(booted);
    if (!view) return Failure{view.error()};
    m->monitor_ = std::move(*view);
  }
  for (std::uint32_t i = 0; i < booted.machine->cpu_count(); ++i) {
    cpu::Cpu& cpu = booted.machine->cpu(CpuId{i});
    TrackerSetup setup;
    setup.virtualised = virtualised;
    setup.tlb_entries = cpu.config().tlb.entries;
    if (m->monitor_) {
      setup.marks = m->monitor_->meanings();
      setup.operation_of = MonitorView::operation_of;
    }
    setup.read_v0 = [&cpu] { return register_of(cpu, kV0); };
    setup.read_word = [&cpu](VirtAddr pc) { return word_at(cpu, pc); };
    m->probes_.push_back(std::make_unique<Probe>(*m, cpu, setup));
    cpu.add_observer(*m->probes_.back());
  }
  m->add_marks();
  m->start_ = m->read_with_pages(nullptr, Mode::kKernel);
  for (Span& span : m->spans_) {
    if (span.phase.from == 0) span.from = m->start_;
  }
  const bool from_start = m->measure_ == "all" || m->measure_ == "boot";
  for (const auto& probe : m->probes_) probe->set_capture(from_start);
  m->choose_fidelity();
  return m;
}

Measurement::~Measurement() {
  for (const auto& probe : probes_) probe->cpu().remove_observer(*probe);
}

void Measurement::add_marks() {
  const machine::SymbolTable& kernel =
      virtualised_ && !booted_.guests.empty() ? booted_.guests.front() : booted_.symbols;
  const auto mark = [this](const std::optional<VirtAddr>& at, std::uint32_t id) {
    if (!at) return false;
    for (const auto& probe : probes_) probe->cpu().observation().add_mark(*at, id);
    return true;
  };
  mark(kernel.address_of("disco_phase_mark"), kPhaseMark);
  mark(kernel.address_of("general_entry"), EpisodeTracker::kGuestGeneral);
  const bool utlb = mark(kernel.address_of("utlb_refill"), EpisodeTracker::kGuestRefill);
  const bool xtlb = mark(kernel.address_of("xtlb_refill"), EpisodeTracker::kGuestRefill);
  guest_handlers_ = utlb && xtlb;
  if (!monitor_) return;
  for (const MonitorView::Mark& m : monitor_->marks()) {
    mark(m.at, EpisodeTracker::kMonitorMark + m.number);
  }
}

// `at` is the event within which the reading happens: that CPU's own counters may lag a few
// instructions behind it, all of them in the mode it is in.
Reading Measurement::read(const Moment* at, Mode mode) {
  booted_.machine->settle();
  Reading r;
  const numa::MemorySystem* const memory = booted_.machine->memory_system();
  for (const auto& probe : probes_) {
    cpu::Cpu& cpu = probe->cpu();
    cpu::CpuCounters counters = cpu.counters();
    std::uint64_t now = cpu.now().count(), retired = cpu.retired();
    if (at != nullptr && at->cpu == cpu.config().id) {
      counters.cycles[static_cast<std::size_t>(mode)] += at->cycle.count() - now;
      counters.instructions[static_cast<std::size_t>(mode)] += at->retired - retired;
      now = at->cycle.count();
      retired = at->retired;
    }
    probe->settle(Cycles{now});
    Tally own;
    add_cpu_counters(own, counters);
    if (memory != nullptr) add_memory_counters(own, *memory, cpu.config().id);
    for (const auto& [name, value] : own) r.tally[name] += value;
    r.by_cpu.push_back(std::move(own));
    r.episodes.add(probe->stats());
    r.tally["clock.cycles"] += now;
    r.retired += retired;
    r.cycles = std::max(r.cycles, now);
  }
  r.tally["clock.instructions"] = r.retired;
  add_episode_counters(r.tally, r.episodes);
  if (monitor_) {
    add_monitor_events(r.tally, r.episodes);
    const auto values = monitor_->read_counters(*booted_.machine);
    const auto& infos = MonitorView::counter_infos();
    for (std::size_t i = 0; i < values.size(); ++i) r.tally[std::string{infos[i].name}] = values[i];
  }
  add_machine_counters(r.tally, *booted_.machine);
  const std::uint32_t cpus_per_node = booted_.machine->config().cpus_per_node;
  for (std::uint32_t node = 0; memory != nullptr && node < r.by_cpu.size() / cpus_per_node;
       ++node) {
    add_memory_counters(r.tally, *memory, NodeId{node});
  }
  return r;
}

Reading Measurement::read_with_pages(const Moment* at, Mode mode) {
  Reading r = read(at, mode);
  r.pages = read_pages(*booted_.machine);
  return r;
}

void Measurement::on_phase_mark(const MarkEvent& e, std::uint64_t number) {
  if (marks_seen_.size() < kMostMarksSeen) {
    marks_seen_.push_back({number, e.at.cycle.count(), e.at.retired});
  }
  const bool wanted = !first_mark_ || std::any_of(spans_.begin(), spans_.end(), [&](const Span& s) {
    return (!s.from && s.phase.from == number) || (s.from && !s.to && s.phase.to == number);
  });
  if (!wanted) return;
  const Reading now = read_with_pages(&e.at, e.mode);
  if (!first_mark_) first_mark_ = now;
  ++marks_passed_;
  for (Span& span : spans_) {
    const bool measured = span.phase.name == measure_;
    if (!span.from && span.phase.from == number) {
      span.from = now;
      span.begun_at = marks_passed_;
      if (measured) {
        for (const auto& probe : probes_) probe->set_capture(true);
      }
    } else if (span.from && !span.to && span.phase.to == number) {
      span.to = now;
      if (measured) {
        for (const auto& probe : probes_) probe->set_capture(false);
      }
    }
  }
  choose_fidelity();
}

/// The phase that began last and has not ended decides; of several that began at one mark, the last
/// by name.
void Measurement::choose_fidelity() {
  cpu::Fidelity wanted = booted_.machine->config().fidelity;
  std::uint64_t latest = 0;
  for (const Span& span : spans_) {
    if (!span.from || span.to || span.phase.fidelity == "same" || span.begun_at < latest) continue;
    latest = span.begun_at;
    wanted = config::fidelity_named(span.phase.fidelity);
  }
  if (wanted == booted_.machine->fidelity()) return;
  fidelity_wanted_ = wanted;
  booted_.machine->stop_after_instruction();
}

PhaseResult Measurement::result_of(const std::string& name, const Reading& from, const Reading& to,
                                   bool ended, bool whole) const {
  PhaseResult r;
  r.name = name;
  r.began = true;
  r.ended = ended;
  r.from_cycle = from.cycles;
  r.to_cycle = to.cycles;
  r.instructions = to.retired - from.retired;
  r.tally = difference(to.tally, from.tally);
  for (std::size_t cpu = 0; cpu < to.by_cpu.size(); ++cpu) {
    r.by_cpu.push_back(difference(to.by_cpu[cpu], from.by_cpu[cpu]));
  }
  r.episodes = to.episodes.since(from.episodes);
  r.pages = pages_since(to.pages, from.pages);
  r.identities = check_identities(r.tally, {virtualised_, guest_handlers_, whole});
  return r;
}

void Measurement::finish() {
  for (const auto& probe : probes_) probe->finish(probe->cpu().now());
  const Reading end = read_with_pages(nullptr, Mode::kKernel);
  results_.push_back(result_of("all", start_, end, true, true));
  results_.push_back(
      result_of("boot", start_, first_mark_ ? *first_mark_ : end, first_mark_.has_value(), false));
  for (const Span& span : spans_) {
    if (span.from) {
      const bool ended = span.to.has_value() || span.phase.to == 0;
      results_.push_back(
          result_of(span.phase.name, *span.from, span.to ? *span.to : end, ended, false));
    } else {
      PhaseResult missing;
      missing.name = span.phase.name;
      results_.push_back(missing);
    }
  }
}

const PhaseResult& Measurement::measured() const {
  CHECK(!results_.empty());
  for (const PhaseResult& phase : results_) {
    if (phase.name == measure_ && phase.began) return phase;
  }
  return results_.front();
}

const Flow* Measurement::typical_flow(EpisodeClass which) const {
  const ClassStats& stats = measured().episodes.classes[static_cast<std::size_t>(which)];
  for (const auto& probe : probes_) {
    if (const Flow* flow = probe->nearest_flow(which, stats.cycles.quantile(0.5))) return flow;
  }
  return nullptr;
}

}  // namespace measure
