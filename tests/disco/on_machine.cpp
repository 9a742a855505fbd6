#include "tests/disco/on_machine.hpp"

#include "disco/core/mark.hpp"

namespace disco::test {

namespace {

constexpr const char* kEvents[] = {
#define EVENT(name) #name,
#include "disco/phases.def"
};

std::uint64_t big_endian(const std::byte* at) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
  return value;
}

/// What the processor's own counters do not tell: where exceptions came from, and how often the
/// monitor came by its event marks.
class Watcher final : public common::Observer {
 public:
  Watcher(const machine::SymbolTable& symbols, common::ObservationControl& control) {
    const machine::NamedSection* const marks = symbols.section(".disco.marks");
    if (marks == nullptr) return;
    for (const char* name : kEvents) events[name] = 0;
    for (std::size_t at = 0; at + 16 <= marks->bytes.size(); at += 16) {
      const std::uint64_t id = big_endian(marks->bytes.data() + at + 8);
      if (id < kFirstEvent) continue;
      REQUIRE(id - kFirstEvent < std::size(kEvents));
      control.add_mark(VirtAddr{big_endian(marks->bytes.data() + at)},
                       static_cast<std::uint32_t>(id));
    }
  }
  void on_exception(const common::ExceptionEvent& e) override {
    if (e.from != Mode::kKernel) ++below_kernel;
  }
  void on_mark(const common::MarkEvent& e) override {
    if (e.mode == Mode::kKernel) ++events[kEvents[e.id - kFirstEvent]];
  }
  std::uint64_t below_kernel = 0;
  std::map<std::string, std::uint64_t> events;
};

GuestRun run(Booted& booted, const GuestOptions& options) {
  GuestRun result;
  machine::Machine& machine = *booted.machine;
  machine.set_console_output([&](machine::ConsoleChannel channel, char c) {
    if (channel == machine::ConsoleChannel::kUart) result.console += c;
  });
  for (const auto& input : options.input) machine.add_console_input(input);
  cpu::Cpu& cpu = machine.cpu(CpuId{0});
  Watcher watcher{booted.symbols, cpu.observation()};
  cpu.add_observer(watcher);
  machine::RunLimits limits;
  limits.instructions = options.instructions;
  const auto end = machine.run(limits);
  cpu.remove_observer(watcher);
  INFO("console: " << result.console);
  if (!end) FAIL(end.error().message());
  result.end = *end;
  if (result.end == RunEnd::kPowerOff) result.exit_code = machine.exit_code();
  const cpu::CpuCounters& counted = cpu.counters();
  result.refills = counted.refills[0] + counted.refills[1];
  result.exceptions = watcher.below_kernel;
  result.kernel_cycles = counted.cycles[static_cast<unsigned>(Mode::kKernel)];
  if (const auto at = booted.symbols.address_of("disco_counters")) {
    std::uint64_t offset = 0;
#define COUNTER(name, unit, sentence)                                             \
  result.counters[#name] =                                                        \
      machine.read_word(MachineAddr{(at->bits() & 0x1fffffff) + offset}).value(), \
  offset += 8;
#include "disco/counters.def"
#undef COUNTER
    // Whatever the guest did, the monitor counts what it does.
    for (const auto& [name, count] : watcher.events) {
      INFO(name);
      CHECK(result.counters.at(name) == count);
    }
  }
  return result;
}

machine::Blob file(const std::string& path) {
  auto blob = machine::read_blob(path);
  if (!blob) FAIL(blob.error().message());
  return std::move(*blob);
}

}  // namespace

machine::Booted boot_guest(const machine::BootImage& image, const GuestOptions& options) {
  machine::VmImage vm;
  vm.boot = image;
  vm.memory = options.guest_memory;
  machine::MonitorParams params;
  params.tlb_entries = options.tlb;
  params.l2tlb_entries = options.l2tlb;
  params.large_pages = options.large_pages;
  params.bootargs = options.monitor_arguments;
  auto booted = machine::boot_monitor(options.machine, file(DISCO_ELF), {vm}, params);
  if (!booted) FAIL(booted.error().message());
  return std::move(*booted);
}

bool is_in_monitor(cpu::Cpu& cpu) {
  constexpr std::uint64_t kExlErl = 6, kKsu = 0x18;
  const std::uint64_t status = cpu.debug().read_register(cpu::RegisterClass::kCp0, kStatus);
  return (status & kExlErl) != 0 || (status & kKsu) == 0;
}

GuestRun run_guest(const machine::BootImage& image, const GuestOptions& options) {
  machine::Booted booted = boot_guest(image, options);
  return run(booted, options);
}

GuestRun run_native(const machine::BootImage& image, const GuestOptions& options) {
  machine::MachineConfig machine;
  machine.memory_per_node = 32 * kMiB;
  auto booted = machine::boot_native(machine, image);
  if (!booted) FAIL(booted.error().message());
  return run(*booted, options);
}

machine::BootImage tinyix(Place place, const std::string& program_and_arguments) {
  const std::string guests = DISCO_GUESTS;
  machine::BootImage image;
  image.kernel = file(guests + (place.guest ? "/tinyix-disco.elf" : "/tinyix-native.elf"));
  image.initrd = file(guests + "/initrd.cpio");
  const auto space = program_and_arguments.find(' ');
  image.bootargs = "init=/bin/" + program_and_arguments.substr(0, space);
  if (space != std::string::npos)
    image.bootargs += " -- " + program_and_arguments.substr(space + 1);
  return image;
}

machine::BootImage kernel(Place place, const Words& code, const Words& handler) {
  REQUIRE(handler.size() <= 32);
  ElfMaker elf;
  elf.entry = place.base() + kCodeAt;
  for (const std::uint64_t vector : {0x000u, 0x080u, 0x180u})
    elf.add(place.base() + vector, handler);
  elf.add(elf.entry, code);
  machine::BootImage image;
  image.kernel = {"kernel.elf", elf.make()};
  return image;
}

}  // namespace disco::test
