#include "cli/gdb/session.hpp"

#include <chrono>

#include "cli/gdb/packet.hpp"

namespace cli::gdb {

namespace {

using machine::RunEnd;

/// How long nothing is looked at while the machine stands still.
constexpr std::chrono::milliseconds kWait{200};
/// How long a debugger that does not read is given to hear of the end.
constexpr std::chrono::seconds kGoodbye{1};

}  // namespace

Session::Session(Connection& connection, machine::Machine& machine,
                 const machine::RunLimits& limits, const std::function<bool()>& give_up)
    : connection_{connection},
      machine_{machine},
      give_up_{give_up},
      execution_{machine, limits},
      target_{machine, execution_},
      stub_{target_} {}

Result<SessionEnd, Error> Session::serve() {
  auto end = converse();
  stub_.remove_all_breakpoints();
  say_goodbye();
  return end;
}

Result<SessionEnd, Error> Session::converse() {
  const auto hook = machine_.add_slice_hook([this] { look_in(); });
  while (!end_) {
    connection_.exchange();
    if (give_up_()) return SessionEnd{SessionEnd::Kind::kKilled, {}};
    const auto incoming = connection_.has_room() ? connection_.next() : std::nullopt;
    if (incoming) {
      if (auto failed = take(*incoming)) return Failure{*failed};
    } else if (connection_.is_gone()) {
      return SessionEnd{SessionEnd::Kind::kDetached, {}};
    } else {
      connection_.wait(kWait);
    }
  }
  return *end_;
}

/// While the machine runs.
void Session::look_in() {
  if (connection_.take_interrupt()) interrupted_ = true;
  if (interrupted_ || connection_.is_gone() || give_up_()) execution_.stop();
}

void Session::say_goodbye() {
  const auto until = std::chrono::steady_clock::now() + kGoodbye;
  while (!connection_.is_flushed() && !give_up_() && std::chrono::steady_clock::now() < until) {
    connection_.wait(kWait);
    connection_.exchange();
  }
}

std::optional<Error> Session::take(const Incoming& incoming) {
  switch (incoming.kind) {
    case Incoming::Kind::kNak: connection_.send(last_sent_); return std::nullopt;
    case Incoming::Kind::kDamaged:
      if (!stub_.acks_are_off()) connection_.send("-");
      return std::nullopt;
    case Incoming::Kind::kAck:
    case Incoming::Kind::kInterrupt: return std::nullopt;  // the machine stands still already
    case Incoming::Kind::kPacket: break;
  }
  if (!stub_.acks_are_off()) connection_.send("+");
  const Answer answer = stub_.handle(incoming.data);
  switch (answer.next) {
    case Next::kReply: reply(answer.reply); return std::nullopt;
    case Next::kContinue: return resume();
    case Next::kStep: step(); return std::nullopt;
    case Next::kDetach:
      reply(answer.reply);
      end_ = SessionEnd{SessionEnd::Kind::kDetached, {}};
      return std::nullopt;
    case Next::kKill:
      if (!answer.reply.empty()) reply(answer.reply);
      end_ = SessionEnd{SessionEnd::Kind::kKilled, {}};
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Error> Session::resume() {
  interrupted_ = false;
  const auto end = execution_.resume(stub_.selected_cpu());
  if (end) return report(*end), std::nullopt;
  say(end.error().message());
  reply(stub_.stop_reply({StopReason::Kind::kExited, stub_.selected_cpu(), 255}));
  return end.error();
}

/// One that fails can be looked at: the machine stands where it did.
void Session::step() {
  interrupted_ = false;
  const auto end = execution_.step(stub_.selected_cpu());
  if (!end) say(end.error().message());
  report(end ? *end : RunEnd::kBreakpoint);
}

void Session::report(RunEnd end) {
  const CpuId here = stub_.selected_cpu();
  if (end == RunEnd::kBreakpoint) {
    reply(stub_.stop_reply({StopReason::Kind::kTrap, execution_.stopped_cpu(), 0}));
  } else if (end == RunEnd::kInterrupted && interrupted_) {
    reply(stub_.stop_reply({StopReason::Kind::kInterrupt, here, 0}));
  } else if (end == RunEnd::kInterrupted && !give_up_()) {
    return;  // there is nobody to tell
  } else {
    const bool off = end == RunEnd::kPowerOff;
    if (!off) say(std::string{"the run ended: "} + machine::name_of(end));
    reply(stub_.stop_reply({StopReason::Kind::kExited, here, off ? machine_.exit_code() : 255}));
    end_ = SessionEnd{off ? SessionEnd::Kind::kPoweredOff : SessionEnd::Kind::kOther, end};
  }
}

void Session::reply(std::string_view data) {
  last_sent_ = frame(data);
  connection_.send(last_sent_);
}

/// gdb shows it to its user.
void Session::say(const std::string& words) { reply("O" + to_hex("disco: " + words + "\n")); }

}  // namespace cli::gdb
