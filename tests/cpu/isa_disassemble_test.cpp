// Decoder and disassembler against binutils, which knows the R10000: what is an instruction, what
// it is called, what its operands are.

#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/isa/disassemble.hpp"
#include "cpu/isa/names.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::Random;
using test::random_word;
using test::random_word_of;

/// objdump's text for each word; word i is at address 4 * i.
std::vector<std::string> objdump(const std::vector<std::uint32_t>& words) {
  const test::TemporaryDirectory directory;
  std::string bytes;
  for (const std::uint32_t word : words) test::append_big_endian(bytes, word, 4);
  test::write_file(directory.file("words"), bytes);
  const std::string command =
      std::string{DISCO_OBJDUMP} +
      " -m mips:10000 -M gpr-names=64,cp0-names=numeric,cp1-names=numeric -b binary -D -EB -z " +
      directory.file("words").string() + " > " + directory.file("text").string();
  REQUIRE(std::system(command.c_str()) == 0);

  std::vector<std::string> texts;
  std::istringstream lines{test::read_file(directory.file("text"))};
  for (std::string line; std::getline(lines, line);) {
    unsigned long long address = 0;
    unsigned word = 0;
    int used = 0;
    if (std::sscanf(line.c_str(), " %llx:\t%x %n", &address, &word, &used) != 2 || used == 0)
      continue;
    REQUIRE(address == 4 * texts.size());
    REQUIRE(word == words[texts.size()]);
    texts.push_back(line.substr(static_cast<std::size_t>(used)));
  }
  REQUIRE(texts.size() == words.size());
  return texts;
}

bool is_data(std::string_view objdump_text) {
  return objdump_text.starts_with(".word") || objdump_text.starts_with("0x");
}
std::string first_word(std::string_view text) {
  return std::string{text.substr(0, text.find_first_of(" \t"))};
}

/// One spelling for both tools: tokens without punctuation, numbers in decimal, registers without
/// dollar signs, coprocessor 0 registers by number.
std::string canonical(std::string_view text) {
  std::map<std::string, std::string> names = {{"s8", "fp"}};
  for (unsigned n = 0; n < 32; ++n)
    if (!cp0_name(n).empty()) names[std::string{cp0_name(n)}] = std::to_string(n);

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
    if (const auto name = names.find(token); name != names.end()) token = name->second;
    result += token + ' ';
  }
  return result;
}

/// Where we differ from objdump on purpose. `used` fails the test when a difference is gone.
struct Exception {
  const char* ours;      // row, or mnemonic
  const char* objdumps;  // mnemonic, or "data"
  const char* why;
  int used = 0;
};

/// Whether an instruction, and which.
class ValidityExceptions {
 public:
  bool allow(std::string_view row, const std::string& theirs) {
    for (Exception& e : list_)
      if (row == e.ours && theirs == e.objdumps) return ++e.used;
    return false;
  }
  void check_all_used() const {
    for (const Exception& e : list_) {
      INFO(e.ours << " / " << e.objdumps << ": " << e.why);
      CHECK(e.used > 0);
    }
  }

 private:
  std::vector<Exception> list_ = {
      {"cop2", "data",
       "any COP2 word is Coprocessor Unusable first: the unit, not we, would know its operations"},
      {"reserved_cp0", "c0", "objdump's catch-all for operations of coprocessor 0"},
      {"reserved_cp0", "cfc0", "coprocessor 0 has no control registers on an R10000"},
      {"reserved_cp0", "ctc0", "coprocessor 0 has no control registers on an R10000"},
      {"reserved_cp1", "c1", "objdump's catch-all for operations of coprocessor 1"},
      {"reserved", "jalx", "needs MIPS16 or microMIPS"},
  };
};

/// The same instruction with another text.
class TextExceptions {
 public:
  bool allow(const std::string& ours, const std::string& theirs) {
    for (Exception& e : list_)
      if (ours == e.ours && (theirs == e.objdumps || e.objdumps == std::string_view{"any"}))
        return ++e.used;
    return false;
  }
  void check_all_used() const {
    for (const Exception& e : list_) {
      INFO(e.ours << " / " << e.objdumps << ": " << e.why);
      CHECK(e.used > 0);
    }
  }

 private:
  std::vector<Exception> list_ = {
      {"sll", "ehb", "a name of later architectures; here a shift of $zero like any other"},
      {"sll", "ssnop", "a name of later architectures; here a shift of $zero like any other"},
      {"cop2", "any", "we print the operation as one number"},
  };
};

struct Disagreements {
  int validity = 0, text = 0;
  std::string first;
};

Disagreements compare(const std::vector<std::uint32_t>& words, ValidityExceptions& validity,
                      TextExceptions& texts) {
  const Disassembler disassembler;
  const std::vector<std::string> theirs = objdump(words);
  Disagreements found;
  const auto report = [&found](int& count, std::uint32_t word, const std::string& ours,
                               const std::string& other) {
    if (found.validity + found.text == 0) {
      std::ostringstream line;
      line << std::hex << word << ": '" << ours << "', objdump '" << other << "'";
      found.first = line.str();
    }
    ++count;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Insn insn = decode(words[i]);
    const std::string ours = disassembler.text(words[i], VirtAddr{4 * i});
    const std::string their_name = is_data(theirs[i]) ? "data" : first_word(theirs[i]);
    if (is_reserved(insn) != is_data(theirs[i])) {
      if (!validity.allow(row_of(insn).name, their_name))
        report(found.validity, words[i], ours, theirs[i]);
    } else if (!is_reserved(insn) && canonical(ours) != canonical(theirs[i])) {
      if (!texts.allow(first_word(ours), their_name)) report(found.text, words[i], ours, theirs[i]);
    }
  }
  return found;
}

/// Every row, with random fields.
void add_rows(std::vector<std::uint32_t>& words, int each, Random& random) {
  for (const Insn insn : test::instructions())
    for (int i = 0; i < each; ++i) words.push_back(random_word_of(row_of(insn), random));
}
/// Every primary opcode with every function code and every rs and rt, the rest zero, small or
/// random.
void add_opcode_space(std::vector<std::uint32_t>& words, Random& random) {
  for (std::uint32_t opcode = 0; opcode < 64; ++opcode) {
    for (std::uint32_t code = 0; code < 64; ++code) {
      const std::uint32_t function = opcode << 26 | code;
      words.push_back(function);
      words.push_back(function | (random_word(random) & 0x03ff'f800));  // sa is zero
      words.push_back(function | (random_word(random) & 0x03ff'ffc0));
      words.push_back(function | 16u << 21 | (random_word(random) & 0xf800));
    }
    for (std::uint32_t code = 0; code < 1024; ++code) {
      const std::uint32_t registers = opcode << 26 | code << 16;
      words.push_back(registers);
      words.push_back(registers | (random_word(random) & 0xf800));
      words.push_back(registers | (random_word(random) & 0xffff));
    }
  }
}

void expect_agreement(const std::vector<std::uint32_t>& words) {
  ValidityExceptions validity;
  TextExceptions texts;
  const Disagreements found = compare(words, validity, texts);
  INFO(found.first);
  CHECK(found.validity == 0);
  CHECK(found.text == 0);
  validity.check_all_used();
  texts.check_all_used();
}

TEST_CASE("Disassembler: agrees with objdump on every row and over the opcode space", "[isa]") {
  const std::uint64_t seed = test::seed_or(0xd15a);
  CAPTURE(seed);
  Random random{seed};
  std::vector<std::uint32_t> words = {0x40, 0xc0};  // ssnop, ehb
  add_rows(words, 100, random);
  add_opcode_space(words, random);
  for (int i = 0; i < 100'000; ++i) words.push_back(random_word(random));
  expect_agreement(words);
}

TEST_CASE("Disassembler: agrees with objdump on ten million words", "[.][isa]") {
  const std::uint64_t seed = test::seed_or(0xd15b);
  CAPTURE(seed);
  Random random{seed};
  for (int round = 0; round < 10; ++round) {
    std::vector<std::uint32_t> words = {0x40, 0xc0};
    add_rows(words, 2000, random);
    add_opcode_space(words, random);
    while (words.size() < 1'000'000) words.push_back(random_word(random));
    expect_agreement(words);
  }
}

TEST_CASE("Disassembler: reads like the assembler's source", "[isa]") {
  const Disassembler d;
  const VirtAddr pc{0xffffffff80100000};
  CHECK(d.text(0x00000000, pc) == "nop");
  CHECK(d.text(0x40046000, pc) == "mfc0 $a0, Status");
  CHECK(d.text(0x40a85000, pc) == "dmtc0 $a4, EntryHi");
  CHECK(d.text(0x40043800, pc) == "mfc0 $a0, $7");
  CHECK(d.text(0x27bdffe0, pc) == "addiu $sp, $sp, -0x20");
  CHECK(d.text(0x8fa80018, pc) == "lw $a4, 0x18($sp)");
  CHECK(d.text(0x8fac0008, pc) == "lw $t0, 8($sp)");
  CHECK(d.text(0x1440000f, pc) == "bnez $v0, 0xffffffff80100040");
  CHECK(d.text(0x0c040010, pc) == "jal 0xffffffff80100040");
  CHECK(d.text(0x03e00008, pc) == "jr $ra");
  CHECK(d.text(0x4605103c, pc) == "c.lt.s $f2, $f5");
  CHECK(d.text(0x4605153c, pc) == "c.lt.s $fcc5, $f2, $f5");
  CHECK(d.text(0x42000018, pc) == "eret");
  CHECK(d.text(0x7c03e83b, pc) == ".word 0x7c03e83b");
}

}  // namespace
}  // namespace cpu
