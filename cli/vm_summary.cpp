#include "cli/vm_summary.hpp"

#include <nlohmann/json.hpp>

#include "measure/vms/monitor_directory.hpp"

namespace cli {
namespace {

using measure::VmStatus;

constexpr std::size_t kMostNamed = 16;

std::string sentence(const std::string& name, const VmStatus& vm) {
  if (vm.state != VmStatus::State::kEnded)
    return fmt::format("disco: {}: {} when the run ended", name, measure::name_of(vm.state));
  return fmt::format("disco: {}: exit code {}, at {} of simulated time{}", name, vm.exit_code(),
                     duration(static_cast<double>(vm.ended_at) * 1e-9),
                     vm.starts > 1 ? fmt::format(", started {} times", vm.starts) : "");
}

}  // namespace

Json note_vms(Session& session, const machine::Booted& booted) {
  Json all = Json::array();
  const auto directory = measure::MonitorDirectory::of(booted);
  const auto vms = directory ? directory->vms(*booted.machine) : std::vector<VmStatus>{};
  std::size_t ended = 0, untold = 0, told = 0;
  const bool names_all = vms.size() <= kMostNamed;
  for (std::size_t n = 0; n < vms.size() && n < booted.vms.size(); ++n) {
    const VmStatus& vm = vms[n];
    const std::string& name = booted.vms[n].name;
    const bool has_ended = vm.state == VmStatus::State::kEnded;
    all.push_back({{"name", name},
                   {"number", n},
                   {"state", measure::name_of(vm.state)},
                   {"starts", vm.starts},
                   {"exit", vm.starts > 0 && vm.ended_at > 0 ? Json(vm.exit_code()) : Json{}},
                   {"ended_at_ns", vm.ended_at}});
    const bool is_well = has_ended && vm.exit_code() == 0;
    ended += has_ended ? 1 : 0;
    if (is_well && !names_all) continue;
    if (told < kMostNamed) {
      session.note(sentence(name, vm));
      ++told;
    } else {
      ++untold;
    }
  }
  if (untold > 0) session.note(fmt::format("disco: {} more did not end with 0", untold));
  if (!names_all)
    session.note(fmt::format("disco: {} of {} virtual machines have ended", ended, vms.size()));
  return all;
}

}  // namespace cli
