// coherence_mutants [--every N] [--full 0|1]: gives every Nth wrong table to the judges. Prints how
// many were refused by whom, and the survivors; exit code 1 if fewer than 95 % were refused.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/numa/coherence/mutants.hpp"

int main(int count, char** words) {
  std::size_t every = 1;
  test::Effort effort = test::Effort::kFull;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
    if (std::strcmp(words[i], "--every") == 0 && value > 0)
      every = value;
    else if (std::strcmp(words[i], "--full") == 0)
      effort = value != 0 ? test::Effort::kFull : test::Effort::kQuick;
    else
      count = 0;
  }
  if (count % 2 == 0) {
    std::fputs("usage: coherence_mutants [--every N] [--full 0|1]\n", stderr);
    return 2;
  }
  const std::vector<test::Mutant> mutants = test::all_mutants();
  std::map<std::string, unsigned> refused;
  std::size_t tried = 0, survived = 0;
  for (std::size_t i = 0; i < mutants.size(); i += every) {
    const test::Verdict verdict = test::judge(mutants[i], effort);
    ++tried;
    if (!verdict.judge.empty()) {
      ++refused[verdict.judge];
      continue;
    }
    ++survived;
    std::printf("survived: %s\n", mutants[i].what.c_str());
    std::fflush(stdout);
  }
  std::printf("%zu of %zu mutants tried: %zu refused (%.1f %%), %zu survived\n", tried,
              mutants.size(), tried - survived,
              100.0 * static_cast<double>(tried - survived) / static_cast<double>(tried), survived);
  for (const auto& [judge, number] : refused) std::printf("  %u by %s\n", number, judge.c_str());
  return survived * 20 <= tried ? 0 : 1;
}
