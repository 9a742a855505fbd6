// What a finished run is worth: expectations, identities, what compared systems differ in besides
// their numbers, what a reader must know before believing a number, and the exit code of it all.
#pragma once

#include <string>
#include <vector>

#include "lab/data/run_data.hpp"

namespace lab {

/// What became of one expectation at one point.
struct ExpectationResult {
  std::string that, where;
  std::string found;  // "41.0 < 402.3", or why it was not measured
  bool holds = false;
  bool measured = false;
};
std::vector<ExpectationResult> check_expectations(const RunData& run);

/// What compared systems differ in besides their numbers: what their kernels find themselves on,
/// and the keys of the configuration. One text for each label of compare(). Empty without a
/// comparison.
struct Differing {
  std::string what;  // "processors of the kernel", "monitor.l2tlb.entries"
  std::vector<std::string> texts;
};
std::vector<Differing> what_differs(const RunData& run);

/// The exit code that a finished run deserves (docs/cli.md): 130 or 4 for missing points, 5, 7, 1.
int judgement(const RunData& run);

/// Identities that do not hold: "p03 roi elapsed: 12 != 13".
std::vector<std::string> red_identities(const RunData& run);

/// What a reader must know before believing a number: points that did not end well or never reached
/// the phase that was to be measured. One sentence each.
std::vector<std::string> warnings(const RunData& run);
/// What the command line changed of the experiment: dimensions left out, values replaced.
std::vector<std::string> notes(const RunData& run);

}  // namespace lab
