// disco explain miss|syscall [RUN]: the flow of a typical one, step by step, as observed in that
// run.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/schema/suggest.hpp"
#include "lab/data/run_data.hpp"
#include "lab/data/run_directory.hpp"
#include "lab/data/typical_flow.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string what, run = "latest", root = "runs";
  std::vector<std::string> where;
  bool steps = false;
};

Result<config::Selector, Error> selector_of(const std::vector<std::string>& words) {
  config::Selector selector;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      return Failure{Error{ErrorCode::kUsage, "--where " + word, "expected dimension=value", ""}};
    selector[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return selector;
}

Result<Nothing, Error> check_selector(const lab::RunData& run, const config::Selector& selector) {
  for (const auto& [name, label] : selector) {
    std::vector<std::string> names;
    bool known = false;
    for (const lab::PointData& point : run.points) {
      for (const auto& [dimension, own] : point.labels) {
        known = known || (dimension == name && own == label);
        if (std::find(names.begin(), names.end(), dimension) == names.end())
          names.push_back(dimension);
      }
    }
    if (known) continue;
    const bool is_name = std::find(names.begin(), names.end(), name) != names.end();
    const auto list = is_name ? run.labels_of(name) : names;
    const std::string what = is_name ? "no point has it" : "the run has no such dimension";
    return Failure{Error{ErrorCode::kInput, "--where " + name + "=" + label,
                         what + config::did_you_mean(is_name ? label : name, list),
                         fmt::format("known: {}", fmt::join(list, ", "))}};
  }
  return Nothing{};
}

struct Choice {
  std::vector<const lab::PointData*> shown;
  std::vector<std::string> others;  // rows that match, too, by what would choose them
};

// One row of those that match, chosen as the report chooses.
Choice choose(const lab::RunData& run, const config::Selector& selector, const std::string& what) {
  auto rows = run.rows();
  for (lab::RunData::Row& row : rows) {
    for (const lab::PointData*& point : row.points) {
      if (point != nullptr && (!point->matches(selector) || flow_of(*point, what) == nullptr))
        point = nullptr;
    }
  }
  Choice choice;
  const lab::RunData::Row* const chosen = typical_row(rows, what);
  for (const lab::RunData::Row& row : rows) {
    const bool any = std::any_of(row.points.begin(), row.points.end(),
                                 [](const lab::PointData* point) { return point != nullptr; });
    if (&row == chosen) {
      std::copy_if(row.points.begin(), row.points.end(), std::back_inserter(choice.shown),
                   [](const lab::PointData* point) { return point != nullptr; });
    } else if (any) {
      choice.others.push_back(run.name_of(row));
    }
  }
  return choice;
}

// What else there is, and how to come to it.
void print_others(Session& session, const Choice& choice) {
  if (choice.others.empty()) return;
  constexpr std::size_t kMost = 12;
  session.say("");
  session.say(fmt::format(
      "{} match{} as well; --where DIMENSION=VALUE chooses (it may be repeated):",
      count_of(choice.others.size(), "other workload"), choice.others.size() == 1 ? "es" : ""));
  for (std::size_t i = 0; i < std::min(choice.others.size(), kMost); ++i)
    session.say("  " + choice.others[i]);
  if (choice.others.size() > kMost)
    session.say(fmt::format("  ... and {} more", choice.others.size() - kMost));
}

std::string who_color(const Paint& paint, const std::string& who) {
  if (who == "user") return paint.green(who);
  if (who == "kernel") return paint.cyan(who);
  return who == "monitor" ? paint.yellow(who) : who;
}

std::string parts_text(const Json& visit) {
  std::string text;
  for (const Json& part : visit.at("parts")) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.value("what", ""),
                        part.value("cycles", 0));
  }
  return text;
}

void add_steps(std::vector<std::vector<std::string>>& table, const Json& visit,
               const Paint& paint) {
  for (const Json& part : visit.at("parts")) {
    table.push_back({"", "", "", paint.dim("[" + part.value("what", "") + "]")});
    for (const Json& step : part.at("steps")) {
      table.push_back(
          {"", std::to_string(step.value("cycles", 0)), "",
           fmt::format("  {:<32} {}", step.value("text", ""),
                       paint.dim(step.value("pc", "") + " " + step.value("symbol", "")))});
    }
  }
}

// One line for a visit: why the processor is there, what it does, where it goes on.
void print_flow(Session& session, const std::string& title, const Json& flow, bool all_steps) {
  const Paint& paint = session.paint();
  session.say("");
  session.say(paint.bold(
      fmt::format("{}: {} cycles", title, grouped(flow.value("cycles", std::uint64_t{0})))));
  std::vector<std::vector<std::string>> table = {{"who", "cycles", "instructions", "what"}};
  for (const Json& visit : flow.at("visits")) {
    const std::string who = visit.value("who", "");
    std::string what = visit.value("cause", who == "user" ? "goes on" : "goes on with its handler");
    if (const std::string at = visit.value("at", ""); !at.empty()) what += " at " + at;
    if (const std::string text = visit.value("text", ""); !text.empty()) what += ": " + text;
    table.push_back({who_color(paint, who), std::to_string(visit.value("cycles", 0)),
                     std::to_string(visit.value("instructions", 0)), what});
    if (all_steps) {
      add_steps(table, visit, paint);
    } else if (visit.at("parts").size() > 1) {
      table.push_back({"", "", "", paint.dim("  " + parts_text(visit))});
    }
    if (visit.contains("to"))
      table.push_back({"", "", "", paint.dim("  -> " + visit.value("to", ""))});
  }
  session.say(table_text(table, paint, "lrrl"));
}

Outcome explain(const Options& o, Session& session) {
  const auto selector = selector_of(o.where);
  if (!selector) return Failure{selector.error()};
  const auto path = lab::find_run(o.root, o.run);
  if (!path) return Failure{path.error()};
  const auto run = lab::load_run(*path);
  if (!run) return Failure{run.error()};
  if (const auto known = check_selector(*run, *selector); !known) return Failure{known.error()};
  const Choice choice = choose(*run, *selector, o.what);
  if (choice.shown.empty()) {
    return Failure{Error{ErrorCode::kInput, path->string(), "no " + o.what + " was captured there",
                         "was its phase measured, and did anything miss in it?"}};
  }
  Json answer = Json::array();
  session.say(session.paint().dim(
      o.what == "miss" ? "The user TLB miss whose cost was nearest to the median, from exception "
                         "entry to the retirement of the instruction that missed."
                       : "The system call whose cost was nearest to the median, from exception "
                         "entry to the return."));
  for (const lab::PointData* point : choice.shown) {
    const Json& flow = *flow_of(*point, o.what);
    const std::string trouble = point->is_sound() ? "" : " (" + point->trouble() + ")";
    print_flow(session, point->name + trouble, flow, o.steps);
    Json labels = Json::object();
    for (const auto& [name, label] : point->labels) labels[name] = label;
    answer.push_back({{"point", point->name}, {"labels", labels}, {"flow", flow}});
  }
  print_others(session, choice);
  session.emit(
      {{"run", path->string()}, {"what", o.what}, {"flows", answer}, {"others", choice.others}});
  return 0;
}

}  // namespace

void add_explain(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("explain", "the flow of one TLB miss or one system call, step by step",
                            [o](Session& session) { return explain(*o, session); });
  verb.option("what", o->what, "miss or syscall").required().one_of({"miss", "syscall"});
  verb.option("run", o->run, "run directory, experiment or latest")
      .type_name("RUN")
      .shows_default();
  verb.option("--where", o->where,
              "only points with this label: program=chase; may be repeated. Of several workloads "
              "that match one is shown and the others are listed")
      .type_name("DIMENSION=VALUE")
      .repeats();
  verb.flag("--steps", o->steps, "every instruction");
  verb.option("-o,--out", o->root, "where run directories are").type_name("DIR").shows_default();
}

}  // namespace cli::verbs
