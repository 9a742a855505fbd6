#include "measure/episodes/histogram.hpp"

#include <algorithm>
#include <random>

#include "tests/support/catch.hpp"

using measure::Histogram;

TEST_CASE("Histogram: quantiles are exact below 4096", "[cli]") {
  Histogram h;
  for (std::uint64_t v = 1; v <= 1000; ++v) h.add(v);
  CHECK(h.count() == 1000);
  CHECK(h.sum() == 500'500);
  CHECK(h.mean() == Approx(500.5));
  CHECK(h.quantile(0.5) == 500);
  CHECK(h.quantile(0.95) == 950);
  CHECK(h.quantile(0.99) == 990);
  CHECK(h.least() == 1);
  CHECK(h.greatest() == 1000);
}

TEST_CASE("Histogram: above, a bin is within 1/128 of its values", "[cli]") {
  const auto value =
      GENERATE(as<std::uint64_t>{}, 4095, 4096, 4097, 100'000, 123'456'789, 1ULL << 40, ~0ULL >> 1);
  Histogram h;
  h.add(value);
  CHECK(h.quantile(0.5) <= value);
  CHECK(value - h.quantile(0.5) <= value / 128);
  REQUIRE(h.bins().size() == 1);
  CHECK(h.bins()[0].low + h.bins()[0].width > value);
}

TEST_CASE("Histogram: quantiles agree with sorted values", "[cli]") {
  const unsigned seed = 20'261'121;
  INFO("seed " << seed);
  std::mt19937 random{seed};
  std::vector<std::uint64_t> values(5000);
  Histogram h;
  for (auto& v : values) {
    v = random() % 4000;
    h.add(v);
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99}) {
    CHECK(h.quantile(share) == values[static_cast<std::size_t>(share * 5000) - 1]);
  }
}

TEST_CASE("Histogram: a difference holds what came between, a sum both", "[cli]") {
  Histogram h;
  h.add(5);
  const Histogram earlier = h;
  h.add(7);
  h.add(9000);
  const Histogram between = h.since(earlier);
  CHECK(between.count() == 2);
  CHECK(between.sum() == 9007);
  CHECK(between.least() == 7);
  Histogram both = between;
  both.add(earlier);
  CHECK(both.count() == 3);
  CHECK(both.least() == 5);
  CHECK(Histogram{}.quantile(0.5) == 0);
}
