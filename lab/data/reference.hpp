// Tables for people about what the program knows: `disco info` prints them, docs/ holds them, and a
// test compares the two.
#pragma once

#include <string>
#include <vector>

namespace lab {

struct Reference {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

Reference parameter_reference();  // every key of an experiment
Reference counter_reference();    // every family of counters in results.json
Reference metric_reference();
Reference class_reference();  // episode classes and their definitions

/// The reference as a Markdown table.
std::string markdown_table(const Reference& reference);

}  // namespace lab
