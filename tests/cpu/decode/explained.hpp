// Where our table and a disassembler differ on purpose: each class with its reason, counted, so
// that one that is gone or has never been met is noticed.
#pragma once

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace cpu::test {

struct ExplainedClass {
  std::string_view ours;    // our row, or our mnemonic
  std::string_view theirs;  // the other's mnemonic; "data": no instruction; "any"
  std::string_view why;
  std::uint64_t words = 0;
};

class Explained {
 public:
  explicit Explained(std::vector<ExplainedClass> classes) : classes_{std::move(classes)} {}

  bool covers(std::string_view ours, std::string_view theirs) {
    for (ExplainedClass& c : classes_) {
      if (ours == c.ours && (theirs == c.theirs || c.theirs == "any")) return ++c.words;
    }
    return false;
  }
  /// Prints the classes; the number of those that nothing fell into.
  int report() const {
    int unused = 0;
    for (const ExplainedClass& c : classes_) {
      std::cout << "  " << c.ours << " / " << c.theirs << ": " << c.words << " words, " << c.why
                << (c.words == 0 ? "  NOT MET" : "") << "\n";
      unused += c.words == 0;
    }
    return unused;
  }

 private:
  std::vector<ExplainedClass> classes_;
};

}  // namespace cpu::test
