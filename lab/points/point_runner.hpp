// Runs one point once: boots it, measures it, and writes its directory. Whatever happens the
// directory says so: results.json with a status, what the console said, where it stopped.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/result.hpp"
#include "config/experiment.hpp"
#include "config/locations.hpp"
#include "config/prepare.hpp"
#include "lab/points/limits.hpp"

namespace lab {
using namespace common;

struct PointProgress {
  std::uint64_t instructions = 0, cycles = 0;
};

struct PointJob {
  const config::Experiment* experiment = nullptr;
  const config::Point* point = nullptr;
  std::size_t index = 0;               // of the point
  std::uint64_t repeat = 0;            // 0 ..
  std::filesystem::path directory;     // exists, empty
  std::optional<double> host_seconds;  // limit
};

/// The point's values with the repeat's seed.
config::Values values_of(const PointJob& job);

/// Runs and writes results.json, counters.csv, console.log, events.jsonl. The answer is the exit
/// code that this point asks for (0, 1 identity, 5, 7, 130). An error means that nothing could be
/// run.
Result<int, Error> run_point(const PointJob& job, const config::Locations& locations,
                             const std::function<void(const PointProgress&)>& progress);

/// Writes beside `path` and renames.
Result<Nothing, Error> write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace lab
