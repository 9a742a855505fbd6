#include "cli/boot_keys.hpp"

#include <algorithm>
#include <iterator>

#include "config/schema/schema.hpp"

namespace cli {
namespace {

struct KeyOption {
  const char* option;
  const char* key;
  KeyGroup group;
  const char* type;  // how help texts call its value; "" for a flag and for a choice
  const char* what;
};

constexpr KeyOption kOptions[] = {
    {"--memory", "machine.mem.per_node", KeyGroup::kMachine, "SIZE", "RAM of each node"},
    {"--nodes", "machine.nodes", KeyGroup::kMachine, "UINT", "nodes"},
    {"--cpus", "machine.cpus_per_node", KeyGroup::kMachine, "UINT", "processors in each node"},
    {"--clock", "machine.clock", KeyGroup::kMachine, "FREQUENCY", "processor clock"},
    {"--tlb", "machine.cpu.tlb.entries", KeyGroup::kMachine, "UINT",
     "TLB entries of each processor"},
    {"--engine", "machine.engine", KeyGroup::kMachine, "", "how instructions are executed"},
    {"--fidelity", "machine.fidelity", KeyGroup::kMachine, "", "what is timed"},
    {"--fp-unimplemented", "machine.cpu.fp_unimplemented", KeyGroup::kMachine, "",
     "what the FPU does with what the R10000 leaves to software: subnormals, conversions that do "
     "not fit"},
    {"--seed", "seed", KeyGroup::kSeed, "UINT", "of everything that is random"},
    {"--console", "machine.console", KeyGroup::kConsole, "",
     "what is typed at: the serial port, or a virtio console besides (hvc0 in Linux)"},
    {"--l2tlb", "monitor.l2tlb.entries", KeyGroup::kMonitor, "UINT",
     "entries of the second-level TLB, 0 = off"},
    {"--large-pages", "monitor.large_pages", KeyGroup::kMonitor, "",
     "let the monitor use larger TLB pages"},
    {"--guest-memory", "monitor.vm.memory", KeyGroup::kMonitor, "SIZE",
     "RAM of the virtual machine"},
};

/// Numbers that are out of a key's range the key refuses itself.
constexpr std::uint64_t kLeastLimit = 0xffffffff;

Option add_option(Verb verb, const KeyOption& one, std::string& text) {
  const config::ParameterRow& row = *config::find_row(one.key);
  if (row.kind == config::ValueKind::kFlag) {
    return verb.flag(
        one.option, [&text](bool on) { text = on ? "true" : "false"; }, one.what);
  }
  Option option = verb.option(one.option, text, one.what);
  if (row.kind == config::ValueKind::kChoice) option.one_of(config::choices_of(row));
  if (row.kind == config::ValueKind::kInteger) option.whole_number(std::max(row.high, kLeastLimit));
  if (*one.type != '\0') option.type_name(one.type);
  return option.shows_default();
}

Result<Nothing, Error> add_sets(config::Values& values, const std::vector<std::string>& sets) {
  for (const std::string& set : sets) {
    const auto refuse = [&](const std::string& what, const std::string& remedy) {
      return Failure{Error{ErrorCode::kUsage, "--set " + set, what, remedy}};
    };
    const std::string key = set.substr(0, set.find('='));
    if (!set.starts_with("machine."))
      return refuse("is not a key of the machine", "`disco info params` lists the keys machine.*");
    const auto* const alias = std::find_if(std::begin(kOptions), std::end(kOptions),
                                           [&](const KeyOption& one) { return one.key == key; });
    if (alias != std::end(kOptions))
      return refuse("has an option of its own", std::string{"use "} + alias->option);
    const auto done = config::set_value(values, set);
    if (!done) return refuse(done.error().clause, "`disco info params` lists the keys machine.*");
  }
  return Nothing{};
}

}  // namespace

BootKeys::BootKeys() {
  for (const KeyOption& one : kOptions)
    texts_[one.option] = config::find_row(one.key)->default_value;
}

void BootKeys::add_options(Verb verb, KeyGroup group) {
  for (const KeyOption& one : kOptions) {
    if (one.group != group) continue;
    Option option = add_option(verb, one, texts_.at(one.option));
    if (group == KeyGroup::kMonitor) option.needs("--monitor");
  }
}

Result<config::Setup, Error> BootKeys::setup(const std::vector<std::string>& sets) const {
  config::Values values = config::default_values();
  if (const auto added = add_sets(values, sets); !added) return Failure{added.error()};
  for (const KeyOption& one : kOptions) {
    const std::string& text = texts_.at(one.option);
    const auto done = config::set_key(values, one.key, text);
    if (done) continue;
    const bool is_range = done.error().why == config::Refusal::Why::kRange;
    return Failure{Error{is_range ? ErrorCode::kConfig : ErrorCode::kUsage,
                         std::string{one.option} + " " + text, done.error().clause, ""}};
  }
  return config::setup_of(values);
}

}  // namespace cli
