#include "config/check_start.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "config/schema/schema.hpp"
#include "disco/host/trial_boot.hpp"
#include "hardware/board/address_map.hpp"
#include "hardware/r10000/segments.hpp"
#include "numa/reserved_memory.hpp"

namespace config {
namespace {

/// The key whose value the monitor's sentence is about: the one with the longest word in it.
std::string key_of(std::string_view sentence) {
  std::string_view key = "monitor", longest;
  for (const ParameterRow& row : schema()) {
    for (std::string_view rest = row.told_as; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (word.size() <= longest.size() || sentence.find(word) == std::string_view::npos) continue;
      key = row.path;
      longest = word;
    }
  }
  return std::string{key};
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
  // Times and seeds do not decide it.
  SortedJson key = SortedJson::array();
  for (const auto& [path, value] : values) {
    const ParameterRow* const row = find_row(path);
    const bool decides = row != nullptr && row->decides_start;
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
