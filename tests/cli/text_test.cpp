// Small things that people read: numbers, durations, tables, the progress line.
#include "cli/limits.hpp"
#include "cli/progress.hpp"
#include "cli/run_data.hpp"
#include "cli/summary.hpp"
#include "tests/support/catch.hpp"

using namespace cli;

TEST_CASE("Text: numbers are grouped and scaled", "[cli]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(scaled(12) == "12");
  CHECK(scaled(1234) == "1.23 K");
  CHECK(scaled(41234567) == "41.2 M");
  CHECK(duration(0.012) == "12 ms");
  CHECK(duration(5) == "5.00 s");
  CHECK(duration(125) == "2:05");
  CHECK(duration(3725) == "1:02:05");
  CHECK(show_number(1234.4, "cycles") == "1,234");
  CHECK(show_number(24.44, "cycles") == "24.4");
  CHECK(show_number(24, "cycles") == "24");
}

TEST_CASE("Text: tables line up, colours and UTF-8 do not count", "[cli]") {
  const Paint paint{false};
  CHECK(table_text({{"name", "n"}, {"a", "100"}, {"longer", "1"}}, paint) ==
        "  name       n\n  a        100\n  longer     1\n");
  CHECK(table_text({{"a", "b"}, {"\x1b[31mred\x1b[0m", "é"}}, paint, "lr") ==
        "  a     b\n  \x1b[31mred\x1b[0m   é\n");
}

TEST_CASE("Progress: percent, rate and time left", "[cli]") {
  ProgressState s;
  s.total = 4;
  s.done = 1;
  s.instructions = 250'000'000;
  s.expected = 1'000'000'000;
  s.executed = 250'000'000;
  s.now = "chase";
  CHECK(fraction_done(s) == Approx(0.25));
  CHECK(progress_text(s, 10) == " 25%  run 2/4  250 M/1.00 Ginsn  25.0 MIPS  ETA 30 s  chase");
  s.expected = 0;
  CHECK(fraction_done(s) == Approx(0.25));
  s.done = 4;
  CHECK(fraction_done(s) == 1);
}

TEST_CASE("Limits: instructions, cycles and host time", "[cli]") {
  const auto limits = parse_limits("2Ginsn,10min");
  REQUIRE(limits);
  CHECK(limits->guest.instructions == 2'000'000'000);
  CHECK(limits->host_seconds == 600.0);
  CHECK(parse_limits("5Mcycles")->guest.cycles == Cycles{5'000'000});
  CHECK_FALSE(parse_limits("soon"));
  CHECK(parse_limits("100").error().code == ErrorCode::kUsage);
}

TEST_CASE("Metrics: names are unique and described", "[cli]") {
  for (const MetricInfo& info : metric_infos()) {
    INFO(info.name);
    CHECK(find_metric(info.name) == &info);
    CHECK_FALSE(info.what.empty());
    CHECK_FALSE(info.unit.empty());
  }
}
