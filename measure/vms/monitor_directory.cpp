#include "measure/vms/monitor_directory.hpp"

#include <algorithm>

#include "hardware/r10000/segments.hpp"

namespace measure {
namespace {

constexpr std::uint64_t kPagesAt = 8, kRecordsAt = 16, kVmsAt = 24;  // of the directory
constexpr std::uint64_t kRunningAt = 72, kCountersAt = 1024;         // of a CPU's page
constexpr std::uint64_t kRecordBytes = 64;

std::uint64_t word(const machine::Machine& machine, MachineAddr at) {
  return machine.read_word(at).value_or(0);
}

}  // namespace

const char* name_of(VmStatus::State state) {
  switch (state) {
    case VmStatus::State::kWaiting: return "waiting";
    case VmStatus::State::kStarting: return "starting";
    case VmStatus::State::kRunning: return "running";
    case VmStatus::State::kEnded: break;
  }
  return "ended";
}

std::optional<MonitorDirectory> MonitorDirectory::of(const machine::Booted& booted) {
  const auto at = booted.symbols.address_of("disco_directory");
  if (!at) return std::nullopt;
  return MonitorDirectory{MachineAddr{at->bits() & hardware::kKsegPhysical}};
}

bool MonitorDirectory::is_there(const machine::Machine& machine) const {
  return word(machine, at_) != 0;
}

std::optional<MachineAddr> MonitorDirectory::page(const machine::Machine& machine,
                                                  CpuId cpu) const {
  const std::size_t number = index_of(cpu);
  if (number < pages_.size() && pages_[number].bits() != 0) return pages_[number];
  if (number >= word(machine, at_)) return std::nullopt;
  const MachineAddr page{word(machine, MachineAddr{word(machine, at_ + kPagesAt)} + 8 * number)};
  if (page.bits() == 0) return std::nullopt;
  if (pages_.size() <= number) pages_.resize(number + 1);
  return pages_[number] = page;
}

std::optional<RunningVcpu> MonitorDirectory::running(const machine::Machine& machine,
                                                     CpuId cpu) const {
  const auto at = page(machine, cpu);
  const std::uint64_t name = at ? word(machine, *at + kRunningAt) : 0;
  if (name == 0) return std::nullopt;
  return RunningVcpu{static_cast<std::uint16_t>((name >> 48) - 1),
                     static_cast<std::uint16_t>(name >> 32), static_cast<std::uint32_t>(name)};
}

std::optional<MachineAddr> MonitorDirectory::counters(const machine::Machine& machine,
                                                      CpuId cpu) const {
  const auto at = page(machine, cpu);
  if (!at) return std::nullopt;
  return *at + kCountersAt;
}

std::vector<VmStatus> MonitorDirectory::vms(const machine::Machine& machine) const {
  std::vector<VmStatus> vms;
  if (!is_there(machine)) return vms;
  const MachineAddr table{word(machine, at_ + kRecordsAt)};
  const std::uint64_t count = std::min<std::uint64_t>(word(machine, at_ + kVmsAt), 0xffff);
  for (std::uint64_t n = 0; n < count; ++n) {
    const MachineAddr row = table + n * kRecordBytes;
    VmStatus vm;
    vm.state = static_cast<VmStatus::State>(std::min<std::uint64_t>(word(machine, row), 3));
    vm.starts = word(machine, row + 8);
    vm.exit_value = word(machine, row + 16);
    vm.ended_at = word(machine, row + 24);
    vm.pages = word(machine, row + 32);
    vms.push_back(vm);
  }
  return vms;
}

}  // namespace measure
