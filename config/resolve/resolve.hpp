// From what a file says to an Experiment: every key checked against the schema, defaults filled in,
// overrides applied, the sweep multiplied out. Collects every mistake instead of stopping at the
// first.
#pragma once

#include <functional>

#include "config/experiment.hpp"

namespace config {

/// What the resolver needs to know of the text: the place of a key, for messages and origins.
using PlaceOf = std::function<SourcePlace(const std::string& path)>;

/// `body` is the table given to experiment "name". `source` names the file.
Result<Experiment, Diagnostics> resolve(const std::string& source, const std::string& name,
                                        const SortedJson& body, const PlaceOf& place_of,
                                        const LoadOptions& options);

}  // namespace config
