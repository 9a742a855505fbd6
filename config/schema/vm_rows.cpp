#include "config/schema/vm_rows.hpp"

#include <optional>
#include <type_traits>

#include "config/setup.hpp"
#include "disco/core/memory/guest_address.hpp"
#include "hardware/board/address_map.hpp"

namespace config {
namespace {

using enum ValueKind;

constexpr std::uint64_t kMostTime = 3'600'000'000'000;  // an hour
constexpr std::uint64_t kMostCpus = hardware::kMaxNodes * hardware::kMaxCpusPerNode;

template <class T>
struct Plain {
  using Type = T;
};
template <class T>
struct Plain<std::optional<T>> {
  using Type = T;
};

VmSetup& vm_of(Setup& setup, std::size_t item) {
  if (setup.vms.size() <= item) setup.vms.resize(item + 1);
  return setup.vms[item];
}

template <class T>
SortedJson held(const T& value) {
  return SortedJson(value);
}
template <class T>
SortedJson held(const std::optional<T>& value) {
  return value ? SortedJson(*value) : SortedJson("");
}

/// `Field` gives the field of a VmSetup; an optional one that is not set is as for the only one.
template <class Field>
ParameterRow of_vm(ParameterRow row, Field) {
  row.scope = Scope::kPoint;
  row.needs_monitor = true;
  row.decides_start = true;
  row.set = [](Setup& setup, std::size_t item, const SortedJson& value) {
    auto& field = Field{}(vm_of(setup, item));
    using Value = typename Plain<std::remove_reference_t<decltype(field)>>::Type;
    field = value.get<Value>();
  };
  row.get = [](const Setup& setup, std::size_t item) { return held(Field{}(setup.vms.at(item))); };
  const VmSetup usual;
  row.default_value = write_value(row, held(Field{}(usual)));
  return row;
}

template <class Field>
ParameterRow of_kind(ValueKind kind, std::string_view path, Field field, std::string_view what) {
  ParameterRow row;
  row.path = path;
  row.kind = kind;
  row.what = what;
  return of_vm(row, field);
}
template <class Field>
ParameterRow number(ValueKind kind, std::string_view path, Unit unit, std::uint64_t low,
                    std::uint64_t high, Field field, std::string_view what) {
  ParameterRow row;
  row.path = path;
  row.kind = kind;
  row.unit = unit;
  row.low = low;
  row.high = high;
  row.what = what;
  return of_vm(row, field);
}
template <class Field>
ParameterRow time(std::string_view path, Field field, std::string_view what) {
  return number(kQuantity, path, Unit::kNanoseconds, 0, kMostTime, field, what);
}

void add_what_runs(std::vector<ParameterRow>& rows) {
  rows.push_back(of_kind(
      kText, "vms.*.kernel", [](auto& v) -> auto& { return v.kernel; },
      "As guest.kernel, of virtual machines of this kind; empty: guest.kernel."));
  rows.back().names_input = true;
  rows.push_back(of_kind(
      kText, "vms.*.initrd", [](auto& v) -> auto& { return v.initrd; },
      "As guest.initrd; unsaid: guest.initrd, unless the kind has a kernel of its own."));
  rows.back().names_input = true;
  rows.push_back(of_kind(
      kText, "vms.*.append", [](auto& v) -> auto& { return v.append; },
      "As guest.append; unsaid: guest.append."));
  rows.push_back(of_kind(
      kText, "vms.*.workload", [](auto& v) -> auto& { return v.program; },
      "As workload.program; unsaid: workload.program with its arguments."));
  rows.push_back(of_kind(
      kTextList, "vms.*.args", [](auto& v) -> auto& { return v.arguments; },
      "Arguments of the program; unsaid: workload.args, unless the kind has a program of its "
      "own."));
  rows.push_back(of_kind(
      kTextList, "vms.*.files", [](auto& v) -> auto& { return v.files; },
      "As workload.files; unsaid: workload.files."));
  rows.back().names_input = true;
}

}  // namespace

std::vector<ParameterRow> vm_rows() {
  std::vector<ParameterRow> rows;
  rows.push_back(number(
      kInteger, "vms.*.count", Unit::kNone, 0, 4096, [](auto& v) -> auto& { return v.count; },
      "How many virtual machines of this kind there are: NAME, or NAME.0, NAME.1 ... Kinds are "
      "named freely, and numbered in the order of their names."));
  rows.push_back(number(
      kQuantity, "vms.*.memory", Unit::kBytes, disco::kLeastGuestMemory, disco::kMostGuestMemory,
      [](auto& v) -> auto& { return v.memory; },
      "RAM of each, a multiple of 4 KB; unsaid: monitor.vm.memory."));
  rows.back().multiple = kPageSize;
  rows.back().default_value = write_value(rows.back(), SortedJson(Setup{}.vm_memory));
  add_what_runs(rows);
  rows.push_back(number(
      kNumberList, "vms.*.cpus", Unit::kNone, 0, kMostCpus - 1,
      [](auto& v) -> auto& { return v.cpus; },
      "The machine's processors that they may run on (\"0-3\", 6); unsaid: all."));
  rows.push_back(time(
      "vms.*.start", [](auto& v) -> auto& { return v.start; },
      "Simulated time at which the first of them starts."));
  rows.push_back(time(
      "vms.*.every", [](auto& v) -> auto& { return v.every; },
      "How much later than the one before each further one starts, and stops."));
  rows.push_back(time(
      "vms.*.stop", [](auto& v) -> auto& { return v.stop; },
      "Simulated time at which the first of them is stopped; 0 = when it ends by itself."));
  rows.push_back(number(
      kInteger, "vms.*.restarts", Unit::kNone, 0, 1'000'000,
      [](auto& v) -> auto& { return v.restarts; }, "How often one that ended is started again."));
  ParameterRow placement;
  placement.path = "vms.*.placement";
  placement.kind = kChoice;
  placement.choices = "first-touch|round-robin|fixed";
  placement.what =
      "Where pages come from when they are first touched: the node of the processor that touches "
      "them, all nodes in turn, or vms.NAME.node.";
  rows.push_back(of_vm(
      placement, [](auto& v) -> auto& { return v.placement; }));
  rows.push_back(number(
      kInteger, "vms.*.node", Unit::kNone, 0, hardware::kMaxNodes - 1,
      [](auto& v) -> auto& { return v.node; }, "The node of the placement fixed."));
  return rows;
}

}  // namespace config
