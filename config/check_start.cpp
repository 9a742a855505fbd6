#include "config/check_start.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "disco/core/boot/boot.hpp"
#include "hardware/board/address_map.hpp"
#include "hardware/r10000/segments.hpp"
#include "numa/reserved_memory.hpp"

namespace config {
namespace {

/// A machine on which nothing happens: booting asks for no more.
class NoHardware final : public disco::Hardware {
 public:
  void tlb_insert(const disco::RealEntry&, std::uint64_t) override {}
  bool tlb_drop(std::uint64_t) override { return false; }
  unsigned tlb_drop_range(std::uint64_t, std::uint64_t, Asid, bool) override { return 0; }
  void tlb_flush() override {}
  std::uint32_t count() override { return 0; }
  void set_compare(std::uint32_t) override {}
  std::uint64_t nanoseconds() override { return 0; }
  std::uint64_t pending_interrupts() override { return 0; }
  void doze() override {}
  void console_put(char) override {}
  std::optional<std::uint8_t> console_get() override { return std::nullopt; }
  bool console_has_ended() override { return false; }
  void console_listen(bool) override {}
  void debug_put(char) override {}
  void power(std::uint32_t) override {}
  void cache_writeback_invalidate(MachineAddr) override {}
  void fpu_load(const disco::FpuState&) override {}
  void fpu_save(disco::FpuState&) override {}
  std::uint32_t fpu_status() override { return 0; }
};

/// The key whose value the monitor's sentence is about.
std::string key_of(const std::string& sentence) {
  static constexpr std::pair<std::string_view, const char*> kKeys[] = {
      {"l2tlb-entries", "monitor.l2tlb.entries"},
      {"tlb-entries", "monitor.tlb.entries"},
      {"memory-size", "monitor.vm.memory"},
      {"guest's kernel", "guest.kernel"},
      {"initrd", "guest.initrd"},
      {"little memory", "machine.mem.per_node"},
      {"no memory where it lies", "machine.mem.per_node"}};
  for (const auto& [words, key] : kKeys) {
    if (sentence.find(words) != std::string::npos) return key;
  }
  return "monitor";
}

Result<Nothing, Error> check_monitor(const machine::Booted& booted) {
  const auto image_end = booted.symbols.address_of("_image_end");
  if (!image_end) return Nothing{};  // another monitor than ours: nothing is known of it
  const machine::MachineConfig& machine = booted.machine->config();
  const std::uint64_t ram = machine.memory_per_node;
  std::uint64_t end =
      ram <= hardware::kIoBegin ? ram : ram + (hardware::kIoEnd - hardware::kIoBegin);
  for (const machine::Extent& file : booted.files) end = std::max(end, file.end().bits());
  const numa::ReservedMemory copy{end};
  // Its files are all that it reads.
  for (const machine::Extent& file : booted.files) {
    CHECK(booted.machine->read_memory(MachineAddr{file.at.bits()},
                                      {copy.data() + file.at.bits(), file.size}));
  }

  NoHardware hardware;
  disco::Counters counters{};
  const disco::BootInfo info{.tree = MachineAddr{booted.tree.bits()},
                             .image_end = MachineAddr{image_end->bits() & hardware::kKsegPhysical}};
  const disco::Booted tried =
      disco::boot(info, disco::MachineMemory{copy.data()}, hardware, counters);
  if (tried.vcpu != nullptr) return Nothing{};
  const std::string detail = tried.detail;
  return Failure{Error{ErrorCode::kConfig, key_of(tried.why.sentence),
                       std::string{"the monitor cannot start: "} + tried.why.sentence, detail}};
}

}  // namespace

Result<Nothing, Error> check_start(const Prepared& prepared) {
  const auto booted = boot(prepared);
  if (!booted) return Failure{booted.error()};
  return prepared.setup.virtualised ? check_monitor(*booted) : Nothing{};
}

Result<Nothing, Error> StartChecks::check(const Prepared& prepared, const Values& values) {
  // What decides whether a machine can be built and loaded; times and seeds do not.
  static constexpr std::string_view kDecide[] = {"machine.nodes",  "machine.cpus_per_node",
                                                 "machine.mem.",   "machine.cpu.tlb.entries",
                                                 "machine.disks.", "machine.console",
                                                 "machine.clock",  "monitor.",
                                                 "guest.kernel",   "vms."};
  SortedJson key = SortedJson::array();
  for (const auto& [path, value] : values) {
    const bool decides =
        std::any_of(std::begin(kDecide), std::end(kDecide),
                    [&path = path](std::string_view prefix) { return path.starts_with(prefix); });
    if (decides) key.push_back({path, value});
  }
  for (const PreparedKernel& kernel : prepared.kernels) {
    key.push_back(kernel.image.initrd.bytes.size());
    key.push_back(kernel.image.bootargs.size());
  }
  const std::string text = key.dump();
  if (passed_.count(text) != 0) return Nothing{};
  const auto ok = check_start(prepared);
  if (ok) passed_.insert(text);
  return ok;
}

}  // namespace config
