#include "lab/points/quoting.hpp"

#include <fmt/format.h>

#include "common/wording.hpp"

namespace lab {
using namespace common;
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// How C and the shell's $'...' write it.
std::string escaped_control(char c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

// Whether a line that begins with `text` is more than a paragraph: a heading, list, quotation, rule
// or code block. "1." and "1)" begin lists.
std::size_t block_mark_at(std::string_view text) {
  if (text.empty()) return std::string_view::npos;
  if (std::string_view{"#+-=>~"}.find(text[0]) != std::string_view::npos) return 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const bool list = digits > 0 && digits < text.size() &&
                    (text[digits] == '.' || text[digits] == ')') &&
                    (digits + 1 == text.size() || text[digits + 1] == ' ');
  return list ? digits : std::string_view::npos;
}

}  // namespace

std::string csv_field(std::string_view text) {
  const bool plain = text.find_first_of("\",\r\n") == std::string_view::npos &&
                     (text.empty() || (text.front() != ' ' && text.back() != ' '));
  if (plain) return std::string{text};
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string{"\"\""} : std::string(1, c);
  return field + "\"";
}

std::string csv_record(const std::vector<std::string>& fields) {
  std::string record;
  for (const std::string& field : fields) record += csv_field(field) + ",";
  if (!record.empty()) record.pop_back();
  return record + "\n";
}

std::string markdown_text(std::string_view text) {
  std::string line;
  for (const char c : text) line += is_control(c) ? ' ' : c;
  const std::size_t first = line.find_first_not_of(' ');
  line.erase(0, first == std::string::npos ? line.size() : first);

  const std::size_t mark = block_mark_at(line);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char before = i == 0 ? ' ' : line[i - 1], after = i + 1 < line.size() ? line[i + 1] : 'x';
    if (c == '<') {
      // "a < 3" is no tag and stays readable.
      out += after == ' ' || after == '=' ? "<" : "&lt;";
    } else if (c == '&') {
      out += after == ' ' ? "&" : "&amp;";
    } else if (c == '_') {
      out += is_alphanumeric(before) && is_alphanumeric(after) ? "_" : "\\_";
    } else if (i == mark || std::string_view{"\\`*[]|~$"}.find(c) != std::string_view::npos) {
      out += std::string{"\\"} + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789@%+=:,./_-") == std::string_view::npos;
  if (plain) return std::string{word};
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return text + "'";
}

std::string shell_word_on_one_line(std::string_view word) {
  bool one_line = true;
  for (const char c : word) one_line = one_line && !is_control(c);
  if (one_line) return shell_word(word);
  std::string text = "$'";
  for (const char c : word) {
    if (is_control(c)) {
      // Octal: three digits at most, so what follows cannot be taken for more of them.
      text += c == '\n' || c == '\r' || c == '\t'
                  ? escaped_control(c)
                  : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      text += c == '\'' || c == '\\' ? std::string{"\\"} + c : std::string(1, c);
    }
  }
  return text + "'";
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += is_control(c) ? escaped_control(c) : std::string(1, c);
  return out;
}

}  // namespace lab
