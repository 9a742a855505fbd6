#include "tests/numa/coherence/tester.hpp"

namespace test {
namespace {

class Driver {
 public:
  Driver(const TesterRun& run, const Tables& tables)
      : run_{run}, random_{run.seed}, flight_{run.shape, tables}, last_(run.shape.caches) {}

  std::string run() {
    std::uint64_t steps_without_access = 0;
    while (flight_.counters().accesses < run_.accesses && flight_.failure().empty()) {
      const std::uint64_t before = flight_.counters().accesses;
      step();
      steps_without_access = flight_.counters().accesses == before ? steps_without_access + 1 : 0;
      if (steps_without_access > kPatience) return "nobody gets on";
    }
    flight_.settle(random_, kPatience);
    if (flight_.failure().empty()) flight_.judge_rest();
    return flight_.failure();
  }
  const FlightCounters& counters() const { return flight_.counters(); }

 private:
  /// Steps after which somebody must have got on: with 64 CPUs and random order, far more than ever
  /// needed.
  static constexpr std::uint64_t kPatience = 1'000'000;

  void step() {
    const auto flying = static_cast<std::uint32_t>(flight_.in_flight());
    if (flying != 0 && random_.below(256) < run_.deliveries)
      return flight_.deliver(random_.below(flying));
    const std::uint32_t cpu = random_.below(run_.shape.caches);
    const Operation operation = draw(cpu);
    if (flight_.can_issue(cpu, operation)) {
      flight_.issue(cpu, operation);
      last_[cpu] = operation.line;
    } else if (flying != 0) {
      flight_.deliver(random_.below(flying));
    }
  }

  Operation draw(std::uint32_t cpu) {
    Operation o;
    // Half of the accesses go where the CPU was last: hits, and conditional stores that may
    // succeed.
    o.line = random_.one_in(2) ? last_[cpu] : random_.below(run_.shape.lines);
    o.word = random_.below(kWords);
    o.value = ++value_;
    if (random_.one_in(run_.replace_one_in)) {
      o.op = Op::kReplace;
    } else if (random_.one_in(run_.uncached_one_in)) {
      o.op = random_.one_in(2) ? Op::kUncachedLoad : Op::kUncachedStore;
    } else {
      static constexpr Op kMix[8] = {Op::kLoad,
                                     Op::kLoad,
                                     Op::kLoad,
                                     Op::kStore,
                                     Op::kStore,
                                     Op::kLoadLinked,
                                     Op::kStoreConditional,
                                     Op::kStoreConditional};
      o.op = kMix[random_.below(8)];
    }
    return o;
  }

  const TesterRun& run_;
  Random random_;
  Flight flight_;
  std::vector<std::uint32_t> last_;  // line, by CPU
  std::uint32_t value_ = 0;
};

}  // namespace

std::string run_tester(const TesterRun& run, const Tables& tables, FlightCounters& counters) {
  Driver driver{run, tables};
  std::string failure = driver.run();
  counters = driver.counters();
  return failure;
}

}  // namespace test
