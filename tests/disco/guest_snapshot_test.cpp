// Snapshots of a machine that runs the monitor and a guest: taken anywhere, in the guest as in the
// midst of the monitor's work for it, they lead to the same end.
#include <random>

#include "machine/snapshot.hpp"
#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

RunEnd run_until(machine::Machine& machine, std::uint64_t instructions) {
  machine::RunLimits limits;
  limits.instructions = instructions;
  const auto end = machine.run(limits);
  if (!end) FAIL(end.error().message());
  return *end;
}

}  // namespace

TEST_CASE("Snapshot: of a monitor and its guest, at a random instruction of either",
          "[disco][machine]") {
  const unsigned seed = GENERATE(1u, 2u, 3u, 4u);
  const bool of_monitor = GENERATE(false, true);
  INFO("seed " << seed << (of_monitor ? ", in the monitor" : ", in the guest"));
  std::mt19937_64 random{seed};
  GuestOptions options;
  options.l2tlb = seed % 2 == 0 ? 64 : 0;
  options.guest_memory = 8 * kMiB;
  options.machine.memory_per_node = 32 * kMiB;
  const auto boot = [&] { return boot_guest(tinyix({}, "forkstorm 3 64K"), options).machine; };
  const auto whole = boot();
  REQUIRE(run_until(*whole, machine::RunLimits::kNoLimit) == RunEnd::kPowerOff);
  const auto original = boot();
  // Neither the monitor's start nor the VM's end.
  run_until(*original, whole->retired() / 3 + random() % (whole->retired() / 3));
  while (is_in_monitor(original->cpu(CpuId{0})) != of_monitor)
    REQUIRE(run_until(*original, original->retired() + 1) == RunEnd::kInstructionLimit);
  const std::vector<std::byte> bytes = machine::snapshot(*original);

  const auto restored = boot();
  REQUIRE(machine::restore(*restored, "test.snap", bytes));
  CHECK(restored->digest() == original->digest());
  for (machine::Machine* machine : {original.get(), restored.get()}) {
    CHECK(run_until(*machine, machine::RunLimits::kNoLimit) == RunEnd::kPowerOff);
    CHECK(machine->exit_code() == 0);
  }
  CHECK(restored->now() == whole->now());
  CHECK(original->digest() == whole->digest());
  CHECK(restored->digest() == original->digest());
}

TEST_CASE("Snapshot: of eight virtual machines on four CPUs, at a random instruction",
          "[disco][machine]") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  machine::MachineConfig config;
  config.nodes = 2;
  config.cpus_per_node = 2;
  config.memory_per_node = 96 * kMiB;
  const auto monitor = machine::read_blob(DISCO_ELF);
  REQUIRE(monitor);
  const auto boot = [&] {
    std::vector<machine::VmImage> vms(8);
    for (machine::VmImage& vm : vms) {
      vm.boot = tinyix({}, "forkstorm 3 64K");
      vm.memory = 8 * kMiB;
    }
    auto booted = machine::boot_monitor(
        config, *monitor, vms, {.l2tlb_entries = 64, .bootargs = "always-move move-pages"});
    if (!booted) FAIL(booted.error().message());
    return std::move(booted->machine);
  };
  const auto whole = boot();
  REQUIRE(run_until(*whole, machine::RunLimits::kNoLimit) == RunEnd::kPowerOff);
  const auto original = boot();
  run_until(*original, whole->retired() / 4 + random() % (whole->retired() / 2));
  const auto copy = boot();
  REQUIRE(machine::restore(*copy, "test.snap", machine::snapshot(*original)));
  REQUIRE(run_until(*original, machine::RunLimits::kNoLimit) == RunEnd::kPowerOff);
  REQUIRE(run_until(*copy, machine::RunLimits::kNoLimit) == RunEnd::kPowerOff);
  CHECK(original->digest() == whole->digest());
  CHECK(copy->digest() == whole->digest());
}

}  // namespace disco::test
