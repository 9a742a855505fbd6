#include "config/schema/suggest.hpp"

#include "tests/support/catch.hpp"

using namespace config;

TEST_CASE("Suggest: edits are counted, neighbours may swap", "[config]") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("entries", "entries") == 0);
  CHECK(edit_distance("entires", "entries") == 1);
  CHECK(edit_distance("clok", "clock") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("Suggest: only what may have been meant is offered", "[config]") {
  const std::vector<std::string> words = {"entries", "random", "clock", "memory"};
  CHECK(suggestion("entires", words) == "entries");
  CHECK(suggestion("mem", words) == "memory");
  CHECK_FALSE(suggestion("banana", words));
  CHECK_FALSE(suggestion("", words));
  CHECK(did_you_mean("clcok", words) == " (did you mean \"clock\"?)");
  CHECK(did_you_mean("xyz", words).empty());
}
