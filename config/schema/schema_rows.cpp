// The table. Order is that of the reference page. The machine's keys are rows of its own
// parameters; the others name the field of Setup that they set.
#include "config/schema/keys.hpp"
#include "config/schema/largest_seed.hpp"
#include "config/schema/schema.hpp"
#include "config/schema/vm_rows.hpp"
#include "config/setup.hpp"
#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb/l2_tlb.hpp"
#include "hardware/board/address_map.hpp"
#include "machine/parameters.hpp"

namespace config {
namespace {

using enum ValueKind;
using enum Scope;
using machine::Parameter;

constexpr std::uint64_t kMany = 1'000'000'000'000'000;

// ---- rows of Setup's fields: `Field` gives the field

template <class Field>
ParameterRow of_setup(ParameterRow row, Field) {
  row.set = [](Setup& setup, std::size_t, const SortedJson& held) {
    auto& field = Field{}(setup);
    field = held.get<std::remove_reference_t<decltype(field)>>();
  };
  row.get = [](const Setup& setup, std::size_t) { return SortedJson(Field{}(setup)); };
  row.default_value = write_value(row, row.get(Setup{}, 0));
  return row;
}

template <class Field>
ParameterRow text(std::string_view path, Field field, std::string_view what) {
  return of_setup({path, kText, kPoint, Unit::kNone, 0, 0, {}, {}, false, what}, field);
}
template <class Field>
ParameterRow texts(std::string_view path, Field field, std::string_view what) {
  return of_setup({path, kTextList, kPoint, Unit::kNone, 0, 0, {}, {}, false, what}, field);
}
template <class Field>
ParameterRow flag(std::string_view path, Field field, std::string_view what) {
  return of_setup({path, kFlag, kPoint, Unit::kNone, 0, 0, {}, {}, false, what}, field);
}
template <class Field>
ParameterRow integer(std::string_view path, std::uint64_t low, std::uint64_t high, Field field,
                     std::string_view what) {
  return of_setup({path, kInteger, kPoint, Unit::kNone, low, high, {}, {}, false, what}, field);
}
template <class Field>
ParameterRow quantity(std::string_view path, Unit unit, std::uint64_t low, std::uint64_t high,
                      Field field, std::string_view what) {
  return of_setup({path, kQuantity, kPoint, unit, low, high, {}, {}, false, what}, field);
}

// ---- what else is said of a row

ParameterRow decides_start(ParameterRow row) {
  row.decides_start = true;
  return row;
}
ParameterRow names_input(ParameterRow row) {
  row.names_input = true;
  return row;
}
/// Of the monitor; `words` are in its sentences about the value.
ParameterRow of_monitor(ParameterRow row, std::string_view words = {}) {
  row.needs_monitor = true;
  row.told_as = words;
  return decides_start(std::move(row));
}
ParameterRow told_as(std::string_view words, ParameterRow row) {
  row.told_as = words;
  return row;
}

ParameterRow monitor_kind() {
  ParameterRow row{key::kMonitorKind,
                   kChoice,
                   kPoint,
                   Unit::kNone,
                   0,
                   0,
                   "none|disco",
                   "none",
                   false,
                   "none: the kernel runs on the machine. disco: the monitor runs on the machine "
                   "and the kernel in a virtual machine."};
  row.set = [](Setup& setup, std::size_t, const SortedJson& held) {
    setup.virtualised = held == "disco";
  };
  row.get = [](const Setup& setup, std::size_t) {
    return SortedJson(setup.virtualised ? "disco" : "none");
  };
  return decides_start(row);
}

// ---- rows of the machine's parameters

ValueKind kind_of(const Parameter& p) {
  switch (p.kind) {
    case Parameter::Kind::kNumber: return p.unit == Unit::kNone ? kInteger : kQuantity;
    case Parameter::Kind::kFlag: return kFlag;
    case Parameter::Kind::kChoice: return kChoice;
    case Parameter::Kind::kText: break;
  }
  return kText;
}

SortedJson held_of(const Parameter& p, const machine::MachineConfig& config, std::size_t item) {
  switch (p.kind) {
    case Parameter::Kind::kText: return p.get_text(config, item);
    case Parameter::Kind::kNumber: return p.get(config, item);
    case Parameter::Kind::kFlag: return p.get(config, item) != 0;
    case Parameter::Kind::kChoice: break;
  }
  return text_of(p, p.get(config, item));
}

void set_held(const Parameter& p, machine::MachineConfig& config, std::size_t item,
              const SortedJson& held) {
  switch (p.kind) {
    case Parameter::Kind::kText: return p.set_text(config, item, held.get<std::string>());
    case Parameter::Kind::kNumber: return p.set(config, item, held.get<std::uint64_t>());
    case Parameter::Kind::kFlag: return p.set(config, item, held.get<bool>() ? 1 : 0);
    case Parameter::Kind::kChoice:
      return p.set(config, item, value_named(p, held.get_ref<const std::string&>()));
  }
}

/// Of disks there is none by default, and one by which to tell the defaults of its keys.
Setup with_a_disk() {
  Setup setup;
  setup.machine.disks.emplace_back();
  return setup;
}

ParameterRow of_machine(const Parameter& p) {
  ParameterRow row{p.key,  kind_of(p), kPoint, p.unit, p.least,
                   p.most, p.choices,  {},     false,  p.what};
  row.set = [&p](Setup& setup, std::size_t item, const SortedJson& held) {
    set_held(p, setup.machine, item, held);
  };
  row.get = [&p](const Setup& setup, std::size_t item) { return held_of(p, setup.machine, item); };
  row.default_value = write_value(row, row.get(with_a_disk(), 0));
  row.multiple = p.multiple;
  row.decides_start = p.decides_start;
  row.names_input = p.kind == Parameter::Kind::kText;
  return row;
}

/// Seeds of repeats follow the experiment's, and JSON's numbers are to hold them all.
ParameterRow seed() {
  ParameterRow row = of_machine(machine::parameter(key::kSeed));
  row.high = kLargestSeed;
  return row;
}

/// An experiment leaves the files that it reads as they are.
ParameterRow disk_access(const Parameter& p) {
  ParameterRow row = of_machine(p);
  row.choices = "snapshot|read-only";
  return row;
}

ParameterRow node_memory(const Parameter& p) {
  return told_as("little memory|no memory where it lies", of_machine(p));
}

// ---- rows of the experiment as a whole, and of its lists

ParameterRow row(std::string_view path, ValueKind kind, Scope scope, std::string_view value,
                 std::string_view what) {
  return {path, kind, scope, Unit::kNone, 0, 0, {}, std::string{value}, false, what};
}
ParameterRow count(std::string_view path, std::uint64_t low, std::uint64_t high,
                   std::string_view value, std::string_view what) {
  return {path, kInteger, kExperiment, Unit::kNone, low, high, {}, std::string{value}, false, what};
}
ParameterRow choice(std::string_view path, std::string_view choices, std::string_view value,
                    std::string_view what) {
  return {path, kChoice, kExperiment, Unit::kNone, 0, 0, choices, std::string{value}, false, what};
}
/// The machine's, and that none is chosen.
std::string_view phase_fidelities() {
  static const std::string words =
      "same|" + std::string{machine::parameter("machine.fidelity").choices};
  return words;
}
ParameterRow required(ParameterRow one) {
  one.required = true;
  return one;
}

void add_run(std::vector<ParameterRow>& rows) {
  rows.push_back(row(key::kQuestion, kText, kExperiment, "",
                     "What the experiment asks; the headline of its report."));
  rows.push_back(seed());
  rows.push_back(count(key::kRepeats, 1, 1000, "1",
                       "How many times each point runs, each with another seed."));
  rows.push_back(quantity(
      "limit", Unit::kInstructions, 1, kMany, [](auto& s) -> auto& { return s.instruction_limit; },
      "A point that is still running after this many instructions is stopped (exit code 7)."));
  rows.push_back(quantity(
      "samples.period", Unit::kNanoseconds, 0, 3'600'000'000'000,
      [](auto& s) -> auto& { return s.sample_period; },
      "Simulated time between samples of the counters (samples.csv); 0 = such that a run has one "
      "to two hundred."));
}

void add_machine(std::vector<ParameterRow>& rows) {
  for (const Parameter& p : machine::parameters()) {
    if (!p.is_key() || p.key == key::kSeed) continue;
    rows.push_back(p.key == "machine.disks.*.access" ? disk_access(p)
                   : p.key == "machine.mem.per_node" ? node_memory(p)
                                                     : of_machine(p));
  }
}

void add_monitor(std::vector<ParameterRow>& rows) {
  rows.push_back(monitor_kind());
  rows.push_back(names_input(of_monitor(text(
      "monitor.image", [](auto& s) -> auto& { return s.monitor_image; },
      "The monitor's ELF file: a shipped name or a path."))));
  rows.push_back(
      of_monitor(integer(
                     "monitor.tlb.entries", 0, mmu::kMostTlbEntries,
                     [](auto& s) -> auto& { return s.monitor.tlb_entries; },
                     "Entries of the TLB that each virtual CPU has, from 8 on; 0 = as many as "
                     "machine.cpu.tlb.entries."),
                 "tlb-entries"));
  rows.push_back(of_monitor(
      integer(
          "monitor.l2tlb.entries", 0, disco::L2Tlb::kMaxEntries,
          [](auto& s) -> auto& { return s.monitor.l2tlb_entries; },
          "Entries of the monitor's second-level software TLB of each virtual CPU, a power of two "
          "from 2 on; 0 = off."),
      "l2tlb-entries"));
  rows.push_back(of_monitor(flag(
      "monitor.large_pages", [](auto& s) -> auto& { return s.monitor.large_pages; },
      "Let the monitor use TLB pages larger than 4 KB.")));
  rows.push_back(
      of_monitor(quantity(
                     "monitor.vm.memory", Unit::kBytes, disco::kLeastGuestMemory,
                     disco::kMostGuestMemory, [](auto& s) -> auto& { return s.vm_memory; },
                     "RAM of the virtual machine, a multiple of 4 KB."),
                 "memory-size"));
  rows.push_back(of_monitor(integer(
      "monitor.device_cpu", 0, hardware::kMaxCpusPerNode - 1,
      [](auto& s) -> auto& { return s.monitor.device_cpu; },
      "The processor of node 0 that the machine's devices interrupt.")));
  rows.push_back(of_monitor(quantity(
      "monitor.slice", Unit::kNanoseconds, 10'000, 10'000'000'000,
      [](auto& s) -> auto& { return s.monitor.slice; },
      "How long a virtual machine runs on a processor before another one there has its turn.")));
  for (ParameterRow& row : vm_rows()) rows.push_back(std::move(row));
}

void add_guest(std::vector<ParameterRow>& rows) {
  rows.push_back(told_as(
      "guest's kernel",
      names_input(decides_start(text(
          "guest.kernel", [](auto& s) -> auto& { return s.kernel; },
          "The kernel. A name stands for the shipped pair NAME-native.elf and NAME-disco.elf, a "
          "path for that file.")))));
  rows.push_back(told_as("initrd", names_input(text(
                                       "guest.initrd", [](auto& s) -> auto& { return s.initrd; },
                                       "An initial RAM disk with programs of its own, which the "
                                       "workload is started from or added "
                                       "to. A name stands for the file NAME.cpio that belongs to "
                                       "the kernel of this name, a path "
                                       "for that file."))));
  rows.push_back(text(
      "guest.append", [](auto& s) -> auto& { return s.append; }, "Further boot arguments."));
  rows.push_back(text(
      key::kWorkloadProgram, [](auto& s) -> auto& { return s.program; },
      "The program that runs as init: a shipped name, or the path of a file made by `disco cc`. "
      "With guest.initrd: the name of a program on that disk, or the path of one for that "
      "kernel."));
  rows.push_back(texts(
      key::kWorkloadArgs, [](auto& s) -> auto& { return s.arguments; }, "Its arguments."));
  rows.push_back(names_input(texts(
      "workload.files", [](auto& s) -> auto& { return s.files; },
      "Further programs for the initial RAM disk.")));
}

void add_phases(std::vector<ParameterRow>& rows) {
  rows.push_back(
      count("phases.*.from", 0, 1'000'000, "0", "Mark at which the phase begins; 0 = power-on."));
  rows.push_back(
      count("phases.*.to", 0, 1'000'000, "0", "Mark at which it ends; 0 = the end of the run."));
  rows.push_back(
      choice("phases.*.fidelity", phase_fidelities(), "same",
             "What is timed during the phase; same: the machine's fidelity, as after it."));
  rows.push_back(row(key::kMeasure, kText, kExperiment, "roi",
                     "The phase that the report and the expectations are about."));
}

void add_lists(std::vector<ParameterRow>& rows) {
  rows.push_back(required(row("sweep.*.name", kTextList, kList, "",
                              "Name of the dimension; a list where one case has several labels.")));
  rows.push_back(row("sweep.*.path", kText, kList, "",
                     "The one key that a dimension of plain values varies."));
  rows.push_back(
      required(row("sweep.*.values", kCases, kList, "",
                   "Plain values of `path`, or cases: case \"label\" { key = value, ... }.")));
  rows.push_back(
      required(row("expect.*.that", kText, kList, "", "The expectation as a sentence.")));
  rows.push_back(required(row("expect.*.metric", kText, kList, "",
                              "What is compared; `disco info metrics` lists them.")));
  rows.push_back(row("expect.*.where", kSelector, kList, "",
                     "Only points with these labels; checked for each of the rest."));
  rows.push_back(row("expect.*.at", kSelector, kList, "",
                     "The point (one value of a dimension) whose metric is tested."));
  rows.push_back(
      row("expect.*.below", kBound, kList, "",
          "The metric must be less than this number, or than the metric at this point."));
  rows.push_back(
      row("expect.*.above", kBound, kList, "",
          "The metric must be greater than this number, or than the metric at this point."));
  rows.push_back(row("expect.*.near", kBound, kList, "",
                     "The metric must differ from this by at most `within`."));
  rows.push_back(row("expect.*.within", kNumber, kList, "0", "Tolerance of `near`, absolute."));
}

void add_report(std::vector<ParameterRow>& rows) {
  rows.push_back(row(key::kCompare, kText, kExperiment, "",
                     "The dimension whose values stand side by side; the first one if empty."));
  rows.push_back(row(
      key::kBaseline, kText, kExperiment, "",
      "The value of that dimension which the others are compared with; the first one if empty."));
  rows.push_back(row(key::kHeadlineMetric, kText, kExperiment, "cycles",
                     "The metric of the answer at the top; `headline = \"miss.mean\"` for short."));
  rows.push_back(choice(
      key::kHeadlineMean, "auto|each|geometric", "auto",
      "How several workloads become an answer. each: one after the other. geometric: the "
      "geometric mean of their ratios to the baseline, and their range. auto: each for up to "
      "three, else geometric."));
  rows.push_back(row(key::kHeadlineWhere, kSelector, kExperiment, "",
                     "Only points with these labels are in the answer."));
  rows.push_back(
      row(key::kDiffers, kTextList, kExperiment, "",
          "In what compared systems may differ although no case says so: processors. Without it a "
          "comparison of kernels with different numbers of processors is refused."));
}

std::vector<ParameterRow> all_rows() {
  std::vector<ParameterRow> rows;
  add_run(rows);
  add_machine(rows);
  add_monitor(rows);
  add_guest(rows);
  add_phases(rows);
  add_lists(rows);
  add_report(rows);
  return rows;
}

}  // namespace

std::span<const ParameterRow> schema() {
  static const std::vector<ParameterRow> rows = all_rows();
  return rows;
}

}  // namespace config
