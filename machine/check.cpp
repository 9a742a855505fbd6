#include "machine/check.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "hardware/board/address_map.hpp"
#include "machine/caches.hpp"
#include "machine/devices/virtio/mmio_transport.hpp"
#include "machine/parameters.hpp"

namespace machine {
namespace {

Failure<Error> refuse(std::string key, std::string what, std::string remedy) {
  return Failure{Error{ErrorCode::kConfig, std::move(key), std::move(what), std::move(remedy)}};
}

Failure<Error> out_of_range(std::string key, std::uint64_t value, std::uint64_t least,
                            std::uint64_t most) {
  return refuse(std::move(key), std::to_string(value) + " is out of range",
                "use " + std::to_string(least) + " to " + std::to_string(most));
}

Result<Nothing, Error> check_parameter(const MachineConfig& config, const Parameter& p,
                                       std::size_t item) {
  const std::uint64_t value = p.get(config, item);
  if (value < p.least || value > p.most)
    return out_of_range(name_of(p, item), value, p.least, p.most);
  if (p.multiple == kPageSize && value % kPageSize != 0) {
    return refuse(name_of(p, item), std::to_string(value) + " bytes is not a whole number of pages",
                  "use a multiple of 4 KB");
  }
  return Nothing{};
}

Result<Nothing, Error> check_parameters(const MachineConfig& config) {
  for (const Parameter& p : parameters()) {
    if (p.kind == Parameter::Kind::kText) continue;
    for (std::size_t item = 0; item < p.count(config); ++item) {
      if (auto ok = check_parameter(config, p, item); !ok) return ok;
    }
  }
  if (config.virtio_slots() > hardware::kVirtioSlots)
    return out_of_range("machine.disks", config.virtio_slots(), 0, hardware::kVirtioSlots);
  return Nothing{};
}

/// Only what runs with caches must have some that are possible.
Result<Nothing, Error> check_caches(const MachineConfig& config) {
  auto possible = numa::check_config(memory_system_of(config));
  if (possible) return Nothing{};
  static constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"latency.primary", "latency.l1"},
      {"latency.secondary", "latency.l2"},
      {"primary_instruction", "cache.l1i"},
      {"primary_data", "cache.l1d"},
      {"secondary", "cache.l2"}};
  Error error = possible.error();
  for (const auto& [member, key] : kKeys) {
    if (error.where.starts_with(member))
      error.where = std::string{key} + error.where.substr(member.size());
  }
  error.where = "machine." + error.where;
  return Failure{error};
}

}  // namespace

Result<Nothing, Error> check_machine(const MachineConfig& config, bool caches) {
  auto valid = check_parameters(config);
  if (!valid || (!caches && config.fidelity != cpu::Fidelity::kMemory)) return valid;
  return check_caches(config);
}

}  // namespace machine
