// One debugger and one machine, in turns: packets are answered while the machine stands still, and
// while it runs the debugger, interrupts and limits are looked at several times a second.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/gdb/connection.hpp"
#include "cli/gdb/execution.hpp"
#include "cli/gdb/machine_target.hpp"
#include "cli/gdb/stub.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/machine.hpp"

namespace cli::gdb {
using namespace common;

/// How a debugging session ended.
struct SessionEnd {
  enum class Kind : std::uint8_t {
    kPoweredOff,  // the guest did; Machine::exit_code()
    kKilled,      // gdb asked for it, or the run was interrupted
    kDetached,    // gdb has gone: the machine should run on by itself
    kOther,       // another RunEnd, told to gdb as an exit
  } kind{};
  machine::RunEnd how = machine::RunEnd::kInterrupted;
};

class Session {
 public:
  /// All of them outlive the session. `limits` hold for the machine as in Machine::run. `give_up`
  /// is asked several times a second, whether the machine runs or stands still; true ends the
  /// session.
  Session(Connection& connection, machine::Machine& machine, const machine::RunLimits& limits,
          const std::function<bool()>& give_up);

  /// Until the session ends; no breakpoint is left behind. Errors: of the machine.
  Result<SessionEnd, Error> serve();

 private:
  Result<SessionEnd, Error> converse();
  void say_goodbye();
  std::optional<Error> take(const Incoming& incoming);
  std::optional<Error> resume();
  void step();
  void look_in();
  void report(machine::RunEnd end);
  void reply(std::string_view data);
  void say(const std::string& words);

  Connection& connection_;
  machine::Machine& machine_;
  const std::function<bool()>& give_up_;
  Execution execution_;
  MachineTarget target_;
  Stub stub_;
  std::string last_sent_;
  std::optional<SessionEnd> end_;
  bool interrupted_ = false;
};

}  // namespace cli::gdb
