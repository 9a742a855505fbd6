// Each format is judged by a reader of its own, written from the format's definition.
#include "lab/points/quoting.hpp"

#include <random>

#include "config/experiment.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/read_csv.hpp"

using namespace common;
using namespace lab;

namespace {

std::string random_text(std::mt19937& random) {
  static const std::string kLetters = "ab ,\"\n\r\t|'`<>&\\*_[]()#-+=1.~$!;:{}@%\x01";
  std::string text;
  for (auto n = random() % 12; n > 0; --n) text += kLetters[random() % kLetters.size()];
  return text;
}

}  // namespace

TEST_CASE("Quoting: a CSV reader gets back what was written", "[cli]") {
  CHECK(csv_field("plain") == "plain");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(csv_field("=1+1") == "=1+1");
  std::mt19937 random{7};
  for (int round = 0; round < 2000; ++round) {
    const std::vector<std::vector<std::string>> records = {
        {random_text(random), random_text(random)}, {random_text(random), random_text(random)}};
    const std::string text = csv_record(records[0]) + csv_record(records[1]);
    INFO(text);
    CHECK(test::read_csv(text) == records);
  }
}

TEST_CASE("Quoting: text in Markdown is no markup and no column", "[cli]") {
  CHECK(markdown_text("41.0 < 402.3") == "41.0 < 402.3");
  CHECK(markdown_text("l2tlb_size") == "l2tlb_size");
  CHECK(markdown_text("a|b") == "a\\|b");
  CHECK(markdown_text("<script>alert(1)</script>") == "&lt;script>alert(1)&lt;/script>");
  CHECK(markdown_text("[x](javascript:1)") == "\\[x\\](javascript:1)");
  CHECK(markdown_text("a\n# b\r\n- c") == "a # b  - c");
  CHECK(markdown_text("# head") == "\\# head");
  CHECK(markdown_text("1. one") == "1\\. one");
  CHECK(markdown_text("    code") == "code");
  CHECK(markdown_text("`x` *y* _z_ ~u~") == "\\`x\\` \\*y\\* \\_z\\_ \\~u\\~");
  CHECK(markdown_text("&lt;") == "&amp;lt;");
  CHECK(markdown_text("a\\|b") == "a\\\\\\|b");
  std::mt19937 random{11};
  for (int round = 0; round < 2000; ++round) {
    const std::string text = markdown_text(random_text(random));
    INFO(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
      CHECK(static_cast<unsigned char>(text[i]) >= 0x20);
      if (text[i] == '\\') {
        ++i;  // whatever follows is a letter
        REQUIRE(i < text.size());
      } else {
        CHECK(std::string{"|`*[]~$"}.find(text[i]) == std::string::npos);
        CHECK((text[i] != '<' || i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '='));
      }
    }
  }
}

TEST_CASE("Quoting: a comment's word stays on its line", "[cli]") {
  CHECK(shell_word("a/b-c") == "a/b-c");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a\nb") == "'a\nb'");
  CHECK(shell_word_on_one_line("it's") == shell_word("it's"));
  CHECK(shell_word_on_one_line("q\ntouch 'x'\x1b") == "$'q\\ntouch \\'x\\'\\033'");
  CHECK(printable("a\nb\x1b[31m\x7f") == "a\\nb\\x1b[31m\\x7f");
}

TEST_CASE("Point: names are fit for files, and no two points have the same", "[config]") {
  const auto name = [](std::vector<std::string> labels) {
    config::Point point;
    const char* dimensions[] = {"a", "b"};
    for (std::size_t i = 0; i < labels.size(); ++i)
      point.labels.emplace_back(dimensions[i], labels[i]);
    return point.name();
  };
  CHECK(name({"disco", "64K,1"}) == "a=disco,b=64K,1");
  const std::vector<std::vector<std::string>> all = {{"a_b", "1"},
                                                     {"a b", "1"},
                                                     {"a;b", "1"},
                                                     {"x,b=y", "z"},
                                                     {"x", "y,b=z"},
                                                     {"x", "y"},
                                                     {"\xc3\xa9", "1"},
                                                     {"\xc3\xa8", "1"},
                                                     {"", "1"},
                                                     {"a\nb", "1"},
                                                     {std::string(300, 'x'), "1"},
                                                     {std::string(300, 'x'), "2"},
                                                     {std::string(301, 'x'), "1"},
                                                     {"../../x", "1"},
                                                     {"/..", "1"},
                                                     {"1", "2~"},
                                                     {"1", "2_"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(name(all[i]));
    CHECK(name(all[i]).size() <= config::Point::kLongestName);
    CHECK(name(all[i]).find_first_of("/\n \\") == std::string::npos);
    for (std::size_t k = 0; k < i; ++k) CHECK(name(all[i]) != name(all[k]));
  }
}
