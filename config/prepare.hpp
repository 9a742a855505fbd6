// From the values of one point to a machine with everything loaded: reads the images, packs the
// initial RAM disk, and remembers the hash of every input file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"
#include "config/locations.hpp"
#include "config/setup.hpp"

namespace config {

struct InputFile {
  std::string role;  // "kernel", "monitor", "program"
  std::string name;  // without directory: the same wherever the files lie
  std::string path;
  std::string sha256;
};

struct Prepared {
  Setup setup;  // with the paths of disks in place of their names
  machine::BootImage image;
  machine::Blob monitor;
  machine::SymbolTable program_symbols;  // of the workload
  std::vector<InputFile> inputs;
  /// A hash of the values and the contents of all inputs: equal hashes mean equal results.
  std::string hash;
};

/// kInput errors for files, kConfig for values that do not fit together.
Result<Prepared, Error> prepare(const Values& values, const Locations& locations);

/// A fresh machine each time.
Result<machine::Booted, Error> boot(const Prepared& prepared);

}  // namespace config
