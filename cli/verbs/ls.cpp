// disco ls: the runs there are. disco latest: where the newest one is, for scripts.
#include <nlohmann/json.hpp>

#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"
#include "lab/data/run_directory.hpp"

namespace cli::verbs {
namespace {

// Whether what ls shows is there, each of its kind.
bool is_manifest(const Json& m) {
  const auto has = [&m](const char* key, auto is_right) {
    const auto found = m.find(key);
    return found != m.end() && is_right(*found);
  };
  const auto is_number = [](const Json& value) { return value.is_number_unsigned(); };
  const auto is_text = [](const Json& value) { return value.is_string(); };
  return m.is_object() && has("status", is_text) && has("config_hash", is_text) &&
         has("exit_code", is_number) && has("instructions", is_number) &&
         has("points", [](const Json& value) { return value.is_array(); });
}

Outcome ls(const std::string& root, Session& session) {
  std::vector<std::vector<std::string>> table = {
      {"run", "status", "exit", "points", "instructions", "configuration"}};
  Json list = Json::array();
  const auto unreadable = [&](const std::filesystem::path& path, const char* status) {
    table.push_back({path.string(), status, "-", "-", "-", "-"});
    list.push_back({{"run", path.string()},
                    {"status", status},
                    {"exit_code", nullptr},
                    {"config_hash", nullptr},
                    {"resumable", false}});
  };
  for (const auto& path : lab::list_runs(root)) {
    std::error_code ignored;
    if (!std::filesystem::exists(path / "manifest.json", ignored)) {
      unreadable(path, "interrupted");  // before it began
      continue;
    }
    const auto manifest = lab::read_json(path / "manifest.json");
    if (!manifest || !is_manifest(*manifest)) {
      session.warn(manifest ? (path / "manifest.json").string() + ": is no manifest of this program"
                            : manifest.error().message());
      unreadable(path, "damaged");
      continue;
    }
    const Json& m = *manifest;
    const std::string hash = text_of(m, "config_hash");
    const std::string status = lab::status_of(path, m);
    const std::uint64_t code = number_of(m, "exit_code");
    table.push_back(
        {path.string(), status, std::to_string(code), std::to_string(m.at("points").size()),
         scaled(static_cast<double>(number_of(m, "instructions"))), hash.substr(0, 12)});
    list.push_back({{"run", path.string()},
                    {"status", status},
                    {"exit_code", code},
                    {"config_hash", hash},
                    {"resumable", lab::is_partial(path) && status != "running"}});
  }
  session.say(table_text(table, session.paint()));
  session.emit({{"runs", list}});
  return 0;
}

Outcome latest(const std::string& root, Session& session) {
  const auto run = lab::find_run(root, "latest");
  if (!run) return Failure{run.error()};
  session.say(run->string());
  session.emit({{"run", run->string()}});
  return 0;
}

}  // namespace

void add_ls(CommandLine& line) {
  const auto root = std::make_shared<std::string>("runs");
  const auto add = [&line, root](const char* name, const char* what, auto action) {
    Verb verb = line.add_verb(name, what,
                              [root, action](Session& session) { return action(*root, session); });
    verb.option("-o,--out", *root, "where run directories are").type_name("DIR").shows_default();
  };
  add("ls", "list the runs", ls);
  add("latest", "print the newest run's directory", latest);
}

}  // namespace cli::verbs
