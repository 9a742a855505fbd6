// report.html and report.md of a run: self-contained, made of the run directory alone.
#pragma once

#include <filesystem>
#include <string>

#include "common/result.hpp"
#include "lab/data/run_data.hpp"

namespace lab {
using namespace common;

/// The page: styles, scripts and data in one file; nothing is fetched from anywhere.
std::string report_html(const RunData& run);
/// The tables of the page as Markdown.
std::string report_markdown(const RunData& run);
/// Writes report.html and report.md into `directory`.
Result<Nothing, Error> write_reports(const RunData& run, const std::filesystem::path& directory);

}  // namespace lab
