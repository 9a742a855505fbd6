// Run directories that somebody edited: everything that reads one, called as the program's user
// calls it. Whatever is in them, the answer is one of the documented exit codes and words.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command_line.hpp"
#include "cli/verbs/verbs.hpp"
#include "common/check.hpp"
#include "lab/data/run_directory.hpp"
#include "machine/loaders/load_file.hpp"
#include "tests/fuzz/json_nesting.hpp"
#include "tests/fuzz/lua_tokens.hpp"
#include "tests/fuzz/mutation.hpp"

namespace fuzz {
namespace {

namespace fs = std::filesystem;

// Two points of few instructions: the files are whole, and soon there.
constexpr const char* kExperiment = "local guests = \"" DISCO_GUESTS
                                    "\"\n"
                                    R"(
experiment "fuzzed" {
  question = "Is it read?", limit = "300Kinsn",
  guest = { kernel = guests .. "/tinyix-native.elf" },
  workload = guests .. "/bin/hello", monitor = none(),
  sweep = { { name = "entries", path = "machine.cpu.tlb.entries", values = { 8, 16 } } },
  expect = { check { that = "it costs", metric = "cycles", above = 0 },
             check { that = "less than", metric = "cycles", at = { entries = "8" }, below = { entries = "16" } } },
}
)";
constexpr const char* kSeparator = "\n==== ";

/// What a verb says goes nowhere, but for the last of it on stderr.
class Silence {
 public:
  Silence() : out_{dup(1)}, error_{dup(2)}, heard_{std::tmpfile()} {
    CHECK(heard_ != nullptr);
    flush();
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, 1);
    close(nowhere);
    dup2(fileno(heard_), 2);
  }
  ~Silence() {
    flush();
    dup2(out_, 1);
    dup2(error_, 2);
    close(out_);
    close(error_);
    std::fclose(heard_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  std::string heard() const {
    flush();
    std::string text(1 << 16, '\0');
    const ssize_t got = pread(fileno(heard_), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }

 private:
  static void flush() { std::fflush(nullptr); }
  int out_, error_;
  std::FILE* heard_;
};

int call(const std::vector<std::string>& words) {
  cli::CommandLine line;
  cli::verbs::add_run(line);
  cli::verbs::add_report(line);
  cli::verbs::add_compare(line);
  cli::verbs::add_explain(line);
  cli::verbs::add_ls(line);
  std::vector<const char*> pointers = {"disco"};
  for (const std::string& word : words) pointers.push_back(word.c_str());
  return line.run(static_cast<int>(pointers.size()), pointers.data());
}

/// The run's files as one text: "\n==== NAME\n" before each.
class RunSubject final : public Subject {
 public:
  RunSubject() : folder_{fs::temp_directory_path() / fmt::format("disco-fuzz-{}", getpid())} {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::ofstream{folder_ / "fuzzed.lua"} << kExperiment;
    const int code = [&] {
      const Silence silence;
      return call({"run", (folder_ / "fuzzed.lua").string(), "-o", (folder_ / "made").string()});
    }();
    CHECK(code == 0 || code == 1 || code == 7);
    const fs::path run = fs::canonical(folder_ / "made" / "latest");
    for (const auto& entry : fs::recursive_directory_iterator{run}) {
      const std::string name = entry.path().lexically_relative(run).string();
      const bool read = name.ends_with(".json") || name.ends_with("points.csv");
      if (!entry.is_regular_file() || !read || name.starts_with("inputs")) continue;
      const auto text = machine::read_text(entry.path().string(), 1 << 24);
      CHECK(text.has_value());
      files_[name] = *text;
    }
    CHECK(files_.count("config.resolved.json") == 1 && files_.size() >= 5);
    for (const auto& [name, text] : files_) {
      for (std::string& token : tokens_of(text.substr(0, 4000)))
        if (token.size() < 60) dictionary_.push_back(std::move(token));
    }
  }
  ~RunSubject() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::vector<std::string> corpus() const override { return {"a run of two points"}; }
  Input original(std::size_t) const override { return {"a run of two points", pack(files_), 0}; }

  Input mutated(Random& random, unsigned most) const override {
    auto files = files_;
    Input input{"a run of two points", {}, random.next()};
    const unsigned count = how_many(random);
    for (unsigned i = 0; i < count && i < most; ++i) {
      Random own = random.fork();
      const auto at =
          std::next(files.begin(), static_cast<std::ptrdiff_t>(own.below(files.size())));
      mutate_file(at->first, at->second, own);
      if (own.one_in(40) && files.size() > 1) files.erase(at);
    }
    input.bytes = pack(files);
    return input;
  }

  Verdict load(const Input& input) override {
    const fs::path root = folder_ / "runs", run = root / "fuzzed" / "2026-01-01T000000Z-0000";
    fs::remove_all(root);
    unpack(input.bytes, run);
    const std::string name = run.string(), html = (folder_ / "page.html").string();
    const std::vector<std::vector<std::string>> calls = {
        {"ls", "-o", root.string()},
        {"report", name, "--html", html},
        {"report", name, "--md"},
        {"report", name, "--csv"},
        {"compare", name, name},
        {"explain", "miss", name},
        {"explain", "syscall", name, "--json"},
        {"run", (folder_ / "fuzzed.lua").string(), "-o", root.string(), "--dry-run"},
        {"run", (run / "config.resolved.json").string(), "--dry-run"}};
    if (input.choice % 10 == 9) return resume(run);
    const Silence silence;
    const int code = call(calls[input.choice % calls.size()]);
    const std::string words = silence.heard();
    if (!is_plain(words)) return broken("words that a terminal would act upon: " + words);
    const std::string verb = calls[input.choice % calls.size()][0];
    // A run that was interrupted, or whose points failed, says so with the exit code of that.
    const bool reads_results = verb == "report" || verb == "compare";
    const bool is_of_the_run = code == 5 || code == 7 || code == 130;
    if (code == 0 || code == 1) return accepted(verb);
    if (is_of_the_run && reads_results) return accepted(verb + " of such");
    if (code != 2 && code != 3 && code != 4)
      return broken(fmt::format("{} ends with {}: {}", verb, code, words));
    // Where results of a run are missing its tables say so, on stdout.
    if (words.find("error:") == std::string::npos && !(code == 4 && reads_results))
      return broken(verb + " fails without a word");
    return refused(verb + fmt::format(", exit {}", code));
  }

 private:
  void mutate_file(const std::string& name, std::string& text, Random& random) const {
    if (random.one_in(10) || name.ends_with(".csv")) {
      Bytes bytes = bytes_of(text);
      ByteMutator{ByteOrder::kLittle, 1 << 20}.mutate_anywhere(bytes, random,
                                                               {{name, bytes_of(text), {}}});
      text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return;
    }
    auto tokens = tokens_of(text);
    if (random.one_in(4)) {
      nest(tokens, random);
    } else {
      mutate_tokens(tokens, random, Language::kJson, dictionary_);
    }
    text = joined(tokens);
  }

  /// What the program asks before it goes on with an interrupted run.
  Verdict resume(const fs::path& run) const {
    const auto experiment = config::load_file((folder_ / "fuzzed.lua").string(), {});
    CHECK(experiment.has_value());
    const fs::path partial = run.string() + ".partial";
    fs::rename(run, partial);
    try {
      const auto resumed = lab::RunDirectory::resume(partial, *experiment);
      if (resumed) return accepted("resume");
      if (resumed.error().what.empty()) return broken("resume fails without a word");
      return refused("resume: " + class_of(resumed.error().what));
    } catch (const cli::Json::exception&) {
      return refused("resume: other JSON");  // the verbs' frame makes an input error of it
    }
  }

  static Bytes pack(const std::map<std::string, std::string>& files) {
    std::string all;
    for (const auto& [name, text] : files) all += kSeparator + name + "\n" + text;
    return bytes_of(all);
  }
  static void unpack(const Bytes& bytes, const fs::path& run) {
    const std::string all{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    const std::string separator = kSeparator;
    fs::create_directories(run);
    for (std::size_t at = all.find(separator); at != std::string::npos;) {
      const std::size_t name_at = at + separator.size(), end = all.find('\n', name_at);
      if (end == std::string::npos) return;
      at = all.find(separator, end);
      const fs::path path = run / all.substr(name_at, end - name_at);
      fs::create_directories(path.parent_path());
      std::ofstream{path, std::ios::binary} << all.substr(end + 1, at - end - 1);
    }
  }

  fs::path folder_;
  std::map<std::string, std::string> files_;
  std::vector<std::string> dictionary_;
};

}  // namespace

std::unique_ptr<Subject> make_run_subject() { return std::make_unique<RunSubject>(); }

}  // namespace fuzz
