#include "lab/data/reference.hpp"

#include "config/schema/schema.hpp"
#include "measure/episodes/episodes.hpp"
#include "measure/metrics.hpp"
#include "measure/monitor_view.hpp"
#include "measure/tally.hpp"

namespace lab {

Reference parameter_reference() {
  Reference reference{{"key", "value", "default", "meaning"}, {}};
  for (const config::ParameterRow& row : config::schema()) {
    std::string value{row.default_value};
    if (row.required) value = "(required)";
    reference.rows.push_back(
        {std::string{row.path}, config::describe_kind(row), value, std::string{row.what}});
  }
  return reference;
}

Reference counter_reference() {
  Reference reference{{"counter", "unit", "meaning"}, {}};
  for (const std::string& family : measure::counter_families()) {
    const measure::CounterText text = measure::describe_counter(family);
    reference.rows.push_back({family.ends_with('.') ? family + "*" : family, text.unit, text.what});
  }
  for (const common::CounterInfo& info : measure::MonitorView::counter_infos()) {
    reference.rows.push_back(
        {std::string{info.name}, std::string{info.unit}, std::string{info.what}});
  }
  return reference;
}

Reference metric_reference() {
  Reference reference{{"metric", "unit", "meaning"}, {}};
  for (const measure::MetricInfo& info : measure::metric_infos()) {
    if (!info.name.starts_with("class."))
      reference.rows.push_back({info.name, info.unit, info.what});
  }
  reference.rows.push_back(
      {"class.NAME.*", "",
       "the same as miss.* for any class of episodes; `disco info classes` lists them"});
  return reference;
}

Reference class_reference() {
  Reference reference{{"class", "title", "definition"}, {}};
  for (std::size_t c = 0; c < measure::kEpisodeClasses; ++c) {
    const measure::ClassInfo& info = info_of(static_cast<measure::EpisodeClass>(c));
    reference.rows.push_back(
        {std::string{info.name}, std::string{info.title}, std::string{info.what}});
  }
  return reference;
}

std::string markdown_table(const Reference& reference) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (std::string cell : cells) {
      for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2)
        cell.insert(at, "\\");
      text += " " + cell + " |";
    }
    return text + "\n";
  };
  std::string text = line(reference.columns) + "|";
  for (std::size_t i = 0; i < reference.columns.size(); ++i) text += "---|";
  text += "\n";
  for (const auto& row : reference.rows) text += line(row);
  return text;
}

}  // namespace lab
