// Whatever `check` accepts, starts: configurations near every bound, asked and then really run.
#include "config/check_start.hpp"

#include <random>

#include "config/locations.hpp"
#include "machine/check.hpp"
#include "tests/support/catch.hpp"

using namespace config;

namespace {

template <class T>
T one_of(std::mt19937_64& random, std::initializer_list<T> list) {
  return std::data(list)[random() % list.size()];
}

Result<Experiment, Diagnostics> load(const std::vector<std::string>& set) {
  return load_lua("t.lua", "experiment 't' {}", {set, {}, {}, {}});
}

Locations built() { return Locations{{DISCO_BUILD}}; }

Result<Prepared, Error> checked(const Experiment& e) {
  const Values& values = e.points.front().values;
  if (const auto machine = check_machine(setup_of(values).machine, false); !machine)
    return Failure{machine.error()};
  auto prepared = prepare(values, built());
  if (!prepared) return prepared;
  if (const auto start = check_start(*prepared); !start) return Failure{start.error()};
  return prepared;
}

struct Ran {
  bool started = false;
  std::string console;
};

// Until its end or far enough: the monitor ends by itself if it cannot start.
Ran run(const Prepared& prepared) {
  auto booted = boot(prepared);
  if (!booted) return {false, booted.error().message()};
  Ran ran;
  booted->machine->set_console_output(
      [&ran](machine::ConsoleChannel, char c) { ran.console += c; });
  const auto end = booted->machine->run({.instructions = 60'000'000});
  REQUIRE(end);
  ran.started = ran.console.find("cannot start") == std::string::npos;
  return ran;
}

// A size in pages around `bytes`, and sometimes not in pages.
std::string around(std::mt19937_64& random, std::uint64_t bytes) {
  const std::uint64_t step = one_of<std::uint64_t>(random, {4096, 4096, 65536, 1 << 20, 1024});
  const std::uint64_t n = random() % 9;
  return std::to_string(bytes + n * step - 4 * step) + "B";
}

std::vector<std::string> configuration(std::mt19937_64& random) {
  std::vector<std::string> set = {"workload=hello", "guest.append=verbose"};
  const auto add = [&set](const std::string& key, const std::string& value) {
    set.push_back(key + "=" + value);
  };
  const std::uint64_t guest = one_of<std::uint64_t>(random, {2, 3, 4, 8, 16, 32}) << 20;
  const bool monitored = random() % 4 != 0;
  if (monitored) {
    add("monitor", "disco");
    add("monitor.vm.memory", around(random, guest));
    add("monitor.tlb.entries", one_of<const char*>(random, {"0", "1", "7", "8", "64", "512"}));
    add("monitor.l2tlb.entries", one_of<const char*>(random, {"0", "1", "2", "3", "100", "1024",
                                                              "65536", "262144", "1048576"}));
    add("monitor.large_pages", one_of<const char*>(random, {"true", "false"}));
  }
  const std::uint64_t least = monitored ? guest + (16 << 20) : 2 << 20;
  const std::uint64_t room = one_of<std::uint64_t>(random, {0, 0, 1, 2, 4, 12, 48}) << 20;
  add("machine.mem.per_node", around(random, least + room));
  add("machine.nodes", one_of<const char*>(random, {"1", "1", "1", "2"}));
  add("machine.cpu.tlb.entries", one_of<const char*>(random, {"8", "63", "64", "512"}));
  return set;
}

std::string shown(const std::vector<std::string>& set) {
  std::string text;
  for (const std::string& one : set) text += one + " ";
  return text;
}

}  // namespace

TEST_CASE("Check: what it accepts starts, and what it says cannot start does not", "[config]") {
  std::mt19937_64 random{1997};
  int accepted = 0, refused = 0, by_monitor = 0;
  for (int n = 0; n < 600; ++n) {
    const auto set = configuration(random);
    INFO(shown(set));
    const auto e = load(set);
    if (!e) {
      ++refused;
      continue;
    }
    const auto prepared = checked(*e);
    if (prepared) {
      // Every one in full would take minutes.
      if (++accepted % 3 != 0) continue;
      const Ran ran = run(*prepared);
      INFO(ran.console);
      CHECK(ran.started);
      continue;
    }
    ++refused;
    INFO(prepared.error().message());
    CHECK(prepared.error().code != ErrorCode::kInternal);
    if (prepared.error().what.find("the monitor cannot start") == std::string::npos) continue;
    ++by_monitor;
    CHECK(prepared.error().where.find("m") == 0);  // machine.*, monitor.*: a key
    const auto only_prepared = prepare(e->points.front().values, built());
    REQUIRE(only_prepared);
    CHECK_FALSE(run(*only_prepared).started);
  }
  CHECK(accepted > 60);
  CHECK(refused > 60);
  CHECK(by_monitor > 5);
}

TEST_CASE("Check: a size of the L2TLB that does not exist is refused by its key", "[config]") {
  const auto e = load({"monitor=disco", "monitor.l2tlb.entries=100", "workload=hello"});
  REQUIRE(e);
  const auto prepared = checked(*e);
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().where == "monitor.l2tlb.entries");
  CHECK(prepared.error().code == ErrorCode::kConfig);
}

TEST_CASE("Check: equal starts are tried once, others each", "[config]") {
  const auto e = load({"monitor=disco", "workload=hello"});
  REQUIRE(e);
  Values values = e->points.front().values;
  StartChecks starts;
  const auto check = [&] {
    const auto prepared = prepare(values, built());
    REQUIRE(prepared);
    return starts.check(*prepared, values);
  };
  CHECK(check());
  values["seed"] = 9;
  CHECK(check());
  values["monitor.l2tlb.entries"] = 100;
  CHECK_FALSE(check());
  CHECK_FALSE(check());
  values["monitor.l2tlb.entries"] = 128;
  CHECK(check());
}
