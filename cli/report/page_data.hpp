// What the page shows, as one JSON value: small enough to be embedded, complete enough to be
// believed.
#pragma once

#include "cli/json.hpp"
#include "cli/run_data.hpp"

namespace cli {

Json page_data(const RunData& run);

}  // namespace cli
