// disco record EXPERIMENT: one point of it, run again, its references and TLB writes into a trace.
// By default the measured phase only: the run stops at the phase's first mark, and recording begins
// there.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "cli/experiment_options.hpp"
#include "cli/verbs/verbs.hpp"
#include "lab/points/interrupt.hpp"
#include "lab/points/limits.hpp"
#include "lab/points/point_runner.hpp"
#include "lab/points/prepare_point.hpp"
#include "lab/points/version.hpp"
#include "measure/memory_counts.hpp"
#include "measure/monitor_view.hpp"
#include "measure/traces/trace_recording.hpp"

namespace cli::verbs {
namespace {

struct Options {
  ExperimentOptions experiment;
  std::string out = "trace.dtz", limit, counts;
  bool whole = false;
};

/// Stops the machine at a phase mark.
class PhaseStop final : public Observer {
 public:
  explicit PhaseStop(machine::Machine& machine) : machine_{machine} {
    for (std::uint32_t i = 0; i < machine.cpu_count(); ++i)
      machine.cpu(CpuId{i}).add_observer(*this);
  }
  ~PhaseStop() override {
    for (std::uint32_t i = 0; i < machine_.cpu_count(); ++i)
      machine_.cpu(CpuId{i}).remove_observer(*this);
  }
  PhaseStop(const PhaseStop&) = delete;
  PhaseStop& operator=(const PhaseStop&) = delete;

  static constexpr std::uint32_t kPhaseMark = 0;
  void add_mark(VirtAddr pc) {
    for (std::uint32_t i = 0; i < machine_.cpu_count(); ++i)
      machine_.cpu(CpuId{i}).observation().add_mark(pc, kPhaseMark);
  }
  /// The next mark of this number ends the run.
  void stop_at(std::uint64_t number) {
    wanted_ = number;
    reached_ = false;
  }
  bool reached() const { return reached_; }
  /// A guest numbers its marks by its first argument.
  std::uint64_t number_of(const MarkEvent& e) const {
    constexpr unsigned kA0 = 4;
    return machine_.cpu(e.at.cpu).debug().read_register(cpu::RegisterClass::kGpr, kA0);
  }

  void on_mark(const MarkEvent& e) override {
    if (e.id != kPhaseMark || number_of(e) != wanted_ || reached_) return;
    reached_ = true;
    machine_.stop_after_instruction();
  }

 private:
  machine::Machine& machine_;
  std::uint64_t wanted_ = 0;
  bool reached_ = false;
};

Error usage(std::string where, std::string what, std::string remedy) {
  return {ErrorCode::kUsage, std::move(where), std::move(what), std::move(remedy)};
}

/// Runs until the wanted mark, the guest's end or the limit.
Result<machine::RunEnd, Error> go(machine::Machine& machine, const machine::RunLimits& limits) {
  const lab::InterruptTarget target{machine};
  return machine.run(limits);
}

Result<Nothing, Error> write_counts(const std::string& path, const machine::Machine& machine) {
  if (machine.memory_system() == nullptr) {
    return Failure{usage("--counts", "nothing was counted: the run had no caches",
                         "add --set machine.fidelity=memory")};
  }
  return lab::write_file(path, json_text(measure::memory_counts(machine)) + "\n");
}

struct Recorded {
  std::string end;  // why it ended
  traces::LiveMisses live;
  std::uint64_t instructions = 0, bytes = 0;
  bool interrupted = false;
};

Result<Recorded, Error> record_point(const Options& o, const config::Experiment& experiment,
                                     const config::Point& point, const config::Prepared& prepared,
                                     const machine::RunLimits& recorded_limits) {
  auto booted = config::boot(prepared);
  if (!booted) return Failure{booted.error()};
  machine::Machine& machine = *booted->machine;
  PhaseStop stop{machine};
  std::vector<const machine::SymbolTable*> kernels;
  for (const machine::SymbolTable& guest : booted->guests) kernels.push_back(&guest);
  if (kernels.empty()) kernels.push_back(&booted->symbols);
  for (const machine::SymbolTable* const kernel : kernels) {
    if (const auto mark = kernel->address_of("disco_phase_mark")) stop.add_mark(*mark);
  }

  config::Phase phase;
  for (const config::Phase& p : experiment.phases) {
    if (p.name == experiment.measure) phase = p;
  }
  const bool whole = o.whole || phase.from == 0;
  for (const config::Phase& p : experiment.phases) {
    if (p.fidelity == "same" || (!whole && p.name == phase.name)) continue;
    return Failure{
        Error{ErrorCode::kConfig, experiment.source_name + ", phases." + p.name + ".fidelity",
              "changes the fidelity outside of what is recorded; a trace has one",
              "record that phase (measure = \"" + p.name + "\"), or set machine.fidelity"}};
  }
  machine::RunLimits limits;
  limits.instructions = prepared.setup.instruction_limit;
  if (!whole) {
    stop.stop_at(phase.from);
    const auto end = go(machine, limits);
    if (!end) return Failure{end.error()};
    if (!stop.reached() && lab::interrupted()) {
      return Failure{Error{
          ErrorCode::kInterrupted, "",
          "interrupted before the phase '" + phase.name + "' began: nothing was recorded", ""}};
    }
    if (!stop.reached()) {
      return Failure{Error{ErrorCode::kGuest, point.name(),
                           "the run ended before the phase '" + phase.name + "' began",
                           "record all of it with --whole"}};
    }
    if (phase.fidelity != "same") {
      const auto done = machine.set_fidelity(config::fidelity_named(phase.fidelity));
      if (!done) return Failure{done.error()};
    }
  }

  measure::TraceSetup setup;
  setup.producer = lab::version_line();
  setup.others.add("experiment", experiment.name);
  setup.others.add("point", point.name());
  setup.others.add("config-hash", prepared.hash);
  setup.others.add("phase", whole ? "all" : phase.name);
  setup.others.add("system", prepared.setup.virtualised ? "monitor" : "native");
  setup.others.add("vms", static_cast<std::uint32_t>(booted->vms.size()));
  for (const config::InputFile& file : prepared.inputs)
    setup.others.add("input." + file.role, file.name + " " + file.sha256);
  setup.mark_number = [&stop](const MarkEvent& e) {
    return static_cast<std::uint32_t>(stop.number_of(e));
  };
  std::optional<measure::MonitorView> monitor;
  if (prepared.setup.virtualised) {
    auto view = measure::MonitorView::of(*booted);
    if (!view) return Failure{view.error()};
    monitor = std::move(*view);
    setup.monitor = &*monitor;
  }
  auto recording = measure::TraceRecording::start(machine, o.out, setup);
  if (!recording) return Failure{recording.error()};
  if (!whole && phase.to != 0) stop.stop_at(phase.to);
  if (recorded_limits.instructions != ~std::uint64_t{0}) {
    limits.instructions =
        std::min(limits.instructions, machine.retired() + recorded_limits.instructions);
  }
  auto hook = machine.add_slice_hook([&] {
    if ((*recording)->has_failed()) machine.interrupt();
  });
  const auto end = go(machine, limits);
  hook.reset();
  if (!end) return Failure{end.error()};
  const auto closed = (*recording)->finish();
  if (!closed) return Failure{closed.error()};
  if (!o.counts.empty()) {
    const auto written = write_counts(o.counts, machine);
    if (!written) return Failure{written.error()};
  }
  return Recorded{.end = stop.reached() ? "phase ended" : machine::name_of(*end),
                  .live = (*recording)->live(),
                  .instructions = (*recording)->instructions(),
                  .bytes = (*recording)->bytes_written(),
                  .interrupted = *end == machine::RunEnd::kInterrupted && !stop.reached()};
}

// A word for a shell.
std::string shell_word(const std::string& word) {
  const std::string plain = "=,.:/_+-@%";
  const bool bare = std::all_of(word.begin(), word.end(), [&plain](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || plain.find(c) != std::string::npos;
  });
  if (bare) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return quoted + "'";
}

/// How to come from several points to one, in words of this experiment: its first point.
std::string how_to_choose(const config::Experiment& experiment) {
  std::string words;
  for (const config::Dimension& d : experiment.dimensions) {
    if (d.cases.size() < 2) continue;
    for (std::size_t i = 0; i < d.names.size(); ++i)
      words += " --only " + shell_word(d.names[i] + "=" + d.cases.front().labels[i]);
  }
  return "choose with --only, for example" + words;
}

Outcome record(const Options& o, Session& session) {
  machine::RunLimits limits;
  if (!o.limit.empty()) {
    const auto parsed = lab::parse_limits(o.limit);
    if (!parsed) return Failure{parsed.error()};
    if (parsed->host_seconds || parsed->guest.cycles != Cycles::never()) {
      return Failure{usage("--limit", "a recording is limited by instructions", "2Ginsn")};
    }
    limits = parsed->guest;
  }
  const auto loaded = load_experiment(session, o.experiment);
  if (!loaded) return Failure{loaded.error()};
  const config::Experiment& experiment = loaded->experiment;
  if (experiment.points.size() != 1) {
    return Failure{
        usage(experiment.source_name,
              fmt::format("it has {} points; a trace is of one", experiment.points.size()),
              how_to_choose(experiment))};
  }
  const config::Point& point = experiment.points.front();
  config::StartChecks starts;
  const auto prepared = lab::prepare_point(experiment, point, loaded->locations, starts);
  if (!prepared) return Failure{prepared.error()};
  lab::catch_interrupts();
  const auto recorded = record_point(o, experiment, point, *prepared, limits);
  if (!recorded) return Failure{recorded.error()};
  session.say(fmt::format(
      "{}: {} instructions of {}, {} TLB refills, {} bytes ({:.3f} per instruction); {}", o.out,
      grouped(recorded->instructions), point.name(), grouped(recorded->live.all_refills()),
      grouped(recorded->bytes),
      static_cast<double>(recorded->bytes) /
          static_cast<double>(std::max<std::uint64_t>(recorded->instructions, 1)),
      recorded->end));
  session.emit({{"trace", o.out},
                {"point", point.name()},
                {"instructions", recorded->instructions},
                {"refills", recorded->live.all_refills()},
                {"invalid", recorded->live.invalids},
                {"modified", recorded->live.modifieds},
                {"bytes", recorded->bytes},
                {"end", recorded->end}});
  return recorded->interrupted ? static_cast<int>(ErrorCode::kInterrupted) : 0;
}

}  // namespace

void add_record(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("record", "write what a run does to memory and TLB into a trace",
                            [o](Session& session) { return record(*o, session); });
  add_experiment_options(verb, o->experiment);
  verb.option("-o,--out", o->out, "the trace; an existing file is never overwritten")
      .type_name("FILE")
      .shows_default();
  verb.option("--limit", o->limit, "stop after so many recorded instructions: 20Minsn")
      .type_name("LIMIT");
  verb.option("--counts", o->counts,
              "fidelity memory: what caches, directories and MAGIC counted since power-on, as JSON")
      .type_name("FILE");
  verb.flag("--whole", o->whole, "from power-on to the end, not the measured phase only");
}

}  // namespace cli::verbs
