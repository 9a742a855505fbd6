#include "config/setup.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/check.hpp"
#include "config/schema/schema.hpp"
#include "machine/parameters.hpp"

namespace config {
namespace {

/// The names that stand in place of the "*" of a pattern, sorted.
std::set<std::string> names_in(const Values& values, std::string_view before_star) {
  std::set<std::string> names;
  for (auto at = values.lower_bound(std::string{before_star});
       at != values.end() && at->first.starts_with(before_star); ++at) {
    const std::string rest = at->first.substr(before_star.size());
    names.insert(rest.substr(0, rest.find('.')));
  }
  return names;
}

/// Each name is an item, in the order of the names; what is not said of it keeps its default.
void set_items(Setup& setup, const ParameterRow& row, const Values& values) {
  const std::string path{row.path};
  const std::size_t star = path.find('*');
  std::size_t item = 0;
  for (const std::string& name : names_in(values, row.path.substr(0, star))) {
    const auto value = values.find(path.substr(0, star) + name + path.substr(star + 1));
    if (value != values.end()) row.set(setup, item, value->second);
    ++item;
  }
}

}  // namespace

bool is_vm_name(std::string_view name) {
  constexpr std::size_t kLongest = 32;
  return !name.empty() && name.size() <= kLongest &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

cpu::Fidelity fidelity_named(std::string_view word) {
  const machine::Parameter& fidelity = machine::parameter("machine.fidelity");
  const std::uint64_t value = value_named(fidelity, word);
  CHECK(value <= fidelity.most);
  return static_cast<cpu::Fidelity>(value);
}

Setup setup_of(const Values& values) {
  Setup setup;
  for (const ParameterRow& row : schema()) {
    if (!row.set) continue;
    if (row.path.find('*') != std::string_view::npos) {
      set_items(setup, row, values);
    } else {
      row.set(setup, 0, values.at(std::string{row.path}));
    }
  }
  std::size_t item = 0;
  for (const std::string& name : names_in(values, "vms.")) setup.vms.at(item++).name = name;
  return setup;
}

}  // namespace config
