// disco boot KERNEL: the shortest way from an image to its console. The exit code is the guest's.
#include <chrono>
#include <optional>

#include "cli/boot_options.hpp"
#include "cli/gdb/server.hpp"
#include "cli/interrupt.hpp"
#include "cli/limits.hpp"
#include "cli/verbs/verbs.hpp"

namespace cli::verbs {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  BootOptions boot;
  std::string limit;
  std::optional<std::uint16_t> gdb_port;
};

struct Ending {
  config::RunEnd how{};
  double seconds = 0;
  bool out_of_time = false;
};

// With --gdb the debugger decides when the machine runs; when it detaches, the machine runs on.
Result<config::RunEnd, Error> run_to_end(Session& session, const Options& o,
                                         config::Machine& machine, const config::RunLimits& limits,
                                         const std::function<bool()>& give_up) {
  if (!o.gdb_port) return machine.run(limits);
  const auto server = gdb::Server::listen(*o.gdb_port);
  if (!server) return Failure{server.error()};
  session.note(
      fmt::format("disco: waiting for gdb on localhost:{} (gdb-multiarch -ex 'set endian big' "
                  "-ex 'target remote :{}' {})",
                  (*server)->port(), (*server)->port(), o.boot.kernel));
  const auto end = (*server)->serve(machine, limits, give_up);
  if (!end) return Failure{end.error()};
  switch (end->kind) {
    case gdb::SessionEnd::Kind::kPoweredOff: return config::RunEnd::kPowerOff;
    case gdb::SessionEnd::Kind::kKilled: return config::RunEnd::kInterrupted;
    case gdb::SessionEnd::Kind::kDetached: return machine.run(limits);
    case gdb::SessionEnd::Kind::kOther: break;
  }
  return end->how;
}

Result<Ending, Error> run(Session& session, const Options& o, config::Machine& machine,
                          const Limits& limits) {
  const auto start = Clock::now();
  const auto elapsed = [start] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  Ending ending;
  const auto give_up = [&] {
    ending.out_of_time = limits.host_seconds && elapsed() >= *limits.host_seconds;
    return ending.out_of_time || interrupted();
  };
  if (limits.host_seconds) {
    machine.set_slice_hook([&] {
      if (give_up()) machine.interrupt();
    });
  }
  const InterruptTarget target{machine};
  const auto end = run_to_end(session, o, machine, limits.guest, give_up);
  if (!end) return Failure{end.error()};
  machine.set_slice_hook({});
  ending.how = *end;
  ending.seconds = elapsed();
  return ending;
}

std::optional<Error> failure_of(const Ending& ending) {
  using config::RunEnd;
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
                   ""};
    case RunEnd::kBreakpoint: break;
  }
  return Error{ErrorCode::kInternal, "", "stopped at a breakpoint that nobody set", ""};
}

Json summary(config::Machine& machine, const Ending& ending) {
  const double mips =
      ending.seconds > 0 ? static_cast<double>(machine.retired()) / ending.seconds * 1e-6 : 0.0;
  Json json = {{"schema", "disco-boot 1"},
               {"end", config::name_of(ending.how)},
               {"guest_exit", nullptr},
               {"instructions", machine.retired()},
               {"cycles", machine.now().count()},
               {"simulated_seconds", static_cast<double>(machine.now().count()) /
                                         static_cast<double>(machine.config().clock_hz)},
               {"host_seconds", ending.seconds},
               {"mips", mips},
               {"digest", machine.digest().hex()}};
  if (ending.how == config::RunEnd::kPowerOff) json["guest_exit"] = machine.exit_code();
  return json;
}

Outcome boot(const Options& o, Session& session) {
  Limits limits;
  if (!o.limit.empty()) {
    const auto parsed = parse_limits(o.limit);
    if (!parsed) return Failure{parsed.error()};
    limits = *parsed;
  }
  auto booted = boot_machine(o.boot);
  if (!booted) return Failure{booted.error()};
  config::Machine& machine = *booted->machine;
  connect_console(session, o.boot, machine);
  catch_interrupts();
  const auto ending = run(session, o, machine, limits);
  std::fflush(session.human());
  if (!ending) return Failure{ending.error()};

  Json json = summary(machine, *ending);
  session.note(fmt::format(
      "disco: {}; {} instructions, {} simulated, {} on this host, {:.1f} MIPS, digest {}",
      config::name_of(ending->how), grouped(machine.retired()),
      duration(json["simulated_seconds"].get<double>()), duration(ending->seconds),
      json["mips"].get<double>(), json["digest"].get<std::string>()));
  int code = 0;
  if (const auto failed = failure_of(*ending)) {
    code = exit_code_of(*failed, ExitCodes::kTablePlus100);
    session.error(*failed);
    json["error"] = failed->message();
  } else {
    code = static_cast<int>(std::min<std::uint64_t>(machine.exit_code(), 99));
    if (machine.exit_code() != 0)
      session.note(fmt::format("disco: guest exit code {}", machine.exit_code()));
  }
  json["exit_code"] = code;
  session.emit(json);
  return code;
}

}  // namespace

void add_boot(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  CLI::App* verb = line.add_verb(
      "boot", "boot a kernel image and exit with its exit code",
      [o](Session& session) { return boot(*o, session); }, ExitCodes::kTablePlus100);
  add_boot_options(*verb, o->boot);
  verb->add_option("--gdb", o->gdb_port, "wait for gdb on this port of localhost (0: any)")
      ->type_name("PORT");
  verb->add_option("--limit", o->limit, "stop after 2Ginsn, 500Mcycles or 10min of host time")
      ->type_name("LIMIT");
}

}  // namespace cli::verbs
