#include "lab/run_experiment.hpp"

#include <fmt/format.h>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "common/wording.hpp"
#include "lab/data/judgement.hpp"
#include "lab/data/run_data.hpp"
#include "lab/points/interrupt.hpp"
#include "lab/points/point_pool.hpp"
#include "lab/points/prepare_point.hpp"
#include "lab/points/version.hpp"
#include "lab/report/report.hpp"

namespace lab {
namespace fs = std::filesystem;
namespace {

Json host_json() {
  utsname names{};
  uname(&names);
  std::string cpu = "unknown";
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    cpu = line.substr(std::min(line.size(), line.find(':') + 2));
    break;
  }
  return {{"cpu", cpu},
          {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
          {"kernel", std::string{names.sysname} + " " + names.release},
          {"machine", names.machine}};
}

// What matters most wins: a bug of ours, an interrupt, a missing file ... a failed expectation.
int worse(int a, int b) {
  constexpr int kOrder[] = {70, 130, 4, 3, 6, 7, 5, 1, 0};
  for (const int code : kOrder) {
    if (a == code || b == code) return code;
  }
  return std::max(a, b);
}

// Of a results.json. One of a guest that failed says nothing of the next run.
bool ended_well(const Json& results) {
  return text_of(results, "status") == "complete" &&
         number_of(results, "exit_code", 70) <= static_cast<std::uint64_t>(ErrorCode::kExpectation);
}

class Run {
 public:
  Run(const Audience& audience, ProgressView& progress, const LoadedExperiment& loaded,
      const RunOptions& options)
      : audience_{audience},
        progress_{progress},
        e_{loaded.experiment},
        locations_{loaded.locations},
        options_{options} {}

  Result<FinishedRun, Error> execute();

 private:
  struct Slot {
    std::size_t index;
    std::uint64_t repeat;
  };

  Result<Nothing, Error> prepare_inputs();
  Result<Nothing, Error> open_directory();
  Result<Nothing, Error> make_jobs();
  std::vector<std::uint64_t> expected_instructions() const;
  void point_done(const PointJob& job, const PointOutcome& outcome);
  Json manifest(const std::string& status) const;
  Result<Nothing, Error> conclude();

  const Audience& audience_;
  ProgressView& progress_;
  const config::Experiment& e_;
  const config::Locations& locations_;
  const RunOptions& options_;
  std::optional<RunDirectory> directory_;
  std::vector<config::InputFile> inputs_;
  std::vector<PointJob> jobs_;
  std::vector<std::uint64_t> already_done_;  // instructions
  std::size_t ended_ = 0;
  int exit_code_ = 0;
  std::string started_ = utc_stamp();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Every point's files are looked for before anything runs: a missing one is known at once.
Result<Nothing, Error> Run::prepare_inputs() {
  std::set<std::string> seen;
  config::StartChecks starts;
  for (const config::Point& point : e_.points) {
    if (interrupted())
      return Failure{Error{ErrorCode::kInterrupted, "", "interrupted before anything ran", ""}};
    const auto prepared = prepare_point(e_, point, locations_, starts);
    if (!prepared) return Failure{prepared.error()};
    for (const config::InputFile& file : prepared->inputs) {
      if (!seen.insert(file.role + file.name + file.sha256).second) continue;
      // The run directory keeps them by name, and a reproduction finds them there.
      for (const config::InputFile& other : inputs_) {
        if (other.name != file.name || other.sha256 == file.sha256) continue;
        return Failure{Error{ErrorCode::kConfig, file.path,
                             "has the name of another input file, " + other.path,
                             "rename one of them"}};
      }
      inputs_.push_back(file);
    }
  }
  return Nothing{};
}

Result<Nothing, Error> Run::open_directory() {
  if (!options_.resume.empty()) {
    fs::path path = options_.resume;
    if (options_.resume == "latest") {
      const auto found = find_interrupted(options_.root, e_.name);
      if (!found) return Failure{found.error()};
      path = *found;
    }
    auto resumed = RunDirectory::resume(path, e_);
    if (!resumed) return Failure{resumed.error()};
    directory_ = std::move(*resumed);
    return directory_->keep_inputs(inputs_);  // it may have been killed before they were there
  }
  auto created = RunDirectory::create(options_.root, e_, options_.command);
  if (!created) return Failure{created.error()};
  directory_ = std::move(*created);
  // Whatever comes now leaves a directory that says what it is.
  auto begun = directory_->write_manifest(manifest("running"));
  if (begun) begun = directory_->keep_inputs(inputs_);
  if (!begun) directory_->discard();
  return begun;
}

Result<Nothing, Error> Run::make_jobs() {
  for (std::size_t i = 0; i < e_.points.size(); ++i) {
    for (std::uint64_t repeat = 0; repeat < e_.repeats; ++repeat) {
      if (directory_->has_point(i, e_.points[i], repeat)) {
        const auto results = directory_->read_point(i, e_.points[i], repeat);
        already_done_.push_back(results ? number_of(*results, "instructions") : 0);
        continue;
      }
      const auto path = directory_->begin_point(i, e_.points[i], repeat);
      if (!path) return Failure{path.error()};
      jobs_.push_back({&e_, &e_.points[i], i, repeat, *path, options_.host_seconds});
    }
  }
  return Nothing{};
}

// From the newest earlier run in which each point ended well; 0 for one that is unknown.
std::vector<std::uint64_t> Run::expected_instructions() const {
  std::vector<std::uint64_t> expected;
  auto runs = list_runs(options_.root);
  std::reverse(runs.begin(), runs.end());
  for (const PointJob& job : jobs_) {
    std::uint64_t instructions = 0;
    for (const fs::path& run : runs) {
      if (run.parent_path().filename() != e_.name) continue;
      const fs::path point = run / directory_->point_path(job.index, *job.point, job.repeat)
                                       .lexically_relative(directory_->path());
      const auto results = read_json(point / "results.json");
      if (!results || !ended_well(*results)) continue;
      instructions = number_of(*results, "instructions");
      break;
    }
    expected.push_back(instructions);
  }
  return expected;
}

void Run::point_done(const PointJob& job, const PointOutcome& outcome) {
  ++ended_;
  exit_code_ = worse(exit_code_, outcome.exit_code);
  const std::string name =
      job.point->name() + (e_.repeats > 1 ? fmt::format(" (repeat {})", job.repeat) : "");
  if (!outcome.error.empty()) {
    audience_.warn(name + ": " + outcome.error);
    return;
  }
  const auto results = directory_->read_point(job.index, *job.point, job.repeat);
  if (!results) return audience_.warn(name + ": left no results");
  const std::string status = results->value("status", "");
  if (status == "complete" || status == "limit") {
    if (const auto committed = directory_->commit_point(job.index, *job.point, job.repeat);
        !committed) {
      exit_code_ = worse(exit_code_, static_cast<int>(committed.error().code));
      audience_.warn(committed.error().message());
    }
  }
  const auto& guest = (*results).at("guest_exit");
  std::string how = status;
  if (guest.is_number() && guest != 0) how += ", guest exit " + guest.dump();
  if (outcome.exit_code == 1) how += ", identities RED";
  const bool failed = outcome.exit_code == static_cast<int>(ErrorCode::kGuest);
  std::string line = fmt::format(
      "[{}/{}] {}: {}, {} instructions, {:.1f} MIPS", already_done_.size() + ended_,
      already_done_.size() + jobs_.size(), name, failed ? "the guest FAILED (" + how + ")" : how,
      scaled(results->value("instructions", 0.0)), (*results).at("host").value("mips", 0.0));
  if (failed) {
    const std::string last = text_of(results->value("console", Json::object()), "last_line");
    line += last.empty() ? "; it said nothing" : "; its last line: " + last;
  }
  if (failed && audience_.is_quiet()) return audience_.warn(line);
  audience_.note(line);
}

Json Run::manifest(const std::string& status) const {
  Json inputs = Json::array();
  for (const config::InputFile& file : inputs_)
    inputs.push_back({{"role", file.role}, {"name", file.name}, {"sha256", file.sha256}});
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::uint64_t instructions = 0;
  double cpu_seconds = 0;
  std::string digests;
  Json points = Json::array();
  for (std::size_t i = 0; i < e_.points.size(); ++i) {
    for (std::uint64_t repeat = 0; repeat < e_.repeats; ++repeat) {
      const auto results = directory_->read_point(i, e_.points[i], repeat);
      if (!results) {
        points.push_back(
            {{"point", e_.points[i].name()}, {"repeat", repeat}, {"status", "missing"}});
        continue;
      }
      instructions += results->value("instructions", std::uint64_t{0});
      cpu_seconds += (*results).at("host").value("seconds", 0.0);
      digests += results->value("digest", "");
      Json one = {{"point", e_.points[i].name()}, {"repeat", repeat}};
      for (const char* key :
           {"status", "exit_code", "guest_exit", "seed", "hash", "instructions", "digest"})
        one[key] = (*results)[key];
      points.push_back(std::move(one));
    }
  }
  return {{"schema", "disco-manifest 1"},
          {"experiment", e_.name},
          {"status", status},
          {"exit_code", exit_code_},
          {"command", options_.command},
          {"config_hash", e_.hash()},
          {"seed", e_.values.at("seed")},
          {"repeats", e_.repeats},
          {"started", started_},
          {"ended", utc_stamp()},
          {"build", version_json()},
          {"program_sha256", program_hash()},
          {"host", host_json()},
          {"inputs", inputs},
          {"instructions", instructions},
          {"wall_seconds", wall},
          {"mips", cpu_seconds > 0 ? static_cast<double>(instructions) / cpu_seconds * 1e-6 : 0.0},
          {"digest", config::sha256(digests)},
          {"points", points}};
}

Result<Nothing, Error> Run::conclude() {
  const bool whole =
      ended_ == jobs_.size() && exit_code_ != 130 && exit_code_ != 70 && exit_code_ != 4;
  std::string status = whole                                  ? "complete"
                       : exit_code_ == 130 || exit_code_ == 0 ? "partial"
                                                              : "failed";
  if (!whole && exit_code_ == 0) exit_code_ = 130;
  if (const auto written = directory_->write_manifest(manifest(status)); !written) return written;
  auto data = load_run(directory_->path());
  if (!data) return Failure{data.error()};
  if (whole) {
    for (const ExpectationResult& one : check_expectations(*data)) {
      if (!one.holds) exit_code_ = worse(exit_code_, 1);
    }
    if (const auto written = directory_->write_manifest(manifest(status)); !written) return written;
    data = load_run(directory_->path());
  }
  if (const auto written = write_reports(*data, directory_->path()); !written) return written;
  if (!whole) {
    audience_.note("disco: not finished; go on with --resume " + directory_->path().string());
    return Nothing{};
  }
  return directory_->finish();
}

Result<FinishedRun, Error> Run::execute() {
  catch_interrupts();
  if (const auto inputs = prepare_inputs(); !inputs) return Failure{inputs.error()};
  if (const auto opened = open_directory(); !opened) return Failure{opened.error()};
  if (const auto written = directory_->write_manifest(manifest("running")); !written)
    return Failure{written.error()};
  if (const auto made = make_jobs(); !made) return Failure{made.error()};
  PoolSetup setup;
  setup.workers = options_.jobs != 0
                      ? options_.jobs
                      : static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  setup.expected = expected_instructions();
  setup.already_done = already_done_;
  audience_.note(fmt::format(
      "disco: {} runs of {}, {} at a time, into {}", jobs_.size() + already_done_.size(), e_.name,
      std::min<std::size_t>(setup.workers, jobs_.size()), directory_->path().string()));
  run_points(
      jobs_, locations_, setup, progress_,
      [this](std::size_t job, const PointOutcome& outcome) { point_done(jobs_[job], outcome); });
  if (const auto concluded = conclude(); !concluded) return Failure{concluded.error()};
  return FinishedRun{directory_->path(), exit_code_};
}

}  // namespace

Result<FinishedRun, Error> run_experiment(const Audience& audience, ProgressView& progress,
                                          const LoadedExperiment& loaded,
                                          const RunOptions& options) {
  LoadedExperiment limited = loaded;
  if (options.instructions) {
    for (config::Point& point : limited.experiment.points)
      point.values["limit"] = *options.instructions;
    limited.experiment.values["limit"] = *options.instructions;
    limited.experiment.origins["limit"] = "--limit";
  }
  return Run{audience, progress, limited, options}.execute();
}

}  // namespace lab
