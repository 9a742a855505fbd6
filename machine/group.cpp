#include "machine/group.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "common/check.hpp"
#include "machine/devices/virtio/net_device.hpp"
#include "machine/state.hpp"

namespace machine {

namespace {
constexpr numa::Nanoseconds kNever = ~numa::Nanoseconds{0};
}

MachineGroup::MachineGroup(std::vector<std::unique_ptr<Machine>> machines) {
  CHECK(!machines.empty() && machines.size() <= kMostMachines);
  for (auto& machine : machines) {
    CHECK(machine->network() != nullptr);
    const numa::Clock clock{machine->config().clock_hz};
    members_.push_back({std::move(machine), clock, RunEnd::kBarrier});
  }
  link_ = members_.front().machine->network()->link();
  for (const Member& member : members_) CHECK(member.machine->network()->link() == link_);
  next_ = size();
}

Result<RunEnd, Error> MachineGroup::run(const RunLimits& limits) {
  for (;;) {
    for (; next_ < size(); ++next_) {
      Member& member = members_[next_];
      if (!is_on(member)) continue;
      auto end = member.machine->run({.barrier = member.clock.cycles(window_end_)});
      if (!end) {
        Error error = end.error();
        error.where = "machine " + std::to_string(next_) + ", " + error.where;
        return Failure{std::move(error)};
      }
      const bool is_over = *end == RunEnd::kPowerOff || *end == RunEnd::kReset;
      if (*end != RunEnd::kBarrier && !is_over) return *end;
      member.end = *end;
    }
    exchange();
    if (const auto end = end_between_windows(limits)) return *end;
    // Nothing is sent before somebody wakes, and what is sent then takes the latency.
    window_end_ = std::max(window_end_, first_wake()) + link_.latency;
    next_ = 0;
  }
}

std::optional<RunEnd> MachineGroup::end_between_windows(const RunLimits& limits) {
  if (is_over()) {
    const bool reset = std::any_of(members_.begin(), members_.end(),
                                   [](const Member& m) { return m.end == RunEnd::kReset; });
    return reset ? RunEnd::kReset : RunEnd::kPowerOff;
  }
  if (retired() >= limits.instructions) return RunEnd::kInstructionLimit;
  if (members_.front().clock.cycles(window_end_) >= limits.cycles) return RunEnd::kCycleLimit;
  while (first_wake() == kNever) {
    const bool more = std::any_of(members_.begin(), members_.end(), [](const Member& m) {
      return is_on(m) && m.machine->await_input();
    });
    if (!more) return RunEnd::kIdleForever;
  }
  return std::nullopt;
}

bool MachineGroup::is_over() const {
  bool all_off = true;
  for (const Member& member : members_) {
    if (member.end == RunEnd::kReset) return true;
    if (member.end == RunEnd::kPowerOff && member.machine->exit_code() != 0) return true;
    all_off = all_off && member.end == RunEnd::kPowerOff;
  }
  return all_off;
}

numa::Nanoseconds MachineGroup::first_wake() const {
  numa::Nanoseconds first = kNever;
  for (const Member& member : members_) {
    const Cycles wake = is_on(member) ? member.machine->idle_until() : Cycles::never();
    if (wake != Cycles::never()) first = std::min(first, member.clock.nanoseconds(wake));
  }
  return first;
}

void MachineGroup::exchange() {
  for (Member& from : members_) {
    FrameQueue& sent = from.machine->network()->sent();
    for (; !sent.is_empty(); sent.pop()) {
      for (Member& to : members_) {
        if (&to != &from && is_on(to)) to.machine->network()->expect(sent.front());
      }
    }
  }
}

std::uint64_t MachineGroup::retired() const {
  std::uint64_t sum = 0;
  for (const Member& member : members_) sum += member.machine->retired();
  return sum;
}

std::uint64_t MachineGroup::exit_code() const {
  for (const Member& member : members_) {
    if (member.end == RunEnd::kPowerOff && member.machine->exit_code() != 0)
      return member.machine->exit_code();
  }
  return 0;
}

void MachineGroup::visit(StateVisitor& v) {
  const StateSection section{v, "group"};
  v.word("window_end", window_end_);
  v.field("next", next_);
  for (Member& member : members_) {
    const StateSection one{v, "machine"};
    member.machine->visit(v);
    v.field("end", member.end);
  }
  if (!v.is_restoring()) return;
  next_ = std::min(next_, size());
  for (Member& member : members_) {
    const bool known = member.end == RunEnd::kPowerOff || member.end == RunEnd::kReset;
    if (!known) member.end = RunEnd::kBarrier;
  }
}

Digest MachineGroup::digest() {
  return digest_of([this](StateVisitor& v) { visit(v); });
}

}  // namespace machine
