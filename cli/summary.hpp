// The terminal's view of a run: one table per question, in plain characters.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "lab/data/run_data.hpp"

namespace cli {
using namespace common;

/// Columns padded to their widest cell. `alignment` has a letter for each column, l or r; the last
/// letter holds for the columns beyond. Cells may hold colour codes and UTF-8.
std::string table_text(const std::vector<std::vector<std::string>>& rows, const Paint& paint,
                       std::string_view alignment = "lr");

/// Headline, comparison, expectations and identities.
void print_summary(Session& session, const lab::RunData& run);
/// The summary as JSON, for programs.
Json summary_json(const lab::RunData& run);

}  // namespace cli
