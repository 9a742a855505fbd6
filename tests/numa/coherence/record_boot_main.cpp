// Boots a bare program on a machine with a disk and small caches, in fidelity memory, and records
// it: what `disco record` does for experiments, which have no disks.
//   record_boot KERNEL IMAGE BOOTARGS TRACE.dtz COUNTS.json
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "machine/boot/boot.hpp"
#include "measure/memory_counts.hpp"
#include "measure/traces/trace_recording.hpp"

namespace {

machine::MachineConfig machine_with(const std::string& image) {
  machine::MachineConfig machine;
  machine.nodes = 2;
  machine.memory_per_node = 16 * common::kMiB;
  machine.fidelity = cpu::Fidelity::kMemory;
  machine.memory_system.primary_instruction = {2048, 2, 32};
  machine.memory_system.primary_data = {2048, 1, 32};
  machine.memory_system.secondary = {32768, 2, 128};
  machine::DiskConfig disk;
  disk.image = image;
  disk.drive.timing.is_instant = true;  // a guest that polls would fill the trace
  machine.disks.push_back(disk);
  return machine;
}

int fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return fail("record_boot KERNEL IMAGE BOOTARGS TRACE.dtz COUNTS.json");
  machine::BootImage image;
  const auto kernel = machine::read_blob(argv[1]);
  if (!kernel) return fail(kernel.error().message());
  image.kernel = *kernel;
  image.bootargs = argv[3];
  auto booted = machine::boot_native(machine_with(argv[2]), image);
  if (!booted) return fail(booted.error().message());
  machine::Machine& machine = *booted->machine;
  machine.set_console_output([](machine::ConsoleChannel, char c) { std::putchar(c); });
  auto recording = measure::TraceRecording::start(
      machine, argv[4], {.producer = "record_boot", .others = {}, .writer = {}});
  if (!recording) return fail(recording.error().message());
  const auto end = machine.run({});
  if (!end) return fail(end.error().message());
  if (*end != machine::RunEnd::kPowerOff || machine.exit_code() != 0)
    return fail("the guest failed");
  if (const auto closed = (*recording)->finish(); !closed) return fail(closed.error().message());
  std::ofstream counts{argv[5]};
  counts << measure::memory_counts(machine).dump() << '\n';
  return counts.flush() ? 0 : fail(std::string{argv[5]} + " cannot be written");
}
