// coherence_tester [--accesses N] [--seed S] [--caches N]: the shipped protocol under random
// accesses, in four shapes. Prints what happened; exit code 1 if an invariant broke.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/numa/coherence/names.hpp"
#include "tests/numa/coherence/tester.hpp"

namespace {

struct Named {
  const char* name;
  test::TesterRun run;
};

void print(const Named& named, const test::FlightCounters& c) {
  const auto n = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%s: %u caches, %u lines, seed %llu: %llu accesses (%llu primary hits), %llu messages, at "
      "most %llu in flight\n",
      named.name, named.run.shape.caches, named.run.shape.lines, n(named.run.seed), n(c.accesses),
      n(c.primary_hits), n(c.messages), n(c.most_in_flight));
  std::printf(
      "  store-conditionals: %llu done, %llu failed; shared data used once: %llu, of which already "
      "overwritten %llu, not judged %llu\n ",
      n(c.conditional_done), n(c.conditional_failed), n(c.used_once), n(c.stale_allowed),
      n(c.unknown_history));
  for (unsigned type = 0; type < numa::coherence::kMessageTypes; ++type) {
    std::printf(" %s %llu", test::name_of(static_cast<numa::coherence::MessageType>(type)),
                n(c.by_type[type]));
  }
  std::printf("\n");
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t accesses = 1'000'000, seed = 1;
  std::uint32_t caches = 64;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
    if (std::strcmp(words[i], "--accesses") == 0)
      accesses = value;
    else if (std::strcmp(words[i], "--seed") == 0)
      seed = value;
    else if (std::strcmp(words[i], "--caches") == 0)
      caches = static_cast<std::uint32_t>(value);
    else
      count = 0;
  }
  if (count % 2 == 0 || caches < 1 || caches > 64) {
    std::fputs("usage: coherence_tester [--accesses N] [--seed S] [--caches 1..64]\n", stderr);
    return 2;
  }
  // Few lines and much in flight; more lines than the caches hold; mostly delivered before the next
  // access; few CPUs, which replace what they have just asked for.
  const std::uint64_t share = accesses / 4;
  const Named runs[] = {
      {"hot", {{caches, 3, {256, 2, 32}, {256, 2, 128}}, seed, share, 160, 16, 32}},
      {"replacing", {{caches, 48, {256, 2, 32}, {1024, 2, 128}}, seed + 1, share, 192, 32, 64}},
      {"calm", {{caches, 16, {512, 2, 32}, {1024, 2, 128}}, seed + 2, share, 250, 64, 256}},
      {"few",
       {{std::min(caches, 4U), 3, {256, 2, 32}, {256, 2, 128}},
        seed + 3,
        accesses - 3 * share,
        128,
        16,
        4}},
  };
  int exit_code = 0;
  for (const Named& named : runs) {
    test::FlightCounters counters;
    const std::string failure = test::run_tester(named.run, test::Tables{}, counters);
    print(named, counters);
    if (failure.empty()) continue;
    std::printf("  wrong: %s\n", failure.c_str());
    exit_code = 1;
  }
  return exit_code;
}
