// The two ways in: a Lua text, and the resolved JSON that an earlier run wrote.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/diagnostic.hpp"
#include "config/experiment.hpp"
#include "config/lua/lua_state.hpp"
#include "config/lua/source_map.hpp"
#include "config/resolve/resolve.hpp"
#include "config/schema/parse_json.hpp"
#include "machine/loaders/load_file.hpp"

namespace config {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::size_t kLargestResolved = 16 << 20;
constexpr int kDeepestKey = 8;

Diagnostics one(ErrorCode code, const std::string& where, std::uint32_t line,
                const std::string& what) {
  return {code, {{where, {line, 0, 0}, "", what}}};
}

Diagnostic told(const std::string& name, const SourceMap& map, const LuaFailure& failure) {
  const SourcePlace place =
      failure.path.empty() ? SourcePlace{failure.line, 0, 0} : map.place_of(failure.path);
  return {name, place, failure.path, failure.what};
}

/// What is no value at all, and what else is wrong: of one place only the former.
Diagnostics merged(std::vector<Diagnostic> wrong,
                   const Result<Experiment, Diagnostics>& experiment) {
  const std::size_t first = wrong.size();
  if (!experiment) {
    for (const Diagnostic& more : experiment.error().all) {
      const auto same = [&more](const Diagnostic& d) {
        const bool there = d.place.line == more.place.line && d.place.column == more.place.column;
        return there || d.path.starts_with(more.path + ".");  // of the list that it stood in
      };
      if (std::none_of(wrong.begin(), wrong.begin() + static_cast<std::ptrdiff_t>(first), same))
        wrong.push_back(more);
    }
  }
  return {ErrorCode::kConfig, wrong};
}

// canonical() back to the form of an experiment's body.
SortedJson body_of(const SortedJson& resolved) {
  SortedJson body = SortedJson::object();
  for (const char* key :
       {"question", "measure", "repeats", "phases", "sweep", "expect", "report"}) {
    if (resolved.contains(key)) body[key] = resolved[key];
  }
  if (resolved.contains("values") && resolved["values"].is_object()) {
    for (const auto& [path, value] : resolved["values"].items()) {
      if (std::count(path.begin(), path.end(), '.') > kDeepestKey) {
        body[path] = value;  // no key that exists: told as such
        continue;
      }
      const bool full = value.is_object() && value.contains("value");
      SortedJson nested = full ? value["value"] : value;
      std::string rest = path;
      for (std::size_t dot; (dot = rest.rfind('.')) != std::string::npos; rest.resize(dot)) {
        nested = SortedJson{{rest.substr(dot + 1), nested}};
      }
      body.merge_patch(SortedJson{{rest, nested}});
    }
  }
  return body;
}

// Lua keeps the last of equal keys; whoever wrote two meant two.
std::vector<Diagnostic> given_twice(const std::string& name, const SourceMap& map) {
  std::vector<Diagnostic> list;
  for (const SourceMap::Key& key : map.repeated()) {
    list.push_back({name, key.place, fmt::format("{}", fmt::join(key.chain, ".")),
                    "is given twice in one table; the first would be lost"});
  }
  return list;
}

}  // namespace

Result<Experiment, Diagnostics> load_lua(const std::string& name, const std::string& text,
                                         const LoadOptions& options) {
  if (text.size() > kLargestFile) {
    return Failure{one(ErrorCode::kConfig, name, 0, "is larger than 1 MB: not an experiment")};
  }
  LuaState lua{options.seed.value_or(1)};
  const auto declared = lua.run(text);
  const SourceMap map{text};
  if (!declared)
    return Failure{Diagnostics{ErrorCode::kConfig, {told(name, map, declared.error())}}};
  std::vector<Diagnostic> wrong = given_twice(name, map);
  for (const LuaFailure& failure : declared->wrong) wrong.push_back(told(name, map, failure));
  const SortedJson& said = declared->experiment;
  if (!wrong.empty() && !(said.is_object() && said.contains("name") && said["name"].is_string()))
    return Failure{Diagnostics{ErrorCode::kConfig, wrong}};
  if (!said.contains("body")) {
    return Failure{one(ErrorCode::kConfig, name, 0, "the experiment has no body { ... }")};
  }
  const auto place_of = [&map](const std::string& path) { return map.place_of(path); };
  auto experiment = resolve(name, said["name"].get<std::string>(), said["body"], place_of, options);
  if (!wrong.empty()) return Failure{merged(std::move(wrong), experiment)};
  if (!experiment) return experiment;
  experiment->source_name = name;
  experiment->source_text = text;
  return experiment;
}

Result<Experiment, Diagnostics> load_resolved(const std::string& name, const std::string& text,
                                              const LoadOptions& options) {
  const auto parsed = parse_json<SortedJson>(text);
  if (!parsed) return Failure{one(ErrorCode::kConfig, name, 0, parsed.error().clause)};
  const SortedJson& json = *parsed;
  if (!json.is_object() || !json.contains("schema") || json["schema"] != "disco-experiment 1" ||
      !json.contains("name") || !json["name"].is_string()) {
    return Failure{
        one(ErrorCode::kConfig, name, 0, "is not a resolved experiment (disco-experiment 1)")};
  }
  const auto nowhere = [](const std::string&) { return SourcePlace{}; };
  LoadOptions again = options;
  again.resolved = true;
  auto experiment = resolve(name, json["name"].get<std::string>(), body_of(json), nowhere, again);
  if (!experiment) return experiment;
  // What was decided when the file was loaded still holds.
  for (const SortedJson& note : json.value("notes", SortedJson::array())) {
    auto& notes = experiment->notes;
    if (note.is_string() && std::find(notes.begin(), notes.end(), note) == notes.end())
      notes.push_back(note.get<std::string>());
  }
  experiment->source_name = name;
  experiment->source_text = text;
  return experiment;
}

Result<Experiment, Diagnostics> load_file(const std::string& path, const LoadOptions& options) {
  const bool resolved = path.ends_with(".json");
  const auto read = machine::read_text(path, resolved ? kLargestResolved : kLargestFile);
  if (!read) {
    const Error& e = read.error();
    const std::string remedy = e.remedy.empty() ? "" : " (" + e.remedy + ")";
    return Failure{one(ErrorCode::kInput, path, 0, e.what + remedy)};
  }
  const std::string& text = *read;
  std::string name = path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  const auto is_odd = [](char c) { return c < ' ' || c > '~'; };
  if (!is_printable(name)) std::replace_if(name.begin(), name.end(), is_odd, '?');
  if (resolved) return load_resolved(name, text, options);
  return load_lua(name, text, options);
}

}  // namespace config
