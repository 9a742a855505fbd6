// "did you mean": the one candidate that a mistyped word most probably stands for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest candidate, if it is near enough to be meant: at most a third of the longer word, at
/// least one edit, is wrong, or one is a prefix of the other (three letters and more). Ties go to
/// the earlier candidate.
std::optional<std::string> suggestion(std::string_view word,
                                      std::span<const std::string> candidates);

/// ` (did you mean "x"?)`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace config
