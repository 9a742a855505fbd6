// Mutations of JSON texts that a list of tokens does not reach: values wrapped in many brackets,
// brackets that nobody closes, and very wide values.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/random.hpp"

namespace fuzz {

/// One of them, at a random value of the text.
void nest(std::vector<std::string>& tokens, Random& random);

}  // namespace fuzz
