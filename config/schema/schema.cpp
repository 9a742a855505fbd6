#include "config/schema/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "config/schema/keys.hpp"
#include "config/schema/parse_json.hpp"
#include "config/schema/suggest.hpp"

namespace config {
namespace {

// Takes the first word off a dotted path.
std::string_view take_word(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view word = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  return word;
}

// What remains of `pattern` behind `path`; nothing if path is not a prefix of it.
std::optional<std::string_view> rest_behind(std::string_view pattern, std::string_view path) {
  while (!path.empty()) {
    if (pattern.empty()) return std::nullopt;
    const std::string_view expected = take_word(pattern);
    const std::string_view word = take_word(path);
    if (expected != "*" && expected != word) return std::nullopt;
  }
  return pattern;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return parts;
}

Failure<Refusal> bad(std::string clause) {
  return Failure{Refusal{Refusal::Why::kForm, std::move(clause)}};
}
Failure<Refusal> out_of_range(const ParameterRow& row, const std::string& written) {
  return Failure{Refusal{
      Refusal::Why::kRange,
      fmt::format("{} is out of range ({} .. {})", written, write_value(row, SortedJson(row.low)),
                  write_value(row, SortedJson(row.high)))}};
}

std::string kind_of(const SortedJson& value) {
  if (value.is_string()) return "text";
  if (value.is_boolean()) return "a flag";
  if (value.is_number()) return "a number";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a table";
  return "nothing";
}
std::string got(const char* wanted, const SortedJson& value) {
  return fmt::format("expected {}, got {}", wanted, kind_of(value));
}

Result<SortedJson, Refusal> in_range(const ParameterRow& row, std::uint64_t value) {
  if (value >= row.low && value <= row.high) return SortedJson(value);
  return out_of_range(row, write_value(row, SortedJson(value)));
}

// In a resolved file, and nowhere else, quantities are integers in the base unit; a Lua file cannot
// write them so because its numbers come here as signed integers.
Result<SortedJson, Refusal> check_quantity(const ParameterRow& row, const SortedJson& value) {
  if (value.is_number_unsigned()) return in_range(row, value.get<std::uint64_t>());
  if (value.is_number()) {
    return bad(
        fmt::format("{} needs a unit (for example \"{}\")", value.dump(), example_of(row.unit)));
  }
  if (!value.is_string()) return bad(got("a quantity", value));
  const auto& written = value.get_ref<const std::string&>();
  const auto parsed = parse_quantity(written, row.unit);
  if (!parsed) return bad("\"" + written + "\" " + parsed.error().clause);
  return in_range(row, *parsed);
}

Result<SortedJson, Refusal> check_integer(const ParameterRow& row, const SortedJson& value) {
  if (value.is_number_float()) return bad(fmt::format("{} is not a whole number", value.dump()));
  if (!value.is_number_integer()) return bad(got("a whole number", value));
  if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0) {
    return out_of_range(row, value.dump());
  }
  return in_range(row, value.get<std::uint64_t>());
}

Result<SortedJson, Refusal> check_choice(const ParameterRow& row, const SortedJson& value) {
  if (!value.is_string()) return bad(got("a word", value));
  const auto& word = value.get_ref<const std::string&>();
  const auto choices = choices_of(row);
  if (std::find(choices.begin(), choices.end(), word) != choices.end()) return value;
  return bad(fmt::format("\"{}\" is not one of {}{}", word, fmt::join(choices, ", "),
                         did_you_mean(word, choices)));
}

Result<SortedJson, Refusal> check_text_list(const SortedJson& value) {
  if (value.is_string()) return SortedJson::array({value});
  // An empty Lua table is neither list nor map.
  if (value.is_object() && value.empty()) return SortedJson::array();
  if (!value.is_array()) return bad(got("a list of texts", value));
  SortedJson list = SortedJson::array();
  for (const SortedJson& element : value) {
    if (element.is_string()) {
      list.push_back(element);
    } else if (element.is_number_integer()) {
      list.push_back(element.dump());
    } else {
      return bad(got("a list of texts", element) + " in it");
    }
  }
  return list;
}

/// "6" or "0-3", within the row's range.
Result<Nothing, Refusal> add_numbers(const ParameterRow& row, std::string_view text,
                                     std::set<std::uint64_t>& numbers) {
  const std::size_t dash = text.find('-');
  const std::string_view ends[] = {text.substr(0, dash),
                                   dash == std::string_view::npos ? text : text.substr(dash + 1)};
  std::uint64_t bounds[2] = {};
  for (unsigned i = 0; i < 2; ++i) {
    const auto [end, error] =
        std::from_chars(ends[i].data(), ends[i].data() + ends[i].size(), bounds[i]);
    if (error != std::errc{} || end != ends[i].data() + ends[i].size())
      return bad(fmt::format("\"{}\" is neither a number nor a range such as 0-3", text));
    if (const auto ok = in_range(row, bounds[i]); !ok) return Failure{ok.error()};
  }
  if (bounds[1] < bounds[0]) return bad(fmt::format("\"{}\" is a range that is empty", text));
  for (std::uint64_t number = bounds[0]; number <= bounds[1]; ++number) numbers.insert(number);
  return Nothing{};
}

Result<SortedJson, Refusal> check_number_list(const ParameterRow& row, const SortedJson& value) {
  const SortedJson list = value.is_array()                     ? value
                          : value.is_object() && value.empty() ? SortedJson::array()
                                                               : SortedJson::array({value});
  std::set<std::uint64_t> numbers;
  for (const SortedJson& element : list) {
    if (!element.is_string() && !element.is_number_integer())
      return bad(got("a list of numbers and ranges", element) + (value.is_array() ? " in it" : ""));
    const auto ok = add_numbers(
        row, element.is_string() ? element.get<std::string>() : element.dump(), numbers);
    if (!ok) return Failure{ok.error()};
  }
  return SortedJson(numbers);
}

/// "0-3,6".
std::string write_numbers(const SortedJson& list) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i + 1;
    while (end < list.size() &&
           list[end].get<std::uint64_t>() == list[i].get<std::uint64_t>() + (end - i))
      ++end;
    parts.push_back(end - i == 1 ? list[i].dump()
                                 : fmt::format("{}-{}", list[i].dump(), list[end - 1].dump()));
    i = end;
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

Result<SortedJson, Refusal> check_selector(const SortedJson& value) {
  if (!value.is_object())
    return bad(got("a selection of points, { dimension = \"value\" }", value));
  SortedJson selector = SortedJson::object();
  for (const auto& [name, label] : value.items()) {
    if (label.is_string()) {
      selector[name] = label;
    } else if (label.is_number_integer()) {
      selector[name] = label.dump();
    } else {
      return bad(got("a label", label) + " for " + name);
    }
  }
  return selector;
}

}  // namespace

const ParameterRow* find_row(std::string_view path) {
  for (const ParameterRow& row : schema()) {
    const auto rest = rest_behind(row.path, path);
    if (rest && rest->empty()) return &row;
  }
  return nullptr;
}

std::vector<std::string> choices_of(const ParameterRow& row) { return split(row.choices, '|'); }

bool is_group(std::string_view path) {
  return std::any_of(schema().begin(), schema().end(), [path](const ParameterRow& row) {
    const auto rest = rest_behind(row.path, path);
    return rest && !rest->empty();
  });
}

std::vector<std::string> children_of(std::string_view path) {
  std::vector<std::string> words;
  for (const ParameterRow& row : schema()) {
    auto rest = rest_behind(row.path, path);
    if (!rest || rest->empty()) continue;
    const std::string word{take_word(*rest)};
    if (word != "*" && std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(word);
    }
  }
  return words;
}

std::optional<std::string_view> shorthand_of(std::string_view group) {
  if (group == "workload") return key::kWorkloadProgram;
  if (group == "monitor") return key::kMonitorKind;
  if (group == key::kHeadline) return key::kHeadlineMetric;
  return std::nullopt;
}

SortedJson default_of(const ParameterRow& row) {
  switch (row.kind) {
    case ValueKind::kText:
    case ValueKind::kChoice: return row.default_value;
    case ValueKind::kTextList:
      return row.scope == Scope::kList ? SortedJson{} : SortedJson::array();
    case ValueKind::kNumberList: return SortedJson::array();
    case ValueKind::kInteger:
    case ValueKind::kNumber:
    case ValueKind::kQuantity:
    case ValueKind::kFlag: {
      const auto value = check_text(row, row.default_value);
      return value ? *value : SortedJson{};
    }
    case ValueKind::kSelector:
      return row.scope == Scope::kList ? SortedJson{} : SortedJson::object();
    case ValueKind::kBound:
    case ValueKind::kCases: break;
  }
  return {};
}

Result<SortedJson, Refusal> check_value(const ParameterRow& row, const SortedJson& value) {
  switch (row.kind) {
    case ValueKind::kText:
      return value.is_string() ? Result<SortedJson, Refusal>{value} : bad(got("text", value));
    case ValueKind::kInteger: return check_integer(row, value);
    case ValueKind::kNumber:
      return value.is_number() ? Result<SortedJson, Refusal>{value} : bad(got("a number", value));
    case ValueKind::kQuantity: return check_quantity(row, value);
    case ValueKind::kFlag:
      return value.is_boolean() ? Result<SortedJson, Refusal>{value}
                                : bad(got("true or false", value));
    case ValueKind::kChoice: return check_choice(row, value);
    case ValueKind::kTextList: return check_text_list(value);
    case ValueKind::kNumberList: return check_number_list(row, value);
    case ValueKind::kSelector: return check_selector(value);
    case ValueKind::kBound:
      return value.is_number() ? Result<SortedJson, Refusal>{value} : check_selector(value);
    case ValueKind::kCases:
      return value.is_array() ? Result<SortedJson, Refusal>{value}
                              : bad(got("a list of values or cases", value));
  }
  return bad("is of no known kind");
}

Result<SortedJson, Refusal> check_text(const ParameterRow& row, std::string_view text) {
  switch (row.kind) {
    case ValueKind::kInteger: {
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc{} || end != text.data() + text.size()) {
        return bad(fmt::format("\"{}\" is not a whole number ({} .. {})", text, row.low, row.high));
      }
      return in_range(row, value);
    }
    case ValueKind::kNumber: {
      const auto parsed = parse_json<SortedJson>(text);
      const SortedJson value = parsed ? *parsed : SortedJson{};
      if (!value.is_number()) return bad(fmt::format("\"{}\" is not a number", text));
      return value;
    }
    case ValueKind::kFlag:
      if (text != "true" && text != "false")
        return bad(fmt::format("\"{}\" is not true or false", text));
      return SortedJson(text == "true");
    case ValueKind::kTextList: return SortedJson(split(text, ','));
    case ValueKind::kNumberList: return check_number_list(row, SortedJson(split(text, ',')));
    case ValueKind::kText:
    case ValueKind::kQuantity:
    case ValueKind::kChoice: return check_value(row, SortedJson(std::string{text}));
    case ValueKind::kSelector:
    case ValueKind::kBound:
    case ValueKind::kCases: break;
  }
  return bad("cannot be given on the command line");
}

std::string describe_kind(const ParameterRow& row) {
  switch (row.kind) {
    case ValueKind::kText: return "text";
    case ValueKind::kInteger: return fmt::format("integer, {} .. {}", row.low, row.high);
    case ValueKind::kNumber: return "number";
    case ValueKind::kQuantity:
      return fmt::format("{}, {} .. {}", name_of(row.unit), write_value(row, SortedJson(row.low)),
                         write_value(row, SortedJson(row.high)));
    case ValueKind::kFlag: return "true or false";
    case ValueKind::kChoice: return fmt::format("one of {}", fmt::join(choices_of(row), ", "));
    case ValueKind::kTextList: return "list of texts";
    case ValueKind::kNumberList:
      return fmt::format("list of numbers and ranges, {} .. {}", row.low, row.high);
    case ValueKind::kSelector: return "selection of points";
    case ValueKind::kBound: return "number or selection of points";
    case ValueKind::kCases: return "list of values or cases";
  }
  return "";
}

std::string write_value(const ParameterRow& row, const SortedJson& value) {
  if (row.kind == ValueKind::kQuantity && value.is_number()) {
    return format_quantity(value.get<std::uint64_t>(), row.unit);
  }
  if (value.is_string()) return value.get<std::string>();
  if (row.kind == ValueKind::kNumberList && value.is_array()) return write_numbers(value);
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const SortedJson& one : value)
      parts.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    return fmt::format("{}", fmt::join(parts, ","));
  }
  return value.dump();
}

}  // namespace config
