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

/// What a kernel is booted with, and what is known of its program.
struct PreparedKernel {
  machine::BootImage image;
  std::string program;                   // the workload's name as it was given
  machine::SymbolTable program_symbols;  // of the workload
};

struct Prepared {
  Setup setup;  // with the paths of disks in place of their names
  /// The one kernel; of virtual machines of several kinds one for each, as setup.vms.
  std::vector<PreparedKernel> kernels;
  machine::Blob monitor;
  std::vector<InputFile> inputs;
  /// A hash of the values and the contents of all inputs: equal hashes mean equal results.
  std::string hash;
};

/// kInput errors for files, kConfig for values that do not fit together.
Result<Prepared, Error> prepare(const Values& values, const Locations& locations);

/// The virtual machines that the monitor is given; empty without one.
std::vector<machine::VmImage> images_of(const Prepared& prepared);

/// A fresh machine each time.
Result<machine::Booted, Error> boot(const Prepared& prepared);

}  // namespace config
