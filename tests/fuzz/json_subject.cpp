// JSON that others wrote, through the one reader that the program has, and as a resolved
// experiment. What the reader lets through can be copied, compared, printed and destroyed: all of
// that goes down into it by recursion.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/check.hpp"
#include "config/experiment.hpp"
#include "config/schema/parse_json.hpp"
#include "tests/fuzz/json_nesting.hpp"
#include "tests/fuzz/lua_tokens.hpp"
#include "tests/fuzz/mutation.hpp"

namespace fuzz {
namespace {

using config::SortedJson;

constexpr const char* kExperiment = R"(
experiment "json" {
  question = "What does it say?",
  workload = workload "hello" { args = { "a", "b" } },
  sweep = { { name = "entries", path = "machine.cpu.tlb.entries", values = { 8, 16 } } },
  expect = { check { that = "it ends", metric = "cycles", above = 0, where = { entries = "8" } } },
}
)";
constexpr const char* kOdd =
    R"({"a": ["[[{{", "\\\"]", -1.5e300, true, null, {"": [[[[]]]]}], "b": {"c": "\u00e9\n"}})";

std::size_t depth_of(const SortedJson& json) {
  std::size_t deepest = 0;
  if (!json.is_structured()) return 0;
  for (const SortedJson& value : json) deepest = std::max(deepest, depth_of(value));
  return deepest + 1;
}

class JsonSubject final : public Subject {
 public:
  JsonSubject() {
    const auto experiment = config::load_lua("json.lua", kExperiment, {});
    CHECK(experiment.has_value());
    texts_ = {{"resolved experiment", experiment->resolved().dump(1)}, {"odd", kOdd}};
    for (const auto& [name, text] : texts_) {
      samples_.push_back({name, bytes_of(text)});
      for (std::string& token : tokens_of(text)) dictionary_.push_back(std::move(token));
    }
  }

  std::vector<std::string> corpus() const override {
    return {texts_.at(0).first, texts_.at(1).first};
  }
  Input original(std::size_t index) const override {
    return {texts_.at(index).first, bytes_of(texts_.at(index).second), 0};
  }
  Input mutated(Random& random, unsigned most) const override {
    const auto& [name, text] = random.pick(texts_);
    Input input{name, {}, random.next()};
    auto tokens = tokens_of(text);
    const unsigned count = how_many(random);
    const auto is_short = [&tokens] {
      std::size_t bytes = 0;
      for (const std::string& token : tokens) bytes += token.size();
      return bytes < (1 << 20);
    };
    for (unsigned i = 0; i < count && i < most && is_short(); ++i) {
      Random own = random.fork();
      if (own.one_in(3)) {
        mutate_tokens(tokens, own, Language::kJson, dictionary_);
      } else {
        nest(tokens, own);
      }
    }
    input.bytes = bytes_of(joined(tokens));
    if (random.one_in(8)) {
      Random own = random.fork();
      ByteMutator{ByteOrder::kLittle, 1 << 20}.mutate_anywhere(input.bytes, own, samples_);
    }
    return input;
  }

  Verdict load(const Input& input) override {
    const std::string text{reinterpret_cast<const char*>(input.bytes.data()), input.bytes.size()};
    const auto json = config::parse_json<SortedJson>(text);
    const auto experiment = config::load_resolved("fuzzed.json", text, {});
    if (!json) {
      if (experiment) return broken("an experiment of what is no JSON");
      if (json.error().clause.empty() || !is_plain(json.error().clause))
        return broken("a refusal without words");
      return refused(class_of(json.error().clause));
    }
    if (depth_of(*json) > config::kDeepestJson) return broken("deeper than it may be");
    const SortedJson copy = *json;
    if (copy != *json) return broken("a copy that differs");
    const auto again = config::parse_json<SortedJson>(copy.dump());
    if (!again || *again != copy) return broken("what it prints is not what it read");
    if (experiment) return accepted("an experiment");
    for (const config::Diagnostic& d : experiment.error().all) {
      if (d.what.empty() || !is_plain(render(d, text))) return broken("a diagnostic without words");
    }
    return accepted("JSON, but no experiment: " +
                    class_of(experiment.error().all.front().what.substr(0, 200)));
  }

 private:
  std::vector<std::pair<std::string, std::string>> texts_;
  std::vector<Sample> samples_;
  std::vector<std::string> dictionary_;
};

}  // namespace

std::unique_ptr<Subject> make_json_subject() { return std::make_unique<JsonSubject>(); }

}  // namespace fuzz
