#include "tests/numa/coherence/explorer.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <numeric>
#include <set>
#include <unordered_map>

namespace test {
namespace {

/// Two independent 64-bit hashes: among 10^8 states the odds of one collision are below 10^-21.
struct Key {
  std::uint64_t a = 0, b = 0;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  std::size_t operator()(const Key& key) const { return static_cast<std::size_t>(key.a); }
};

Key key_of(const std::string& text) {
  Key key{0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    key.a = (key.a ^ byte) * 0x100000001b3;
    key.a ^= key.a >> 29;
    key.b = (key.b + byte) * 0xff51afd7ed558ccd;
    key.b ^= key.b >> 32;
  }
  key.a ^= text.size();
  return key;
}

struct Visited {
  std::uint32_t parent = 0;
  Step step;
};

class Search {
 public:
  Search(const WorldShape& shape, const Tables& tables, std::uint64_t limit)
      : rules_{shape, tables}, limit_{limit} {}

  /// Called for every new state, if given.
  std::function<void(const World&)> on_state;

  Exploration run() {
    discover(World{}, 0, Step{});
    while (!frontier_.empty() && result_.failure.empty() && visited_.size() < limit_) expand();
    result_.states = visited_.size();
    result_.complete = frontier_.empty() && result_.failure.empty();
    if (result_.complete) judge_progress();
    return std::move(result_);
  }

 private:
  struct Waiting {
    std::uint32_t index = 0;
    unsigned depth = 0;
    World world;
  };

  /// The number of a state, which joins the frontier if it is new.
  std::uint32_t discover(const World& world, std::uint32_t parent, const Step& step) {
    const auto next = static_cast<std::uint32_t>(visited_.size());
    const auto [at, is_new] = index_.try_emplace(key_of(rules_.canonical(world)), next);
    if (!is_new) return at->second;
    if (on_state) on_state(world);
    visited_.push_back({parent, step});
    frontier_.push_back({next, depth_ + 1, world});
    if (rules_.is_quiet(world)) quiet_.push_back(next);
    result_.most_messages = std::max<std::uint64_t>(result_.most_messages, world.in_flight);
    return next;
  }

  void expand() {
    const Waiting from = frontier_.front();
    frontier_.pop_front();
    depth_ = from.depth;
    result_.depth = depth_;
    std::array<Step, 64> steps;
    const unsigned count = rules_.steps(from.world, steps);
    for (unsigned i = 0; i < count; ++i) {
      World world = from.world;
      ++result_.steps;
      std::string failure = rules_.apply(world, steps[i]);
      if (!failure.empty()) return report(std::move(failure), from.index, &steps[i]);
      const std::uint32_t to = discover(world, from.index, steps[i]);
      if (steps[i].kind == Step::Kind::kDeliver) edges_.push_back({to, from.index});
    }
  }

  /// Backwards from the quiet states along deliveries: what is not reached can never come to rest.
  void judge_progress() {
    std::sort(edges_.begin(), edges_.end());
    std::vector<bool> rests(visited_.size(), false);
    std::vector<std::uint32_t> todo = quiet_;
    for (const std::uint32_t state : quiet_) rests[state] = true;
    while (!todo.empty()) {
      const std::uint32_t state = todo.back();
      todo.pop_back();
      for (auto edge = std::lower_bound(edges_.begin(), edges_.end(), Edge{state, 0});
           edge != edges_.end() && edge->first == state; ++edge) {
        if (rests[edge->second]) continue;
        rests[edge->second] = true;
        todo.push_back(edge->second);
      }
    }
    result_.quiet_states = quiet_.size();
    const auto stuck = std::find(rests.begin(), rests.end(), false);
    if (stuck != rests.end()) {
      report("deliveries alone never bring it to rest",
             static_cast<std::uint32_t>(stuck - rests.begin()), nullptr);
    }
  }

  void report(std::string failure, std::uint32_t state, const Step* last) {
    result_.failure = std::move(failure);
    if (last != nullptr) result_.path.push_back(describe(*last));
    for (; state != 0; state = visited_[state].parent)
      result_.path.push_back(describe(visited_[state].step));
    std::reverse(result_.path.begin(), result_.path.end());
  }

  using Edge = std::pair<std::uint32_t, std::uint32_t>;  // to, from

  WorldRules rules_;
  std::uint64_t limit_;
  unsigned depth_ = 0;
  std::unordered_map<Key, std::uint32_t, KeyHash> index_;
  std::vector<Visited> visited_;
  std::deque<Waiting> frontier_;
  std::vector<std::uint32_t> quiet_;
  std::vector<Edge> edges_;
  Exploration result_;
};

using Names = std::array<std::uint8_t, kWorldCaches>;

/// All orders of the first `count` names.
std::vector<Names> renamings(unsigned count) {
  Names name{};
  std::iota(name.begin(), name.end(), std::uint8_t{0});
  std::vector<Names> all;
  do all.push_back(name);
  while (std::next_permutation(name.begin(), name.begin() + count));
  return all;
}

/// `first`, then `second`.
Names both(const Names& first, const Names& second) {
  Names name{};
  for (unsigned c = 0; c < kWorldCaches; ++c) name[c] = second[first[c]];
  return name;
}

/// States of one line by which caches wait, for each renaming only those that it leaves as they
/// are.
class FixedStates {
 public:
  FixedStates(const WorldShape& shape, const WorldRules& rules)
      : shape_{shape},
        rules_{rules},
        renamings_{renamings(shape.caches)},
        fixed_(renamings_.size()) {}

  /// A state and all that differ from it by names.
  void add(const World& world) {
    std::set<std::string> seen;
    for (const Names& name : renamings_) {
      const std::string text = rules_.encode(world, name);
      if (!seen.insert(text).second) continue;
      unsigned waiting = 0;
      for (unsigned c = 0; c < shape_.caches; ++c) {
        if (world.caches[c].waits) waiting |= 1U << name[c];
      }
      for (std::size_t r = 0; r < renamings_.size(); ++r) {
        if (rules_.encode(world, both(name, renamings_[r])) == text) ++fixed_[r][waiting];
      }
    }
  }

  /// Pairs of states in which no cache waits for both lines, up to names (Burnside's lemma).
  std::uint64_t pairs() const {
    std::uint64_t sum = 0;
    for (const Counts& counts : fixed_) {
      for (std::size_t a = 0; a < counts.size(); ++a) {
        for (std::size_t b = 0; b < counts.size(); ++b) {
          if ((a & b) == 0) sum += counts[a] * counts[b];
        }
      }
    }
    return sum / renamings_.size();
  }

 private:
  using Counts = std::array<std::uint64_t, std::size_t{1} << kWorldCaches>;
  WorldShape shape_;
  const WorldRules& rules_;
  std::vector<Names> renamings_;
  std::vector<Counts> fixed_;  // by renaming; by the set of waiting caches
};

}  // namespace

std::uint64_t bound_for_two_lines(unsigned caches, const Tables& tables) {
  const WorldShape one{caches, 1, 0};
  const WorldRules rules{one, tables};
  FixedStates states{one, rules};
  Search search{one, tables, ~std::uint64_t{0}};
  search.on_state = [&](const World& world) { states.add(world); };
  search.run();
  return states.pairs();
}

namespace {

/// What a world is to one of its lines.
World half_of(const World& world, std::uint8_t line) {
  World half;
  for (unsigned c = 0; c < kWorldCaches; ++c) {
    World::Cache& cache = half.caches[c];
    cache = world.caches[c];
    cache.lines = {world.caches[c].lines[line], {}};
    cache.waits = cache.waits && cache.line == line;
    cache.defers = cache.defers && number_of(cache.deferred.line) == line;
    cache.line = 0;
    if (!cache.waits) cache.stores = false, cache.since = 0;
  }
  half.homes[0] = world.homes[line];
  for (unsigned i = 0; i < world.in_flight; ++i) {
    if (number_of(world.flying[i].message.line) != line) continue;
    World::Flying& flying = half.flying[half.in_flight++];
    flying = world.flying[i];
    flying.message.line = Line{0};
  }
  return half;
}

}  // namespace

Halves compare_halves(unsigned caches, const Tables& tables, std::uint64_t limit) {
  const WorldShape one{caches, 1, 0}, two{caches, 2, 0};
  const WorldRules rules{one, tables};
  std::set<std::string> visited;
  Search single{one, tables, ~std::uint64_t{0}};
  single.on_state = [&](const World& world) { visited.insert(rules.canonical(world)); };
  single.run();
  Halves halves;
  Search both_lines{two, tables, limit};
  both_lines.on_state = [&](const World& world) {
    const bool known = visited.count(rules.canonical(half_of(world, 0))) != 0 &&
                       visited.count(rules.canonical(half_of(world, 1))) != 0;
    halves.strange += !known;
  };
  halves.of_two = both_lines.run();
  return halves;
}

Exploration explore(const WorldShape& shape, const Tables& tables, std::uint64_t limit) {
  return Search{shape, tables, limit}.run();
}

}  // namespace test
