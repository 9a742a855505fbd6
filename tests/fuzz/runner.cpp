#include "tests/fuzz/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

namespace fuzz {
namespace {

constexpr std::uint64_t kHeapEvery = 256, kWarmUp = 1024;

class Tally {
 public:
  void add(const Verdict& verdict) { ++counts_[{verdict.kind, verdict.what}]; }

  void print(std::uint64_t all, unsigned most) const {
    print_kind(Verdict::Kind::kAccepted, "accepted", all, most);
    print_kind(Verdict::Kind::kRefused, "refused", all, most);
  }

 private:
  using Row = std::pair<std::uint64_t, std::string>;

  void print_kind(Verdict::Kind kind, const char* title, std::uint64_t all, unsigned most) const {
    std::vector<Row> rows;
    std::uint64_t sum = 0;
    for (const auto& [key, count] : counts_) {
      if (key.first != kind) continue;
      rows.emplace_back(count, key.second);
      sum += count;
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return a.first > b.first; });
    const double share = all == 0 ? 0 : 100.0 * static_cast<double>(sum) / static_cast<double>(all);
    fmt::print("  {:<8} {:>8}  {:.1f} %, {} classes\n", title, sum, share, rows.size());
    std::uint64_t rest = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i < most) {
        fmt::print("    {:>15}  {}\n", rows[i].first, rows[i].second.substr(0, 110));
      } else {
        rest += rows[i].first;
      }
    }
    if (rest != 0) fmt::print("    {:>15}  in {} rarer classes\n", rest, rows.size() - most);
  }

  std::map<std::pair<Verdict::Kind, std::string>, std::uint64_t> counts_;
};

const char* name_of(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::kAccepted: return "accepted";
    case Verdict::Kind::kRefused: return "refused";
    default: return "BROKEN";
  }
}

class Run {
 public:
  Run(const SubjectInfo& info, const RunOptions& options)
      : options_{options},
        command_{fmt::format("disco_fuzz {} --seed {}", info.name, options.seed)},
        subject_{info.make()},
        guard_{command_, options.limits} {}

  int one_file();
  int one_input();
  int all();

 private:
  Verdict load(const Input& input, std::uint64_t index, bool looks_at_heap);
  Input make(std::uint64_t index, unsigned mutations) const {
    Random random = random_of(options_.seed, index);
    return subject_->mutated(random, mutations);
  }
  int complain(std::uint64_t index, const std::string& what) const {
    fmt::print("BROKEN: {}\nreproduce: {} --only {}\n", what, command_, index);
    return 1;
  }
  bool corpus_is_valid();

  RunOptions options_;
  std::string command_;
  std::unique_ptr<Subject> subject_;
  Guard guard_;
};

Verdict Run::load(const Input& input, std::uint64_t index, bool looks_at_heap) {
  guard_.begin(index);
  Verdict verdict = subject_->load(input);
  if (const auto grown = guard_.end(looks_at_heap)) return broken(*grown);
  return verdict;
}

bool Run::corpus_is_valid() {
  const auto names = subject_->corpus();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Verdict verdict = load(subject_->original(i), 0, false);
    if (verdict.kind == Verdict::Kind::kAccepted) continue;
    fmt::print("BROKEN: the valid input {} is {}: {}\n", names[i], name_of(verdict.kind),
               verdict.what);
    return false;
  }
  return true;
}

int Run::one_file() {
  std::ifstream file{options_.load, std::ios::binary};
  if (!file) {
    fmt::print("cannot read {}\n", options_.load);
    return 2;
  }
  const std::vector<char> chars{std::istreambuf_iterator<char>{file}, {}};
  Input input = subject_->original(0);
  input.bytes.assign(reinterpret_cast<const std::byte*>(chars.data()),
                     reinterpret_cast<const std::byte*>(chars.data()) + chars.size());
  const Verdict verdict = load(input, 0, true);
  fmt::print("{}: {}\n", name_of(verdict.kind), verdict.what);
  return verdict.kind == Verdict::Kind::kBroken ? 1 : 0;
}

int Run::one_input() {
  const Input input = make(*options_.only, options_.mutations);
  fmt::print("input {}: {} bytes, from {}\n", *options_.only, input.bytes.size(), input.origin);
  if (!options_.dump.empty()) {
    std::ofstream file{options_.dump, std::ios::binary | std::ios::trunc};
    file.write(reinterpret_cast<const char*>(input.bytes.data()),
               static_cast<std::streamsize>(input.bytes.size()));
    if (!file.flush()) {
      fmt::print("cannot write {}\n", options_.dump);
      return 2;
    }
  }
  std::fflush(stdout);
  const Verdict verdict = load(input, *options_.only, true);
  fmt::print("{}: {}\n", name_of(verdict.kind), verdict.what);
  return verdict.kind == Verdict::Kind::kBroken ? 1 : 0;
}

int Run::all() {
  if (!corpus_is_valid()) return 1;
  const auto names = subject_->corpus();
  fmt::print("{} --runs {}: from {} valid inputs\n", command_, options_.runs, names.size());
  std::fflush(stdout);
  Tally tally;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t index = 0; index < options_.runs; ++index) {
    if (index == kWarmUp) guard_.mark_heap();  // tables that are filled once are no leaks
    const Verdict verdict =
        load(make(index, options_.mutations), index, index % kHeapEvery == kHeapEvery - 1);
    if (verdict.kind == Verdict::Kind::kBroken) return complain(index, verdict.what);
    tally.add(verdict);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print("  {} inputs in {:.1f} s, {:.0f} a second\n", options_.runs, took.count(),
             static_cast<double>(options_.runs) / std::max(took.count(), 1e-9));
  tally.print(options_.runs, options_.classes);
  return 0;
}

}  // namespace

int run(const SubjectInfo& info, const RunOptions& options) {
  Run run{info, options};
  if (!options.load.empty()) return run.one_file();
  return options.only ? run.one_input() : run.all();
}

}  // namespace fuzz
