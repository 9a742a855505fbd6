// coherence_litmus [--runs N] [--seed S]: every litmus test, variables in lines of their own and in
// one line. Prints outcomes and how often they were seen; exit code 1 unless exactly the allowed
// ones were.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/numa/coherence/litmus.hpp"

namespace {

/// Whether exactly the allowed outcomes were seen.
bool print(const test::Litmus& litmus, test::Placement placement,
           const test::LitmusResult& result) {
  const std::set<test::LitmusOutcome> allowed = test::allowed_outcomes(litmus);
  std::size_t missing = 0, forbidden = 0;
  for (const auto& outcome : allowed) missing += result.seen.count(outcome) == 0 ? 1 : 0;
  for (const auto& [outcome, times] : result.seen) forbidden += allowed.count(outcome) == 0 ? 1 : 0;
  std::printf("%s, %s: %zu allowed, %zu missing, %zu forbidden; %llu messages\n ",
              litmus.name.c_str(),
              placement == test::Placement::kOneLine ? "one line" : "own lines", allowed.size(),
              missing, forbidden, static_cast<unsigned long long>(result.messages));
  for (const auto& [outcome, times] : result.seen) {
    std::printf(" [%s%s x %llu]", allowed.count(outcome) == 0 ? "FORBIDDEN " : "", outcome.c_str(),
                static_cast<unsigned long long>(times));
  }
  for (const auto& outcome : allowed) {
    if (result.seen.count(outcome) == 0) std::printf(" [%s NOT SEEN]", outcome.c_str());
  }
  std::printf("\n");
  if (!result.failure.empty()) std::printf("  wrong: %s\n", result.failure.c_str());
  return missing == 0 && forbidden == 0 && result.failure.empty();
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t runs = 20'000, seed = 1;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
    if (std::strcmp(words[i], "--runs") == 0)
      runs = value;
    else if (std::strcmp(words[i], "--seed") == 0)
      seed = value;
    else
      count = 0;
  }
  if (count % 2 == 0) {
    std::fputs("usage: coherence_litmus [--runs N] [--seed S]\n", stderr);
    return 2;
  }
  std::printf("seed %llu, %llu runs each\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(runs));
  bool good = true;
  for (const test::Litmus& litmus : test::all_litmus_tests()) {
    for (const test::Placement placement :
         {test::Placement::kOwnLines, test::Placement::kOneLine}) {
      if (litmus.variables == 1 && placement == test::Placement::kOneLine) continue;
      const test::LitmusResult result =
          test::run_litmus(litmus, placement, test::Tables{}, test::OnFailure::kStop, runs, seed);
      good = print(litmus, placement, result) && good;
    }
  }
  return good ? 0 : 1;
}
