#include "cli/compiler_words.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace cli {
namespace {

using Words = std::set<std::string, std::less<>>;

const Words kCompilingWithValue = {
    "-I",       "-D",  "-U",  "-include", "-imacros", "-isystem",       "-iquote",    "-idirafter",
    "-iprefix", "-MF", "-MT", "-MQ",      "--param",  "-Xpreprocessor", "-Xassembler"};
const Words kLinkingWithValue = {"-L", "-l", "-u", "-e", "-z", "-T", "-Xlinker"};
// What is so in any case: one library has all of them, and code is neither shared nor moved.
const Words kWithoutMeaning = {"-lc",       "-lm",     "-lpthread", "-lrt",     "-pthread",
                               "-pthreads", "-fPIC",   "-fpic",     "-fPIE",    "-fpie",
                               "-static",   "-pipe",   "-no-pie",   "-fno-pie", "-fno-PIE",
                               "-fno-pic",  "-fno-PIC"};
const Words kImpossible = {"-shared",
                           "-pie",
                           "-rdynamic",
                           "-fexceptions",
                           "-frtti",
                           "-fopenmp",
                           "-m32",
                           "-m64",
                           "-march=native",
                           "-flto",
                           "-fsanitize=address",
                           "-fsanitize=undefined",
                           "-pg",
                           "--coverage",
                           "-fprofile-arcs"};
const Words kLevels = {"0", "1", "2", "3", "s", "g", "fast"};
const Words kCxxSuffixes = {".cpp", ".cc", ".cxx", ".c++", ".C", ".cp", ".CPP"};
const Words kSourceSuffixes = {".c", ".i", ".s", ".S", ".sx", ".ii"};

bool begins_with_one_of(const std::string& word, const Words& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return word.starts_with(prefix); });
}

CompilerInput input_of(const std::string& word, const std::string& language) {
  CompilerInput input;
  input.text = word;
  input.language = language;
  const std::string suffix = std::filesystem::path{word}.extension().string();
  const bool is_known = kCxxSuffixes.contains(suffix) || kSourceSuffixes.contains(suffix);
  if (language.empty() && !is_known) input.kind = InputKind::kFile;
  input.is_cxx = language.empty() ? kCxxSuffixes.contains(suffix) || suffix == ".ii"
                                  : language.starts_with("c++");
  input.is_assembly = language.empty() ? suffix == ".s" || suffix == ".S" || suffix == ".sx"
                                       : language.starts_with("assembler");
  return input;
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& words) : words_{words} {}

  Result<CompilerWords, Error> read() {
    while (at_ < words_.size()) {
      const std::string word = words_[at_++];
      if (auto taken = take(word); !taken) return Failure{taken.error()};
    }
    return std::move(result_);
  }

 private:
  Result<Nothing, Error> take(const std::string& word) {
    if (word == "-" || !word.starts_with('-')) {
      result_.inputs.push_back(input_of(word, language_));
      return Nothing{};
    }
    if (kImpossible.contains(word))
      return Failure{Error{ErrorCode::kUsage, word, "is not possible for programs of tinyix",
                           "leave it out; docs/tinyix.md says what there is"}};
    if (kWithoutMeaning.contains(word)) return Nothing{};
    if (word == "-c") return stop(Stop::kObject);
    if (word == "-S") return stop(Stop::kAssembly);
    if (word == "-E") return stop(Stop::kPreprocessed);
    if (word.starts_with("-x")) return take_language(word);
    if (word.starts_with("-o")) return take_output(word);
    if (word == "-O") return take_level();
    if (kCompilingWithValue.contains(word)) return take_value(word, false);
    if (kLinkingWithValue.contains(word)) return take_value(word, true);
    if (begins_with_one_of(word, {"-L", "-l", "-Wl,", "-u", "-T", "-nostartfiles"})) {
      result_.inputs.push_back({InputKind::kWord, word, "", false, false});
    } else {
      result_.flags.push_back(word);
    }
    return Nothing{};
  }

  Result<Nothing, Error> stop(Stop at) {
    result_.stop = at;
    return Nothing{};
  }

  Result<std::string, Error> value_of(const std::string& word) {
    if (at_ < words_.size()) return words_[at_++];
    return Failure{Error{ErrorCode::kUsage, word, "has no value", "see `disco cc --help`"}};
  }

  // "-O 2"; alone it is -O1.
  Result<Nothing, Error> take_level() {
    const bool has_level = at_ < words_.size() && kLevels.contains(words_[at_]);
    result_.flags.push_back("-O" + (has_level ? words_[at_++] : "1"));
    return Nothing{};
  }

  // "-x c" or "-xc"; "none" goes back to suffixes.
  Result<Nothing, Error> take_language(const std::string& word) {
    language_ = word.substr(2);
    if (language_.empty()) {
      const auto value = value_of(word);
      if (!value) return Failure{value.error()};
      language_ = *value;
    }
    if (language_ == "none") language_.clear();
    return Nothing{};
  }

  Result<Nothing, Error> take_output(const std::string& word) {
    result_.output = word.substr(2);
    if (!result_.output.empty()) return Nothing{};
    const auto value = value_of(word);
    if (!value) return Failure{value.error()};
    result_.output = *value;
    return Nothing{};
  }

  Result<Nothing, Error> take_value(const std::string& word, bool is_linking) {
    const auto value = value_of(word);
    if (!value) return Failure{value.error()};
    if (!is_linking) {
      result_.flags.push_back(word);
      result_.flags.push_back(*value);
    } else if (!kWithoutMeaning.contains(word + *value)) {
      result_.inputs.push_back({InputKind::kWord, word, "", false, false});
      result_.inputs.push_back({InputKind::kWord, *value, "", false, false});
    }
    return Nothing{};
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  std::string language_;
  CompilerWords result_;
};

}  // namespace

Result<CompilerWords, Error> read_compiler_words(const std::vector<std::string>& words) {
  return Reader{words}.read();
}

}  // namespace cli
