#include <nlohmann/json.hpp>

#include "lab/data/typical_flow.hpp"

#include "tests/support/catch.hpp"

using namespace common;
using namespace lab;

namespace {

// A point with so many misses and, if there are any visits, a flow of each kind.
PointData point(const char* name, double misses, std::size_t visits) {
  PointData p;
  p.name = name;
  Json flow = {{"visits", Json::array()}};
  for (std::size_t i = 0; i < visits; ++i) flow["visits"].push_back(Json::object());
  Json flows = Json::object();
  if (visits != 0) flows = {{"miss", flow}, {"syscall", flow}};
  p.repeats.push_back({{"measured", "roi"},
                       {"phases", {{{"name", "roi"}, {"metrics", {{"miss.count", misses}}}}}},
                       {"flows", flows}});
  return p;
}

}  // namespace

TEST_CASE("Typical flow: of a miss, in the row where every system misses most", "[cli]") {
  // The first row has the most misses altogether, nearly all of them on one side.
  const PointData a = point("a", 50, 2), b = point("b", 465'000, 9), c = point("c", 200, 3),
                  d = point("d", 100, 12), e = point("e", 9'000'000, 1);
  const std::vector<RunData::Row> rows = {{{}, {&a, &b}}, {{}, {&c, &d}}, {{}, {&e, nullptr}}};
  CHECK(typical_row(rows, "miss") == &rows[1]);
}

TEST_CASE("Typical flow: of a system call, the plainest that every system has", "[cli]") {
  const PointData a = point("a", 1, 2), b = point("b", 1, 9), c = point("c", 1, 3),
                  d = point("d", 1, 7), e = point("e", 1, 1), f = point("f", 1, 0);
  const std::vector<RunData::Row> rows = {{{}, {&a, &b}}, {{}, {&c, &d}}, {{}, {&e, &f}}};
  CHECK(typical_row(rows, "syscall") == &rows[1]);
}

TEST_CASE("Typical flow: none where nothing was captured", "[cli]") {
  const PointData a = point("a", 1, 0);
  CHECK(typical_row({{{}, {&a, nullptr}}}, "miss") == nullptr);
  CHECK(flow_of(a, "miss") == nullptr);
}
