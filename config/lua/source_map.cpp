#include "config/lua/source_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>

namespace config {
namespace {

enum class TokenKind : std::uint8_t { kWord, kText, kNumber, kPunctuation };

struct Token {
  TokenKind kind{};
  std::string text;  // of a string: without its quotes
  SourcePlace place;
};

// Lua's tokens as far as they matter here: names, short and long strings, comments.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_{text} {}

  std::vector<Token> tokens() {
    while (at_ < text_.size()) next();
    return std::move(tokens_);
  }

 private:
  void next() {
    const char c = text_[at_];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) return advance(1);
    if (c == '-' && peek(1) == '-') return comment();
    if (c == '"' || c == '\'') return short_string(c);
    if (c == '[' && (peek(1) == '[' || peek(1) == '=')) {
      if (long_bracket(true)) return;
    }
    if (is_word(c)) return word();
    add(TokenKind::kPunctuation, std::string(1, c), 1);
    advance(1);
  }

  char peek(std::size_t n) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }

  void advance(std::size_t n) {
    for (; n > 0 && at_ < text_.size(); --n, ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      }
    }
  }
  SourcePlace here(std::size_t length) const {
    return {line_, static_cast<std::uint32_t>(at_ - line_start_ + 1),
            static_cast<std::uint32_t>(length)};
  }
  void add(TokenKind kind, std::string text, std::size_t length) {
    tokens_.push_back({kind, std::move(text), here(length)});
  }

  void comment() {
    advance(2);
    if (peek(0) == '[' && long_bracket(false)) return;
    while (at_ < text_.size() && text_[at_] != '\n') advance(1);
  }
  // [[ ... ]], [==[ ... ]==]: false if it is not one after all.
  bool long_bracket(bool is_string) {
    std::size_t level = 0;
    while (peek(1 + level) == '=') ++level;
    if (peek(1 + level) != '[') return false;
    const std::string close = "]" + std::string(level, '=') + "]";
    const std::size_t begin = at_ + level + 2;
    const std::size_t end = std::min(text_.find(close, begin), text_.size());
    if (is_string) add(TokenKind::kText, text_.substr(begin, end - begin), level + 2);
    advance(end - at_ + close.size());
    return true;
  }
  void short_string(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, text_.size());
    add(TokenKind::kText, text_.substr(at_ + 1, end - at_ - 1), end - at_ + 1);
    advance(end - at_ + 1);
  }
  void word() {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const bool number = std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    add(number ? TokenKind::kNumber : TokenKind::kWord, text_.substr(at_, end - at_), end - at_);
    advance(end - at_);
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  std::vector<Token> tokens_;
};

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = path.find('.', begin)) != std::string::npos; begin = dot + 1) {
    parts.push_back(path.substr(begin, dot - begin));
  }
  parts.push_back(path.substr(begin));
  return parts;
}

bool is_punctuation(const std::vector<Token>& tokens, std::size_t i, char c) {
  return i < tokens.size() && tokens[i].kind == TokenKind::kPunctuation && tokens[i].text[0] == c;
}

// `==` is two of these tokens and no assignment.
bool is_assignment(const std::vector<Token>& tokens, std::size_t i) {
  return is_punctuation(tokens, i, '=') && !is_punctuation(tokens, i + 1, '=');
}

// One open brace: its path, and the element that the next value belongs to.
struct Level {
  std::vector<std::string> chain;
  std::vector<std::string> pending;  // key before the value; empty: positional
  std::size_t position = 1;
  int parentheses = 0;
  int blocks = 0;  // of code: `{ f = function() ... end }`
  std::set<std::string> names = {};

  bool is_code() const { return blocks > 0 || parentheses > 0; }
};

// Words that begin and end blocks of code; `while` and `for` have their `do`.
int block_step(const Token& token) {
  if (token.kind != TokenKind::kWord) return 0;
  for (const char* word : {"function", "if", "do", "repeat"})
    if (token.text == word) return 1;
  return token.text == "end" || token.text == "until" ? -1 : 0;
}

constexpr std::size_t kDeepest = 64;  // deeper than any experiment that loads

bool ends_with(const std::vector<std::string>& chain, const std::vector<std::string>& tail) {
  return chain.size() >= tail.size() && std::equal(tail.rbegin(), tail.rend(), chain.rbegin());
}

}  // namespace

SourceMap::SourceMap(const std::string& lua_text) {
  const std::vector<Token> tokens = Scanner{lua_text}.tokens();
  std::vector<Level> levels;
  // A path that starts a brace outside every other: `local t = {`, `experiment "x" {`.
  std::vector<std::string> outer;

  const auto element = [&](const Level& level) {
    std::vector<std::string> chain = level.chain;
    if (level.pending.empty()) {
      chain.push_back(std::to_string(level.position));
    } else {
      chain.insert(chain.end(), level.pending.begin(), level.pending.end());
    }
    return chain;
  };
  // `name` is the key as Lua sees it: ["a.b"] is one, and another than that of nested tables.
  const auto record = [&](const std::vector<std::string>& key, const std::string& name,
                          const SourcePlace& place) {
    if (levels.empty()) return;
    levels.back().pending = key;
    keys_.push_back({element(levels.back()), place});
    if (!levels.back().is_code() && !levels.back().names.insert(name).second)
      repeated_.push_back(keys_.back());
  };

  // An element without a key, which ends before token `i`, is the key of its position.
  const auto end_position = [&](std::size_t i) {
    Level& level = levels.back();
    const bool is_element = level.pending.empty() && i > 0 && !is_punctuation(tokens, i - 1, '{') &&
                            !is_punctuation(tokens, i - 1, ',') &&
                            !is_punctuation(tokens, i - 1, ';');
    if (!is_element || level.is_code()) return;
    if (!level.names.insert(fmt::format("[{}]", level.position)).second)
      repeated_.push_back({element(level), tokens[i - 1].place});
  };

  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (levels.size() > kDeepest) return;
    if (!levels.empty()) levels.back().blocks += block_step(token);
    if (is_punctuation(tokens, i, '{')) {
      levels.push_back({levels.empty() ? outer : element(levels.back()), {}});
      keys_.push_back({levels.back().chain, token.place});
    } else if (is_punctuation(tokens, i, '}')) {
      if (!levels.empty()) {
        end_position(i);
        levels.pop_back();
      }
    } else if (is_punctuation(tokens, i, '(') && !levels.empty()) {
      ++levels.back().parentheses;
    } else if (is_punctuation(tokens, i, ')') && !levels.empty()) {
      --levels.back().parentheses;
    } else if ((is_punctuation(tokens, i, ',') || is_punctuation(tokens, i, ';')) &&
               !levels.empty() && !levels.back().is_code()) {
      end_position(i);
      if (levels.back().pending.empty()) ++levels.back().position;
      levels.back().pending.clear();
    } else if (token.kind == TokenKind::kWord && is_assignment(tokens, i + 1)) {
      if (levels.empty()) outer = {token.text};
      record({token.text}, token.text, token.place);
    } else if (token.kind == TokenKind::kText && i > 0 && is_punctuation(tokens, i - 1, '[') &&
               is_punctuation(tokens, i + 1, ']') && is_assignment(tokens, i + 2)) {
      record(split(token.text), token.text, token.place);
    } else if (token.kind == TokenKind::kNumber && i > 0 && is_punctuation(tokens, i - 1, '[') &&
               is_punctuation(tokens, i + 1, ']') && is_assignment(tokens, i + 2)) {
      record({token.text}, "[" + token.text + "]", token.place);
    } else if (token.kind == TokenKind::kWord && token.text == "experiment" && levels.empty()) {
      outer.clear();
      experiment_ = token.place;
    } else if (!levels.empty() && levels.back().pending.empty() &&
               token.kind != TokenKind::kPunctuation) {
      keys_.push_back({element(levels.back()), token.place});
    }
  }
}

SourcePlace SourceMap::place_of(const std::string& path) const {
  std::vector<std::string> wanted = split(path);
  for (; !wanted.empty(); wanted.pop_back()) {
    // Written where it belongs; else the longest tail that was written anywhere (a table kept in a
    // local variable, or given to a helper function).
    for (const Key& key : keys_) {
      if (key.chain == wanted) return key.place;
    }
    std::vector<std::string> tail = wanted;
    for (tail.erase(tail.begin()); !tail.empty(); tail.erase(tail.begin())) {
      if (std::all_of(tail.back().begin(), tail.back().end(), ::isdigit)) break;
      const auto written = [&](const Key& key) { return ends_with(key.chain, tail); };
      const auto found = std::find_if(keys_.begin(), keys_.end(), written);
      if (found == keys_.end()) continue;
      // A single word may stand for something else elsewhere.
      if (tail.size() > 1 || std::find_if(found + 1, keys_.end(), written) == keys_.end()) {
        return found->place;
      }
    }
  }
  return experiment_;
}

}  // namespace config
