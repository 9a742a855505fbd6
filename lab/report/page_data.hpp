// What the page shows, as one JSON value: small enough to be embedded, complete enough to be
// believed.
#pragma once

#include "common/json.hpp"
#include "lab/data/run_data.hpp"

namespace lab {
using namespace common;

Json page_data(const RunData& run);

}  // namespace lab
