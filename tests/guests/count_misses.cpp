// Boots tinyix, natively or below the monitor, and counts what the processor saw: the proof that a
// workload missed as often as it is said to.
//
// usage: count_misses KERNEL INITRD BOOTARGS [MONITOR L2TLB-ENTRIES]
// The console goes to stdout, "refills: user N" to stderr; the exit code is the guest's.
#include <cstdio>
#include <cstdlib>

#include "machine/boot/boot.hpp"
#include "machine/loaders/load_file.hpp"

namespace {

template <class T>
T need(common::Result<T, common::Error> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "count_misses: %s\n", result.error().message().c_str());
  std::exit(70);
}

machine::Booted boot(int argc, char** argv) {
  machine::BootImage image{.kernel = need(machine::read_blob(argv[1])),
                           .initrd = need(machine::read_blob(argv[2])),
                           .rom = {},
                           .bootargs = argv[3]};
  if (argc < 6) return need(machine::boot_native({}, image));
  const auto entries = static_cast<std::uint32_t>(std::strtoul(argv[5], nullptr, 10));
  const machine::VmImage vm{.boot = std::move(image)};
  const machine::MonitorParams params{
      .l2tlb_entries = entries, .large_pages = false, .bootargs = {}};
  return need(machine::boot_monitor({}, need(machine::read_blob(argv[4])), {vm}, params));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 6) {
    std::fprintf(stderr, "usage: count_misses KERNEL INITRD BOOTARGS [MONITOR L2TLB-ENTRIES]\n");
    return 2;
  }
  const machine::Booted booted = boot(argc, argv);
  machine::Machine& machine = *booted.machine;
  machine.set_console_output([](machine::ConsoleChannel channel, char c) {
    if (channel == machine::ConsoleChannel::kUart) std::putchar(c);
  });
  const machine::RunEnd end = need(machine.run({}));
  const cpu::CpuCounters& counters = machine.cpu(common::CpuId{0}).counters();
  const auto user = counters.refills[static_cast<unsigned>(common::Mode::kUser)];
  std::fprintf(stderr, "refills: user %llu\n", static_cast<unsigned long long>(user));
  return end == machine::RunEnd::kPowerOff ? static_cast<int>(machine.exit_code()) : 71;
}
