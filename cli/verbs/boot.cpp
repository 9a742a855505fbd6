// disco boot KERNEL: the shortest way from an image to its console. The exit code is the guest's.
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cli/boot_options.hpp"
#include "cli/engine_words.hpp"
#include "cli/gdb/server.hpp"
#include "cli/guest_console.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/vm_summary.hpp"
#include "lab/points/interrupt.hpp"
#include "lab/points/limits.hpp"
#include "lab/points/point_runner.hpp"
#include "machine/group.hpp"
#include "machine/state.hpp"
#include "measure/memory_counts.hpp"

namespace cli::verbs {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  BootOptions boot;
  std::string limit, page_counts;
  std::optional<std::uint16_t> gdb_port;
};

struct Ending {
  machine::RunEnd how{};
  double seconds = 0;
  bool out_of_time = false;
  std::optional<Error> failure;  // decides, however the machine ended
};

// An interrupt that was the debugger's may be left over; any other shows in `give_up`.
Result<machine::RunEnd, Error> run_on(machine::Machine& machine, const machine::RunLimits& limits,
                                      const std::function<bool()>& give_up) {
  for (;;) {
    auto end = machine.run(limits);
    if (!end || *end != machine::RunEnd::kInterrupted || give_up()) return end;
  }
}

// With --gdb the debugger decides when the machine runs; when it detaches, the machine runs on.
Result<machine::RunEnd, Error> run_to_end(Session& session, const Options& o,
                                          machine::Machine& machine,
                                          const machine::RunLimits& limits,
                                          const std::function<bool()>& give_up) {
  if (!o.gdb_port) return machine.run(limits);
  const auto files = find_boot_files(o.boot);
  if (!files) return Failure{files.error()};
  const auto server = gdb::Server::listen(*o.gdb_port);
  if (!server) return Failure{server.error()};
  session.note(
      fmt::format("disco: waiting for gdb on localhost:{} (gdb-multiarch -ex 'set endian big' "
                  "-ex 'target remote :{}' {})",
                  (*server)->port(), (*server)->port(), files->kernel));
  const auto end = (*server)->serve(machine, limits, give_up);
  if (!end) return Failure{end.error()};
  switch (end->kind) {
    case gdb::SessionEnd::Kind::kPoweredOff: return machine::RunEnd::kPowerOff;
    case gdb::SessionEnd::Kind::kKilled: return machine::RunEnd::kInterrupted;
    case gdb::SessionEnd::Kind::kDetached: return run_on(machine, limits, give_up);
    case gdb::SessionEnd::Kind::kOther: break;
  }
  return end->how;
}

// `run` is asked for the end of all machines, with what it may ask whether to give up.
template <class Run>
Result<Ending, Error> timed(const std::vector<machine::Machine*>& machines,
                            const lab::Limits& limits, Run run) {
  const auto start = Clock::now();
  const auto elapsed = [start] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  Ending ending;
  const auto give_up = [&] {
    ending.out_of_time = limits.host_seconds && elapsed() >= *limits.host_seconds;
    return ending.out_of_time || lab::interrupted();
  };
  std::vector<machine::Machine::HookKeeper> hooks;
  for (machine::Machine* const machine : machines) {
    hooks.push_back(machine->add_slice_hook([&give_up, machine] {
      if (give_up()) machine->interrupt();
    }));
  }
  const lab::InterruptTarget target{*machines.front()};
  const auto end = run(give_up);
  hooks.clear();
  if (!end) return Failure{end.error()};
  ending.how = *end;
  ending.seconds = elapsed();
  return ending;
}

std::optional<Error> failure_of(const Ending& ending) {
  using machine::RunEnd;
  if (ending.failure) return ending.failure;
  switch (ending.how) {
    case RunEnd::kPowerOff: return std::nullopt;
    case RunEnd::kCycleLimit:
    case RunEnd::kInstructionLimit:
      return Error{ErrorCode::kLimit, "", "the limit was reached before the guest powered off", ""};
    case RunEnd::kInterrupted:
      if (ending.out_of_time) {
        return Error{ErrorCode::kLimit, "",
                     "the time limit was reached before the guest powered off", ""};
      }
      return Error{ErrorCode::kInterrupted, "", "interrupted", ""};
    case RunEnd::kReset: return Error{ErrorCode::kGuest, "", "the guest asked for a reset", ""};
    case RunEnd::kIdleForever:
      return Error{ErrorCode::kGuest, "", "the guest waits for something that can no longer happen",
                   "a guest that reads its console is given standard input with --input -"};
    case RunEnd::kBreakpoint:
    case RunEnd::kBarrier: break;
  }
  return Error{ErrorCode::kInternal, "", "stopped at a breakpoint that nobody set", ""};
}

// A Ctrl-C that comes now, and a limit that is reached now, end it without a digest ("").
std::string digest_text(const std::function<void(StateVisitor&)>& visit, const lab::Limits& limits,
                        Ending& ending) {
  const auto start = Clock::now();
  const bool late = ending.out_of_time || lab::interrupted();
  const auto digest = machine::digest_of(visit, [&] {
    const double seconds =
        ending.seconds + std::chrono::duration<double>(Clock::now() - start).count();
    const bool over = limits.host_seconds && seconds >= *limits.host_seconds;
    return !late && (over || lab::interrupted());
  });
  if (digest) return digest->hex();
  ending.failure =
      Error{lab::interrupted() ? ErrorCode::kInterrupted : ErrorCode::kLimit, "",
            lab::interrupted() ? "interrupted while the digest was computed"
                               : "the time limit was reached while the digest was computed",
            ""};
  return "";
}

/// What both kinds of runs tell.
struct Figures {
  std::uint64_t instructions = 0, cycles = 0, clock_hz = 1, exit_code = 0;
  std::string digest;
};

Json summary(const Figures& figures, const Ending& ending) {
  const double mips =
      ending.seconds > 0 ? static_cast<double>(figures.instructions) / ending.seconds * 1e-6 : 0.0;
  Json json = {{"schema", "disco-boot 1"},
               {"end", machine::name_of(ending.how)},
               {"guest_exit", nullptr},
               {"instructions", figures.instructions},
               {"cycles", figures.cycles},
               {"simulated_seconds",
                static_cast<double>(figures.cycles) / static_cast<double>(figures.clock_hz)},
               {"host_seconds", ending.seconds},
               {"mips", mips},
               {"digest", figures.digest.empty() ? Json{} : Json(figures.digest)}};
  if (ending.how == machine::RunEnd::kPowerOff) json["guest_exit"] = figures.exit_code;
  return json;
}

// Says how it ended and gives the exit code.
int finish(Session& session, const Figures& figures, const Ending& ending, Json json) {
  session.note(fmt::format(
      "disco: {}; {} instructions, {} simulated, {} on this host, {:.1f} MIPS, digest {}",
      machine::name_of(ending.how), grouped(figures.instructions),
      duration(json["simulated_seconds"].get<double>()), duration(ending.seconds),
      json["mips"].get<double>(), figures.digest.empty() ? "not computed" : figures.digest));
  int code = 0;
  if (const auto failed = failure_of(ending)) {
    code = exit_code_of(*failed, ExitCodes::kTablePlus100);
    session.error(*failed);
    if (failed->where == "standard output") session.output_failure_is_told();
    json["error"] = failed->message();
  } else {
    code = static_cast<int>(std::min<std::uint64_t>(figures.exit_code, 99));
    if (figures.exit_code != 0)
      session.note(fmt::format("disco: guest exit code {}", figures.exit_code));
  }
  json["exit_code"] = code;
  session.emit(json);
  return code;
}

Outcome boot_one(const Options& o, Session& session, const lab::Limits& limits) {
  auto booted = boot_machine(o.boot, 0);
  if (!booted) return Failure{booted.error()};
  machine::Machine& machine = *booted->machine;
  const auto connected = connect_console(session, o.boot, 0, *booted);
  if (!connected) return Failure{connected.error()};
  lab::catch_interrupts();
  auto ending = timed({&machine}, limits, [&](const std::function<bool()>& give_up) {
    return run_to_end(session, o, machine, limits.guest, give_up);
  });
  machine.set_console_output({});
  const auto written = (*connected)->close();
  if (!ending) return Failure{ending.error()};
  if (!written) ending->failure = written.error();
  if (!o.page_counts.empty()) {
    const auto counted = lab::write_file(o.page_counts, measure::page_counts_csv(machine));
    if (!counted) return Failure{counted.error()};
  }
  const Figures figures{machine.retired(), machine.now().count(), machine.config().clock_hz,
                        machine.exit_code(),
                        digest_text([&](StateVisitor& v) { machine.visit(v); }, limits, *ending)};
  if (const auto failed = machine.disk_failure()) return Failure{*failed};
  Json json = summary(figures, *ending);
  if (booted->vms.size() > 1) json["vms"] = note_vms(session, *booted);
  if (machine.config().engine != machine::EngineKind::kInterpreter) {
    const cpu::EngineCounts counts = engine_counts(machine);
    session.note("disco: " + engine_words(counts));
    json["engine"] = engine_json(counts);
  }
  return finish(session, figures, *ending, std::move(json));
}

Json summary_of_each(machine::MachineGroup& group) {
  Json all = Json::array();
  for (std::uint32_t n = 0; n < group.size(); ++n) {
    machine::Machine& machine = group.machine(n);
    const bool is_off = group.end_of(n) == machine::RunEnd::kPowerOff;
    all.push_back({{"end", group.is_on(n) ? "running" : machine::name_of(group.end_of(n))},
                   {"guest_exit", is_off ? Json(machine.exit_code()) : Json(nullptr)},
                   {"instructions", machine.retired()},
                   {"cycles", machine.now().count()},
                   {"digest", machine.digest().hex()}});
  }
  return all;
}

Outcome boot_several(const Options& o, Session& session, const lab::Limits& limits) {
  std::vector<std::unique_ptr<machine::Machine>> machines;
  std::vector<machine::Machine*> all;
  std::vector<std::shared_ptr<GuestConsole>> consoles;
  for (std::uint32_t n = 0; n < o.boot.machines; ++n) {
    auto booted = boot_machine(o.boot, n);
    if (!booted) return Failure{booted.error()};
    const auto connected = connect_console(session, o.boot, n, *booted);
    if (!connected) return Failure{connected.error()};
    consoles.push_back(*connected);
    all.push_back(booted->machine.get());
    machines.push_back(std::move(booted->machine));
  }
  machine::MachineGroup group{std::move(machines)};
  lab::catch_interrupts();
  auto ending = timed(all, limits, [&](const auto&) { return group.run(limits.guest); });
  for (machine::Machine* const machine : all) machine->set_console_output({});
  std::optional<Error> unwritten;
  for (const auto& console : consoles) {
    if (const auto written = console->close(); !written && !unwritten) unwritten = written.error();
  }
  if (!ending) return Failure{ending.error()};
  ending->failure = unwritten;
  const Figures figures{group.retired(), all.front()->now().count(), all.front()->config().clock_hz,
                        group.exit_code(),
                        digest_text([&](StateVisitor& v) { group.visit(v); }, limits, *ending)};
  Json json = summary(figures, *ending);
  json["machines"] = summary_of_each(group);
  for (const machine::Machine* const machine : all) {
    if (const auto failed = machine->disk_failure()) return Failure{*failed};
  }
  for (std::uint32_t n = 0; n < group.size(); ++n) {
    const Json& one = json["machines"][n];
    session.note(fmt::format("disco: machine {}: {}, exit code {}, {} instructions", n,
                             one["end"].get<std::string>(), one["guest_exit"].dump(),
                             grouped(one["instructions"].get<std::uint64_t>())));
  }
  return finish(session, figures, *ending, std::move(json));
}

Outcome boot(Options& o, Session& session) {
  lab::outlive_readers();  // a console that nobody reads any more is told
  o.boot.may_take_input = !o.gdb_port;
  lab::Limits limits;
  if (!o.limit.empty()) {
    const auto parsed = lab::parse_limits(o.limit);
    if (!parsed) return Failure{parsed.error()};
    limits = *parsed;
  }
  return o.boot.machines > 1 ? boot_several(o, session, limits) : boot_one(o, session, limits);
}

}  // namespace

void add_boot(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb(
      "boot", "boot a kernel image and exit with its exit code",
      [o](Session& session) { return boot(*o, session); }, ExitCodes::kTablePlus100);
  add_boot_options(verb, o->boot);
  add_machines_options(verb, o->boot);
  add_vm_options(verb, o->boot);
  verb.option("--gdb", o->gdb_port, "wait for gdb on this port of localhost (0: any)")
      .whole_number(0xffff)
      .type_name("PORT")
      .excludes("--machines");
  verb.option("--page-counts", o->page_counts,
              "what MAGIC's page counters hold at the end, as CSV (fidelity memory)")
      .type_name("FILE")
      .excludes("--machines");
  verb.option("--limit", o->limit, "stop after 2Ginsn, 500Mcycles or 10min of host time")
      .type_name("LIMIT");
}

}  // namespace cli::verbs
