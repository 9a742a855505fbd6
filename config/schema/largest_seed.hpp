// The one bound of a key that options of other verbs have, too.
#pragma once

#include <cstdint>

namespace config {

inline constexpr std::uint64_t kLargestSeed = 1'000'000'000'000'000;

}  // namespace config
