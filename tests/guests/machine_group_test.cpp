// Machines joined by a link: whatever the host does, the simulated outcome is the same.
#include "machine/group.hpp"

#include <string>
#include <vector>

#include "tests/machine/machine_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/state_image.hpp"

using namespace machine;
using namespace machine::test;

namespace {

constexpr const char* kNet = GUESTS "/bare/net.elf";

MachineConfig station(std::uint32_t number, std::uint32_t cpus = 1) {
  MachineConfig config = small_machine();
  config.cpus_per_node = cpus;
  config.quantum = Cycles{3'000};
  config.network = NetworkConfig{{100'000'000, 10'000}, number};
  return config;
}

std::unique_ptr<Machine> boot(const MachineConfig& config, const BootImage& image) {
  auto booted = boot_native(config, image);
  REQUIRE(booted);
  return std::move(booted->machine);
}

/// Machines that exchange frames, in this order of their numbers.
MachineGroup exchange(const std::vector<std::uint32_t>& numbers, std::uint32_t cpus = 1) {
  const auto kernel = read_blob(kNet);
  REQUIRE(kernel);
  std::vector<std::unique_ptr<Machine>> machines;
  for (const std::uint32_t number : numbers) {
    BootImage image;
    image.kernel = *kernel;
    image.bootargs = "machine=" + std::to_string(number);
    machines.push_back(boot(station(number, cpus), image));
  }
  return MachineGroup{std::move(machines)};
}

RunEnd run(MachineGroup& group, const RunLimits& limits = {}) {
  const auto end = group.run(limits);
  if (!end) FAIL(end.error().message());
  return *end;
}

std::string digest_of_station(MachineGroup& group, std::uint32_t station) {
  for (std::uint32_t n = 0; n < group.size(); ++n) {
    if (group.machine(n).config().network->station == station)
      return group.machine(n).digest().hex();
  }
  return "";
}

}  // namespace

TEST_CASE("MachineGroup: in which order the host runs the machines does not matter", "[guests]") {
  for (const std::uint32_t cpus : {1u, 3u}) {
    MachineGroup forward = exchange({0, 1}, cpus), backward = exchange({1, 0}, cpus);
    CHECK(run(forward) == RunEnd::kPowerOff);
    CHECK(run(backward) == RunEnd::kPowerOff);
    for (const std::uint32_t n : {0u, 1u})
      CHECK(digest_of_station(forward, n) == digest_of_station(backward, n));
    CHECK(forward.exit_code() == 0);
  }
}

TEST_CASE("MachineGroup: how a run is cut into pieces does not matter", "[guests]") {
  MachineGroup whole = exchange({0, 1}, 3), pieces = exchange({0, 1}, 3);
  CHECK(run(whole) == RunEnd::kPowerOff);
  unsigned cuts = 0;
  std::vector<Machine::HookKeeper> hooks;
  for (unsigned n = 0; n < pieces.size(); ++n) {
    // At the beginning of windows, and, by what the guest prints, in the middle.
    const auto calls = std::make_shared<unsigned>(0);
    hooks.push_back(pieces.machine(n).add_slice_hook([&pieces, n, calls] {
      if (++*calls % (50 + n) == 0) pieces.machine(n).interrupt();
    }));
    pieces.machine(n).set_console_output(
        [&pieces, n](ConsoleChannel, char) { pieces.machine(n).stop_after_instruction(); });
  }
  for (RunEnd end = RunEnd::kInterrupted; end != RunEnd::kPowerOff; ++cuts) {
    end = run(pieces);
    REQUIRE((end == RunEnd::kInterrupted || end == RunEnd::kPowerOff));
  }
  CHECK(cuts > 500);
  CHECK(pieces.digest() == whole.digest());
}

TEST_CASE("MachineGroup: its state in the middle of traffic goes on as it would have", "[guests]") {
  MachineGroup one = exchange({0, 1}), two = exchange({0, 1});
  CHECK(run(one, {.instructions = 2'500'000}) == RunEnd::kInstructionLimit);
  ::test::give_state(two, ::test::take_state(one));
  CHECK(one.digest() == two.digest());
  CHECK(run(one) == RunEnd::kPowerOff);
  CHECK(run(two) == RunEnd::kPowerOff);
  CHECK(one.digest() == two.digest());
  CHECK(one.retired() == two.retired());
}

TEST_CASE("MachineGroup: limits stop between windows", "[guests]") {
  MachineGroup group = exchange({0, 1});
  CHECK(run(group, {.cycles = Cycles{1'000'000}}) == RunEnd::kCycleLimit);
  for (unsigned n = 0; n < 2; ++n) {
    CHECK(group.machine(n).now() >= Cycles{1'000'000});
    CHECK(group.machine(n).now() < Cycles{1'010'000});
  }
}

TEST_CASE("MachineGroup: machines that sleep cost nothing, and for ever if nothing can wake them",
          "[guests]") {
  const Words doze{lui(kT0, 0xbc3f), ori(kT0, kT0, 0xf000), sw(kZero, 0x38, kT0)};
  Words asleep = doze;
  append(asleep, power_off(5));
  // Wakes by the timer after 2^31 cycles and leaves.
  Words timer{mfc0(kT0, kCount),   lui(kT1, 0x4000),        addu(kT0, kT0, kT1),
              mtc0(kT0, kCompare), ori(kT1, kZero, 0x8000), mtc0(kT1, kStatus)};
  append(timer, doze);
  append(timer, power_off(0));
  std::vector<std::unique_ptr<Machine>> machines;
  machines.push_back(boot(station(0), raw_kernel(asleep)));
  machines.push_back(boot(station(1), raw_kernel(timer)));
  unsigned slices = 0;
  const auto hook = machines[1]->add_slice_hook([&slices] { ++slices; });
  MachineGroup group{std::move(machines)};
  CHECK(run(group) == RunEnd::kIdleForever);
  CHECK(group.is_on(0));
  CHECK_FALSE(group.is_on(1));
  CHECK(group.machine(1).now() >= Cycles{std::uint64_t{1} << 31});
  CHECK(slices < 10'000);  // five seconds in windows of ten microseconds would be 500,000
}

TEST_CASE("MachineGroup: an exit code other than 0 ends the run at once", "[guests]") {
  std::vector<std::unique_ptr<Machine>> machines;
  machines.push_back(boot(station(0), busy_kernel(30'000)));
  machines.push_back(boot(station(1), raw_kernel(power_off(3))));
  MachineGroup group{std::move(machines)};
  CHECK(run(group) == RunEnd::kPowerOff);
  CHECK(group.exit_code() == 3);
  CHECK(group.is_on(0));
  CHECK(group.machine(0).now() < Cycles{100'000});
}
