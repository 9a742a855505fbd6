// The consoles of several virtual machines: what is typed goes to one, what is said comes apart.
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/boot_vms.hpp"
#include "cli/console_switch.hpp"
#include "cli/vm_console.hpp"
#include "tests/support/catch.hpp"

using namespace cli;
using namespace std::string_literals;

namespace {

/// What a switch asked for, in the order in which it did.
struct Faced {
  std::string told;
  unsigned ends = 0;
  ConsoleSwitch::Face face() {
    return {[this](std::uint16_t vm) { told += "[" + std::to_string(vm) + "]"; },
            [this](const std::string& line) { told += "<" + line + ">"; },
            [this](const std::string& keys) { told += keys; }, [this] { ++ends; }};
  }
};

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> list;
  for (std::size_t n = 0; n < count; ++n) list.push_back("vm." + std::to_string(n));
  return list;
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/disco-vm-console-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_; }
  std::string text(const std::string& file) const {
    std::ifstream in{path_ + "/" + file, std::ios::binary};
    REQUIRE(in);
    return {std::istreambuf_iterator<char>{in}, {}};
  }

 private:
  std::string path_;
};

/// What people see of a stream; `act` may do more with the console before it is closed.
template <class Act>
std::string shown(const std::string& folder, Act act) {
  std::FILE* const people = std::tmpfile();
  REQUIRE(people != nullptr);
  const auto console = VmConsole::open(people, {"a", "b"}, folder);
  REQUIRE(console);
  act(**console);
  CHECK((*console)->close());
  std::string text(static_cast<std::size_t>(std::ftell(people)), '\0');
  std::rewind(people);
  CHECK(std::fread(text.data(), 1, text.size(), people) == text.size());
  std::fclose(people);
  return text;
}

void put(VmConsole& console, const std::string& stream) {
  for (const char c : stream) CHECK(console.put(c));
}

}  // namespace

TEST_CASE("ConsoleSwitch: keys go to the first machine, and after the escape key to another",
          "[cli]") {
  Faced faced;
  ConsoleSwitch keys{names(3), faced.face()};
  CHECK(keys.typed("ls\n") == "\x10v\0\0ls\n"s);
  CHECK(keys.typed("\x1d"
                   "2who\n") == "\x10v\0\2who\n"s);
  CHECK(faced.told == "[2]<keys go to vm.2>");
  CHECK(keys.listener() == 2);
  // A name takes Enter, and what was typed wrong can be taken back.
  CHECK(keys.typed("a\x1dvm.0\x7f"
                   "1\nb") == "a\x10v\0\1b"s);
  CHECK(keys.listener() == 1);
  CHECK(faced.ends == 0);
  CHECK(keys.typed("\x1d\x1dx") == "x");
  CHECK(faced.ends == 1);
}

TEST_CASE("ConsoleSwitch: what names nobody changes nothing, Enter alone lists", "[cli]") {
  Faced faced;
  ConsoleSwitch keys{names(2), faced.face()};
  CHECK(keys.typed("\x1d"
                   "7")
            .empty());
  CHECK_THAT(faced.told, Catch::Contains("no virtual machine \"7\""));
  faced.told.clear();
  CHECK(keys.typed("\x1dvm.00\n").empty());
  CHECK_THAT(faced.told, Catch::Contains("did you mean \"vm.0\"?"));
  faced.told.clear();
  CHECK(keys.typed("\x1d\n").empty());
  CHECK_THAT(faced.told, Catch::Contains("<0 vm.0, 1 vm.1; keys go to vm.0>"));
  CHECK(keys.typed("\x1dvm\x03x") == "\x10v\0\0x"s);
  CHECK(keys.listener() == 0);
}

TEST_CASE("ConsoleSwitch: of many machines a number takes Enter", "[cli]") {
  Faced faced;
  ConsoleSwitch keys{names(300), faced.face()};
  CHECK(keys.typed("\x1d"
                   "258\nx") == "\x10v\1\2x"s);
  CHECK_THAT(keys.help(), Catch::Contains("a number or a name and Enter"));
}

TEST_CASE("VmConsole: whole lines behind names, and every byte in the machine's own file",
          "[cli]") {
  const Folder folder;
  const std::string text = shown(folder.path(), [](VmConsole& console) {
    put(console, "boot\n\x10v\0\0one \x10v\0\1two\r\n\x10v\0\0more\nend"s);
  });
  CHECK(text == "monitor| boot\nb| two\r\na| one more\na| end\n");
  CHECK(folder.text("console-a.log") == "one more\nend");
  CHECK(folder.text("console-b.log") == "two\r\n");
  CHECK(folder.text("console-monitor.log") == "boot\n");
}

TEST_CASE("VmConsole: the followed machine's line is seen as it grows, and comes back", "[cli]") {
  const std::string text = shown("", [](VmConsole& console) {
    console.follow(0);
    put(console, "\x10v\0\0$ l\x10v\0\1two\n\x10v\0\0s\n$ "s);
    console.follow(1);
    put(console, "\x10v\0\1% "s);
    console.follow(0);
  });
  CHECK(text == "a| $ l\nb| two\na| $ ls\na| $ \nb| % \na| $ \na| $ \nb| % \n");
}

TEST_CASE("Boot --vm: words are keys, commas and processors can be written", "[cli]") {
  const auto vms = parse_vms({"count=4,mem=16MB,start=100ms,cpus=0-3+6,append=a,,b=1",
                              "name=lin,kernel=linux,program=/x,args=one two"});
  if (!vms) FAIL(vms.error().message());
  REQUIRE(vms->size() == 2);
  CHECK(vms->at(0).name == "vm0");
  CHECK(vms->at(0).count == 4);
  CHECK(vms->at(0).memory == 16u << 20);
  CHECK(vms->at(0).start == 100'000'000);
  CHECK(vms->at(0).cpus == std::vector<std::uint32_t>{0, 1, 2, 3, 6});
  CHECK(vms->at(0).append == "a,b=1");
  CHECK(vms->at(1).name == "lin");
  CHECK(vms->at(1).arguments == std::vector<std::string>{"one", "two"});
  CHECK(parse_vms({"count=2"})->at(0).name == "vm");
}

TEST_CASE("Boot --vm: what it does not know is told with what it meant", "[cli]") {
  const auto refused = [](const std::vector<std::string>& texts) {
    const auto vms = parse_vms(texts);
    REQUIRE_FALSE(vms);
    CHECK(vms.error().code == ErrorCode::kUsage);
    return vms.error().message();
  };
  CHECK_THAT(refused({"cuont=4"}), Catch::Contains("did you mean \"count\"?"));
  CHECK_THAT(refused({"count"}), Catch::Contains("no WORD=VALUE"));
  CHECK_THAT(refused({"memory=16"}), Catch::Contains("memory: \"16\" needs a unit"));
  CHECK_THAT(refused({"name=a b"}), Catch::Contains("is not a name"));
  CHECK_THAT(refused({"name=a", "name=a"}), Catch::Contains("a second kind"));
  CHECK_THAT(refused({"count=5000"}), Catch::Contains("out of range"));
}
