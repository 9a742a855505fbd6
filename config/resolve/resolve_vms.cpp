#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "config/lua/lua_state.hpp"
#include "config/resolve/resolver.hpp"
#include "config/schema/keys.hpp"
#include "config/setup.hpp"

namespace config {
namespace {

/// "web" of "vms.web.count".
std::string vm_in(const std::string& path) { return path.substr(4, path.find('.', 4) - 4); }

}  // namespace

// vms = { vm "a" { ... }, vm "b" { ... } }. That there is one is said by its count.
void Resolver::read_vms(const SortedJson& list, const std::string& place, const Target& to) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = join_path(place, std::to_string(i + 1));
    const SortedJson& one = list[i];
    const bool is_vm = one.is_object() && one.value(kConstructorKey, "") == "vm";
    if (!is_vm) {
      complain(at, at, "expected vm \"name\" { ... }");
      continue;
    }
    const std::string name = one.at("name").get<std::string>();
    if (!is_vm_name(name)) {
      complain(at, at, "\"" + name + "\" is not a name (letters, digits, _ and -, at most 32)");
    } else if (!seen.insert(name).second) {
      complain(at, at, "a second virtual machine \"" + name + "\" (count makes several of a kind)");
    } else {
      read_vm(one, at, to);
    }
  }
}

void Resolver::read_vm(const SortedJson& vm, const std::string& place, const Target& to) {
  const std::string path = "vms." + vm.at("name").get<std::string>();
  const SortedJson& set = vm.at("set");
  const auto is_its = [&path](const auto& value) { return value.first.starts_with(path + "."); };
  if (std::any_of(to.values->begin(), to.values->end(), is_its))
    return complain(place, path, "is given twice");
  if (set.is_object()) {
    walk(set, path, place, to);
  } else if (!set.empty()) {
    return complain(place, path, "expected a table with names, vm \"name\" { key = value }");
  }
  if (std::none_of(to.values->begin(), to.values->end(), is_its))
    put(path + ".count", 1, place, to);
}

// workload "prog" { args = ... } says two or three keys of a virtual machine.
void Resolver::read_vm_workload(const std::string& vm, const SortedJson& table,
                                const std::string& place, const Target& to) {
  for (const auto& [key, value] : table.items()) {
    if (key == kConstructorKey) continue;
    const std::string path = vm + "." + (key == "program" ? "workload" : key);
    if (key == "program" || key == "args" || key == "files") {
      put(path, value, join_path(place, key), to);
    } else {
      complain(join_path(place, key), path, "unknown key (known here: program, args, files)");
    }
  }
}

std::vector<std::string> Resolver::vm_names() const {
  std::set<std::string> names;
  const auto add = [&names](const Values& values) {
    for (const auto& [path, value] : values) {
      if (path.starts_with("vms.")) names.insert(vm_in(path));
    }
  };
  add(e_.values);
  for (const Dimension& d : e_.dimensions) {
    for (const Case& one : d.cases) add(one.set);
  }
  return {names.begin(), names.end()};
}

bool Resolver::knows_vm_of(const std::string& path) const {
  const auto names = vm_names();
  return std::find(names.begin(), names.end(), vm_in(path)) != names.end();
}

// Beside virtual machines with programs of their own a native run has one program all the same.
void Resolver::note_what_native_runs() {
  const auto has_vms = [](const Point& point) {
    return std::any_of(point.values.begin(), point.values.end(),
                       [](const auto& v) { return v.first.starts_with("vms."); });
  };
  for (const Point& point : e_.points) {
    if (point.values.at(key::kMonitorKind) != "none" || !has_vms(point)) continue;
    e_.notes.push_back(point.name() + " has no monitor and no virtual machines: its kernel runs " +
                       point.values.at(key::kWorkloadProgram).get<std::string>() + " once");
    return;
  }
}

}  // namespace config
