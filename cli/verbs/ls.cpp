// disco ls: the runs there are. disco latest: where the newest one is, for scripts.
#include "cli/run_directory.hpp"
#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"

namespace cli::verbs {
namespace {

Outcome ls(const std::string& root, Session& session) {
  std::vector<std::vector<std::string>> table = {
      {"run", "status", "exit", "points", "instructions", "configuration"}};
  Json list = Json::array();
  for (const auto& path : list_runs(root)) {
    const auto manifest = read_json(path / "manifest.json");
    if (!manifest) {
      session.warn(manifest.error().message());
      continue;
    }
    const Json& m = *manifest;
    const std::string hash = m.value("config_hash", "");
    const std::string status = status_of(path, m);
    table.push_back({path.string(), status, std::to_string(m.value("exit_code", 0)),
                     std::to_string(m.value("points", Json::array()).size()),
                     scaled(m.value("instructions", 0.0)), hash.substr(0, 12)});
    list.push_back({{"run", path.string()},
                    {"status", status},
                    {"exit_code", m.value("exit_code", 0)},
                    {"config_hash", hash}});
  }
  session.say(table_text(table, session.paint()));
  session.emit({{"runs", list}});
  return 0;
}

Outcome latest(const std::string& root, Session& session) {
  const auto run = find_run(root, "latest");
  if (!run) return Failure{run.error()};
  session.say(run->string());
  session.emit({{"run", run->string()}});
  return 0;
}

}  // namespace

void add_ls(CommandLine& line) {
  const auto root = std::make_shared<std::string>("runs");
  const auto add = [&line, root](const char* name, const char* what, auto action) {
    CLI::App* verb = line.add_verb(
        name, what, [root, action](Session& session) { return action(*root, session); });
    verb->add_option("-o,--out", *root, "where run directories are")
        ->type_name("DIR")
        ->capture_default_str();
  };
  add("ls", "list the runs", ls);
  add("latest", "print the newest run's directory", latest);
}

}  // namespace cli::verbs
