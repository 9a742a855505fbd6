// Judge: the instruction table against two disassemblers that we did not write.
//
//   decode_judge [--rounds N] [--seed S]
//
// binutils (objdump -m mips:10000) knows the R10000: is a word an instruction, what is it called,
// what are its operands? Asked of a dense sample of the opcode space (sample.hpp), about 1.3
// million words a round. Capstone knows later architectures only and is asked about the rows that
// it has right.
//
// Exit code 1: an unexplained difference, or an explained class or a row of the table that no word
// fell into.
#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "cpu/isa/disassemble.hpp"
#include "cpu/isa/names.hpp"
#include "tests/cpu/decode/capstone_rows.hpp"
#include "tests/cpu/decode/explained.hpp"
#include "tests/cpu/decode/objdump.hpp"
#include "tests/cpu/decode/sample.hpp"

namespace cpu::test {
namespace {

constexpr std::uint32_t kMajorOpcodes = 64;
constexpr int kShown = 10;  // differences printed in full

Explained validity_classes() {
  return Explained{{
      {"cop2", "data",
       "any COP2 word is Coprocessor Unusable first: the unit, not we, would know its operations"},
      {"reserved_cp0", "c0", "objdump's catch-all for operations of coprocessor 0"},
      {"reserved_cp0", "cfc0", "coprocessor 0 has no control registers on an R10000"},
      {"reserved_cp0", "ctc0", "coprocessor 0 has no control registers on an R10000"},
      {"reserved_cp1", "c1", "objdump's catch-all for operations of coprocessor 1"},
      {"reserved_cp0", "wait",
       "binutils gives it to all of MIPS III; the R10000 has no reduced power mode (UM 14.10, RP)"},
      {"reserved", "jalx", "needs MIPS16 or microMIPS"},
      {"reserved", "sync.p", "a sync whose stype field, which MIPS IV reserves, is not zero"},
  }};
}
Explained text_classes() {
  return Explained{{
      {"sll", "ehb", "a name of later architectures; here a shift of $zero like any other"},
      {"sll", "ssnop", "a name of later architectures; here a shift of $zero like any other"},
      {"cop2", "any", "we print the operation as one number"},
  }};
}

/// Capstone by itself, without what cpu/isa/disassemble.cpp mends.
class Capstone {
 public:
  Capstone() {
    const auto mode = static_cast<cs_mode>(CS_MODE_MIPS64 | CS_MODE_BIG_ENDIAN);
    if (cs_open(CS_ARCH_MIPS, mode, &handle_) != CS_ERR_OK) std::abort();
  }
  ~Capstone() { cs_close(&handle_); }
  Capstone(const Capstone&) = delete;
  Capstone& operator=(const Capstone&) = delete;

  /// The mnemonic; empty if the word is no instruction to Capstone.
  std::string mnemonic(std::uint32_t word) const {
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(word >> 24), static_cast<std::uint8_t>(word >> 16),
        static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
    cs_insn* insn = nullptr;
    if (cs_disasm(handle_, bytes.data(), bytes.size(), 0, 1, &insn) != 1) return {};
    std::string text = insn->mnemonic;
    cs_free(insn, 1);
    return text;
  }

 private:
  csh handle_ = 0;
};

class Judge {
 public:
  explicit Judge(std::uint64_t seed) : random_{seed} {}

  /// Asks about one sample of every kind; false when objdump could not be run.
  bool round() {
    std::vector<std::uint32_t> words = {0x40, 0xc0, 0x140, 0x40f,
                                        0x42000020};  // ssnop, ehb, pause, sync.p, wait
    add_rows(words, 400, random_);
    add_neighbours(words, 20, random_);
    for (int i = 0; i < 200'000; ++i) words.push_back(random_word(random_));
    if (!ask(words)) return false;
    for (std::uint32_t first = 0; first < kMajorOpcodes; first += 16) {
      words.clear();
      for (std::uint32_t major = first; major < first + 16; ++major)
        add_opcode_space(words, major, random_);
      if (!ask(words)) return false;
    }
    return true;
  }

  /// Prints what happened; the exit code.
  int report(std::uint64_t seed) const {
    std::cout << "seed " << seed << ": " << words_ << " words, " << instructions_
              << " of them instructions, at least "
              << *std::min_element(majors_.begin(), majors_.end()) << " of each major opcode\n";
    std::uint64_t least = ~std::uint64_t{0};
    for (const Insn insn : instructions())
      least = std::min(least, rows_[static_cast<std::size_t>(insn)]);
    std::cout << "rows: " << instructions().size() << ", each met at least " << least << " times\n"
              << "objdump on what is an instruction: " << differences_[0]
              << " unexplained differences; explained:\n";
    int unused = validity_.report();
    std::cout << "objdump on names and operands: " << differences_[1]
              << " unexplained differences; explained:\n";
    unused += texts_.report();
    std::cout << "Capstone on names: " << capstone_words_ << " words of " << rows_asked()
              << " rows, " << differences_[2] << " differences; not asked, with the reason:\n";
    for (const CapstoneWrong& wrong : kCapstoneWrong)
      std::cout << " " << wrong.rows << ": " << wrong.why << "\n";
    const bool is_good =
        differences_[0] + differences_[1] + differences_[2] == 0 && unused == 0 && least > 0;
    std::cout << (is_good ? "agreed\n" : "DISAGREED\n");
    return is_good ? 0 : 1;
  }

 private:
  enum Kind { kValidity, kText, kCapstone };

  bool ask(const std::vector<std::uint32_t>& words) {
    const auto theirs = objdump(words);
    if (!theirs) {
      std::cerr << "decode_judge: " << theirs.error() << "\n";
      return false;
    }
    for (std::size_t i = 0; i < words.size(); ++i) compare(words[i], VirtAddr{4 * i}, (*theirs)[i]);
    return true;
  }

  void compare(std::uint32_t word, VirtAddr at, const std::string& theirs) {
    const Insn insn = decode(word);
    const std::string their_name = is_data(theirs) ? "data" : first_word(theirs);
    ++words_, ++majors_[word >> 26], ++rows_[static_cast<std::size_t>(insn)];
    instructions_ += !is_reserved(insn);
    if (is_reserved(insn) != is_data(theirs)) {
      if (!validity_.covers(row_of(insn).name, their_name))
        difference(kValidity, word, disassembler_.text(word, at), theirs);
      return;
    }
    if (is_reserved(insn)) return;
    const std::string ours = disassembler_.text(word, at);
    if (canonical(ours) != canonical(theirs) && !texts_.covers(first_word(ours), their_name)) {
      difference(kText, word, ours, theirs);
    }
    compare_with_capstone(word, insn);
  }

  void compare_with_capstone(std::uint32_t word, Insn insn) {
    if (is_wrong_in_capstone(insn, word)) return;
    ++capstone_words_;
    asked_[static_cast<std::size_t>(insn)] = true;
    const std::string ours = mnemonic_of(insn), theirs = capstone_.mnemonic(word);
    if (theirs != ours && !is_capstone_alias(ours, theirs))
      difference(kCapstone, word, ours, theirs);
  }

  void difference(Kind kind, std::uint32_t word, const std::string& ours,
                  const std::string& theirs) {
    if (++differences_[kind] > kShown) return;
    std::cout << (kind == kCapstone ? "Capstone: " : "objdump: ") << std::hex << word << std::dec
              << ": ours '" << ours << "', theirs '" << theirs << "'\n";
  }

  std::ptrdiff_t rows_asked() const { return std::count(asked_.begin(), asked_.end(), true); }

  Random random_;
  Disassembler disassembler_;
  Capstone capstone_;
  Explained validity_ = validity_classes(), texts_ = text_classes();
  std::uint64_t words_ = 0, instructions_ = 0, capstone_words_ = 0;
  std::array<std::uint64_t, kMajorOpcodes> majors_{};
  std::array<std::uint64_t, kRowCount> rows_{};
  std::array<bool, kRowCount> asked_{};  // Capstone
  std::array<std::uint64_t, 3> differences_{};
};

int main_of(int argc, char** argv) {
  std::uint64_t rounds = 1, seed = 0xd15a;
  const std::map<std::string, std::uint64_t*> options = {{"--rounds", &rounds}, {"--seed", &seed}};
  for (int i = 1; i < argc; i += 2) {
    const auto found = options.find(argv[i]);
    if (found == options.end() || i + 1 == argc) {
      std::cerr << "decode_judge [--rounds N] [--seed S]\n";
      return 2;
    }
    *found->second = std::strtoull(argv[i + 1], nullptr, 0);
  }
  Judge judge{seed};
  for (std::uint64_t i = 0; i < rounds; ++i) {
    if (!judge.round()) return 2;
  }
  return judge.report(seed);
}

}  // namespace
}  // namespace cpu::test

int main(int argc, char** argv) { return cpu::test::main_of(argc, argv); }
