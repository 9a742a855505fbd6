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

VmRun run_images(const std::vector<machine::VmImage>& vms, const machine::MachineConfig& config,
                 const std::string& arguments) {
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

VmRun run_vms(const std::vector<std::string>& programs, const machine::MachineConfig& config,
              const std::string& arguments = {}) {
  std::vector<machine::VmImage> vms(programs.size());
  for (std::size_t n = 0; n < vms.size(); ++n) {
    vms[n].boot = tinyix({}, programs[n]);
    vms[n].memory = 8 * kMiB;
  }
  return run_images(vms, config, arguments);
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
  std::uint64_t first_that_is_not_0 = 0;
  for (std::size_t n = 0; n < programs.size(); ++n) {
    const VmRun alone = run_vms({programs[n], "hello"}, small);
    if (first_that_is_not_0 == 0) first_that_is_not_0 = alone.exit_code;
    CHECK(run.consoles.at(static_cast<unsigned>(n)) == alone.consoles.at(0));
    CHECK(run.consoles.at(static_cast<unsigned>(n + programs.size())) == alone.consoles.at(0));
  }
  CHECK(run.exit_code == first_that_is_not_0);
}

TEST_CASE("Many VMs: a sleep of 100 ms beside a VM that wants the CPU lasts that, and a slice",
          "[disco][machine]") {
  constexpr Place kGuest{};
  const Words spin{lui(kT0, 0x200), addiu(kT0, kT0, -1), bne(kT0, kZero, -2), kNop};
  // Interrupts stay masked by IE: the sleeper goes on behind its DOZE. Its exit code is how long it
  // slept, in 2^20 ns.
  constexpr std::int32_t kHundredMs = 0x131;  // of Count, upper half: 99.94 ms
  Words sleep{ori(kT0, kZero, 0x8000),
              mtc0(kT0, kStatus),
              lui(kS0, 0xdc3f),
              ori(kS0, kS0, 0xf000),
              lui(kS3, 0xdc00),
              ori(kS3, kS3, 0x2000),
              ld(kS4, 0, kS3),
              mfc0(kT0, kCount),
              lui(kT1, kHundredMs),
              addu(kT0, kT0, kT1),
              mtc0(kT0, kCompare),
              sd(kZero, 0x38, kS0),
              ld(kS5, 0, kS3),
              special(0x2f, kS5, kS4, kT2),
              dsrl(kT2, kT2, 20),
              addu(kT2, kT2, kT2),
              ori(kT2, kT2, 1),
              lui(kT0, 0xdc00),
              ori(kT0, kT0, 0x1000),
              sw(kT2, 0, kT0),
              kHere,
              kNop};
  Words spinner = spin;
  append(spinner, exit_with(kGuest, 0));
  machine::MachineConfig config;
  config.nodes = GENERATE(1u, 2u);
  std::vector<machine::VmImage> vms(2);
  vms[0].boot = kernel(kGuest, spinner, {kNop});
  vms[1].boot = kernel(kGuest, sleep, {kNop});
  for (machine::VmImage& vm : vms) vm.memory = 2 * kMiB;
  const VmRun run = run_images(vms, config, config.nodes > 1 ? "always-move" : "");
  CHECK(run.exit_code >= 95);
  CHECK(run.exit_code <= 106);
}

TEST_CASE("Many VMs: 64 on 8 CPUs of 4 nodes all end right", "[disco][machine]") {
  machine::MachineConfig config;
  config.nodes = 4;
  config.cpus_per_node = 2;
  config.memory_per_node = 448 * kMiB;
  const std::vector<std::string> all(64, "forkstorm 3 16K");
  const VmRun run = run_vms(all, config, GENERATE("", "always-move move-pages"));
  CHECK(run.exit_code == 0);
  for (unsigned n = 0; n < all.size(); ++n) CHECK(run.consoles.at(n) == run.consoles.at(0));
  CHECK(run.consoles.at(0).find("forkstorm: 3 forks") != std::string::npos);
}

}  // namespace disco::test
