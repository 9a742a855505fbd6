// Every node has a copy of the monitor's text and constants, and its CPUs use that one; nothing
// that changes, and no page of a guest, lies where the copies are.
#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

constexpr std::uint64_t kNode = std::uint64_t{1} << 32;

struct TwoNodes {
  machine::Booted booted;
  std::uint64_t alias_bytes = 0;

  TwoNodes() {
    machine::MachineConfig config;
    config.nodes = 2;
    config.memory_per_node = 64 * kMiB;
    const auto monitor = machine::read_blob(DISCO_ELF);
    REQUIRE(monitor);
    std::vector<machine::VmImage> vms(2);
    for (machine::VmImage& vm : vms) {
      vm.boot = tinyix({}, "forkstorm 10 64K");
      vm.memory = 8 * kMiB;
    }
    auto made = machine::boot_monitor(config, *monitor, vms, {.l2tlb_entries = 64});
    if (!made) FAIL(made.error().message());
    booted = std::move(*made);
    const auto end = booted.symbols.address_of("_alias_end");
    REQUIRE(end);
    alias_bytes = end->bits() & 0x1fffffff;
  }
  RunEnd run(std::uint64_t instructions) {
    machine::RunLimits limits;
    limits.instructions = instructions;
    const auto end = booted.machine->run(limits);
    if (!end) FAIL(end.error().message());
    return *end;
  }
  std::vector<std::byte> read(std::uint64_t at, std::uint64_t bytes) {
    std::vector<std::byte> what(bytes);
    REQUIRE(booted.machine->read_memory(MachineAddr{at}, what));
    return what;
  }
};

}  // namespace

TEST_CASE("Low alias: copies of the text are equal from the start to the end", "[disco][machine]") {
  TwoNodes t;
  const std::vector<std::byte> image = t.read(0, t.alias_bytes);
  REQUIRE(t.run(3'000'000'000) == RunEnd::kPowerOff);
  CHECK(t.booted.machine->exit_code() == 0);
  CHECK(t.read(0, t.alias_bytes) == image);
  CHECK(t.read(kNode, t.alias_bytes) == image);
}

TEST_CASE("Low alias: a CPU executes its own node's copy", "[disco][machine]") {
  TwoNodes t;
  // Both VMs run, each on a CPU of its node.
  REQUIRE(t.run(6'000'000) == RunEnd::kInstructionLimit);
  std::vector<std::byte> breaks(t.alias_bytes, std::byte{0});
  for (std::size_t n = 3; n < breaks.size(); n += 4) breaks[n] = std::byte{0x0d};
  const std::uint64_t node = GENERATE(std::uint64_t{0}, std::uint64_t{1});
  REQUIRE(t.booted.machine->write_memory(MachineAddr{node * kNode}, breaks));
  // Of the two CPUs the one of that node finds its vectors broken.
  machine::RunLimits limits;
  limits.instructions = 100'000'000;
  const auto end = t.booted.machine->run(limits);
  REQUIRE_FALSE(end);
  CHECK(end.error().message().starts_with("cpu " + std::to_string(node) + ","));
}

}  // namespace disco::test
