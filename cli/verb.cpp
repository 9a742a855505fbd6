#include "cli/verb.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>

namespace cli {
namespace {

CLI::Validator whole_number_of(std::uint64_t most) {
  return CLI::Validator{[most](const std::string& text) -> std::string {
                          std::uint64_t value = 0;
                          const char* const end = text.data() + text.size();
                          const auto [at, error] = std::from_chars(text.data(), end, value);
                          const bool octal = text.size() > 1 && text[0] == '0';
                          if (error == std::errc{} && at == end && !octal && value <= most)
                            return {};
                          return "\"" + text + "\" is not a number that it takes (0 to " +
                                 std::to_string(most) + ")";
                        },
                        ""};
}

}  // namespace

Option Option::required() {
  option_->required();
  return *this;
}

Option Option::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option Option::shows_default() {
  option_->capture_default_str();
  return *this;
}

Option Option::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

Option Option::whole_number(std::uint64_t most) {
  option_->check(whole_number_of(most));
  return *this;
}

Option Option::whole_number(std::uint64_t least, std::uint64_t most) {
  option_->check(whole_number_of(most))->check(CLI::Range(least, most));
  return *this;
}

Option Option::check(std::function<std::string(const std::string&)> check) {
  option_->check(std::move(check));
  return *this;
}

Option Option::repeats() {
  option_->expected(1)->take_all();
  return *this;
}

Option Option::takes_no_more_words() {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::needs(const std::string& other) {
  option_->needs(other);
  return *this;
}

Option Option::excludes(const std::string& other) {
  option_->excludes(other);
  return *this;
}

template <typename Target>
Option Verb::option(const std::string& names, Target& target, const std::string& what) {
  return Option{app_->add_option(names, target, what)};
}

template Option Verb::option(const std::string&, std::string&, const std::string&);
template Option Verb::option(const std::string&, std::vector<std::string>&, const std::string&);
template Option Verb::option(const std::string&, std::uint32_t&, const std::string&);
template Option Verb::option(const std::string&, std::uint64_t&, const std::string&);
template Option Verb::option(const std::string&, std::optional<std::uint16_t>&, const std::string&);
template Option Verb::option(const std::string&, std::optional<std::uint32_t>&, const std::string&);
template Option Verb::option(const std::string&, std::optional<std::uint64_t>&, const std::string&);
template Option Verb::option(const std::string&, double&, const std::string&);

Option Verb::flag(const std::string& names, bool& target, const std::string& what) {
  return Option{app_->add_flag(names, target, what)};
}

Option Verb::flag(const std::string& names, std::function<void(bool)> set,
                  const std::string& what) {
  const auto told = [set = std::move(set)](std::int64_t count) { set(count > 0); };
  return Option{app_->add_flag_function(names, told, what)};
}

}  // namespace cli
