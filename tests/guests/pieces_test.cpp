// How a run of many CPUs is cut into pieces changes nothing. Every cut brings all clocks up to
// date, so this is also the judge of CPUs that are passed over while they sleep.
#include <iostream>
#include <random>

#include "machine/boot/boot.hpp"
#include "machine/snapshot.hpp"
#include "tests/support/catch.hpp"

using namespace machine;

namespace {

struct Shape {
  std::uint32_t nodes, cpus_per_node;
  cpu::Fidelity fidelity;
};

std::unique_ptr<machine::Machine> boot_sleepers(const Shape& shape, unsigned seed) {
  machine::MachineConfig machine;
  machine.nodes = shape.nodes;
  machine.cpus_per_node = shape.cpus_per_node;
  machine.memory_per_node = 4 * kMiB;
  machine.fidelity = shape.fidelity;
  machine.quantum = Cycles{100 + 700 * (seed % 4)};
  machine.turns = seed % 2 == 0 ? seed : 0;
  machine::BootImage image;
  const auto kernel = machine::read_blob(std::string{GUESTS} + "/bare/sleepers.elf");
  REQUIRE(kernel);
  image.kernel = *kernel;
  image.bootargs = "n=60";
  auto booted = machine::boot_native(machine, image);
  REQUIRE(booted);
  return std::move(booted->machine);
}

}  // namespace

TEST_CASE("Guests: CPUs that sleep end the same however the run is cut", "[guests]") {
  const Shape shape =
      GENERATE(Shape{1, 2, cpu::Fidelity::kTlb}, Shape{5, 1, cpu::Fidelity::kMemory},
               Shape{4, 4, cpu::Fidelity::kFunctional}, Shape{16, 2, cpu::Fidelity::kMemory});
  const unsigned seed = GENERATE(1U, 2U, 3U, 4U);
  INFO("seed " << seed << ", " << shape.nodes << " nodes of " << shape.cpus_per_node);
  std::mt19937_64 random{seed};
  auto whole = boot_sleepers(shape, seed);
  const auto end = whole->run({});
  REQUIRE(end);
  REQUIRE(*end == RunEnd::kPowerOff);
  REQUIRE(whole->exit_code() == 0);

  auto pieces = boot_sleepers(shape, seed);
  for (;;) {
    machine::RunLimits limits;
    if (random() % 2 == 0)
      limits.cycles = pieces->now() + Cycles{random() % 900};
    else
      limits.instructions = pieces->retired() + random() % 500;
    if (random() % 50 == 0) REQUIRE(machine::restore(*pieces, "here", machine::snapshot(*pieces)));
    const auto piece = pieces->run(limits);
    REQUIRE(piece);
    if (*piece == RunEnd::kPowerOff) break;
  }
  CHECK(pieces->now() == whole->now());
  CHECK(pieces->retired() == whole->retired());
  CHECK(pieces->digest() == whole->digest());
}
