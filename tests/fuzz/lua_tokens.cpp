#include "tests/fuzz/lua_tokens.hpp"

#include <algorithm>
#include <cctype>

namespace fuzz {
namespace {

constexpr std::size_t kMostTokens = 20'000;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_blank(const std::string& token) { return !token.empty() && is_space(token[0]); }

std::size_t length_while(std::string_view text, std::size_t at, bool (*holds)(char)) {
  std::size_t n = 0;
  while (at + n < text.size() && holds(text[at + n])) ++n;
  return n;
}

std::size_t token_length(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (is_space(c)) return length_while(text, at, is_space);
  if (is_word(c)) return length_while(text, at, is_word);
  if (c == '"' || c == '\'') {
    const std::size_t close = text.find(c, at + 1);
    return close == std::string_view::npos ? 1 : close + 1 - at;
  }
  if (text.substr(at, 2) == "--") return std::min(text.find('\n', at), text.size()) - at;
  return 1;
}

constexpr std::string_view kNumbers[] = {"0",
                                         "1",
                                         "-1",
                                         "2",
                                         "7",
                                         "8",
                                         "63",
                                         "64",
                                         "65",
                                         "512",
                                         "513",
                                         "1000000",
                                         "1e999",
                                         "-1e999",
                                         "0/0",
                                         "0x7fffffffffffffff",
                                         "0x8000000000000000",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "18446744073709551615",
                                         "4294967296",
                                         "1.5",
                                         "1e-320",
                                         "0x1p-1074",
                                         "1e308",
                                         "2^53",
                                         "math.maxinteger",
                                         "math.mininteger",
                                         "math.huge",
                                         "-math.huge"};
constexpr std::string_view kTexts[] = {
    "\"\"",           "\"64MB\"",        "\"64\"",         "\"-64MB\"",
    "\"64 MB\"",      "\"1e30GB\"",      "\"0.5KB\"",      "\"400MHz\"",
    "\"400\"",        "\"20us\"",        "\"2Ginsn\"",     "\"99999999999999999999GB\"",
    "\"disco\"",      "\"none\"",        "\"functional\"", "\"\\0\"",
    "\"\\xff\\xfe\"", "\"\\u{10ffff}\"", "\"a\\nb\"",      "\"../../etc\"",
    "\"%s%n\"",       "\"\\27[2J\"",     "\"roi\"",        "\"system\"",
    "\"native\""};
constexpr std::string_view kPieces[] = {"nil",
                                        "true",
                                        "false",
                                        "{}",
                                        "{{}}",
                                        "{{{{{{{{}}}}}}}}",
                                        "function() end",
                                        "(function() return {} end)()",
                                        "...",
                                        "#",
                                        "not ",
                                        "for i = 1, 3 do ",
                                        " end ",
                                        "while true do end ",
                                        "if x then ",
                                        "local t = {} t.t = t ",
                                        "error(\"x\") ",
                                        "error({}) ",
                                        "goto x ::x:: ",
                                        "setmetatable({}, {})",
                                        "tostring({})",
                                        "math.random(10)",
                                        "string.rep(\"ab\", 100)",
                                        "table.concat({1, 2})",
                                        "experiment \"again\" {} ",
                                        "flash {}",
                                        "disco {}",
                                        "none()",
                                        "case \"a\" {}",
                                        "check {}",
                                        "workload \"spin\" { args = { 1 } }",
                                        "r10000 { tlb = {} }",
                                        "[1] = 2, ",
                                        "[true] = 1, ",
                                        "x = 1, ",
                                        "sweep = {}, ",
                                        "machine = { nodes = 3 }, ",
                                        "_ENV",
                                        "_G",
                                        "\n",
                                        ";",
                                        "return "};

template <std::size_t N>
std::string any_of(Random& random, const std::string_view (&texts)[N]) {
  return std::string{random.pick(texts)};
}

auto at(std::vector<std::string>& tokens, std::size_t i) {
  return tokens.begin() + static_cast<std::ptrdiff_t>(i);
}

/// A token that is not white space; any if there is none near.
std::size_t some_token(const std::vector<std::string>& tokens, Random& random) {
  std::size_t i = random.below(tokens.size());
  for (int tries = 0; tries < 4 && is_blank(tokens[i]); ++tries) i = random.below(tokens.size());
  return i;
}

std::string other_token(Random& random, const std::vector<std::string>& dictionary) {
  switch (random.below(5)) {
    case 0: return any_of(random, kNumbers);
    case 1: return any_of(random, kTexts);
    case 2: return any_of(random, kPieces);
    default: return random.pick(dictionary);
  }
}

constexpr std::string_view kJsonValues[] = {"0",
                                            "1",
                                            "-1",
                                            "64",
                                            "1.5",
                                            "1e400",
                                            "18446744073709551615",
                                            "9223372036854775808",
                                            "null",
                                            "true",
                                            "false",
                                            "{}",
                                            "[]",
                                            "[[]]",
                                            "{\"a\": 1}",
                                            "\"\"",
                                            "\"64MB\"",
                                            "\"\\u0000\"",
                                            "\"\\u001b[2J\"",
                                            "\"\\ud800\"",
                                            "\"x.y.z\""};

bool is_number(const std::string& token) {
  return std::isdigit(static_cast<unsigned char>(token[0])) != 0;
}
bool is_text(const std::string& token) { return token[0] == '"' && token.size() > 1; }
bool is_name(const std::string& token) { return is_word(token[0]) && !is_number(token); }

/// A token of the same sort out of the dictionary; `token` if there is none near.
std::string like(const std::string& token, bool (*sort)(const std::string&), Random& random,
                 const std::vector<std::string>& dictionary) {
  for (int tries = 0; tries < 32; ++tries) {
    const std::string& other = random.pick(dictionary);
    if (sort(other)) return other;
  }
  return token;
}

/// Another value of the same sort: what gets past the parser.
void change_literal(std::vector<std::string>& tokens, Random& random, Language language,
                    const std::vector<std::string>& dictionary) {
  for (int tries = 0; tries < 32; ++tries) {
    std::string& token = random.pick(tokens);
    const bool literal = is_number(token) || is_text(token);
    if (literal && language == Language::kJson && random.one_in(2)) {
      token = any_of(random, kJsonValues);
    } else if (is_number(token)) {
      token = language == Language::kLua ? any_of(random, kNumbers)
                                         : like(token, is_number, random, dictionary);
    } else if (is_text(token)) {
      const bool own = language == Language::kLua && random.one_in(2);
      token = own ? any_of(random, kTexts) : like(token, is_text, random, dictionary);
    } else if (is_name(token) && random.one_in(3)) {
      token = like(token, is_name, random, dictionary);
    } else {
      continue;
    }
    return;
  }
}

// ---- elements: what stands between commas, with everything nested in it

struct Element {
  std::size_t begin = 0, end = 0;  // without the commas
};

bool opens(const std::string& t) { return t == "{" || t == "[" || t == "("; }
bool closes(const std::string& t) { return t == "}" || t == "]" || t == ")"; }

/// The element that token `i` belongs to.
Element element_at(const std::vector<std::string>& tokens, std::size_t i) {
  Element element{i, i};
  for (int depth = 0; element.begin > 0; --element.begin) {
    const std::string& before = tokens[element.begin - 1];
    if (depth == 0 && (before == "," || opens(before))) break;
    depth += closes(before) ? 1 : opens(before) ? -1 : 0;
  }
  for (int depth = 0; element.end < tokens.size(); ++element.end) {
    const std::string& here = tokens[element.end];
    if (depth == 0 && (here == "," || closes(here))) break;
    depth += opens(here) ? 1 : closes(here) ? -1 : 0;
  }
  return element;
}

void change_element(std::vector<std::string>& tokens, Random& random) {
  const Element from = element_at(tokens, random.below(tokens.size()));
  const std::vector<std::string> piece{at(tokens, from.begin), at(tokens, from.end)};
  const Element to = element_at(tokens, random.below(tokens.size()));
  switch (random.below(3)) {
    case 0: {  // away, with its comma
      const bool comma = from.end < tokens.size() && tokens[from.end] == ",";
      tokens.erase(at(tokens, from.begin), at(tokens, from.end + (comma ? 1 : 0)));
      return;
    }
    case 1: {  // in front of another
      if (tokens.size() + piece.size() > kMostTokens) return;
      tokens.insert(at(tokens, to.begin), ",");
      tokens.insert(at(tokens, to.begin), piece.begin(), piece.end());
      return;
    }
    default:  // in the place of another
      if (tokens.size() + piece.size() > kMostTokens) return;
      tokens.erase(at(tokens, to.begin), at(tokens, to.end));
      tokens.insert(at(tokens, to.begin), piece.begin(), piece.end());
  }
}

/// A typing error within the token.
void misspell(std::string& token, Random& random) {
  const std::size_t i = random.below(token.size());
  switch (random.below(3)) {
    case 0: token.erase(i, 1); return;
    case 1: token.insert(i, 1, static_cast<char>(random.below(256))); return;
    default: token[i] = static_cast<char>(token[i] ^ (1 << random.below(7))); return;
  }
}

/// One that pays no heed to what a program is.
void mutate_anywhere(std::vector<std::string>& tokens, Random& random,
                     const std::vector<std::string>& dictionary) {
  const std::size_t i = some_token(tokens, random);
  const std::size_t some =
      std::min(1 + random.below(random.one_in(8) ? 200 : 12), tokens.size() - i);
  switch (random.below(9)) {
    case 0: tokens.erase(at(tokens, i)); return;
    case 1: tokens.erase(at(tokens, i), at(tokens, i + some)); return;
    case 2: std::swap(tokens[i], tokens[some_token(tokens, random)]); return;
    case 3: misspell(tokens[i], random); return;
    case 4: tokens.insert(at(tokens, i), other_token(random, dictionary)); return;
    case 5: tokens[i] = other_token(random, dictionary); return;
    case 6: {  // a range again, elsewhere
      if (tokens.size() + some > kMostTokens) return;
      const std::vector<std::string> range{at(tokens, i), at(tokens, i + some)};
      tokens.insert(at(tokens, some_token(tokens, random)), range.begin(), range.end());
      return;
    }
    case 7: {  // nested more deeply
      const std::size_t levels = 1 + random.below(random.one_in(16) ? 300 : 4);
      tokens.insert(at(tokens, i + some), std::string(levels, '}'));
      tokens.insert(at(tokens, i), std::string(levels, '{'));
      return;
    }
    default: tokens.resize(i); return;
  }
}

}  // namespace

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = token_length(text, at);
    tokens.emplace_back(text.substr(at, length));
    at += length;
  }
  return tokens;
}

std::string joined(const std::vector<std::string>& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

void mutate_tokens(std::vector<std::string>& tokens, Random& random, Language language,
                   const std::vector<std::string>& dictionary) {
  if (tokens.empty()) return tokens.push_back(other_token(random, dictionary));
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
    case 3: return change_literal(tokens, random, language, dictionary);
    case 4:
    case 5: return change_element(tokens, random);
    default: return mutate_anywhere(tokens, random, dictionary);
  }
}

}  // namespace fuzz
