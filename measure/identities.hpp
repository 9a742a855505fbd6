// Self-checks of a measurement: sums that must be equal although different parties counted them.
// They are data: each side is a list of counters, so that a test can change every counter by one
// and demand that some identity notices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/tally.hpp"

namespace measure {

struct Identity {
  std::string name;                      // "refills-by-mode"
  std::string claim;                     // one sentence
  std::vector<std::string> left, right;  // counters that add up; "clock.*" names allowed
  std::uint64_t left_value = 0, right_value = 0;
  bool holds = false;
};

struct IdentityScope {
  bool virtualised = false;
  /// The guest's symbols name its refill handlers, so that entries to them were counted.
  bool guest_handlers = false;
  /// From power-on to the end: nothing was open at either edge.
  bool whole_run = false;
  /// At an edge a processor may have been in the middle of a trap: what the monitor counted of it
  /// then lies on both sides.
  bool cuts_traps = false;
};

/// Evaluates every identity that applies.
std::vector<Identity> check_identities(const Tally& tally, const IdentityScope& scope);

/// Counters that some identity of this scope mentions.
std::vector<std::string> covered_counters(const Tally& tally, const IdentityScope& scope);

}  // namespace measure
