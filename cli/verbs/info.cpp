// disco info: the reference manual, generated from the tables that the program itself works with.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/locations.hpp"
#include "config/schema/suggest.hpp"
#include "lab/data/reference.hpp"
#include "lab/points/version.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string topic, filter;
  bool markdown = false;
};

const std::vector<std::string> kTopics = {"version", "params",   "counters", "metrics",
                                          "classes", "examples", "programs"};

void print(Session& session, const lab::Reference& reference, bool markdown) {
  if (markdown) {
    std::string text = markdown_table(reference);
    text.pop_back();  // say() ends the line
    session.say(text);
  } else {
    std::vector<std::vector<std::string>> table = {reference.columns};
    table.insert(table.end(), reference.rows.begin(), reference.rows.end());
    session.say(table_text(table, session.paint(), "l"));
  }
  Json rows = Json::array();
  for (const auto& row : reference.rows) {
    Json one = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) one[reference.columns[i]] = row[i];
    rows.push_back(std::move(one));
  }
  session.emit({{"rows", rows}});
}

// The first comment of a file says what it is.
std::string first_comment(const std::filesystem::path& path, const std::string& mark) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line.starts_with(mark) ? line.substr(mark.size()) : "";
}

lab::Reference examples(const config::Locations& locations) {
  lab::Reference reference{{"experiment", "meaning"}, {}};
  for (const std::string& name : locations.list("experiments", ".lua")) {
    const std::string word = "@" + name.substr(0, name.size() - 4);
    const auto path = locations.experiment(word);
    reference.rows.push_back({word, path ? first_comment(*path, "-- ") : ""});
  }
  return reference;
}

lab::Reference programs(const config::Locations& locations) {
  lab::Reference reference{{"program"}, {}};
  for (const std::string& name : locations.list("guests/bin", "")) reference.rows.push_back({name});
  return reference;
}

Outcome info(const Options& o, Session& session) {
  const config::Locations locations = config::Locations::of_program();
  if (o.topic == "version") {
    session.say(lab::version_line());
    const Json json = lab::version_json();
    session.say(fmt::format("{}, {} build, {}", json.value("compiler", ""),
                            json.value("build_type", ""), json.value("flags", "")));
    for (const auto& [name, version] : json["libraries"].items())
      session.say(fmt::format("  {} {}", name, version.get<std::string>()));
    session.emit(json);
    return 0;
  }
  if (o.topic == "examples") {
    print(session, examples(locations), o.markdown);
    return 0;
  }
  if (o.topic == "programs") {
    print(session, programs(locations), o.markdown);
    return 0;
  }
  lab::Reference reference = o.topic == "params"     ? lab::parameter_reference()
                             : o.topic == "counters" ? lab::counter_reference()
                             : o.topic == "metrics"  ? lab::metric_reference()
                                                     : lab::class_reference();
  std::erase_if(reference.rows,
                [&](const auto& row) { return row[0].find(o.filter) == std::string::npos; });
  print(session, reference, o.markdown);
  return 0;
}

}  // namespace

void add_info(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("info", "the reference: parameters, counters, metrics, examples",
                            [o](Session& session) { return info(*o, session); });
  verb.option("topic", o->topic,
              "version, params, counters, metrics, classes, examples or programs")
      .required()
      .type_name("TOPIC")
      .one_of(kTopics);
  verb.flag("--md", o->markdown, "as a Markdown table");
  verb.option("filter", o->filter, "only names that contain this").type_name("WORD");
}

}  // namespace cli::verbs
