#include "measure/monitor_view.hpp"

#include <algorithm>

#include "disco/host/tables.hpp"
#include "hardware/r10000/segments.hpp"

namespace measure {
namespace {

std::uint64_t big_endian(const std::byte* at) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
  return value;
}

Error misfit(const std::string& what) {
  return {ErrorCode::kInput, "monitor image", what, "build it together with this program"};
}

std::uint8_t bucket_number(std::string_view bucket) {
  const auto& names = MonitorView::bucket_names();
  return static_cast<std::uint8_t>(std::find(names.begin(), names.end(), bucket) - names.begin());
}

std::size_t operation_number(std::string_view name) {
  const auto operations = disco::host::operations();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].name == name) return EpisodeTracker::kFirstTold + i;
  }
  return EpisodeTracker::kPrivilegedUntold;
}

std::string_view move_to_name(unsigned cp0_register) {
  switch (cp0_register) {
    case 9:
    case 11: return "op_mtc0_timer";
    case 10: return "op_mtc0_entry_hi";
    case 12: return "op_mtc0_status";
    default: return "op_mtc0";
  }
}

std::string_view privileged_name(std::uint32_t word) {
  constexpr unsigned kCop0 = 0x10, kCache = 0x2f;
  if (word >> 26 == kCache) return "op_cache";
  if (word >> 26 != kCop0) return "";
  const unsigned rs = word >> 21 & 31, rd = word >> 11 & 31;
  if (rs == 0 || rs == 1) return "op_mfc0";
  if (rs == 4 || rs == 5) return move_to_name(rd);
  if ((rs & 0x10) == 0) return "";
  switch (word & 63) {
    case 0x01: return "op_tlbr";
    case 0x02: return "op_tlbwi";
    case 0x06: return "op_tlbwr";
    case 0x08: return "op_tlbp";
    case 0x18: return "op_eret";
    default: return "";
  }
}

// Of a mark, as meanings() counts: phases, then operations, then events.
std::optional<std::uint32_t> number_of(std::uint64_t id) {
  const std::size_t rows[] = {disco::host::phases().size(), disco::host::operations().size(),
                              disco::host::events().size()};
  const std::uint64_t first[] = {0, disco::host::kFirstOperation, disco::host::kFirstEvent};
  const std::size_t kind = id >= first[2] ? 2 : id >= first[1] ? 1 : 0;
  const std::uint64_t row = id - first[kind];
  if (row >= rows[kind]) return std::nullopt;
  const std::size_t before = (kind > 0 ? rows[0] : 0) + (kind > 1 ? rows[1] : 0);
  return static_cast<std::uint32_t>(before + row);
}

}  // namespace

std::size_t MonitorView::operation_of(std::uint32_t word) {
  return operation_number(privileged_name(word));
}

const std::vector<CounterInfo>& MonitorView::counter_infos() {
  static const std::vector<CounterInfo> infos(disco::host::counters().begin(),
                                              disco::host::counters().end());
  return infos;
}

const std::vector<std::string>& MonitorView::bucket_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list = {"exception entry"};
    for (const auto& row : disco::host::phases()) {
      if (std::find(list.begin(), list.end(), row.bucket) == list.end())
        list.emplace_back(row.bucket);
    }
    CHECK(list.size() <= kMostBuckets);
    return list;
  }();
  return names;
}

const std::vector<std::string>& MonitorView::operation_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list = {"TLB miss, short path", "privileged instruction",
                                     "other exceptions"};
    for (const auto& row : disco::host::operations()) list.emplace_back(row.sentence);
    return list;
  }();
  return names;
}

const std::vector<std::string>& MonitorView::event_names() {
  static const std::vector<std::string> names(disco::host::events().begin(),
                                              disco::host::events().end());
  return names;
}

std::string_view MonitorView::mark_name(std::uint32_t number) const {
  const auto phases = disco::host::phases();
  const auto operations = disco::host::operations();
  if (number < phases.size()) return phases[number].name;
  number -= static_cast<std::uint32_t>(phases.size());
  if (number < operations.size()) return operations[number].name;
  return disco::host::events()[number - operations.size()];
}

Result<MonitorView, Error> MonitorView::of(const machine::Booted& booted) {
  MonitorView view;
  const std::size_t operation_count = disco::host::operations().size();
  const std::size_t event_count = disco::host::events().size();
  CHECK(operation_count + EpisodeTracker::kFirstTold <= kMostOperations);
  CHECK(event_count <= kMostMonitorEvents);
  for (const auto& row : disco::host::phases())
    view.meanings_.push_back({bucket_number(row.bucket), 0, 0});
  for (std::size_t i = 0; i < operation_count; ++i) {
    view.meanings_.push_back({0, static_cast<std::uint8_t>(EpisodeTracker::kFirstTold + i), 0});
  }
  for (std::size_t i = 0; i < event_count; ++i)
    view.meanings_.push_back({0, 0, static_cast<std::uint8_t>(i + 1)});
  const auto counters = booted.symbols.address_of("disco_counters");
  if (!counters) return Failure{misfit("it has no symbol disco_counters")};
  view.counters_ = MachineAddr{counters->bits() & hardware::kKsegPhysical};
  view.directory_ = MonitorDirectory::of(booted);
  for (std::uint32_t n = 0; n < view.meanings_.size(); ++n) {
    const std::string_view name = view.mark_name(n);
    view.attention_.push_back(name == "vcpu_switches" || name == "idle" ? Attention::kAsk
                              : name == "vm_start"                      ? Attention::kNobody
                                                                        : Attention::kNone);
  }

  const machine::NamedSection* const section = booted.symbols.section(".disco.marks");
  if (section == nullptr) return Failure{misfit("it has no section .disco.marks")};
  for (std::size_t at = 0; at + 16 <= section->bytes.size(); at += 16) {
    const std::uint64_t pc = big_endian(section->bytes.data() + at);
    const std::uint64_t id = big_endian(section->bytes.data() + at + 8);
    const auto number = number_of(id);
    if (!number) return Failure{misfit("it marks the unknown phase " + std::to_string(id))};
    view.marks_.push_back({VirtAddr{pc}, *number});
  }
  return view;
}

// Of all CPUs, once the monitor has made their pages; before, of the boot CPU, whose page is in the
// image.
std::vector<std::uint64_t> MonitorView::read_counters(const machine::Machine& machine) const {
  std::vector<std::uint64_t> values(counter_infos().size());
  for (std::uint32_t cpu = 0; cpu < machine.cpu_count(); ++cpu) {
    auto block = directory_ ? directory_->counters(machine, CpuId{cpu}) : std::nullopt;
    if (cpu == 0) block = counters_;
    for (std::size_t i = 0; block && i < values.size(); ++i)
      values[i] += machine.read_word(*block + 8 * i).value_or(0);
  }
  return values;
}

}  // namespace measure
