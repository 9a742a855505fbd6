// Boots tinyix with a disk, cuts the power at a cycle, and leaves the image as the drive leaves it.
//
// usage: power_cut KERNEL INITRD BOOTARGS IMAGE CYCLES SEED
// The console goes to stdout. Exit code 0: the power was cut; 3: the guest had powered off before;
// 70: an error.
#include <cstdio>
#include <cstdlib>

#include "config/load_file.hpp"
#include "config/machine_boot.hpp"

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
  config::MachineConfig machine_config;
  machine_config.cpus_per_node = 2;
  config::DiskConfig disk;
  disk.image = argv[4];
  disk.access = numa::DiskMedium::Access::kWriteBack;
  machine_config.disks.push_back(disk);
  const config::BootImage image{.kernel = need(config::read_blob(argv[1])),
                                .initrd = need(config::read_blob(argv[2])),
                                .rom = {},
                                .bootargs = argv[3]};
  const config::Booted booted = need(config::boot_native(machine_config, image));
  config::Machine& machine = *booted.machine;
  machine.set_console_output([](config::ConsoleChannel channel, char c) {
    if (channel == config::ConsoleChannel::kUart) std::putchar(c);
  });
  config::RunLimits limits;
  limits.cycles = common::Cycles{std::strtoull(argv[5], nullptr, 10)};
  if (need(machine.run(limits)) == config::RunEnd::kPowerOff) return 3;
  machine.lose_power(std::strtoull(argv[6], nullptr, 10));
  return 0;
}
