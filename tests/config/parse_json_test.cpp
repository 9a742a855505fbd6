// Text of others on its way to JSON: how deep and how wide it may be.
#include <nlohmann/json.hpp>

#include "config/schema/parse_json.hpp"

#include "config/experiment.hpp"
#include "config/schema/json.hpp"
#include "tests/support/catch.hpp"

using namespace config;

namespace {

std::string nested(std::size_t levels, const char* open, const char* close) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += open;
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text;
}

}  // namespace

TEST_CASE("JSON: what is nested deeper than anything of ours is refused", "[config]") {
  CHECK(parse_json<SortedJson>(nested(kDeepestJson, "[", "]")));
  const auto deep = parse_json<SortedJson>(nested(kDeepestJson + 1, "[", "]"));
  REQUIRE_FALSE(deep);
  CHECK(deep.error().clause == "is nested more than 64 levels deep at byte 64");
  for (const std::size_t levels : {1'000U, 100'000U, 5'000'000U}) {
    CHECK_FALSE(parse_json<SortedJson>(nested(levels, "[", "]")));
    CHECK_FALSE(parse_json<SortedJson>(nested(levels, "{\"a\":", "}")));
    CHECK_FALSE(parse_json<SortedJson>(nested(levels, "[{\"a\":", "}]")));
    CHECK_FALSE(parse_json<SortedJson>(std::string(levels, '[')));
  }
}

TEST_CASE("JSON: brackets in texts are no nesting", "[config]") {
  const auto json = parse_json<SortedJson>(R"({"a": "[[[\"[[{{\\", "b": [1, "]"]})");
  REQUIRE(json);
  CHECK((*json)["a"] == "[[[\"[[{{\\");
  CHECK(parse_json<SortedJson>("\"" + std::string(1000, '[') + "\""));
  CHECK(parse_json<SortedJson>("{").error().clause == "is not JSON (was it cut off?)");
  CHECK(parse_json<SortedJson>("\"").error().clause == "is not JSON (was it cut off?)");
}

TEST_CASE("JSON: more values than a file of ours has are refused", "[config]") {
  std::string text = "[0";
  for (std::size_t i = 0; i < kMostJsonValues; ++i) text += ",0";
  CHECK(parse_json<SortedJson>(text + "]").error().clause == "has more than 5000000 values");
}

TEST_CASE("JSON: a resolved experiment that is nested deeply is one message", "[config]") {
  for (const char* key : {"sweep", "expect", "values", "phases", "fnord"}) {
    const auto loaded =
        load_resolved("deep.json",
                      R"({"schema": "disco-experiment 1", "name": "x", ")" + std::string{key} +
                          "\": " + nested(100'000, "[", "]") + "}",
                      {});
    REQUIRE_FALSE(loaded);
    REQUIRE(loaded.error().all.size() == 1);
    CHECK(loaded.error().all[0].what.find("is nested more than 64 levels deep") == 0);
  }
}
