// What a trace has shown of translations, against a list of address ranges.
#include "traces/analysis/translations.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace traces;

namespace {

/// The addresses of an entry as EntryHi's R and VPN2 and PageMask give them, and whose they are.
struct Range {
  std::uint64_t begin, end;
  std::optional<unsigned> asid;  // nothing: everybody's
  TlbWords words;

  bool has(std::uint64_t va, unsigned space) const {
    return va >= begin && va < end && (!asid || *asid == space);
  }
  bool overlaps(const Range& other) const {
    return begin < other.end && other.begin < end && (!asid || !other.asid || *asid == *other.asid);
  }
};

Range range_of(std::uint64_t va, unsigned size, std::optional<unsigned> asid, std::uint64_t frame) {
  const std::uint64_t bytes = std::uint64_t{0x2000} << 2 * size, begin = va & ~(bytes - 1);
  const std::uint64_t global = asid ? 0 : 1;
  return {begin,
          begin + bytes,
          asid,
          {.hi = begin | asid.value_or(9),
           .lo0 = frame << 6 | global,
           .lo1 = frame << 6 | global,
           .mask = bytes - 0x2000}};
}

}  // namespace

TEST_CASE("Translations: an address space is all eight bits of its number", "[traces]") {
  const Range own = range_of(0x4000, 0, 0xa5, 1), shared = range_of(0x4000, 0, std::nullopt, 1);
  for (unsigned asid = 0; asid < 256; ++asid) {
    CHECK(matches(own.words, VirtAddr{0x5fff}, Asid{static_cast<std::uint8_t>(asid)}) ==
          (asid == 0xa5));
    CHECK(matches(shared.words, VirtAddr{0x5fff}, Asid{static_cast<std::uint8_t>(asid)}));
    CHECK(overlaps(own.words, range_of(0x4000, 0, asid, 2).words) == (asid == 0xa5));
  }
  CHECK_FALSE(matches(own.words, VirtAddr{0x6000}, Asid{static_cast<std::uint8_t>(0xa5)}));
  CHECK_FALSE(matches(own.words, VirtAddr{0x3fff}, Asid{static_cast<std::uint8_t>(0xa5)}));
}

TEST_CASE("Translations: what is found is what was put last, and what it overlaps is gone",
          "[traces]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  const unsigned sizes = GENERATE(1u, 3u);
  INFO("seed " << seed << " sizes " << sizes);
  std::mt19937 random{seed};
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  constexpr unsigned kSpaces[] = {0, 1, 2, 3, 254, 255};
  Translations known;
  std::vector<Range> naive;
  const auto drop = [&naive](const Range& gone) {
    std::erase_if(naive, [&gone](const Range& r) { return r.overlaps(gone); });
  };
  for (int step = 0; step < 3000; ++step) {
    const std::uint64_t va = (std::uint64_t{below(2)} << 62) + below(64) * 0x1000;
    const unsigned space = kSpaces[below(6)];
    const Range range =
        range_of(va, below(sizes), below(6) == 0 ? std::nullopt : std::optional{space}, below(3));
    if (below(10) == 0) {
      known.forget(range.words);
      drop(range);
    } else {
      const bool is_news = std::none_of(naive.begin(), naive.end(),
                                        [&](const Range& r) { return r.words == range.words; });
      CHECK(known.put(range.words) == is_news);
      drop(range);
      naive.push_back(range);
    }
    CHECK(known.size() == naive.size());
    const auto found =
        std::find_if(naive.begin(), naive.end(), [&](const Range& r) { return r.has(va, space); });
    const TlbWords* const at = known.find(VirtAddr{va}, Asid{static_cast<std::uint8_t>(space)});
    REQUIRE((at != nullptr) == (found != naive.end()));
    if (at != nullptr) CHECK(*at == found->words);
  }
}
