#include "lab/report/page_data.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "config/schema/schema.hpp"
#include "lab/data/headline.hpp"
#include "lab/data/judgement.hpp"
#include "lab/data/reference.hpp"
#include "lab/data/typical_flow.hpp"
#include "measure/episodes/episodes.hpp"
#include "measure/metrics.hpp"
#include "measure/monitor_view.hpp"

namespace lab {
namespace {

Json table_json(const Reference& reference) {
  return {{"columns", reference.columns}, {"rows", reference.rows}};
}

// Histograms are drawn as shares of misses in at most this many steps.
constexpr std::size_t kMostBins = 400;

Json thinned(const Json& bins) {
  if (bins.size() <= kMostBins) return bins;
  // Neighbours are merged: low edge of the first, count of all.
  Json merged = Json::array();
  const std::size_t group = (bins.size() + kMostBins - 1) / kMostBins;
  for (std::size_t i = 0; i < bins.size(); i += group) {
    std::uint64_t count = 0, end = 0;
    for (std::size_t k = i; k < std::min(i + group, bins.size()); ++k) {
      count += bins[k][2].get<std::uint64_t>();
      end = bins[k][0].get<std::uint64_t>() + bins[k][1].get<std::uint64_t>();
    }
    const auto low = bins[i][0].get<std::uint64_t>();
    merged.push_back({low, end - low, count});
  }
  return merged;
}

Json classes_json(const Json& phase) {
  Json classes = Json::array();
  for (Json one : phase.at("classes")) {
    const bool drawn = one.at("name") == "user-refill";
    one["histogram"] = drawn ? thinned(one.at("histogram")) : Json::array();
    one.erase("operations");
    classes.push_back(std::move(one));
  }
  return classes;
}

// Every instruction of a flow is kept for one row; of the others only what each visit cost.
Json flows_json(const Json& results, bool with_steps) {
  Json flows = results.at("flows");
  if (with_steps) return flows;
  for (auto& [name, flow] : flows.items()) {
    for (Json& visit : flow.at("visits")) {
      for (Json& part : visit.at("parts")) part.erase("steps");
    }
  }
  return flows;
}

// Identities of all phases: [phase, name, left, right, holds].
Json identities_json(const Json& results, std::map<std::string, std::string>& claims) {
  Json list = Json::array();
  for (const Json& phase : results.at("phases")) {
    if (!phase.contains("identities")) continue;
    for (const Json& one : phase.at("identities")) {
      claims[one.at("name").get<std::string>()] = one.at("claim").get<std::string>();
      list.push_back({phase.at("name"), one.at("name"), one.at("left_value"), one.at("right_value"),
                      one.at("holds")});
    }
  }
  for (const Json& vm : results.value("vms", Json::array())) {
    for (const Json& phase : vm.at("phases")) {
      for (const Json& one : phase.value("broken", Json::array())) {
        claims[one.at("name").get<std::string>()] = one.at("claim").get<std::string>();
        list.push_back({text_of(phase, "name") + " of " + text_of(vm, "name"), one.at("name"),
                        one.at("left_value"), one.at("right_value"), false});
      }
    }
  }
  return list;
}

bool is_in(const RunData::Row* row, const PointData& point) {
  return row != nullptr &&
         std::find(row->points.begin(), row->points.end(), &point) != row->points.end();
}

// Places in the list of points: names are for people.
Json places_of(const RunData& run, const RunData::Row* row) {
  Json places = Json::array();
  if (row == nullptr) return places;
  for (const PointData* point : row->points) {
    if (point != nullptr) places.push_back(point - run.points.data());
  }
  return places;
}

// Labels in the order of the sweep.
Json labels_json(const config::Labels& labels) {
  Json list = Json::array();
  for (const auto& [name, label] : labels) list.push_back({name, label});
  return list;
}

Json rows_json(const RunData& run) {
  Json rows = Json::array();
  for (const RunData::Row& row : run.rows()) {
    Json points = Json::array();
    for (const PointData* point : row.points) {
      if (point == nullptr) {
        points.push_back(nullptr);
      } else {
        points.push_back(point - run.points.data());
      }
    }
    rows.push_back({{"name", run.name_of(row)}, {"points", points}});
  }
  return rows;
}

Json differs_json(const RunData& run) {
  Json list = Json::array();
  for (const Differing& one : what_differs(run))
    list.push_back({{"what", one.what}, {"texts", one.texts}});
  return list;
}

Json titles_json() {
  Json titles = Json::object();
  for (const measure::MetricInfo& info : measure::metric_infos()) {
    if (!info.name.starts_with("class.")) titles[info.name] = {info.title, info.unit};
  }
  return titles;
}

// Of each virtual machine what its row shows, of the measured phase or, if it never came, the run.
Json vms_json(const Json& results) {
  static const char* const kShown[] = {"name",   "began", "ended",   "cycles",
                                       "on_cpu", "who",   "buckets", "pages_given"};
  Json vms = Json::array();
  for (Json vm : results.value("vms", Json::array())) {
    Json phases = Json::array();
    for (const Json& phase : vm.at("phases")) {
      const bool is_shown = phase.at("name") == results.at("measured") || phase.at("name") == "all";
      if (!is_shown || !phase.at("began").get<bool>()) continue;
      Json shown = Json::object();
      for (const char* const key : kShown) shown[key] = phase.at(key);
      shown["metrics"] = Json::object();
      for (const char* const metric : {"miss.count", "miss.mean"})
        if (phase.at("metrics").contains(metric))
          shown["metrics"][metric] = phase.at("metrics").at(metric);
      phases.push_back(std::move(shown));
    }
    vm["phases"] = std::move(phases);
    vms.push_back(std::move(vm));
  }
  return vms;
}

// A point that left nothing has its place all the same.
Json missing_json(const PointData& point) {
  return {{"name", point.name},
          {"labels", labels_json(point.labels)},
          {"status", "missing"},
          {"trouble", point.trouble()},
          {"missing", true}};
}

// What never happened needs no room.
Json counters_json(const Json& phase) {
  Json counters = Json::object();
  if (!phase.contains("counters")) return counters;
  for (const auto& [name, value] : phase.at("counters").items()) {
    if (value != 0) counters[name] = value;
  }
  return counters;
}

// Counts since power-on: leaving samples out leaves the others right.
Json samples_json(const Json& results) {
  constexpr std::size_t kMostRows = 100;
  if (!results.contains("samples")) return nullptr;
  Json samples = results.at("samples");
  const Json rows = samples.at("rows");
  const std::size_t step = rows.size() / kMostRows + 1;
  samples["rows"] = Json::array();
  for (std::size_t i = (rows.size() + step - 1) % step; i < rows.size(); i += step)
    samples["rows"].push_back(rows[i]);
  return samples;
}

Json point_json(const RunData& run, const PointData& point, bool with_steps,
                std::map<std::string, std::string>& claims) {
  const Json& results = point.results();
  const Json& phase = point.phase();
  Json metrics = Json::object(), ranges = Json::object();
  for (const measure::MetricInfo& info : measure::metric_infos()) {
    if (info.name.starts_with("class.")) continue;
    const auto value = run.metric(point, info.name);
    if (!value) continue;
    metrics[info.name] = value->mean;
    if (value->n > 1) ranges[info.name] = {value->least, value->greatest};
  }
  Json json = {{"name", point.name},
               {"labels", labels_json(point.labels)},
               {"trouble", point.is_sound() ? "" : point.trouble()},
               {"status", results.at("status")},
               {"end", results.at("end")},
               {"guest_exit", results.at("guest_exit")},
               {"repeats", point.repeats.size()},
               {"instructions", results.at("instructions")},
               {"host", results.at("host")},
               {"digest", results.at("digest")},
               {"program", text_of(results.value("values", Json::object()), "workload.program")},
               {"console", results.value("console", Json::object())},
               {"fidelity", results.at("fidelity")},
               {"clock_hz", results.value("clock_hz", std::uint64_t{1})},
               {"virtualised", results.at("virtualised")},
               {"measured", results.at("measured")},
               {"metrics", metrics},
               {"ranges", ranges},
               {"who", phase.value("who", Json::object())},
               {"buckets", phase.value("buckets", Json::object())},
               {"operations", phase.value("operations", Json::object())},
               {"classes", phase.contains("classes") ? classes_json(phase) : Json::array()},
               {"random_indices", phase.value("random_indices", Json::array())},
               {"counters", counters_json(phase)},
               {"memory", phase.value("memory", Json{})},
               {"samples", samples_json(results)},
               {"vms", vms_json(results)},
               {"timeline", results.value("timeline", Json{})},
               {"identities", identities_json(results, claims)},
               {"flows", flows_json(results, with_steps)}};
  return json;
}

Json parameters_json(const RunData& run) {
  Json list = Json::array();
  for (const auto& [path, one] : run.resolved.at("values").items()) {
    const config::ParameterRow* const row = config::find_row(path);
    list.push_back({path, one.value("written", ""), one.value("origin", ""),
                    row == nullptr ? "" : std::string{row->what}});
  }
  return list;
}

}  // namespace

Json page_data(const RunData& run) {
  std::map<std::string, std::string> claims;
  const auto rows = run.rows();
  const RunData::Row* const misses = typical_row(rows, "miss");
  const RunData::Row* const calls = typical_row(rows, "syscall");
  Json points = Json::array();
  for (const PointData& point : run.points) {
    if (point.repeats.empty()) {
      points.push_back(missing_json(point));
      continue;
    }
    points.push_back(point_json(run, point, is_in(misses, point) || is_in(calls, point), claims));
  }
  Json expectations = Json::array();
  for (const ExpectationResult& one : check_expectations(run)) {
    expectations.push_back({{"that", one.that},
                            {"where", one.where},
                            {"found", one.found},
                            {"holds", one.holds},
                            {"measured", one.measured}});
  }
  Json who = Json::array();
  for (std::size_t w = 0; w < measure::kWho; ++w)
    who.push_back(name_of(static_cast<measure::Who>(w)));
  Json manifest = run.manifest;
  manifest.erase("points");
  return {{"title", run.manifest.value("experiment", "")},
          {"question", run.resolved.value("question", "")},
          {"answer", headline(run)},
          {"compare", run.compare()},
          {"baseline", run.baseline()},
          {"columns", run.labels_of(run.compare())},
          {"rows", rows_json(run)},
          {"differs", differs_json(run)},
          {"headline", headline_of(run).metric},
          {"titles", titles_json()},
          {"manifest", manifest},
          {"measure", run.resolved.value("measure", "")},
          {"phases", run.resolved.value("phases", Json::object())},
          {"parameters", parameters_json(run)},
          {"points", points},
          {"warnings", warnings(run)},
          {"notes", notes(run)},
          {"typical", {{"miss", places_of(run, misses)}, {"syscall", places_of(run, calls)}}},
          {"expectations", expectations},
          {"claims", claims},
          {"who", who},
          {"bucket_order", measure::MonitorView::bucket_names()},
          {"classes", table_json(class_reference())},
          {"metrics", table_json(metric_reference())},
          {"counters", table_json(counter_reference())}};
}

}  // namespace lab
