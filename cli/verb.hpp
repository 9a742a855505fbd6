// A verb's options as the verbs declare them. The library that parses them is known to
// verb.cpp and command_line.cpp only: it takes seconds to compile.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

/// An option, or a word without a name. Each function adds a rule and returns the option.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_{option} {}

  Option required();
  /// What the help calls the value.
  Option type_name(const std::string& name);
  /// The help names the value that the target has now.
  Option shows_default();
  Option one_of(const std::vector<std::string>& words);
  /// Decimal digits only, and no more than `most`. The parsing library alone takes numbers as
  /// strtoull does: "-1" is the largest number, "010" is eight, and what is too large is cut off.
  Option whole_number(std::uint64_t most);
  /// A whole number of `least` to `most`.
  Option whole_number(std::uint64_t least, std::uint64_t most);
  /// `check` returns what is wrong with a value, nothing if it is right.
  Option check(std::function<std::string(const std::string&)> check);
  /// The option may be repeated and takes one value each time.
  Option repeats();
  /// The option may be repeated; a word behind its value is not its own.
  Option takes_no_more_words();
  Option needs(const std::string& other);
  Option excludes(const std::string& other);

 private:
  CLI::Option* option_;
};

class Verb {
 public:
  explicit Verb(CLI::App* app) : app_{app} {}

  /// `names`: "-o,--out", or a bare word for an argument without a name. `Target` is std::string, a
  /// vector of them, an unsigned number of 32 or 64 bits, one of 16, 32 or 64 that need not be
  /// there (std::optional), or double; it must outlive parsing.
  template <typename Target>
  Option option(const std::string& names, Target& target, const std::string& what);
  Option flag(const std::string& names, bool& target, const std::string& what);
  /// `set` is told whether the flag was given as on or off.
  Option flag(const std::string& names, std::function<void(bool)> set, const std::string& what);

  CLI::App* app() const { return app_; }

 private:
  CLI::App* app_;
};

}  // namespace cli
