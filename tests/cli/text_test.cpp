// Small things that people read: numbers, durations, tables, the progress line.
#include "cli/progress.hpp"
#include "cli/summary.hpp"
#include "lab/data/numbers.hpp"
#include "lab/data/run_data.hpp"
#include "lab/points/limits.hpp"
#include "measure/metrics.hpp"
#include "tests/support/catch.hpp"

using namespace cli;
using namespace measure;
using namespace lab;

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
  CHECK(lab::show_number(1234.4, "cycles") == "1,234");
  CHECK(lab::show_number(24.44, "cycles") == "24.4");
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
  lab::ProgressState s;
  s.total = 4;
  s.done = 1;
  s.work = {250'000'000, 1'000'000'000, 29.5};
  s.executed = 250'000'000;
  s.now = "chase";
  CHECK(fraction_done(s) == Approx(0.25));
  CHECK(progress_text(s, 10) == " 25%  run 2/4  250 M/1.00 Ginsn  25.0 MIPS  ETA 30 s  chase");
  s.work = {999'999'999, 1'000'000'000, 1.0};
  CHECK(fraction_done(s) == 0.99);
  CHECK(progress_text(s, 10).starts_with(" 99%  "));
  s.work = {250'000'000, 0, std::nullopt};
  CHECK(fraction_done(s) == Approx(0.25));
  CHECK(progress_text(s, 10) == "run 2/4  250 Minsn  25.0 MIPS  chase");
  s.done = 4;
  CHECK(fraction_done(s) == 1);
}

TEST_CASE("WorkEstimate: what is not known is not told", "[cli]") {
  lab::WorkEstimate estimate{{0, 0, 0}};
  CHECK(estimate.forecast({{0, 100, 1}}, 10).total == 0);
  CHECK_FALSE(estimate.forecast({{0, 100, 1}}, 10).seconds_left);
  estimate.finished(0, 1000, false);  // failed at once: of the others nothing follows
  CHECK(estimate.forecast({{1, 100, 1}}, 10).total == 0);
}

TEST_CASE("WorkEstimate: without history it learns from the points that have finished", "[cli]") {
  lab::WorkEstimate estimate{{0, 0, 0, 0}};
  estimate.finished(0, 1000, true);
  const Forecast one = estimate.forecast({{1, 500, 5}}, 15);
  CHECK(one.done == 1500);
  CHECK(one.total == 4000);
  CHECK(*one.seconds_left == Approx(25));
}

TEST_CASE("WorkEstimate: a point that takes longer than expected is not done before it ends",
          "[cli]") {
  lab::WorkEstimate estimate{{100, 100}};
  estimate.finished(0, 100, true);
  lab::Forecast before = estimate.forecast({{1, 99, 10}}, 20);
  for (std::uint64_t done = 100; done < 100'000; done += 100) {
    const double seconds = 10.0 + static_cast<double>(done) / 10;
    const Forecast now = estimate.forecast({{1, done, seconds - 10}}, seconds);
    CHECK(now.done < now.total);
    CHECK(*now.seconds_left >= 1);
    CHECK(now.total >= before.total);
    before = now;
  }
  CHECK(*before.seconds_left > 100);  // a twentieth of what it took so far
  estimate.finished(1, 100'000, true);
  CHECK(estimate.forecast({}, 10'000).seconds_left == 0.0);
}

TEST_CASE("WorkEstimate: a wrong history is put right by what finishes", "[cli]") {
  lab::WorkEstimate estimate{{10, 20, 10}};
  estimate.finished(0, 1000, true);  // a hundred times as long
  const Forecast now = estimate.forecast({{1, 500, 1}}, 3);
  CHECK(now.total == 1000 + 2000 + 1000);
}

TEST_CASE("WorkEstimate: the last point decides, however fast the others were", "[cli]") {
  lab::WorkEstimate estimate{{1000, 1000}};
  estimate.finished(0, 1000, true);
  // Two at a time; the second goes at a tenth of the first one's speed.
  CHECK(*estimate.forecast({{1, 100, 10}}, 10).seconds_left == Approx(90));
}

TEST_CASE("WorkEstimate: what was done before counts", "[cli]") {
  lab::WorkEstimate estimate{{0}};
  estimate.done_before(1000);
  const Forecast now = estimate.forecast({{0, 250, 5}}, 5);
  CHECK(now.done == 1250);
  CHECK(now.total == 2000);
  CHECK(*now.seconds_left == Approx(15));
}

TEST_CASE("Limits: instructions, cycles and host time", "[cli]") {
  const auto limits = lab::parse_limits("2Ginsn,10min");
  REQUIRE(limits);
  CHECK(limits->guest.instructions == 2'000'000'000);
  CHECK(limits->host_seconds == 600.0);
  CHECK(lab::parse_limits("5Mcycles")->guest.cycles == Cycles{5'000'000});
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
