#include "lab/points/point_runner.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/system_facts.hpp"
#include "lab/points/interrupt.hpp"
#include "lab/points/point_console.hpp"
#include "lab/points/results.hpp"
#include "lab/points/vm_results.hpp"
#include "machine/state.hpp"
#include "measure/flow_view.hpp"
#include "measure/measurement.hpp"
#include "measure/samples.hpp"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Error cannot_write(const std::filesystem::path& path, int number) {
  return {ErrorCode::kInput, path.string(),
          std::string{"cannot be written: "} + std::strerror(number),
          "is the disk full, or the directory not yours?"};
}

struct Ending {
  machine::RunEnd how{};
  double seconds = 0;
  bool out_of_time = false;
  std::string digest;  // empty: a Ctrl-C or the limit came while it was computed
};

// "complete" where the guest ended by itself, whatever its exit code.
std::pair<std::string, int> status_of(const Ending& ending, machine::Machine& machine,
                                      bool identities_hold) {
  using machine::RunEnd;
  if (ending.digest.empty()) {
    if (ending.out_of_time) return {"limit", static_cast<int>(ErrorCode::kLimit)};
    return {"partial", static_cast<int>(ErrorCode::kInterrupted)};
  }
  switch (ending.how) {
    case RunEnd::kPowerOff: {
      if (machine.exit_code() != 0) return {"complete", static_cast<int>(ErrorCode::kGuest)};
      return {"complete", identities_hold ? 0 : static_cast<int>(ErrorCode::kExpectation)};
    }
    case RunEnd::kCycleLimit:
    case RunEnd::kInstructionLimit: return {"limit", static_cast<int>(ErrorCode::kLimit)};
    case RunEnd::kInterrupted:
      if (ending.out_of_time) return {"limit", static_cast<int>(ErrorCode::kLimit)};
      return {"partial", static_cast<int>(ErrorCode::kInterrupted)};
    case RunEnd::kReset:
    case RunEnd::kIdleForever: return {"failed", static_cast<int>(ErrorCode::kGuest)};
    case RunEnd::kBreakpoint:
    case RunEnd::kBarrier: break;
  }
  return {"failed", static_cast<int>(ErrorCode::kInternal)};
}

bool all_hold(const measure::Measurement& measurement) {
  const auto hold = [](const std::vector<measure::PhaseResult>& phases) {
    for (const measure::PhaseResult& phase : phases) {
      for (const measure::Identity& one : phase.identities) {
        if (!one.holds) return false;
      }
    }
    return true;
  };
  return hold(measurement.phases()) &&
         std::all_of(measurement.vms().begin(), measurement.vms().end(),
                     [&hold](const measure::VmResult& vm) { return hold(vm.phases); });
}

Json flows_json(const measure::Measurement& m, const machine::Booted& booted,
                const config::Prepared& prepared) {
  const auto told = [&](const measure::Flow& flow) {
    const std::size_t vm = m.vm_of(flow).value_or(0);
    const std::size_t kind = vm < booted.vms.size() ? booted.vms[vm].kind : 0;
    measure::FlowNames names;
    names.virtualised = m.virtualised();
    names.user = &prepared.kernels.at(kind).program_symbols;
    names.view = m.monitor();
    names.monitor = m.virtualised() ? &booted.symbols : nullptr;
    names.kernel = &booted.symbols;
    if (m.virtualised()) names.kernel = booted.guests.empty() ? nullptr : &booted.guests.at(kind);
    Json json = flow_json(flow, names);
    if (booted.vms.size() > 1) json["vm"] = booted.vms.at(vm).name;
    return json;
  };
  Json json = Json::object();
  if (const measure::Flow* miss = m.typical_flow(measure::EpisodeClass::kUserRefill))
    json["miss"] = told(*miss);
  if (const measure::Flow* call = m.typical_flow(measure::EpisodeClass::kSystemCall))
    json["syscall"] = told(*call);
  return json;
}

std::string events_jsonl(const measure::Measurement& m, const machine::Booted& booted) {
  std::string text;
  for (const measure::MarkSeen& mark : m.marks_seen()) {
    Json event = {{"event", "mark"},
                  {"number", mark.number},
                  {"cycle", mark.cycle},
                  {"instruction", mark.retired}};
    if (mark.vm && booted.vms.size() > 1) event["vm"] = booted.vms.at(*mark.vm).name;
    text += event.dump() + "\n";
  }
  return text;
}

Result<Ending, Error> run_machine(machine::Machine& machine, const config::Prepared& prepared,
                                  const PointJob& job, measure::Measurement& measurement,
                                  measure::Samples& samples,
                                  const std::function<void(const PointProgress&)>& progress) {
  const auto start = Clock::now();
  auto reported = start;
  Ending ending;
  const auto is_out_of_time = [&] {
    if (job.host_seconds && seconds_since(start) > *job.host_seconds) ending.out_of_time = true;
    return ending.out_of_time;
  };
  const auto hook = machine.add_slice_hook([&] {
    const auto now = Clock::now();
    if (is_out_of_time()) machine.interrupt();
    if (now - reported < std::chrono::milliseconds{100}) return;
    reported = now;
    progress({machine.retired(), machine.now().count()});
  });
  const InterruptTarget target{machine};
  machine::RunLimits limits;
  limits.instructions = prepared.setup.instruction_limit;
  const auto run_on = [&] {
    limits.cycles = samples.next();
    return machine.run(limits);
  };
  auto end = run_on();
  for (; end; end = run_on()) {
    if (*end == machine::RunEnd::kCycleLimit) {
      samples.take(samples.next().count(), measurement.counts());
      continue;
    }
    const auto fidelity =
        *end == machine::RunEnd::kInterrupted ? measurement.take_fidelity() : std::nullopt;
    // A Ctrl-C that came with it is not forgotten.
    if (!fidelity || ending.out_of_time || interrupted()) break;
    if (const auto done = machine.set_fidelity(*fidelity); !done) return Failure{done.error()};
  }
  if (!end) return Failure{end.error()};
  ending.how = *end;
  ending.seconds = seconds_since(start);
  samples.take_last(machine.now().count(), measurement.counts());
  progress({machine.retired(), machine.now().count()});
  const bool late = ending.out_of_time || interrupted();
  const auto digest =
      machine::digest_of([&](StateVisitor& v) { machine.visit(v); },
                         [&] { return !late && (is_out_of_time() || interrupted()); });
  if (digest) ending.digest = digest->hex();
  return ending;
}

/// What the kernel finds itself on: what a comparison must know of both sides.
Json system_json(const config::SystemFacts& facts, const std::string& fidelity) {
  return {{"virtualised", facts.virtualised},
          {"machine_processors", facts.machine_processors},
          {"vcpus", facts.virtualised ? Json(facts.processors) : Json{}},
          {"virtual_machines", facts.virtual_machines},
          {"processors", facts.processors},
          {"machine_tlb_entries", facts.machine_tlb_entries},
          {"tlb_entries", facts.tlb_entries},
          {"memory", facts.memory},
          {"fidelity", fidelity}};
}

/// What was timed while `phase` lasted: its own fidelity, else the machine's.
std::string fidelity_of(const PointJob& job, const std::string& phase) {
  for (const config::Phase& p : job.experiment->phases) {
    if (p.name == phase && p.fidelity != "same") return p.fidelity;
  }
  return job.point->values.at("machine.fidelity").get<std::string>();
}

// Phases that change the fidelity are part of what ran.
std::string hash_of(const PointJob& job, const config::Prepared& prepared) {
  std::string all = prepared.hash;
  bool changes = false;
  for (const config::Phase& phase : job.experiment->phases) {
    changes = changes || phase.fidelity != "same";
    all += Json{phase.from, phase.to, phase.fidelity}.dump();
  }
  return changes ? config::sha256(all) : prepared.hash;
}

Json console_json(const ConsoleLog& console) {
  return {{"bytes", console.bytes_said()},
          {"left_out", console.bytes_left_out()},
          {"last_line", console.last_line()},
          {"end", console.end()}};
}

Json results_json(const PointJob& job, const config::Prepared& prepared, machine::Booted& booted,
                  const measure::Measurement& m, const Ending& ending) {
  machine::Machine& machine = *booted.machine;
  const auto [status, code] = status_of(ending, machine, all_hold(m));
  const double retired = static_cast<double>(machine.retired());
  Json json = {{"schema", "disco-results 1"},
               {"point", job.point->name()},
               {"labels", Json::object()},
               {"repeat", job.repeat},
               {"seed", prepared.setup.machine.seed},
               {"hash", hash_of(job, prepared)},
               {"status", status},
               {"exit_code", code},
               {"end", machine::name_of(ending.how)},
               {"guest_exit", nullptr},
               {"instructions", machine.retired()},
               {"cycles", machine.now().count()},
               {"clock_hz", prepared.setup.machine.clock_hz},
               {"simulated_seconds", static_cast<double>(machine.now().count()) /
                                         static_cast<double>(prepared.setup.machine.clock_hz)},
               {"digest", ending.digest},
               {"host",
                {{"seconds", ending.seconds},
                 {"mips", ending.seconds > 0 ? retired / ending.seconds * 1e-6 : 0.0}}},
               {"fidelity", fidelity_of(job, m.measured().name)},
               {"virtualised", m.virtualised()},
               {"system", system_json(config::facts_of(job.point->values),
                                      fidelity_of(job, m.measured().name))},
               {"measured", m.measured().name},
               {"values", values_of(job)},
               {"inputs", Json::array()},
               {"phases", Json::array()}};
  for (const auto& [name, label] : job.point->labels) json["labels"][name] = label;
  if (ending.how == machine::RunEnd::kPowerOff) json["guest_exit"] = machine.exit_code();
  for (const config::InputFile& file : prepared.inputs) {
    json["inputs"].push_back({{"role", file.role}, {"name", file.name}, {"sha256", file.sha256}});
  }
  for (const measure::PhaseResult& phase : m.phases()) {
    json["phases"].push_back(phase_json(phase, m.virtualised(), prepared.setup.machine.clock_hz));
    const Json memory = memory_json(phase.pages, phase.by_cpu, prepared.setup.machine.cpus_per_node,
                                    booted.symbols);
    if (!memory.is_null()) json["phases"].back()["memory"] = memory;
  }
  json["flows"] = flows_json(m, booted, prepared);
  return json;
}

}  // namespace

config::Values values_of(const PointJob& job) {
  config::Values values = job.point->values;
  values["seed"] = values.at("seed").get<std::uint64_t>() + job.repeat;
  return values;
}

Result<Nothing, Error> write_file(const std::filesystem::path& path, const std::string& text) {
  // What is no file of ours (/dev/stdout, a pipe) is written as it is and never replaced.
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool in_place =
      std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
  const std::string target = path.string() + (in_place ? "" : ".partial");
  std::FILE* const file = std::fopen(target.c_str(), "wb");
  if (file == nullptr) return Failure{cannot_write(path, errno)};
  int failure = std::fwrite(text.data(), 1, text.size(), file) == text.size() ? 0 : errno;
  if (std::fclose(file) != 0 && failure == 0) failure = errno;
  if (failure == 0 && !in_place && std::rename(target.c_str(), path.c_str()) != 0) failure = errno;
  if (failure == 0) return Nothing{};
  if (!in_place) std::remove(target.c_str());
  return Failure{cannot_write(path, failure)};
}

Result<int, Error> run_point(const PointJob& job, const config::Locations& locations,
                             const std::function<void(const PointProgress&)>& progress) {
  const auto prepared = config::prepare(values_of(job), locations);
  if (!prepared) return Failure{prepared.error()};
  auto booted = config::boot(*prepared);
  if (!booted) return Failure{booted.error()};
  const auto measurement =
      measure::Measurement::attach(*booted, *job.experiment, prepared->setup.virtualised);
  if (!measurement) return Failure{measurement.error()};

  std::vector<std::string> names;
  for (const machine::BootedVm& vm : booted->vms) names.push_back(vm.name);
  const auto console = PointConsole::create(job.directory, std::move(names));
  if (!console) return Failure{console.error()};
  booted->machine->set_console_output(
      [&log = **console, &machine = *booted->machine](machine::ConsoleChannel, char c) {
        if (!log.put(c)) machine.interrupt();
      });

  measure::Samples samples{prepared->setup.sample_period, prepared->setup.machine.clock_hz};
  const auto ending =
      run_machine(*booted->machine, *prepared, job, **measurement, samples, progress);
  booted->machine->set_console_output({});
  if (const auto written = (*console)->close(); !written) return Failure{written.error()};
  if (!ending) return Failure{ending.error()};
  (*measurement)->finish();

  Json json = results_json(job, *prepared, *booted, **measurement, *ending);
  json["console"] = console_json((*console)->whole());
  const std::uint64_t clock_hz = prepared->setup.machine.clock_hz;
  json["vms"] = vms_json(*booted, **measurement, **console, clock_hz);
  json["timeline"] = timeline_json(**measurement);
  if (const auto failed = booted->machine->disk_failure()) return Failure{*failed};
  json["samples"] = samples.json();
  const auto csv = counters_csv((*measurement)->phases(), job.point->name(), job.repeat);
  const auto by_cpu = cpu_counters_csv((*measurement)->phases(), job.point->name(), job.repeat,
                                       prepared->setup.machine.cpus_per_node);
  for (const auto& [name, text] :
       {std::pair<const char*, std::string>{"counters.csv", csv},
        {"counters-by-cpu.csv", by_cpu},
        {"pages.csv",
         pages_csv((*measurement)->phases(), job.point->name(), job.repeat, booted->symbols)},
        {"samples.csv", samples.csv()},
        {"counters-by-vm.csv",
         vm_counters_csv(*booted, **measurement, job.point->name(), job.repeat)},
        {"timeline.trace.json", chrome_trace(*booted, **measurement, clock_hz)},
        {"events.jsonl", events_jsonl(**measurement, *booted)},
        {"results.json", json_text(json, 1) + "\n"}}) {
    if (text.empty() && std::string_view{name} == "timeline.trace.json") continue;
    if (const auto written = write_file(job.directory / name, text); !written)
      return Failure{written.error()};
  }
  return json["exit_code"].get<int>();
}

}  // namespace lab
