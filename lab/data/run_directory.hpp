// runs/<experiment>/<UTC stamp>-<hash4>/: one per run, never written into twice. While a run is
// under way its directory is called *.partial; it is renamed when the last file is in place, so a
// directory without that suffix is whole. `latest` points at the newest.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"

namespace config {
struct InputFile;
}

namespace lab {
using namespace common;

/// Held while a run is written: no two processes write into one directory. It ends with the
/// process, however that ends, and belongs to the directory under whatever name.
class DirectoryLock {
 public:
  /// Empty if another process has it.
  static std::optional<DirectoryLock> take(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_{fd} {}
  int fd_;
};

class RunDirectory {
 public:
  /// A new one below `root`/<experiment's name>; with a file for everything that is known
  /// beforehand: the experiment, config.resolved.json, points.csv, reproduce.sh, copies of the
  /// input files.
  static Result<RunDirectory, Error> create(const std::filesystem::path& root,
                                            const config::Experiment& experiment,
                                            const std::vector<std::string>& command);
  /// An interrupted one of the same experiment (equal hash) and program, to go on with.
  static Result<RunDirectory, Error> resume(const std::filesystem::path& partial,
                                            const config::Experiment& experiment);

  const std::filesystem::path& path() const { return path_; }
  /// p03-system=disco,program=stride/r0
  std::filesystem::path point_path(std::size_t index, const config::Point& point,
                                   std::uint64_t repeat) const;
  /// An empty directory for the point, named *.partial until commit_point().
  Result<std::filesystem::path, Error> begin_point(std::size_t index, const config::Point& point,
                                                   std::uint64_t repeat);
  Result<Nothing, Error> commit_point(std::size_t index, const config::Point& point,
                                      std::uint64_t repeat);
  bool has_point(std::size_t index, const config::Point& point, std::uint64_t repeat) const;
  /// Results that the point left, complete or partial.
  std::optional<Json> read_point(std::size_t index, const config::Point& point,
                                 std::uint64_t repeat) const;

  /// Copies input files (once each) for a later reproduction.
  Result<Nothing, Error> keep_inputs(const std::vector<config::InputFile>& inputs);
  Result<Nothing, Error> write_manifest(const Json& manifest);
  /// Removes a new one again, into which nothing was recorded.
  void discard();
  /// Renames *.partial away and moves `latest`.
  Result<Nothing, Error> finish();

 private:
  RunDirectory(std::filesystem::path path, DirectoryLock lock)
      : path_{std::move(path)}, lock_{std::move(lock)} {}
  std::filesystem::path path_;
  DirectoryLock lock_;
};

/// The run that a word on the command line means: a directory, "latest", or an experiment's name
/// (its latest run). kInput error if there is none.
Result<std::filesystem::path, Error> find_run(const std::filesystem::path& root,
                                              const std::string& word);
/// The newest interrupted run of an experiment; kInput error if there is none.
Result<std::filesystem::path, Error> find_interrupted(const std::filesystem::path& root,
                                                      const std::string& experiment);
/// Whether a run's directory still has the name of one that is not finished.
bool is_partial(const std::filesystem::path& run);
/// What a manifest says of its run, or "interrupted" if nothing runs any more and it says
/// "running", or "complete" while its directory is still *.partial.
std::string status_of(const std::filesystem::path& run, const Json& manifest);
/// Run directories below `root`, oldest first. A *.partial one may lack its manifest.
std::vector<std::filesystem::path> list_runs(const std::filesystem::path& root);

/// Parses a JSON file; kInput error if it is missing or damaged.
Result<Json, Error> read_json(const std::filesystem::path& path);

/// SHA-256 of this program: results are only reused from the very same one.
std::string program_hash();
/// "2026-11-21T101502Z".
std::string utc_stamp();

}  // namespace lab
