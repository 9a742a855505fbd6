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
#include "machine/boot/boot.hpp"

namespace config {

struct InputFile {
  std::string role;  // "kernel", "monitor", "program"
  std::string name;  // without directory: the same wherever the files lie
  std::string path;
  std::string sha256;
};

struct Prepared {
  machine::MachineConfig machine;
  bool virtualised = false;
  machine::BootImage image;
  machine::Blob monitor;
  machine::MonitorParams monitor_params;
  std::uint64_t vm_memory = 0;
  std::uint64_t instruction_limit = 0;
  std::uint64_t sample_period = 0;       // nanoseconds; 0: automatic
  machine::SymbolTable program_symbols;  // of the workload
  std::vector<InputFile> inputs;
  /// A hash of the values and the contents of all inputs: equal hashes mean equal results.
  std::string hash;
};

/// "functional", "tlb", "memory".
cpu::Fidelity fidelity_named(std::string_view name);
/// The machine that the keys machine.* and seed describe. Requires: every key of the schema's
/// points.
machine::MachineConfig machine_of(const Values& values);

/// kInput errors for files, kConfig for values that do not fit together.
Result<Prepared, Error> prepare(const Values& values, const Locations& locations);

/// A fresh machine each time.
Result<machine::Booted, Error> boot(const Prepared& prepared);

}  // namespace config
