#include "cli/console_input.hpp"

#include <unistd.h>

#include "machine/machine.hpp"
#include "tests/support/catch.hpp"

using namespace cli;
using namespace std::chrono_literals;

constexpr auto kForever = machine::Machine::kForever;

namespace {

/// A pipe in the place of standard input while it lives.
class Typist {
 public:
  Typist() {
    int ends[2];
    if (pipe(ends) != 0) FAIL("no pipe");
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    in_ = ends[1];
  }
  ~Typist() {
    stop();
    dup2(before_, STDIN_FILENO);
    close(before_);
  }
  Typist(const Typist&) = delete;
  Typist& operator=(const Typist&) = delete;

  void type(std::string_view text) {
    CHECK(write(in_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void stop() {
    if (in_ >= 0) close(in_);
    in_ = -1;
  }

 private:
  int before_ = dup(STDIN_FILENO);
  int in_ = -1;
};

}  // namespace

TEST_CASE("ConsoleInput: a pipe is given line by line, and only to a guest that idles", "[cli]") {
  Typist typist;
  ConsoleInput input{stdout, ConsoleInput::End::kHangUp, ConsoleInput::Bracket::kEndsRun,
                     [] { return true; }};
  typist.type("one\ntwo\nrest");
  CHECK(*input.next(0ns) == "");
  CHECK(*input.next(1ms) == "one\n");
  CHECK(*input.next(0ns) == "");
  CHECK(*input.next(1ms) == "two\n");
  CHECK(*input.next(1ms) == "");  // the line may go on
  typist.stop();
  CHECK(*input.next(1ms) == "rest");
  CHECK_FALSE(input.next(1ms));
}

TEST_CASE("ConsoleInput: where nothing is typed simulated idleness takes real time", "[cli]") {
  Typist typist;
  ConsoleInput input{stdout, ConsoleInput::End::kHangUp, ConsoleInput::Bracket::kEndsRun,
                     [] { return true; }};
  const auto start = std::chrono::steady_clock::now();
  CHECK(*input.next(30ms) == "");
  CHECK(std::chrono::steady_clock::now() - start >= 30ms);
}

TEST_CASE("ConsoleInput: at the end Ctrl-D is typed at a guest that knows no other", "[cli]") {
  Typist typist;
  ConsoleInput input{stdout, ConsoleInput::End::kCtrlD, ConsoleInput::Bracket::kEndsRun,
                     [] { return true; }};
  typist.type("rest");
  typist.stop();
  CHECK(*input.next(1ms) == "");
  CHECK(*input.next(1ms) == "rest\n");
  CHECK(*input.next(0ns) == "");
  CHECK(*input.next(1ms) == "\x04");
  int asked = 0;
  while (input.next(1ms)->empty()) ++asked;  // whatever sleeps may not be what reads
  CHECK(asked >= 8);
  CHECK(input.next(1ms)->empty());
  CHECK(*input.next(1h) == "\x04");
  int ends = 3;
  for (auto end = input.next(kForever); end; end = input.next(kForever), ++ends)
    CHECK(*end == "\x04");
  CHECK(ends == 64);
}
