#include "lab/data/typical_flow.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lab {
namespace {

struct Score {
  std::size_t flows = 0;
  double merit = 0;
  bool operator<(const Score& other) const {
    return flows != other.flows ? flows < other.flows : merit < other.merit;
  }
};

Score score_of(const RunData::Row& row, const std::string& what) {
  Score score;
  double least = -1, visits = 0;
  for (const PointData* point : row.points) {
    const Json* const flow = point == nullptr ? nullptr : flow_of(*point, what);
    if (flow == nullptr) continue;
    ++score.flows;
    const auto misses = point->metric("miss.count");
    const double count = misses ? misses->mean : 0;
    least = least < 0 ? count : std::min(least, count);
    visits += static_cast<double>(flow->at("visits").size());
  }
  score.merit = what == "miss" ? least : -visits;
  return score;
}

}  // namespace

const Json* flow_of(const PointData& point, const std::string& what) {
  const Json& results = point.results();
  if (!results.is_object()) return nullptr;
  const auto flows = results.find("flows");
  if (flows == results.end() || !flows->contains(what)) return nullptr;
  return &(*flows)[what];
}

const RunData::Row* typical_row(const std::vector<RunData::Row>& rows, const std::string& what) {
  const RunData::Row* best = nullptr;
  Score most;
  for (const RunData::Row& row : rows) {
    const Score score = score_of(row, what);
    if (score.flows == 0 || (best != nullptr && !(most < score))) continue;
    best = &row;
    most = score;
  }
  return best;
}

}  // namespace lab
