// Many virtual machines on many processors, on the machine: each console is that of its run alone.
#include <map>

#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

struct VmRun {
  RunEnd end{};
  std::uint64_t exit_code = 0;
  std::map<unsigned, std::string> consoles;  // by VM; 0xffff is the monitor
  std::uint64_t cycles = 0;
};

/// Takes the monitor's frames apart (docs/monitor.md, Console).
std::map<unsigned, std::string> split_console(const std::string& all) {
  std::map<unsigned, std::string> of;
  unsigned who = 0xffff;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at] != 0x10) {
      of[who] += all[at];
    } else if (at + 1 < all.size() && all[at + 1] == 0x10) {
      of[who] += all[++at];
    } else {
      REQUIRE(at + 3 < all.size());
      REQUIRE(all[at + 1] == 'v');
      who =
          static_cast<unsigned char>(all[at + 2]) * 256u + static_cast<unsigned char>(all[at + 3]);
      at += 3;
    }
  }
  return of;
}

VmRun run_vms(const std::vector<std::string>& programs, const machine::MachineConfig& config,
              const std::string& arguments = {}) {
  std::vector<machine::VmImage> vms;
  for (const std::string& program : programs)
    vms.push_back({.boot = tinyix({}, program), .memory = 8 * kMiB, .vcpus = 1});
  const auto monitor = machine::read_blob(DISCO_ELF);
  if (!monitor) FAIL(monitor.error().message());
  auto booted =
      machine::boot_monitor(config, *monitor, vms, {.l2tlb_entries = 256, .bootargs = arguments});
  if (!booted) FAIL(booted.error().message());
  machine::Machine& machine = *booted->machine;
  std::string console;
  machine.set_console_output([&](machine::ConsoleChannel channel, char c) {
    if (channel == machine::ConsoleChannel::kUart) console += c;
  });
  machine::RunLimits limits;
  limits.instructions = 3'000'000'000;
  const auto end = machine.run(limits);
  if (!end) FAIL(end.error().message());
  INFO(console.substr(console.size() - std::min<std::size_t>(console.size(), 2000)));
  REQUIRE(*end == RunEnd::kPowerOff);
  return {*end, machine.exit_code(), split_console(console), machine.now().count()};
}

}  // namespace

TEST_CASE("Many VMs: each prints what it prints alone", "[disco][machine]") {
  const std::vector<std::string> programs{"hello", "forkstorm 10 64K", "floats", "usertests"};
  machine::MachineConfig config;
  config.nodes = GENERATE(1u, 2u, 4u);
  config.cpus_per_node = GENERATE(1u, 2u);
  config.memory_per_node = 128 * kMiB;
  machine::MachineConfig small;
  small.memory_per_node = 64 * kMiB;
  std::vector<std::string> all;
  for (unsigned copy = 0; copy < 2; ++copy) all.insert(all.end(), programs.begin(), programs.end());
  const std::string arguments = GENERATE("", "always-move", "always-move move-pages");
  const VmRun run = run_vms(all, config, arguments);
  INFO(config.nodes << " nodes, " << config.cpus_per_node << " CPUs each, " << arguments);
  INFO(run.consoles.count(0xffff) << run.consoles.at(0));
  REQUIRE(run.end == RunEnd::kPowerOff);
  CHECK(run.exit_code == 0);
  for (std::size_t n = 0; n < programs.size(); ++n) {
    const VmRun alone = run_vms({programs[n], "hello"}, small);
    CHECK(run.consoles.at(static_cast<unsigned>(n)) == alone.consoles.at(0));
    CHECK(run.consoles.at(static_cast<unsigned>(n + programs.size())) == alone.consoles.at(0));
  }
}

}  // namespace disco::test
