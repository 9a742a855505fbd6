// disco report RUN: the summary again, and the report files, from the run directory alone.
#include "lab/report/report.hpp"
#include "lab/data/judgement.hpp"

#include <nlohmann/json.hpp>

#include "cli/summary.hpp"
#include "cli/verbs/verbs.hpp"
#include "lab/data/run_directory.hpp"
#include "lab/points/point_runner.hpp"
#include "lab/points/quoting.hpp"
#include "measure/tally.hpp"

namespace cli::verbs {
namespace {

struct Options {
  std::string run = "latest", root = "runs", html;
  bool markdown = false, csv = false;
};

// All points' counters in one table, as pandas and spreadsheets like it.
Result<std::string, Error> all_counters(const lab::RunData& run) {
  std::string text = "point,repeat,phase,name,unit,value\n";
  for (const lab::PointData& point : run.points) {
    for (const Json& results : point.repeats) {
      for (const Json& phase : results.at("phases")) {
        if (!phase.contains("counters")) continue;
        for (const auto& [name, value] : phase.at("counters").items()) {
          text += lab::csv_record({point.name, std::to_string(results.value("repeat", 0)),
                                   phase.value("name", ""), name,
                                   measure::describe_counter(name).unit, value.dump()});
        }
      }
    }
  }
  return text;
}

// `text` ends its last line.
void say_text(const Session& session, std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  session.say(text);
}

Outcome report(const Options& o, Session& session) {
  const auto path = lab::find_run(o.root, o.run);
  if (!path) return Failure{path.error()};
  const auto run = lab::load_run(*path);
  if (!run) return Failure{run.error()};
  if (o.markdown) {
    say_text(session, lab::report_markdown(*run));
  } else if (o.csv) {
    const auto text = all_counters(*run);
    if (!text) return Failure{text.error()};
    say_text(session, *text);
    for (const std::string& one : lab::warnings(*run)) session.warn(lab::printable(one));
  } else {
    print_summary(session, *run);
  }
  const std::filesystem::path html =
      o.html.empty() ? *path / "report.html" : std::filesystem::path{o.html};
  if (const auto written = lab::write_file(html, lab::report_html(*run)); !written)
    return Failure{written.error()};
  session.note("report: " + html.string());
  Json answer = summary_json(*run);
  answer["report"] = html.string();
  answer["exit_code"] = lab::judgement(*run);
  session.emit(answer);
  return judgement(*run);
}

}  // namespace

void add_report(CommandLine& line) {
  const auto o = std::make_shared<Options>();
  Verb verb = line.add_verb("report", "write a run's report again and show its summary",
                            [o](Session& session) { return report(*o, session); });
  verb.option("run", o->run, "run directory, experiment or latest")
      .type_name("RUN")
      .shows_default();
  verb.option("--html", o->html, "write the page here instead of into the run directory")
      .type_name("FILE");
  verb.flag("--md", o->markdown, "print Markdown");
  verb.flag("--csv", o->csv, "print all counters as one CSV table").excludes("--md");
  verb.option("-o,--out", o->root, "where run directories are").type_name("DIR").shows_default();
}

}  // namespace cli::verbs
