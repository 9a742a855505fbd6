// coherence_explore --caches N --lines N --ports N [--limit STATES]: visits every state of the
// protocol. Exit code 1 if one is wrong, with the shortest way to it.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/numa/coherence/explorer.hpp"

namespace {

struct Options {
  test::WorldShape shape{3, 1, 1};
  std::uint64_t limit = 100'000'000;
};

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
    const auto small = static_cast<unsigned>(value);
    if (std::strcmp(words[i], "--caches") == 0)
      options.shape.caches = small;
    else if (std::strcmp(words[i], "--lines") == 0)
      options.shape.lines = small;
    else if (std::strcmp(words[i], "--ports") == 0)
      options.shape.ports = small;
    else if (std::strcmp(words[i], "--limit") == 0)
      options.limit = value;
    else
      return false;
  }
  const test::WorldShape& s = options.shape;
  return count % 2 == 1 && s.caches >= 1 && s.caches <= test::kWorldCaches && s.lines >= 1 &&
         s.lines <= test::kWorldLines && s.ports <= test::kWorldPorts;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse(count, words, options)) {
    std::fputs(
        "usage: coherence_explore [--caches 1..3] [--lines 1..2] [--ports 0..2] [--limit STATES]\n",
        stderr);
    return 2;
  }
  const bool by_halves = options.shape.lines == 2 && options.shape.ports == 0;
  test::Halves halves;
  if (by_halves) {
    halves = test::compare_halves(options.shape.caches, test::Tables{}, options.limit);
    const std::uint64_t bound = test::bound_for_two_lines(options.shape.caches, test::Tables{});
    std::printf(
        "pairs of states of one line: %llu; states visited with a half that one line does not "
        "have: %llu\n",
        static_cast<unsigned long long>(bound), static_cast<unsigned long long>(halves.strange));
  }
  const test::Exploration found =
      by_halves ? halves.of_two : test::explore(options.shape, test::Tables{}, options.limit);
  std::printf(
      "%u caches, %u lines, %u ports: %llu states, %llu steps, %llu quiet, depth %u, at most %llu "
      "messages under way%s\n",
      options.shape.caches, options.shape.lines, options.shape.ports,
      static_cast<unsigned long long>(found.states), static_cast<unsigned long long>(found.steps),
      static_cast<unsigned long long>(found.quiet_states), found.depth,
      static_cast<unsigned long long>(found.most_messages), found.complete ? "" : "; not complete");
  if (found.failure.empty()) return halves.strange == 0 ? 0 : 1;
  std::printf("wrong: %s\n", found.failure.c_str());
  for (const std::string& step : found.path) std::printf("  %s\n", step.c_str());
  return 1;
}
