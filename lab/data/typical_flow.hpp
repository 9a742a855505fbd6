// Which of a run's captured flows to show when nobody asked for one in particular: the report and
// `disco explain` choose the same.
#pragma once

#include <string>
#include <vector>

#include "lab/data/run_data.hpp"

namespace lab {
using namespace common;

/// The captured flow of "miss" or "syscall" of a point; nullptr if there is none.
const Json* flow_of(const PointData& point, const std::string& what);

/// The row to show, nullptr if no row has a flow. Rows with flows of more points come first; then,
/// for misses, the one whose least missing point misses most (in a row with few misses none is
/// typical), and for system calls the one with the shortest flows: the plainest call.
const RunData::Row* typical_row(const std::vector<RunData::Row>& rows, const std::string& what);

}  // namespace lab
