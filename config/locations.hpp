// Where the files that come with the program are, wherever it is started from: beside the
// executable in a build tree, in ../share/disco in an installation. What is too large to come with
// the program (Linux) is built into the user's cache and looked for there too.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace config {
using namespace common;

class Locations {
 public:
  /// Looks beside the running program, in its installation and in the user's cache.
  static Locations of_program();
  explicit Locations(std::vector<std::filesystem::path> roots) : roots_{std::move(roots)} {}

  /// A folder of input files that an earlier run kept: they win over files of the same name
  /// elsewhere.
  void add_inputs(std::filesystem::path folder) { inputs_ = std::move(folder); }
  /// Relative paths that an experiment file names are looked for in its folder first, and then
  /// where the program was started. Not so `typed` ones, which stand on the command line.
  void add_experiment(std::filesystem::path folder, std::set<std::string> typed);

  /// "guests/tinyix-native.elf", "disco.elf", "experiments/tlb-cost.lua": the first root that has
  /// it.
  std::optional<std::filesystem::path> find(const std::string& relative) const;
  /// Finds it as find() does, or gives a kInput error that says where it was looked for.
  Result<std::filesystem::path, Error> need(const std::string& relative) const;
  /// Names (without directory) in `folder` that end in `suffix`, sorted, of all roots.
  std::vector<std::string> list(const std::string& folder, const std::string& suffix) const;

  /// "bin/<name>" of a shipped program, or the file that `program` names if it contains a slash or
  /// exists. A kInput error says where it was looked for.
  Result<std::filesystem::path, Error> program(const std::string& program) const;
  /// A kernel by name: "guests/NAME-native.elf", or "guests/NAME-disco.elf" to run below the
  /// monitor. A name with a slash is a path.
  Result<std::filesystem::path, Error> kernel(const std::string& name, bool below_monitor) const;
  /// The monitor's image by name ("disco.elf"). A name with a slash is a path.
  Result<std::filesystem::path, Error> monitor(const std::string& name) const;
  /// A raw image of a disk: a file, or one that belongs to a kernel ("linux.ext2").
  Result<std::filesystem::path, Error> image(const std::string& name) const;
  /// The initial RAM disk that belongs to a kernel's name, "guests/NAME.cpio". A name with a slash
  /// is a path.
  Result<std::filesystem::path, Error> disk(const std::string& name) const;
  /// An experiment: "@name" is a shipped one, anything else a path.
  Result<std::filesystem::path, Error> experiment(const std::string& name) const;

 private:
  std::optional<std::filesystem::path> kept_input(const std::string& name) const;
  /// The places at which a file of this name may be, the first to look at first.
  std::vector<std::filesystem::path> places_of(const std::string& name) const;
  /// The first of them that exists, or the last.
  std::filesystem::path file(const std::string& name) const;

  std::vector<std::filesystem::path> roots_;
  std::filesystem::path inputs_;
  std::filesystem::path experiment_;
  std::set<std::string> typed_;
};

}  // namespace config
