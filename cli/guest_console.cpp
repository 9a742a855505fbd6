#include "cli/guest_console.hpp"

#include <chrono>
#include <csignal>
#include <utility>

#include "cli/console_input.hpp"
#include "cli/console_output.hpp"
#include "cli/console_switch.hpp"
#include "cli/vm_console.hpp"

namespace cli {
namespace {

using machine::ConsoleChannel;

class OneConsole final : public GuestConsole {
 public:
  explicit OneConsole(std::shared_ptr<ConsoleOutput> output) : output_{std::move(output)} {}
  Result<Nothing, Error> close() override { return output_->close(); }

 private:
  std::shared_ptr<ConsoleOutput> output_;
};

class SeveralConsoles final : public GuestConsole {
 public:
  explicit SeveralConsoles(std::shared_ptr<VmConsole> output) : output_{std::move(output)} {}
  Result<Nothing, Error> close() override { return output_->close(); }

 private:
  std::shared_ptr<VmConsole> output_;
};

/// Bytes go to `put`; the machine is interrupted once when it says that they cannot be written.
template <class Put>
void send_output(machine::Machine& machine, Put put) {
  machine.set_console_output([put, &machine, works = true](ConsoleChannel, char c) mutable {
    if (put(c) || !works) return;
    works = false;
    machine.interrupt();
  });
}

std::shared_ptr<ConsoleInput> input_of(Session& session, const BootOptions& o,
                                       machine::Machine& machine, ConsoleInput::Bracket bracket) {
  return std::make_shared<ConsoleInput>(
      session.human(), types_ctrl_d(o) ? ConsoleInput::End::kCtrlD : ConsoleInput::End::kHangUp,
      bracket, [&machine] { return machine.takes_input(); });
}

machine::InputPace pace_of(const ConsoleInput& input) {
  return input.is_terminal() ? machine::InputPace::kReal : machine::InputPace::kSimulated;
}

void connect_input(Session& session, const BootOptions& o, machine::Machine& machine) {
  const auto input = input_of(session, o, machine, ConsoleInput::Bracket::kEndsRun);
  if (input->is_terminal()) session.note("disco: keys go to the guest; Ctrl-] ends the run");
  machine.set_console_source([input](std::chrono::nanoseconds idle) { return input->next(idle); },
                             pace_of(*input));
}

void connect_input(Session& session, const BootOptions& o, machine::Machine& machine,
                   std::vector<std::string> names, const std::shared_ptr<VmConsole>& output) {
  const auto input = input_of(session, o, machine, ConsoleInput::Bracket::kIsAKey);
  const bool at_terminal = input->is_terminal();
  ConsoleSwitch::Face face;
  face.heard = [output, at_terminal](std::uint16_t vm) {
    if (at_terminal) output->follow(vm);
  };
  face.say = [output](const std::string& line) { output->say(line); };
  face.echo = [output, at_terminal](const std::string& keys) {
    if (at_terminal) output->echo(keys);
  };
  face.end = [] { std::raise(SIGINT); };
  const auto keys = std::make_shared<ConsoleSwitch>(std::move(names), std::move(face));
  if (at_terminal) session.note("disco: " + keys->help());
  if (at_terminal) output->follow(0);
  machine.set_console_source(
      [input, keys](std::chrono::nanoseconds idle) -> std::optional<std::string> {
        const auto typed = input->next(idle);
        if (!typed) return std::nullopt;
        return keys->typed(*typed);
      },
      pace_of(*input));
}

std::vector<std::string> names_of(const machine::Booted& booted) {
  std::vector<std::string> names;
  for (const machine::BootedVm& vm : booted.vms) names.push_back(vm.name);
  return names;
}

}  // namespace

Result<std::shared_ptr<GuestConsole>, Error> connect_console(Session& session, const BootOptions& o,
                                                             std::uint32_t number,
                                                             machine::Booted& booted) {
  machine::Machine& machine = *booted.machine;
  if (booted.vms.size() > 1) {
    const auto output = VmConsole::open(session.human(), names_of(booted), o.logs);
    if (!output) return Failure{output.error()};
    send_output(machine, [output = *output](char c) { return output->put(c); });
    if (feeds_console(o)) connect_input(session, o, machine, names_of(booted), *output);
    return std::shared_ptr<GuestConsole>{std::make_shared<SeveralConsoles>(*output)};
  }
  const bool several = o.machines > 1;
  const std::string name = several ? "console-" + std::to_string(number) : "console";
  const auto output =
      ConsoleOutput::open(session.human(), several ? fmt::format("{}| ", number) : "",
                          o.logs.empty() ? "" : o.logs + "/" + name + ".log");
  if (!output) return Failure{output.error()};
  send_output(machine, [output = *output](char c) { return output->put(c); });
  if (number == 0 && feeds_console(o)) connect_input(session, o, machine);
  return std::shared_ptr<GuestConsole>{std::make_shared<OneConsole>(*output)};
}

}  // namespace cli
