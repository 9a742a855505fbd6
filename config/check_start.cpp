#include "config/check_start.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
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

/// The monitor's boot on the host and the start of some virtual machines, in a memory that holds
/// what it would find. Nothing: they start.
std::optional<Error> refusal_of(const machine::Booted& booted, MachineAddr image_end,
                                const std::vector<unsigned>& vms) {
  const machine::MachineConfig& machine = booted.machine->config();
  const std::uint64_t ram = machine.memory_per_node;
  const std::uint64_t end =
      ram <= hardware::kIoBegin ? ram : ram + (hardware::kIoEnd - hardware::kIoBegin);
  const numa::ReservedMemory copy{(machine.nodes - 1) * hardware::kNodeBytes + end};
  // Its files are all that it reads.
  for (const machine::Extent& file : booted.files) {
    CHECK(booted.machine->read_memory(MachineAddr{file.at.bits()},
                                      {copy.data() + file.at.bits(), file.size}));
  }
  disco::NoHardware hardware;
  const disco::BootInfo info{.tree = MachineAddr{booted.tree.bits()},
                             .image_end = image_end,
                             .alias_bytes = image_end.bits()};
  disco::TrialBoot tried{info, disco::MachineMemory{copy.data()}, hardware};
  if (tried.start(vms)) return std::nullopt;
  return Error{ErrorCode::kConfig, key_of(tried.why().sentence),
               std::string{"the monitor cannot start: "} + tried.why().sentence, tried.detail()};
}

/// Those that start at one instant must all find room; who started earlier may have ended. Of
/// instants at which as many of the same kinds start, the first stands for all.
std::vector<std::vector<unsigned>> starting_together(const std::vector<machine::VmImage>& images) {
  std::map<std::uint64_t, std::vector<std::pair<std::size_t, unsigned>>> at;  // kind, number
  unsigned number = 0;
  for (std::size_t kind = 0; kind < images.size(); ++kind) {
    for (std::uint64_t k = 0; k < images[kind].count; ++k)
      at[images[kind].start + k * images[kind].every].emplace_back(kind, number++);
  }
  std::set<std::vector<std::size_t>> known;
  std::vector<std::vector<unsigned>> groups;
  for (const auto& [start, vms] : at) {
    std::vector<std::size_t> kinds;
    std::vector<unsigned> numbers;
    for (const auto& [kind, vm] : vms) {
      kinds.push_back(kind);
      numbers.push_back(vm);
    }
    if (known.insert(kinds).second) groups.push_back(numbers);
  }
  return groups;
}

Result<Nothing, Error> check_monitor(const Prepared& prepared, const machine::Booted& booted) {
  const auto image_end = booted.symbols.address_of("_image_end");
  if (!image_end) return Nothing{};  // another monitor than ours: nothing is known of it
  const MachineAddr own{image_end->bits() & hardware::kKsegPhysical};
  for (const auto& vms : starting_together(images_of(prepared))) {
    if (const auto refused = refusal_of(booted, own, vms)) return Failure{*refused};
  }
  return Nothing{};
}

}  // namespace

Result<Nothing, Error> check_start(const Prepared& prepared) {
  const auto booted = boot(prepared);
  if (!booted) return Failure{booted.error()};
  return prepared.setup.virtualised ? check_monitor(prepared, *booted) : Nothing{};
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
