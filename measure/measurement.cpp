#include "measure/measurement.hpp"

#include <algorithm>
#include <array>

#include "common/check.hpp"
#include "numa/coherence/memory_system.hpp"

namespace measure {
namespace {

constexpr std::uint32_t kPhaseMark = 16;
constexpr std::uint32_t kGuestPlace = 0x100;  // + the place
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

  void on_mark(const MarkEvent& e) override { owner_.on_mark(*this, e); }
  void track(const MarkEvent& e, std::uint32_t id) {
    MarkEvent told = e;
    told.id = id;
    EpisodeTracker::on_mark(told);
  }

 private:
  Measurement& owner_;
  cpu::Cpu& cpu_;
};

Measurement::Measurement(machine::Booted& booted, const config::Experiment& experiment,
                         bool virtualised)
    : booted_{booted}, measure_{experiment.measure}, virtualised_{virtualised} {
  for (const config::Phase& phase : experiment.phases) spans_.emplace_back().phase = phase;
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
  if (m->monitor_ && m->monitor_->directory()) {
    std::vector<EpisodeTracker*> trackers;
    for (const auto& probe : m->probes_) trackers.push_back(probe.get());
    m->accounts_ = std::make_unique<VcpuAccounts>(*booted.machine, *m->monitor_->directory(),
                                                  MonitorView::counter_infos().size(), trackers);
    // A machine that was restored is in the middle of something.
    for (const auto& probe : m->probes_) {
      const CpuId id = probe->cpu().config().id;
      m->accounts_->look(id, m->accounts_->read(id, nullptr, Mode::kKernel));
    }
  }
  m->start_ = m->read_with_pages(nullptr, Mode::kKernel);
  for (Span& span : m->spans_) {
    if (span.phase.from != 0) continue;
    span.from = m->start_;
    span.open = static_cast<unsigned>(std::max<std::size_t>(1, booted.vms.size()));
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
  std::vector<const machine::SymbolTable*> kernels;
  for (const machine::SymbolTable& guest : booted_.guests) kernels.push_back(&guest);
  if (!virtualised_ || kernels.empty()) kernels = {&booted_.symbols};
  guest_marks_ = std::make_unique<GuestMarks>(kernels);
  const auto mark = [this](VirtAddr at, std::uint32_t id) {
    for (const auto& probe : probes_) probe->cpu().observation().add_mark(at, id);
  };
  const auto& places = guest_marks_->places();
  for (std::uint32_t place = 0; place < places.size(); ++place)
    mark(places[place], kGuestPlace + place);
  if (!monitor_) return;
  for (const MonitorView::Mark& m : monitor_->marks())
    mark(m.at, EpisodeTracker::kMonitorMark + m.number);
}

std::uint32_t Measurement::vm_on(CpuId cpu) const {
  const VcpuAccount* const running = accounts_ ? accounts_->on(cpu) : nullptr;
  return running == nullptr ? 0 : running->vm;
}

std::optional<std::size_t> Measurement::kernel_on(CpuId cpu) const {
  if (!accounts_) return 0;
  const VcpuAccount* const running = accounts_->on(cpu);
  if (running == nullptr || running->vm >= booted_.vms.size()) return std::nullopt;
  return booted_.vms[running->vm].kind;
}

/// What the monitor runs is asked for first: the event belongs to whoever comes.
void Measurement::attend(const MarkEvent& e) {
  const auto attention = monitor_->attention_at(e.id - EpisodeTracker::kMonitorMark);
  if (attention == MonitorView::Attention::kNone) return;
  const CpuId id = e.at.cpu;
  const Counts now = accounts_->read(id, &e.at, e.mode);
  if (attention == MonitorView::Attention::kAsk) {
    accounts_->look(id, now);
  } else {
    accounts_->leave(id, now);
  }
}

void Measurement::on_mark(Probe& probe, const MarkEvent& e) {
  if (e.id >= EpisodeTracker::kMonitorMark) {
    if (accounts_ && e.mode == Mode::kKernel) attend(e);
    return probe.track(e, e.id);
  }
  const auto kernel = kernel_on(e.at.cpu);
  if (!kernel) return;
  switch (guest_marks_->role(*kernel, e.id - kGuestPlace)) {
    case GuestMarks::Role::kNone: return;
    case GuestMarks::Role::kGeneral: return probe.track(e, EpisodeTracker::kGuestGeneral);
    case GuestMarks::Role::kRefill: return probe.track(e, EpisodeTracker::kGuestRefill);
    case GuestMarks::Role::kPhase: break;
  }
  probe.track(e, kPhaseMark);
  on_phase_mark(e, register_of(probe.cpu(), kA0));
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
    if (accounts_) {
      const CpuId id = cpu.config().id;
      accounts_->settle(id, accounts_->read(id, at, mode));
    }
    Tally own;
    add_cpu_counters(own, counters);
    if (memory != nullptr) add_memory_counters(own, *memory, cpu.config().id);
    for (const auto& [name, value] : own) r.tally[name] += value;
    r.by_cpu.push_back(std::move(own));
    r.episodes.add(probe->own_account().stats());
    r.tally["clock.cycles"] += now;
    r.retired += retired;
    r.cycles = std::max(r.cycles, now);
  }
  r.tally["clock.instructions"] = r.retired;
  if (accounts_) add_accounts(r);
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

void Measurement::add_accounts(Reading& r) const {
  Counts vcpus, nobody;
  for (const VcpuAccount& vcpu : accounts_->vcpus()) {
    r.episodes.add(vcpu.episodes.stats());
    vcpus.add(vcpu.counts);
  }
  for (const auto& probe : probes_) nobody.add(accounts_->nobodys(probe->cpu().config().id));
  r.tally["accounts.cycles.vcpus"] = vcpus.cycles;
  r.tally["accounts.cycles.nobody"] = nobody.cycles;
  r.tally["accounts.instructions.vcpus"] = vcpus.retired;
  r.tally["accounts.instructions.nobody"] = nobody.retired;
}

/// A virtual machine's VCPUs may be on other CPUs than the event's.
Measurement::VmReading Measurement::read_vm(std::uint32_t vm, const Moment* at, Mode mode) {
  VmReading r;
  for (const auto& probe : probes_) {
    const CpuId id = probe->cpu().config().id;
    const VcpuAccount* const running = accounts_->on(id);
    if (running == nullptr || running->vm != vm) continue;
    const Counts now = accounts_->read(id, at, mode);
    probe->settle(Cycles{now.cycles});
    accounts_->settle(id, now);
  }
  if (at != nullptr) r.cycles = at->cycle.count();
  for (const VcpuAccount& vcpu : accounts_->vcpus()) {
    if (vcpu.vm != vm) continue;
    r.counts.add(vcpu.counts);
    r.episodes.add(vcpu.episodes.stats());
  }
  return r;
}

Reading Measurement::read_with_pages(const Moment* at, Mode mode) {
  Reading r = read(at, mode);
  r.pages = read_pages(*booted_.machine);
  return r;
}

void Measurement::set_capture(const Span& span, bool on) {
  if (span.phase.name != measure_) return;
  for (const auto& probe : probes_) probe->set_capture(on);
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
  r.identities = check_identities(
      r.tally, {virtualised_, sees_all_refills(), whole, !whole && probes_.size() > 1});
  return r;
}

bool Measurement::sees_all_refills() const {
  if (booted_.vms.empty()) return guest_marks_->sees_refills(0);
  return std::all_of(booted_.vms.begin(), booted_.vms.end(), [this](const machine::BootedVm& vm) {
    return guest_marks_->sees_refills(vm.kind);
  });
}

void Measurement::finish() {
  for (const auto& probe : probes_) {
    probe->finish(probe->cpu().now());
    probe->close(probe->own_account());
  }
  if (accounts_) accounts_->close();
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
  if (accounts_) {
    finish_vms();
  } else {
    for (PhaseResult& phase : results_) phase.each = {phase.cycles()};
  }
}

const PhaseResult& Measurement::measured() const {
  CHECK(!results_.empty());
  for (const PhaseResult& phase : results_) {
    if (phase.name == measure_ && phase.began) return phase;
  }
  return results_.front();
}

std::optional<std::uint32_t> Measurement::vm_of(const Flow& flow) const {
  if (!accounts_ || flow.account == 0) return std::nullopt;
  return accounts_->vcpus().at(flow.account - 1).vm;
}

const Flow* Measurement::typical_flow(EpisodeClass which) const {
  const ClassStats& stats = measured().episodes.classes[static_cast<std::size_t>(which)];
  for (const auto& probe : probes_) {
    if (const Flow* flow = probe->nearest_flow(which, stats.cycles.quantile(0.5))) return flow;
  }
  return nullptr;
}

}  // namespace measure
