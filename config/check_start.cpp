#include "config/check_start.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "disco/host/trial_boot.hpp"
#include "hardware/board/address_map.hpp"
#include "hardware/r10000/segments.hpp"
#include "numa/reserved_memory.hpp"

namespace config {
namespace {

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
  const std::uint64_t end =
      ram <= hardware::kIoBegin ? ram : ram + (hardware::kIoEnd - hardware::kIoBegin);
  const numa::ReservedMemory copy{(machine.nodes - 1) * hardware::kNodeBytes + end};
  // Its files and its tree, which is the last of them, are all that it reads.
  const std::uint64_t begin = std::min(machine::kFilesAt.bits(), booted.tree.bits());
  const std::uint64_t size = booted.tree.bits() + booted.tree_bytes - begin;
  CHECK(booted.machine->read_memory(MachineAddr{begin}, {copy.data() + begin, size}));

  disco::NoHardware hardware;
  const std::uint64_t own = image_end->bits() & hardware::kKsegPhysical;
  const disco::BootInfo info{
      .tree = MachineAddr{booted.tree.bits()}, .image_end = MachineAddr{own}, .alias_bytes = own};
  disco::TrialBoot tried{info, disco::MachineMemory{copy.data()}, hardware};
  if (tried.start_all()) return Nothing{};
  return Failure{Error{ErrorCode::kConfig, key_of(tried.why().sentence),
                       std::string{"the monitor cannot start: "} + tried.why().sentence,
                       tried.detail()}};
}

}  // namespace

Result<Nothing, Error> check_start(const Prepared& prepared) {
  const auto booted = boot(prepared);
  if (!booted) return Failure{booted.error()};
  return prepared.setup.virtualised ? check_monitor(*booted) : Nothing{};
}

Result<Nothing, Error> StartChecks::check(const Prepared& prepared, const Values& values) {
  // What decides whether a machine can be built and loaded; times and seeds do not.
  static constexpr std::string_view kDecide[] = {
      "machine.nodes",  "machine.cpus_per_node", "machine.mem.",  "machine.cpu.tlb.entries",
      "machine.disks.", "machine.console",       "machine.clock", "monitor.",
      "guest.kernel"};
  SortedJson key = SortedJson::array();
  for (const auto& [path, value] : values) {
    const bool decides =
        std::any_of(std::begin(kDecide), std::end(kDecide),
                    [&path = path](std::string_view prefix) { return path.starts_with(prefix); });
    if (decides) key.push_back({path, value});
  }
  key.push_back(prepared.image.initrd.bytes.size());
  key.push_back(prepared.image.bootargs.size());
  const std::string text = key.dump();
  if (passed_.count(text) != 0) return Nothing{};
  const auto ok = check_start(prepared);
  if (ok) passed_.insert(text);
  return ok;
}

}  // namespace config
