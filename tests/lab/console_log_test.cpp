#include "lab/points/console_log.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/console_output.hpp"
#include "tests/support/catch.hpp"

using namespace common;
using namespace cli;
using namespace lab;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/disco-console-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return path + "/" + name; }
  std::string path;
};

std::string contents(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool say(auto& console, const std::string& text) {
  bool works = true;
  for (const char c : text) works = console.put(c) && works;
  return works;
}

}  // namespace

TEST_CASE("ConsoleLog: what fits is kept byte for byte", "[cli]") {
  const Folder folder;
  const auto log = ConsoleLog::create(folder.file("c"), {20, 10});
  REQUIRE(log);
  const std::string text = "first line\nsecond";
  CHECK(say(**log, text));
  CHECK((*log)->close());
  CHECK(contents(folder.file("c")) == text);
  CHECK((*log)->bytes_left_out() == 0);
  CHECK((*log)->last_line() == "second");
}

TEST_CASE("ConsoleLog: of more the beginning and the end are kept, and it says so", "[cli]") {
  const Folder folder;
  std::string text;
  for (int n = 0; n < 1000; ++n) text += std::to_string(n) + "\n";
  // 1: all but one byte of the tail is needed; then the ring goes round, and exactly so often.
  for (const std::uint64_t tail : {100u, 7u, 10u, 3790u}) {
    const auto log = ConsoleLog::create(folder.file("c"), {100, tail});
    REQUIRE(log);
    CHECK(say(**log, text));
    CHECK((*log)->close());
    const std::string file = contents(folder.file("c"));
    CHECK(file.starts_with(text.substr(0, 100) + "\n[disco: the console says more than 100 bytes"));
    const std::uint64_t left_out = text.size() - 100 > tail ? text.size() - 100 - tail : 0;
    CHECK((*log)->bytes_left_out() == left_out);
    CHECK(file.ends_with("]\n" + text.substr(100 + left_out)));
    CHECK((file.find(std::to_string(left_out) + " bytes are left out here") != std::string::npos) ==
          (left_out != 0));
    CHECK((*log)->bytes_said() == text.size());
    CHECK((*log)->last_line() == "999");
  }
}

TEST_CASE("ConsoleLog: a line that never ends costs nothing, and its beginning is shown", "[cli]") {
  const Folder folder;
  const auto log = ConsoleLog::create(folder.file("c"), {10, 10});
  REQUIRE(log);
  CHECK(say(**log, "a panic: \x1b[31m" + std::string(100000, 'x')));
  CHECK((*log)->last_line().starts_with("a panic: \\x1b[31mxxx"));
  CHECK((*log)->last_line().size() < 300);
}

TEST_CASE("ConsoleLog: a full disk is told with the file's name", "[cli]") {
  const auto log = ConsoleLog::create("/dev/full", {1 << 20, 10});
  REQUIRE(log);
  CHECK_FALSE(say(**log, std::string(100000, 'x')));
  const auto closed = (*log)->close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ErrorCode::kInput);
  CHECK(closed.error().where == "/dev/full");

  // So little that only the end notices.
  const auto small = ConsoleLog::create("/dev/full", {1 << 20, 10});
  REQUIRE(small);
  CHECK(say(**small, "hello\n"));
  CHECK_FALSE((*small)->close());
}

TEST_CASE("ConsoleOutput: a line without end is shown in pieces", "[cli]") {
  const Folder folder;
  std::FILE* const people = std::fopen(folder.file("people").c_str(), "wb");
  {
    const auto output = ConsoleOutput::open(people, "1| ", "");
    REQUIRE(output);
    CHECK(say(**output, std::string(10000, 'x')));
    CHECK(contents(folder.file("people")).size() > 8000);
    CHECK(say(**output, "\nend"));
    CHECK((*output)->close());
  }
  std::fclose(people);
  const std::string piece(ConsoleOutput::kLongestLine, 'x');
  CHECK(contents(folder.file("people")) == "1| " + piece + "\n1| " + piece + "\n1| " +
                                               std::string(10000 - 2 * piece.size(), 'x') +
                                               "\n1| end\n");
}

TEST_CASE("ConsoleOutput: nothing is lost without a word", "[cli]") {
  std::FILE* const full = std::fopen("/dev/full", "wb");
  {
    const auto output = ConsoleOutput::open(full, "", "");
    REQUIRE(output);
    CHECK_FALSE(say(**output, "one\ntwo\n"));
    REQUIRE_FALSE((*output)->close());
    CHECK((*output)->close().error().where == "standard output");
  }
  std::fclose(full);
}
