// How tables, reports and sentences show numbers.
#pragma once

#include <string>
#include <utility>

namespace lab {

/// A number as tables show it: 1234.4 -> "1,234", 24.44 -> "24.4"; below 1 and with unit "ratio" as
/// three significant digits.
std::string show_number(double value, const std::string& unit);
/// How many times as much, with three significant digits: "0.0353x", "82.1x".
std::string show_ratio(double ratio);
/// Two numbers that were compared, with so many digits that they differ if the numbers do.
std::pair<std::string, std::string> show_apart(double a, double b, const std::string& unit);

}  // namespace lab
