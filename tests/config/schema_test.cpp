#include "config/schema/schema.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/catch.hpp"

using namespace config;

TEST_CASE("Schema: every row is unique, described and accepts its own default", "[config]") {
  std::set<std::string_view> paths;
  for (const ParameterRow& row : schema()) {
    INFO(row.path);
    CHECK(paths.insert(row.path).second);
    CHECK(row.what.ends_with('.'));
    CHECK(find_row(row.path) == &row);
    if (row.kind == ValueKind::kQuantity) {
      CHECK(row.unit != Unit::kNone);
      CHECK(row.low <= row.high);
    }
    if (row.scope != Scope::kList && !row.required) {
      const SortedJson value = default_of(row);
      CHECK_FALSE(value.is_null());
      CHECK(check_value(row, value));
    }
  }
}

TEST_CASE("Schema: groups know their children", "[config]") {
  CHECK(is_group("machine.cpu"));
  CHECK_FALSE(is_group("machine.clock"));
  CHECK_FALSE(is_group("machine.nothing"));
  CHECK(children_of("machine.cpu") ==
        std::vector<std::string>{"tlb", "exception_entry", "eret", "fp_unimplemented"});
  CHECK(find_row("phases.anything.from") != nullptr);
  CHECK(find_row("phases.anything") == nullptr);
}

TEST_CASE("Schema: a value of the wrong kind is refused in words", "[config]") {
  const auto refused = [](const char* path, const SortedJson& value) {
    const auto checked = check_value(*find_row(path), value);
    REQUIRE_FALSE(checked);
    return checked.error().clause;
  };
  CHECK(refused("machine.clock", 400) == "400 needs a unit (for example \"400MHz\")");
  CHECK(refused("machine.clock", "1Hz") == "1Hz is out of range (1MHz .. 4GHz)");
  CHECK(refused("machine.cpu.tlb.entries", "64") == "expected a whole number, got text");
  CHECK(refused("machine.cpu.tlb.entries", 64.5) == "64.5 is not a whole number");
  CHECK(refused("machine.cpu.tlb.entries", -1) == "-1 is out of range (8 .. 512)");
  CHECK(refused("machine.cpu.tlb.random", "lsfr") ==
        "\"lsfr\" is not one of manual, lfsr (did you mean \"lfsr\"?)");
  CHECK(refused("monitor.large_pages", 1) == "expected true or false, got a number");
  CHECK(refused("workload.args", SortedJson{{"a", 1}}) == "expected a list of texts, got a table");
  CHECK(refused("workload.args", SortedJson::array({true})) ==
        "expected a list of texts, got a flag in it");
}

TEST_CASE("Schema: --set takes every kind that a file takes", "[config]") {
  const auto held = [](const char* path, const char* text) {
    return *check_text(*find_row(path), text);
  };
  CHECK(held("machine.clock", "200MHz") == 200'000'000);
  CHECK(held("machine.cpu.tlb.entries", "48") == 48);
  CHECK(held("monitor.large_pages", "true") == true);
  CHECK(held("workload.args", "1,two,3") == SortedJson::array({"1", "two", "3"}));
  CHECK(held("question", "why?") == "why?");
  CHECK_FALSE(check_text(*find_row("machine.cpu.tlb.entries"), "48x"));
  CHECK_FALSE(check_text(*find_row("monitor.large_pages"), "yes"));
}
