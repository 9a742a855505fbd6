#include "config/check_start.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

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
  // Times and seeds do not decide it.
  SortedJson key = SortedJson::array();
  for (const auto& [path, value] : values) {
    const ParameterRow* const row = find_row(path);
    const bool decides = row != nullptr && row->decides_start;
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
