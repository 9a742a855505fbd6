// points.csv: whatever the labels of a sweep are, a reader of CSV gets back what the experiment's
// author wrote, from a Lua file and from the resolved form that a run directory keeps.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "lab/data/run_directory.hpp"
#include "machine/loaders/load_file.hpp"
#include "tests/fuzz/mutation.hpp"
#include "tests/support/read_csv.hpp"

namespace fuzz {
namespace {

namespace fs = std::filesystem;

using Row = std::vector<std::string>;

constexpr char kSeparator = '\0';  // between labels, none of which can have it
constexpr std::size_t kLongest = 4096;
constexpr const char* kNames[] = {"one", "two", "three"};

/// What readers and writers of tables stumble over, in words that a space separates.
constexpr std::string_view kOddPieces =
    "\" \"\" , \n \r\n \t ' ; = =1+1 \\ \\n # -- ]] { % ~ ../ p00 all 0 -1 \x7f \x1b \xff "
    "\xc3\xa9 \xe2\x80\xae \xf0\x9f\x90\xad \xef\xbb\xbf";

std::vector<std::string> odd_pieces() {
  std::vector<std::string> pieces = {" ", std::string(200, 'x'), std::string(1, kSeparator),
                                     std::string(2, kSeparator)};
  for (std::size_t at = 0; at <= kOddPieces.size();) {
    const std::size_t end = std::min(kOddPieces.find(' ', at), kOddPieces.size());
    pieces.emplace_back(kOddPieces.substr(at, end - at));
    at = end + 1;
  }
  return pieces;
}

/// A text of Lua, every byte of it by number.
std::string lua_text(const std::string& text) {
  std::string written = "\"";
  for (const char c : text) written += fmt::format("\\{:03}", static_cast<unsigned char>(c));
  return written + "\"";
}

/// A sweep of one dimension whose cases, or whose plain values, are called `rows`.
std::string experiment_of(const std::vector<Row>& rows, bool are_values) {
  std::string names, values;
  for (std::size_t i = 0; i < rows.front().size(); ++i) names += fmt::format("\"{}\", ", kNames[i]);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    std::string labels;
    for (const std::string& label : rows[n]) labels += lua_text(label) + ", ";
    values += are_values ? labels : fmt::format("case {{ {} }} {{ seed = {} }},\n", labels, n + 1);
  }
  return fmt::format(
      "experiment \"points\" {{ workload = \"hello\",\nsweep = {{ {{ name = {{ {} }}, {} values = "
      "{{ {} }} }} }} }}",
      names, are_values ? "path = \"guest.append\"," : "", values);
}

/// Texts that an experiment may hold without any doubt.
bool is_ascii(const std::vector<Row>& rows) {
  const auto fits = [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; };
  return std::all_of(rows.begin(), rows.end(), [&](const Row& row) {
    return std::all_of(row.begin(), row.end(), [&](const std::string& label) {
      return std::all_of(label.begin(), label.end(), fits);
    });
  });
}

class PointsSubject final : public Subject {
 public:
  PointsSubject()
      : folder_{fs::temp_directory_path() / fmt::format("disco-fuzz-points-{}", getpid())} {
    using namespace std::string_literals;
    samples_ = {{"plain labels", bytes_of("direct\0reflected\0l2tlb\0l2tlb-large"s)},
                {"lists", bytes_of("64K,1\0"
                                   "128K,2\0"
                                   "256K,4"s)},
                {"sentences", bytes_of("say \"yes\", or \"no\"\0line\nby line\0 spaced \0"s)}};
    fs::remove_all(folder_);
  }
  ~PointsSubject() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::vector<std::string> corpus() const override {
    std::vector<std::string> names;
    for (const Sample& sample : samples_) names.push_back(sample.name);
    return names;
  }
  Input original(std::size_t index) const override {
    return {samples_[index].name, samples_[index].bytes, index};
  }
  Input mutated(Random& random, unsigned most) const override {
    const Sample& sample = random.pick(samples_);
    Input input{sample.name, sample.bytes, random.next()};
    const unsigned count = 1 + static_cast<unsigned>(random.below(12));
    for (unsigned i = 0; i < count && i < most; ++i) {
      Random own = random.fork();
      if (own.one_in(16)) {
        ByteMutator{ByteOrder::kLittle, kLongest}.mutate_anywhere(input.bytes, own, samples_);
      } else if (input.bytes.size() < kLongest) {
        const Bytes piece = bytes_of(own.pick(pieces_));
        const auto at = static_cast<std::ptrdiff_t>(own.below(input.bytes.size() + 1));
        input.bytes.insert(input.bytes.begin() + at, piece.begin(), piece.end());
      }
    }
    return input;
  }

  Verdict load(const Input& input) override {
    const bool are_values = input.choice % 4 == 0;
    const auto rows = rows_of(input.bytes, are_values ? 1 : 1 + input.choice / 4 % 3);
    const auto experiment = config::load_lua("points.lua", experiment_of(rows, are_values), {});
    if (!experiment) {
      const std::string what = experiment.error().all.front().what;
      return is_ascii(rows) ? broken("labels of plain text are refused: " + what)
                            : refused(class_of(what));
    }
    if (Verdict verdict = judged(*experiment, rows); verdict.kind == Verdict::Kind::kBroken)
      return verdict;
    const auto again = config::load_resolved("again.json", experiment->resolved().dump(), {});
    if (!again) return broken("the resolved form is refused");
    return judged(*again, rows);
  }

 private:
  /// Rows of `width` labels, each row once; the last one is filled up.
  static std::vector<Row> rows_of(const Bytes& bytes, std::size_t width) {
    Row labels = {""};
    for (const std::byte b : bytes) {
      if (std::to_integer<char>(b) == kSeparator) {
        labels.emplace_back();
      } else {
        labels.back() += std::to_integer<char>(b);
      }
    }
    while (labels.size() % width != 0) labels.emplace_back("filled up");
    std::vector<Row> rows;
    std::set<Row> seen;
    for (auto at = labels.begin(); at != labels.end(); at += static_cast<std::ptrdiff_t>(width)) {
      const Row row{at, at + static_cast<std::ptrdiff_t>(width)};
      if (seen.insert(row).second) rows.push_back(row);
    }
    return rows;
  }

  Verdict judged(const config::Experiment& experiment, const std::vector<Row>& rows) const {
    auto directory = lab::RunDirectory::create(folder_, experiment, {"disco", "run"});
    if (!directory) return broken("no run directory: " + directory.error().message());
    const auto text = machine::read_text((directory->path() / "points.csv").string(), 1 << 24);
    directory->discard();
    if (!text) return broken("no points.csv");
    const auto table = test::read_csv(*text);
    if (!table) return broken("no CSV: " + *text);
    Row head = {"point"};
    for (std::size_t i = 0; i < rows.front().size(); ++i) head.emplace_back(kNames[i]);
    head.emplace_back("hash");
    test::Records expected = {head};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Row row = {fmt::format("p{:02}", i)};
      row.insert(row.end(), rows[i].begin(), rows[i].end());
      row.push_back(experiment.points.at(i).hash());
      expected.push_back(row);
    }
    if (*table != expected) return broken("it does not read back: " + *text);
    return accepted(fmt::format("{} labels a point", rows.front().size()));
  }

  fs::path folder_;
  std::vector<Sample> samples_;
  std::vector<std::string> pieces_ = odd_pieces();
};

}  // namespace

std::unique_ptr<Subject> make_points_subject() { return std::make_unique<PointsSubject>(); }

}  // namespace fuzz
