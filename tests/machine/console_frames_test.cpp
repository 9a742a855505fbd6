// The console that several virtual machines share, taken apart and put together.
#include "tests/support/catch.hpp"

#include "machine/console_frames.hpp"

#include <map>
#include <random>

using namespace machine;
using namespace std::string_literals;

namespace {

using Said = std::map<std::uint16_t, std::string>;

Said split(const std::string& stream) {
  Said said;
  ConsoleSplitter splitter{[&said](std::uint16_t vm, char c) { said[vm] += c; }};
  for (const char c : stream) splitter.put(c);
  return said;
}

}  // namespace

TEST_CASE("Console: bytes go to the virtual machine that the last frame names", "[devices]") {
  CHECK(split("boot\n\x10v\0\0one\x10v\0\1two\x10v\0\0 more"s) ==
        Said{{kMonitorConsole, "boot\n"}, {0, "one more"}, {1, "two"}});
  CHECK(split("\x10v\xff\xffx\x10v\x12\x34y"s) == Said{{0xffff, "x"}, {0x1234, "y"}});
  // The two bytes of a number may be any bytes.
  CHECK(split("\x10v\x10\x10z"s) == Said{{0x1010, "z"}});
}

TEST_CASE("Console: an escape byte that was said comes out once, a broken frame as it is",
          "[devices]") {
  CHECK(split("\x10v\0\2a\x10\x10"
              "b"s) == Said{{2,
                             "a\x10"
                             "b"}});
  CHECK(split("\x10v\0\2a\x10q"s) == Said{{2, "a\x10q"}});
}

TEST_CASE("Console: whatever is framed comes apart as it was", "[devices]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  ConsoleJoiner joiner;
  Said meant;
  std::string stream;
  for (unsigned i = 0; i < 2000; ++i) {
    const auto vm = static_cast<std::uint16_t>(random() % 4 == 0 ? random() : random() % 3);
    std::string bytes;
    for (auto n = random() % 5; n > 0; --n)
      bytes += static_cast<char>(random() % 2 == 0 ? 0x10 : random());
    stream += joiner.frame(vm, bytes);
    if (!bytes.empty()) meant[vm] += bytes;
  }
  CHECK(split(stream) == meant);
}

TEST_CASE("Console: who goes on speaking is not named again", "[devices]") {
  ConsoleJoiner joiner;
  CHECK(joiner.frame(0, "a") == "\x10v\0\0a"s);
  CHECK(joiner.frame(0, "b") == "b");
  CHECK(joiner.frame(1, "").empty());
  CHECK(joiner.frame(0, "c") == "c");
  CHECK(joiner.frame(1, "d") == "\x10v\0\1d"s);
}
