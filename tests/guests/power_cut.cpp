// Boots tinyix with a disk, cuts the power at a cycle, and leaves the image as the drive leaves it.
//
// usage: power_cut KERNEL INITRD BOOTARGS IMAGE CYCLES SEED
// The console goes to stdout. Exit code 0: the power was cut; 3: the guest had powered off before;
// 70: an error.
#include <cstdio>
#include <cstdlib>

#include "machine/boot/boot.hpp"
#include "machine/loaders/load_file.hpp"

namespace {

template <class T>
T need(common::Result<T, common::Error> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "power_cut: %s\n", result.error().message().c_str());
  std::exit(70);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: power_cut KERNEL INITRD BOOTARGS IMAGE CYCLES SEED\n");
    return 2;
  }
  machine::MachineConfig machine_config;
  machine_config.cpus_per_node = 2;
  machine::DiskConfig disk;
  disk.image = argv[4];
  disk.access = machine::DiskMedium::Access::kWriteBack;
  machine_config.disks.push_back(disk);
  const machine::BootImage image{.kernel = need(machine::read_blob(argv[1])),
                                 .initrd = need(machine::read_blob(argv[2])),
                                 .rom = {},
                                 .bootargs = argv[3]};
  const machine::Booted booted = need(machine::boot_native(machine_config, image));
  machine::Machine& machine = *booted.machine;
  machine.set_console_output([](machine::ConsoleChannel channel, char c) {
    if (channel == machine::ConsoleChannel::kUart) std::putchar(c);
  });
  machine::RunLimits limits;
  limits.cycles = common::Cycles{std::strtoull(argv[5], nullptr, 10)};
  if (need(machine.run(limits)) == machine::RunEnd::kPowerOff) return 3;
  machine.lose_power(std::strtoull(argv[6], nullptr, 10));
  return 0;
}
