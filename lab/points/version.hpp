// What this build is: for `disco --version`, `disco info version` and every manifest.
#pragma once

#include <string>

#include "common/json.hpp"

namespace lab {
using namespace common;

/// "disco 0.1.0 (1a2b3c4)".
std::string version_line();
/// Version, commit, compiler, flags, libraries.
Json version_json();

}  // namespace lab
