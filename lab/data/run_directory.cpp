#include "lab/data/run_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/wording.hpp"
#include "config/prepare.hpp"
#include "config/schema/parse_json.hpp"
#include "lab/points/point_runner.hpp"
#include "lab/points/quoting.hpp"
#include "lab/points/version.hpp"
#include "machine/loaders/load_file.hpp"

namespace lab {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPartial = ".partial";
constexpr std::uint64_t kLargestJson = 64 << 20;

Error failed(const fs::path& path, const std::string& what) {
  return {ErrorCode::kInput, path.string(), what, "is the disk full, or the directory not yours?"};
}

Result<Nothing, Error> make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Failure{failed(path, "cannot be created: " + error.message())};
  return Nothing{};
}

std::string points_csv(const config::Experiment& e) {
  std::vector<std::string> head = {"point"};
  if (!e.points.empty()) {
    for (const auto& [name, label] : e.points.front().labels) head.push_back(name);
  }
  head.emplace_back("hash");
  std::string text = csv_record(head);
  for (std::size_t i = 0; i < e.points.size(); ++i) {
    std::vector<std::string> record = {fmt::format("p{:02}", i)};
    for (const auto& [name, label] : e.points[i].labels) record.push_back(label);
    record.push_back(e.points[i].hash());
    text += csv_record(record);
  }
  return text;
}

std::string program_path() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).string();
}

std::string reproduce_sh(const std::vector<std::string>& command) {
  std::string text = "#!/bin/sh\n# The command that made this directory:\n#  ";
  for (const std::string& word : command) text += " " + shell_word_on_one_line(word);
  text +=
      "\n# The same run from the resolved configuration and the kept input files, into runs/ where "
      "it is called.\n"
      "# Digests and counts must come out equal. DISCO names the program, if not the one that made "
      "this.\n"
      "made_by=" +
      shell_word(program_path()) +
      "\n[ -x \"$made_by\" ] || made_by=disco\n"
      // Not dirname, whose answer would lose line ends at the end of a name.
      "case $0 in */*) here=${0%/*} ;; *) here=. ;; esac\n"
      "case $here in -*) here=./$here ;; esac\n"
      "exec \"${DISCO:-$made_by}\" run \"$here/config.resolved.json\" \"$@\"\n";
  return text;
}

// The run that a directory is or lies in, links followed.
std::optional<fs::path> run_around(const fs::path& directory) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(directory, error), error);
  for (; !error && path.has_relative_path(); path = path.parent_path()) {
    if (fs::exists(path / "manifest.json", error) &&
        fs::exists(path / "config.resolved.json", error))
      return path;
  }
  return std::nullopt;
}

}  // namespace

bool is_partial(const fs::path& run) { return run.extension() == kPartial; }

std::optional<DirectoryLock> DirectoryLock::take(const fs::path& directory) {
  DirectoryLock lock{open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (lock.fd_ < 0 || flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) close(fd_);
}

std::string utc_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H%M%SZ", &utc);
  return text;
}

std::string program_hash() {
  std::ifstream file{"/proc/self/exe", std::ios::binary};
  return config::sha256(std::string{std::istreambuf_iterator<char>{file}, {}});
}

Result<Json, Error> read_json(const fs::path& path) {
  const auto text = machine::read_text(path.string(), kLargestJson);
  if (!text) return Failure{text.error()};
  auto json = config::parse_json<Json>(*text);
  if (!json) return Failure{Error{ErrorCode::kInput, path.string(), json.error().clause, ""}};
  return std::move(*json);
}

Result<RunDirectory, Error> RunDirectory::create(const fs::path& root, const config::Experiment& e,
                                                 const std::vector<std::string>& command) {
  const fs::path parent = root / e.name;
  if (const auto run = run_around(parent)) {
    return Failure{Error{ErrorCode::kUsage, parent.string(),
                         "lies within the run " + run->string() + ", which nothing is written into",
                         "choose another directory with --out"}};
  }
  if (const auto made = make_directory(parent); !made) return Failure{made.error()};
  const auto refused = [&](const fs::path& path, const Error& error) {
    std::error_code ignored;
    fs::remove_all(path, ignored);  // it holds nothing yet
    return Failure{error};
  };
  const std::string base = utc_stamp() + "-" + e.hash().substr(0, 4);
  fs::path path;
  // Two runs in one second: create_directory tells who came first.
  for (int attempt = 0;; ++attempt) {
    const std::string name = attempt == 0 ? base : fmt::format("{}-{}", base, attempt + 1);
    std::error_code error;
    if (fs::exists(parent / name, error)) continue;
    path = parent / (name + kPartial);
    if (fs::create_directory(path, error)) break;
    if (error) return Failure{failed(path, "cannot be created: " + error.message())};
  }
  auto lock = DirectoryLock::take(path);
  if (!lock) return Failure{failed(path, "cannot be locked")};
  RunDirectory directory{path, std::move(*lock)};
  const bool json = e.source_name.ends_with(".json");
  for (const auto& [name, text] : {std::pair<std::string, std::string>{
                                       json ? "experiment.json" : "experiment.lua", e.source_text},
                                   {"config.resolved.json", e.resolved().dump(1) + "\n"},
                                   {"points.csv", points_csv(e)},
                                   {"reproduce.sh", reproduce_sh(command)}}) {
    if (const auto written = write_file(path / name, text); !written)
      return refused(path, written.error());
  }
  std::error_code ignored;
  fs::permissions(path / "reproduce.sh", fs::perms::owner_exec | fs::perms::group_exec,
                  fs::perm_options::add, ignored);
  return directory;
}

Result<RunDirectory, Error> RunDirectory::resume(const fs::path& partial,
                                                 const config::Experiment& e) {
  std::error_code ignored;
  if (!fs::exists(partial / "manifest.json", ignored)) {
    if (is_partial(partial) && fs::is_directory(partial, ignored)) {
      return Failure{Error{ErrorCode::kInput, partial.string(),
                           "was interrupted before it began: there is nothing to resume",
                           "delete it and start a new run"}};
    }
    return Failure{
        Error{ErrorCode::kInput, partial.string(), "no such run",
              "the *.partial directory of an interrupted run, or latest; see `disco ls`"}};
  }
  const auto manifest = read_json(partial / "manifest.json");
  if (!manifest) return Failure{manifest.error()};
  if (!is_partial(partial))
    return Failure{
        Error{ErrorCode::kUsage, partial.string(), "is complete: there is nothing to resume", ""}};
  if (manifest->value("config_hash", "") != e.hash()) {
    return Failure{Error{ErrorCode::kUsage, partial.string(), "belongs to another configuration",
                         "resume it with the same file and --set options"}};
  }
  if (manifest->value("program_sha256", "") != program_hash()) {
    return Failure{Error{ErrorCode::kUsage, partial.string(),
                         "was begun by another build of the program", "start a new run"}};
  }
  auto lock = DirectoryLock::take(partial);
  if (!lock) {
    return Failure{Error{ErrorCode::kUsage, partial.string(), "is still being written",
                         "wait until the process that runs it has ended"}};
  }
  return RunDirectory{partial, std::move(*lock)};
}

fs::path RunDirectory::point_path(std::size_t index, const config::Point& point,
                                  std::uint64_t repeat) const {
  return path_ / fmt::format("p{:02}-{}", index, point.name()) / fmt::format("r{}", repeat);
}

Result<fs::path, Error> RunDirectory::begin_point(std::size_t index, const config::Point& point,
                                                  std::uint64_t repeat) {
  const fs::path path = point_path(index, point, repeat).string() + kPartial;
  std::error_code error;
  fs::remove_all(path, error);  // of an earlier, interrupted attempt
  if (const auto made = make_directory(path); !made) return Failure{made.error()};
  return path;
}

Result<Nothing, Error> RunDirectory::commit_point(std::size_t index, const config::Point& point,
                                                  std::uint64_t repeat) {
  const fs::path path = point_path(index, point, repeat);
  std::error_code error;
  fs::rename(path.string() + kPartial, path, error);
  if (error) return Failure{failed(path, "cannot be renamed: " + error.message())};
  return Nothing{};
}

bool RunDirectory::has_point(std::size_t index, const config::Point& point,
                             std::uint64_t repeat) const {
  std::error_code ignored;
  return fs::exists(point_path(index, point, repeat) / "results.json", ignored);
}

std::optional<Json> RunDirectory::read_point(std::size_t index, const config::Point& point,
                                             std::uint64_t repeat) const {
  const fs::path path = point_path(index, point, repeat);
  for (const std::string& directory : {path.string(), path.string() + kPartial}) {
    if (auto json = read_json(fs::path{directory} / "results.json")) return std::move(*json);
  }
  return std::nullopt;
}

Result<Nothing, Error> RunDirectory::keep_inputs(const std::vector<config::InputFile>& inputs) {
  const fs::path folder = path_ / "inputs";
  if (const auto made = make_directory(folder); !made) return made;
  for (const config::InputFile& file : inputs) {
    std::error_code error;
    const fs::path kept = folder / file.name;
    if (fs::exists(kept, error)) continue;
    const fs::path partial = path_ / "inputs.partial";  // no input can have this place
    fs::copy_file(file.path, partial, fs::copy_options::overwrite_existing, error);
    if (!error) fs::rename(partial, kept, error);
    if (error) return Failure{failed(kept, "cannot be written: " + error.message())};
  }
  return Nothing{};
}

Result<Nothing, Error> RunDirectory::write_manifest(const Json& manifest) {
  return write_file(path_ / "manifest.json", json_text(manifest, 1) + "\n");
}

void RunDirectory::discard() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<Nothing, Error> RunDirectory::finish() {
  if (!is_partial(path_)) return Nothing{};
  fs::path whole = path_;
  whole.replace_extension();
  std::error_code error;
  fs::rename(path_, whole, error);
  if (error) return Failure{failed(whole, "cannot be renamed: " + error.message())};
  path_ = whole;
  // Atomically: a reader sees the old link or the new one.
  for (const fs::path& link :
       {whole.parent_path() / "latest", whole.parent_path().parent_path() / "latest"}) {
    const fs::path fresh = link.string() + "." + whole.filename().string();
    fs::create_symlink(fs::relative(whole, link.parent_path(), error), fresh, error);
    fs::rename(fresh, link, error);
    if (error) return Failure{failed(link, "cannot be linked: " + error.message())};
  }
  return Nothing{};
}

std::vector<fs::path> list_runs(const fs::path& root) {
  std::vector<fs::path> runs;
  std::error_code ignored;
  for (const auto& experiment : fs::directory_iterator(root, ignored)) {
    if (experiment.is_symlink(ignored) || !experiment.is_directory(ignored)) continue;
    for (const auto& run : fs::directory_iterator(experiment.path(), ignored)) {
      if (run.is_symlink(ignored) || !run.is_directory(ignored)) continue;
      if (fs::exists(run.path() / "manifest.json", ignored) || is_partial(run.path()))
        runs.push_back(run.path());
    }
  }
  std::sort(runs.begin(), runs.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  return runs;
}

Result<fs::path, Error> find_interrupted(const fs::path& root, const std::string& experiment) {
  const auto runs = list_runs(root);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    std::error_code ignored;
    if (run->parent_path().filename() == experiment && is_partial(*run) &&
        fs::exists(*run / "manifest.json", ignored))
      return *run;
  }
  return Failure{Error{ErrorCode::kInput, (root / experiment).string(),
                       "no interrupted run is there", "see `disco ls`"}};
}

std::string status_of(const fs::path& run, const Json& manifest) {
  const std::string status = text_of(manifest, "status");
  const bool open = status == "running" || (status == "complete" && is_partial(run));
  return open && DirectoryLock::take(run) ? "interrupted" : status;
}

Result<fs::path, Error> find_run(const fs::path& root, const std::string& word) {
  std::error_code ignored;
  for (const fs::path& candidate : {fs::path{word}, root / word, root / word / "latest"}) {
    if (!word.empty() && fs::exists(candidate / "manifest.json", ignored)) {
      return fs::canonical(candidate, ignored);
    }
  }
  const std::string name = word.starts_with('@') ? word.substr(1) : word;
  if (name != word) return find_run(root, name);
  return Failure{Error{ErrorCode::kInput, word.empty() ? root.string() : word, "no such run",
                       "a run directory, \"latest\", or an experiment's name; see `disco ls`"}};
}

}  // namespace lab
