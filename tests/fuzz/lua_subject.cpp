// Experiment files, through Lua and the schema to the canonical form, and resolved experiments as
// run directories keep them.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/check.hpp"
#include "config/experiment.hpp"
#include "config/schema/schema.hpp"
#include "tests/fuzz/lua_tokens.hpp"
#include "tests/fuzz/mutation.hpp"

namespace fuzz {
namespace {

using config::Diagnostics;
using config::Experiment;

constexpr const char* kName = "fuzzed-experiment";
constexpr unsigned kBytesOneIn = 8;  // mutated as bytes, not as tokens

/// Every kind of key and of sweep that the shipped files do not need.
constexpr const char* kEverything = R"(
local sizes = {}
for i = 1, 3 do sizes[i] = 8 * i end
experiment "everything" {
  question = "Is every key read?",
  seed = 7, repeats = 2, limit = "3Minsn",
  machine = flash {
    nodes = 1, cpus_per_node = 1, clock = "200MHz", fidelity = "functional", quantum = "5Kcycles",
    mem = { per_node = "16MB" },
    cpu = r10000 { tlb = { entries = 48, random = "manual" }, exception_entry = "7cycles", eret = "2cycles", fp_unimplemented = "complete" },
  },
  monitor = disco { l2tlb = { entries = 256 }, large_pages = true, vm = { memory = "8MB" } },
  guest = { kernel = "tinyix", append = "verbose" },
  workload = workload "chase" { args = { 65536, "1000", math.random(5) }, files = { "bin/spin" } },
  phases = { early = { from = 0, to = 1 }, roi = { from = 1, to = 2 } },
  measure = "roi",
  sweep = {
    { name = "entries", path = "machine.cpu.tlb.entries", values = sizes },
    { name = { "kind", "size" }, values = {
        case { "off", "0" } { monitor = { l2tlb = { entries = 0 } } },
        case { "on", "512" } { monitor = { l2tlb = { entries = 512 } } },
      } },
  },
  expect = {
    check { that = "one is near another", metric = "miss.mean", at = { entries = "8" }, near = { entries = "16" }, within = 2.5 },
    check { that = "bounded", metric = "slowdown", below = 100, above = 0.5, where = { kind = "on" } },
  },
  report = { compare = "kind", baseline = "off" },
}
)";
constexpr const char* kShort =
    R"(experiment("short", { workload = "spin", machine = { cpu = { tlb = { entries = 64 } } } }))";

struct Text {
  std::string name, text;
};

Text resolved_of(const Text& lua) {
  const auto experiment = config::load_lua(lua.name, lua.text, {});
  CHECK(experiment.has_value());
  return {"resolved " + lua.name, experiment->resolved().dump(1)};
}

std::vector<Text> lua_corpus() {
  std::vector<Text> corpus;
  std::vector<std::filesystem::path> shipped;
  for (const auto& entry : std::filesystem::directory_iterator{DISCO_EXPERIMENTS}) {
    if (entry.path().extension() == ".lua") shipped.push_back(entry.path());
  }
  std::sort(shipped.begin(), shipped.end());
  for (const auto& path : shipped) {
    std::ifstream file{path, std::ios::binary};
    corpus.push_back({path.filename(), {std::istreambuf_iterator<char>{file}, {}}});
  }
  corpus.push_back({"everything.lua", kEverything});
  corpus.push_back({"short.lua", kShort});
  const std::size_t texts = corpus.size();
  corpus.push_back(resolved_of(corpus[texts - 2]));
  corpus.push_back(resolved_of(corpus[texts - 1]));
  return corpus;
}

bool is_resolved(std::string_view origin) { return origin.starts_with("resolved "); }

Verdict judge(const Diagnostics& wrong, const std::string& name, const std::string& text) {
  if (wrong.code != common::ErrorCode::kConfig) return broken("diagnostics with another code");
  if (wrong.all.empty()) return broken("a refusal without a diagnostic");
  for (const config::Diagnostic& d : wrong.all) {
    if (d.what.empty()) return broken("a diagnostic without a clause");
    if (d.where != name) return broken("a diagnostic that does not name the file: " + d.where);
    const std::string rendered = render(d, text);
    if (rendered.find(name) != 0) return broken("a rendered diagnostic without the file's name");
    if (!is_plain(rendered)) return broken("a message that a terminal would act upon: " + d.what);
  }
  return refused(class_of(wrong.all.front().what));
}

class LuaSubject final : public Subject {
 public:
  LuaSubject() : corpus_{lua_corpus()} {
    for (const Text& text : corpus_) samples_.push_back({text.name, bytes_of(text.text)});
    for (const Text& text : corpus_) {
      for (std::string& token : tokens_of(text.text)) {
        const bool known =
            std::find(dictionary_.begin(), dictionary_.end(), token) != dictionary_.end();
        if (!known && token.size() < 80) dictionary_.push_back(std::move(token));
      }
    }
    for (const config::ParameterRow& row : config::schema()) {
      for (std::string& token : tokens_of(row.path)) dictionary_.push_back(std::move(token));
    }
  }

  std::vector<std::string> corpus() const override {
    std::vector<std::string> names;
    for (const Text& text : corpus_) names.push_back(text.name);
    return names;
  }
  Input original(std::size_t index) const override {
    return {corpus_[index].name, bytes_of(corpus_[index].text), 0};
  }
  Input mutated(Random& random, unsigned most) const override {
    const std::size_t which = random.below(corpus_.size());
    Input input{corpus_[which].name, {}, random.next()};
    const unsigned count = how_many(random);
    if (random.one_in(kBytesOneIn)) {
      const ByteMutator mutator{ByteOrder::kLittle, 1 << 17};
      input.bytes = samples_[which].bytes;
      for (unsigned i = 0; i < count && i < most; ++i) {
        Random own = random.fork();
        mutator.mutate_anywhere(input.bytes, own, samples_);
      }
      return input;
    }
    auto tokens = tokens_of(corpus_[which].text);
    const Language language = is_resolved(input.origin) ? Language::kJson : Language::kLua;
    for (unsigned i = 0; i < count && i < most; ++i) {
      Random own = random.fork();
      mutate_tokens(tokens, own, language, dictionary_);
    }
    input.bytes = bytes_of(joined(tokens));
    return input;
  }

  Verdict load(const Input& input) override {
    const std::string text{reinterpret_cast<const char*>(input.bytes.data()), input.bytes.size()};
    const bool resolved = is_resolved(input.origin);
    const std::string name = std::string{kName} + (resolved ? ".json" : ".lua");
    const auto experiment =
        resolved ? config::load_resolved(name, text, {}) : config::load_lua(name, text, {});
    if (!experiment) {
      Verdict verdict = judge(experiment.error(), name, text);
      if (resolved && verdict.kind == Verdict::Kind::kRefused)
        verdict.what = "resolved: " + verdict.what;
      return verdict;
    }
    return examine(*experiment, input.choice);
  }

 private:
  /// What every experiment that was accepted must be able to do.
  static Verdict examine(const Experiment& experiment, std::uint64_t choice) {
    if (experiment.points.empty()) return broken("an experiment without a point");
    for (const config::Point& point : experiment.points) {
      if (point.name().empty() || point.name().find('/') != std::string::npos)
        return broken("a point's name");
    }
    const std::string hash = experiment.hash();
    const auto again = config::load_resolved("again.json", experiment.resolved().dump(), {});
    if (!again) return broken("its resolved form is refused: " + again.error().all.front().what);
    if (again->hash() != hash) return broken("its resolved form has another hash");
    if (choice % 8 == 0 && experiment.source_name.ends_with(".lua")) {
      const auto twice = config::load_lua(experiment.source_name, experiment.source_text, {});
      if (!twice || twice->hash() != hash) return broken("the same text gives another experiment");
    }
    return accepted(experiment.points.size() == 1 ? "one point" : "a sweep");
  }

  std::vector<Text> corpus_;
  std::vector<Sample> samples_;
  std::vector<std::string> dictionary_;
};

}  // namespace

std::unique_ptr<Subject> make_lua_subject() { return std::make_unique<LuaSubject>(); }

}  // namespace fuzz
