#include "tests/numa/coherence/litmus.hpp"

namespace test {
namespace {

bool gives_value(Op op) { return op != Op::kStore && op != Op::kUncachedStore; }

LitmusOutcome text_of(const std::vector<std::uint32_t>& given,
                      const std::vector<std::uint32_t>& memory) {
  std::string text;
  for (const std::uint32_t value : given) text += std::to_string(value) + ' ';
  text += '|';
  for (const std::uint32_t value : memory) text += ' ' + std::to_string(value);
  return text;
}

/// Every interleaving, by depth-first search. A store-conditional fails if somebody else has
/// written to its variable since the load; otherwise it may succeed, and may fail (its line was
/// replaced, or read by somebody else).
class Interleavings {
 public:
  explicit Interleavings(const Litmus& litmus) : litmus_{litmus} {}

  std::set<LitmusOutcome> run() {
    State start;
    start.next.resize(litmus_.cpus.size());
    start.link_holds.resize(litmus_.cpus.size());
    start.given.resize(litmus_.cpus.size());
    start.memory.resize(litmus_.variables);
    visit(start);
    return std::move(found_);
  }

 private:
  struct State {
    std::vector<std::size_t> next;
    std::vector<bool> link_holds;
    std::vector<std::vector<std::uint32_t>> given;
    std::vector<std::uint32_t> memory;
  };

  void visit(const State& state) {
    bool done = true;
    for (std::size_t cpu = 0; cpu < litmus_.cpus.size(); ++cpu) {
      if (state.next[cpu] == litmus_.cpus[cpu].size()) continue;
      done = false;
      step(state, cpu);
    }
    if (!done) return;
    std::vector<std::uint32_t> all;
    for (const auto& given : state.given) all.insert(all.end(), given.begin(), given.end());
    found_.insert(text_of(all, state.memory));
  }

  void step(const State& before, std::size_t cpu) {
    State state = before;
    const LitmusStep& step = litmus_.cpus[cpu][state.next[cpu]++];
    switch (step.op) {
      case Op::kLoadLinked: state.link_holds[cpu] = true; [[fallthrough]];
      case Op::kLoad:
      case Op::kUncachedLoad:
        state.given[cpu].push_back(state.memory[step.variable]);
        return visit(state);
      case Op::kStoreConditional: {
        State failed = state;
        failed.given[cpu].push_back(0);
        failed.link_holds[cpu] = false;
        visit(failed);
        if (!state.link_holds[cpu]) return;
        state.given[cpu].push_back(1);
        break;
      }
      default: break;
    }
    state.memory[step.variable] = step.value;
    // No program here links one variable and stores to another on different CPUs in one line.
    for (std::size_t other = 0; other < litmus_.cpus.size(); ++other) {
      if (other == cpu && step.op != Op::kStoreConditional) continue;
      if (links(other, step.variable)) state.link_holds[other] = false;
    }
    visit(state);
  }

  bool links(std::size_t cpu, std::uint32_t variable) const {
    for (const LitmusStep& step : litmus_.cpus[cpu]) {
      if (step.op == Op::kLoadLinked && step.variable == variable) return true;
    }
    return false;
  }

  const Litmus& litmus_;
  std::set<LitmusOutcome> found_;
};

/// One run of a program under a random schedule.
class LitmusRun {
 public:
  LitmusRun(const Litmus& litmus, Placement placement, const Tables& tables, OnFailure on_failure,
            Random& random)
      : litmus_{litmus},
        placement_{placement},
        on_failure_{on_failure},
        random_{random},
        flight_{shape(litmus, placement), tables},
        next_(litmus.cpus.size()),
        given_(litmus.cpus.size()) {}

  LitmusOutcome run() {
    warm_up();
    // Wrong tables may leave a CPU waiting for ever: such a run has no outcome.
    for (unsigned left = 20'000;
         (on_failure_ == OnFailure::kGoOn || flight_.failure().empty()) && !is_done(); --left) {
      if (left == 0) return "";
      step();
    }
    flight_.settle(random_, 100'000);
    if (flight_.failure().empty()) flight_.judge_rest();
    std::vector<std::uint32_t> all, memory;
    for (const auto& given : given_) all.insert(all.end(), given.begin(), given.end());
    for (std::uint32_t v = 0; v < litmus_.variables; ++v)
      memory.push_back(flight_.current(line_of(v), word_of(v)));
    return text_of(all, memory);
  }
  const Flight& flight() const { return flight_; }

 private:
  static FlightShape shape(const Litmus& litmus, Placement placement) {
    FlightShape shape;
    shape.caches = static_cast<std::uint32_t>(litmus.cpus.size());
    shape.lines = placement == Placement::kOneLine ? 1 : litmus.variables;
    return shape;
  }
  std::uint32_t line_of(std::uint32_t variable) const {
    return placement_ == Placement::kOneLine ? 0 : variable;
  }
  std::uint32_t word_of(std::uint32_t variable) const {
    return placement_ == Placement::kOneLine ? variable : 0;
  }
  Operation operation_of(const LitmusStep& step) const {
    return {step.op, line_of(step.variable), word_of(step.variable), step.value};
  }

  /// Caches that begin with copies give other races than empty ones.
  void warm_up() {
    for (std::uint32_t cpu = 0; cpu < litmus_.cpus.size(); ++cpu) {
      for (std::uint32_t v = 0; v < litmus_.variables; ++v) {
        if (random_.one_in(2)) continue;
        flight_.issue(cpu, {Op::kLoad, line_of(v), word_of(v), 0});
        flight_.settle(random_, 1000);
      }
    }
  }

  bool is_done() const {
    for (std::uint32_t cpu = 0; cpu < litmus_.cpus.size(); ++cpu) {
      if (given_pending(cpu) || next_[cpu] < litmus_.cpus[cpu].size()) return false;
    }
    return true;
  }
  bool given_pending(std::uint32_t cpu) const { return has_issued_ >> cpu & 1; }

  /// Delivers a message, lets a CPU get on, or replaces a line; any of them may be next.
  void step() {
    const auto cpus = static_cast<std::uint32_t>(litmus_.cpus.size());
    const auto flying = static_cast<std::uint32_t>(flight_.in_flight());
    const std::uint32_t choice = random_.below(flying + cpus + 1);
    if (choice < flying) return flight_.deliver(choice);
    const std::uint32_t cpu = choice == flying + cpus ? random_.below(cpus) : choice - flying;
    collect(cpu);
    if (choice == flying + cpus) {
      const Operation replace{Op::kReplace, line_of(random_.below(litmus_.variables)), 0, 0};
      if (random_.one_in(4) && !given_pending(cpu) && flight_.can_issue(cpu, replace))
        flight_.issue(cpu, replace);
      return;
    }
    if (given_pending(cpu) || next_[cpu] == litmus_.cpus[cpu].size()) return;
    const Operation operation = operation_of(litmus_.cpus[cpu][next_[cpu]]);
    if (!flight_.can_issue(cpu, operation)) return;
    flight_.issue(cpu, operation);
    has_issued_ |= std::uint32_t{1} << cpu;
    ++next_[cpu];
    collect(cpu);
  }

  /// Takes the outcome of the operation issued last, once it is there.
  void collect(std::uint32_t cpu) {
    if (!given_pending(cpu) || flight_.is_waiting(cpu)) return;
    has_issued_ &= ~(std::uint32_t{1} << cpu);
    if (gives_value(litmus_.cpus[cpu][next_[cpu] - 1].op))
      given_[cpu].push_back(flight_.outcome(cpu).value);
  }

  const Litmus& litmus_;
  Placement placement_;
  OnFailure on_failure_;
  Random& random_;
  Flight flight_;
  std::vector<std::size_t> next_;
  std::vector<std::vector<std::uint32_t>> given_;
  std::uint32_t has_issued_ = 0;  // bit per CPU: an operation whose outcome was not collected
};

}  // namespace

std::set<LitmusOutcome> allowed_outcomes(const Litmus& litmus) {
  return Interleavings{litmus}.run();
}

LitmusResult run_litmus(const Litmus& litmus, Placement placement, const Tables& tables,
                        OnFailure on_failure, std::uint64_t runs, std::uint64_t seed) {
  LitmusResult result;
  Random random{seed};
  for (std::uint64_t i = 0; i < runs && (on_failure == OnFailure::kGoOn || result.failure.empty());
       ++i) {
    LitmusRun run{litmus, placement, tables, on_failure, random};
    const LitmusOutcome outcome = run.run();
    if (!outcome.empty()) ++result.seen[outcome];
    result.messages += run.flight().counters().messages;
    if (result.failure.empty()) result.failure = run.flight().failure();
  }
  return result;
}

}  // namespace test
