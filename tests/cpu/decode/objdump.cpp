#include "tests/cpu/decode/objdump.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

#include "cpu/isa/names.hpp"
#include "tests/cpu/isa_words.hpp"

namespace cpu::test {

Result<std::vector<std::string>, std::string> objdump(const std::vector<std::uint32_t>& words) {
  const TemporaryDirectory directory;
  std::string bytes;
  for (const std::uint32_t word : words) append_big_endian(bytes, word, 4);
  write_file(directory.file("words"), bytes);
  const std::string command =
      std::string{DISCO_OBJDUMP} +
      " -m mips:10000 -M gpr-names=64,cp0-names=numeric,cp1-names=numeric -b binary -D -EB -z " +
      directory.file("words").string() + " > " + directory.file("text").string();
  if (std::system(command.c_str()) != 0) return Failure{"failed: " + command};

  std::vector<std::string> texts;
  std::istringstream lines{read_file(directory.file("text"))};
  for (std::string line; std::getline(lines, line);) {
    unsigned long long address = 0;
    unsigned word = 0;
    int used = 0;
    if (std::sscanf(line.c_str(), " %llx:\t%x %n", &address, &word, &used) != 2 || used == 0)
      continue;
    if (texts.size() == words.size() || address != 4 * texts.size() ||
        word != words[texts.size()]) {
      return Failure{"objdump printed an unexpected line: " + line};
    }
    texts.push_back(line.substr(static_cast<std::size_t>(used)));
  }
  if (texts.size() != words.size()) return Failure{std::string{"objdump printed too few lines"}};
  return texts;
}

bool is_data(std::string_view objdump_text) {
  return objdump_text.starts_with(".word") || objdump_text.starts_with("0x");
}

std::string first_word(std::string_view text) {
  return std::string{text.substr(0, text.find_first_of(" \t"))};
}

std::string canonical(std::string_view text) {
  static const auto kNames = [] {
    std::map<std::string, std::string> names = {{"s8", "fp"}};
    for (unsigned n = 0; n < 32; ++n) {
      if (!cp0_name(n).empty()) names[std::string{cp0_name(n)}] = std::to_string(n);
    }
    return names;
  }();
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \t,()$", at), text.size());
    std::string token{text.substr(at, end - at)};
    at = end + 1;
    if (token.empty()) continue;
    char* rest = nullptr;
    const bool negative = token[0] == '-';
    const unsigned long long value = std::strtoull(token.c_str() + (negative ? 1 : 0), &rest, 0);
    if (*rest == '\0') token = std::to_string(negative ? 0 - value : value);
    if (const auto name = kNames.find(token); name != kNames.end()) token = name->second;
    result += token + ' ';
  }
  return result;
}

}  // namespace cpu::test
