#include <iostream>
#include <map>
#include <random>
#include <set>

#include "cli/gdb/packet.hpp"
#include "cli/gdb/stub.hpp"
#include "cli/gdb/target_description.hpp"
#include "tests/support/catch.hpp"

using namespace cli::gdb;

namespace {

/// Registers in a map, 4 KB of memory at 0x1000.
class FakePort final : public cpu::DebugPort {
 public:
  std::uint64_t read_register(cpu::RegisterClass which, unsigned number) const override {
    const auto found = registers.find({static_cast<int>(which), number});
    return found == registers.end() ? 0 : found->second;
  }
  void write_register(cpu::RegisterClass which, unsigned number, std::uint64_t value) override {
    registers[{static_cast<int>(which), number}] = value;
  }
  std::size_t read_virtual(VirtAddr va, std::span<std::byte> out) override {
    std::size_t n = 0;
    while (n < out.size() && va.bits() + n >= 0x1000 && va.bits() + n < 0x2000) {
      out[n] = memory[va.bits() + n - 0x1000];
      ++n;
    }
    return n;
  }
  std::size_t write_virtual(VirtAddr va, std::span<const std::byte> in) override {
    std::size_t n = 0;
    while (n < in.size() && va.bits() + n >= 0x1000 && va.bits() + n < 0x2000) {
      memory[va.bits() + n - 0x1000] = in[n];
      ++n;
    }
    return n;
  }
  std::size_t read_physical(PhysAddr, std::span<std::byte>) override { return 0; }
  std::size_t write_physical(PhysAddr, std::span<const std::byte>) override { return 0; }
  void add_breakpoint(VirtAddr pc) override { breakpoints.insert(pc.bits()); }
  void remove_breakpoint(VirtAddr pc) override { breakpoints.erase(pc.bits()); }
  void step() override {}

  std::map<std::pair<int, unsigned>, std::uint64_t> registers;
  std::array<std::byte, 0x1000> memory{};
  std::set<std::uint64_t> breakpoints;
};

class FakeTarget final : public Target {
 public:
  std::uint32_t cpu_count() const override { return 2; }
  cpu::DebugPort& debug(CpuId cpu) override { return ports[index_of(cpu)]; }
  std::string describe_cpu(CpuId cpu) override { return "cpu" + std::to_string(index_of(cpu)); }
  std::string monitor_command(std::string_view command, CpuId cpu) override {
    if (command == "who") return describe_cpu(cpu);
    return command == "hello" ? "world\n" : "";
  }
  std::array<FakePort, 2> ports;
};

struct Fixture {
  std::string ask(std::string_view packet) { return stub.handle(packet).reply; }
  FakeTarget target;
  Stub stub{target};
};

}  // namespace

TEST_CASE("Stub: every register can be written and read back, singly and all at once", "[gdb]") {
  Fixture f;
  std::string all;
  unsigned last = 0;
  for (const GdbRegister& r : all_registers()) {
    last = r.gdb_number;
    const std::string number = word_to_hex(last), value = word_to_hex(0x1111111100000000 + last);
    CHECK(f.ask("P" + number + "=" + value) == "OK");
    CHECK(f.ask("p" + number) == value);
    all += value;
  }
  CHECK(f.ask("g") == all);
  std::string other(all.size(), '5');
  CHECK(f.ask("G" + other) == "OK");
  CHECK(f.ask("g") == other);
  CHECK(f.ask("G" + other.substr(1)) == "E01");
  CHECK(f.ask("p" + word_to_hex(last + 1)) == "E01");
}

TEST_CASE("Stub: memory is read up to where it ends, and not at all beyond", "[gdb]") {
  Fixture f;
  CHECK(f.ask("M1ffe,2:abcd") == "OK");
  CHECK(f.ask("m1ffe,8") == "abcd");
  CHECK(f.ask("m2000,4") == "E01");
  CHECK(f.ask("M1ffe,4:00112233") == "E01");
  CHECK(f.ask("X1000,2:zz") == "OK");
  CHECK(f.ask("m1000,2") == "7a7a");
}

TEST_CASE("Stub: breakpoints reach every CPU, watchpoints are not supported", "[gdb]") {
  Fixture f;
  CHECK(f.ask("Z0,ffffffff80001000,4") == "OK");
  for (const FakePort& port : f.target.ports)
    CHECK(port.breakpoints.count(0xffffffff80001000) == 1);
  CHECK(f.ask("z0,ffffffff80001000,4") == "OK");
  for (const FakePort& port : f.target.ports) CHECK(port.breakpoints.empty());
  CHECK(f.ask("Z2,1000,4").empty());
}

TEST_CASE("Stub: a breakpoint of 32 bits stands for the sign-extended address too", "[gdb]") {
  Fixture f;
  const std::set<std::uint64_t>& set = f.target.ports[1].breakpoints;
  const std::set<std::uint64_t> both{0x80001000, 0xffffffff80001000};
  CHECK(f.ask("Z0,80001000,4") == "OK");
  CHECK(set == both);
  CHECK(f.ask("Z0,ffffffff80001000,4") == "OK");
  CHECK(f.ask("z0,80001000,4") == "OK");
  CHECK(set == std::set<std::uint64_t>{0xffffffff80001000});
  CHECK(f.ask("Z0,7fff1000,4") == "OK");
  CHECK(f.ask("Z0,180001000,4") == "OK");
  CHECK(set.size() == 3);
  f.stub.remove_all_breakpoints();
  CHECK(set.empty());
}

TEST_CASE("Stub: vCont takes the actions that it offers, for threads that exist", "[gdb]") {
  Fixture f;
  const std::string wrong = GENERATE("x", "t", "", "r0,4", "c;", ";c", "c;;c", "s:9", "s:0x1",
                                     "s:", "C", "C5", "Cxyz", "cc", "c:1;x:2");
  INFO(wrong);
  const Answer answer = f.stub.handle("vCont;" + wrong);
  CHECK(answer.next == Next::kReply);
  CHECK(answer.reply == "E01");
  CHECK(f.stub.handle("vCont;C05").next == Next::kContinue);
  CHECK(f.stub.handle("vCont;S05:2").next == Next::kStep);
  CHECK(f.stub.selected_cpu() == CpuId{1});
  CHECK(f.stub.handle("vCont;s:1;s:2;c:-1").next == Next::kStep);
  CHECK(f.stub.selected_cpu() == CpuId{0});
}

TEST_CASE("Stub: CPUs are threads, chosen by H and named by extra info", "[gdb]") {
  Fixture f;
  CHECK(f.ask("qfThreadInfo") == "m00000001,00000002");
  CHECK(f.ask("qThreadExtraInfo,2") == to_hex("cpu1"));
  CHECK(f.ask("qThreadExtraInfo,3") == "E01");
  CHECK(f.ask("Hg2") == "OK");
  CHECK(f.stub.selected_cpu() == CpuId{1});
  CHECK(f.ask("Hg3") == "E01");
  CHECK(f.ask("T3") == "E01");
}

TEST_CASE("Stub: continue and step are the transport's to carry out", "[gdb]") {
  Fixture f;
  CHECK(f.stub.handle("c").next == Next::kContinue);
  CHECK(f.stub.handle("s").next == Next::kStep);
  CHECK(f.stub.handle("vCont;s:2;c").next == Next::kStep);
  CHECK(f.stub.selected_cpu() == CpuId{1});
  CHECK(f.stub.handle("vCont;c").next == Next::kContinue);
  CHECK(f.stub.handle("k").next == Next::kKill);
  CHECK(f.stub.handle("D").next == Next::kDetach);
}

TEST_CASE("Stub: ? repeats the last stop, exit codes beyond a byte are cut to 255", "[gdb]") {
  Fixture f;
  CHECK(f.ask("?") == "T05thread:00000001;");
  CHECK(f.stub.stop_reply({StopReason::Kind::kExited, CpuId{0}, 1000}) == "Wff");
  CHECK(f.ask("?") == "Wff");
}

TEST_CASE("Stub: the target description comes in pieces and names the R10000", "[gdb]") {
  Fixture f;
  std::string xml;
  for (;;) {
    const std::string part =
        f.ask("qXfer:features:read:target.xml:" + word_to_hex(xml.size()).substr(8) + ",100");
    REQUIRE(!part.empty());
    xml += part.substr(1);
    if (part.front() == 'l') break;
  }
  CHECK(xml == target_description());
  CHECK(xml.find("<architecture>mips:10000</architecture>") != std::string::npos);
  CHECK(xml.find("name=\"entryhi\"") != std::string::npos);
}

TEST_CASE("Stub: monitor commands answer in hexadecimal", "[gdb]") {
  Fixture f;
  CHECK(f.ask("qRcmd," + to_hex("hello")) == to_hex("world\n"));
  CHECK(f.ask("qRcmd,xyz") == "E01");
  CHECK(f.ask("Hg2") == "OK");
  CHECK(f.ask("qRcmd," + to_hex("who")) == to_hex("cpu1"));
}

TEST_CASE("Stub: random packets never bring it down", "[gdb][fuzz]") {
  const std::uint64_t seed = 1997;
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random{seed};
  const std::string_view starts[] = {
      "g",      "G",      "p",      "P",   "m",
      "M",      "X",      "Z0,",    "z0,", "c",
      "s",      "H",      "T",      "q",   "qXfer:features:read:target.xml:",
      "qRcmd,", "vCont;", "QStart", "?"};
  constexpr std::string_view kAlphabet = "0123456789abcdef,:;=-xyz$#}*\x03";
  Fixture f;
  for (int i = 0; i < 100'000; ++i) {
    std::string packet{starts[random() % std::size(starts)]};
    for (std::uint64_t n = random() % 24; n > 0; --n)
      packet += kAlphabet[random() % kAlphabet.size()];
    // Whatever it was asked, what it says is a packet that a debugger can read.
    const std::string framed = frame(f.ask(packet));
    PacketReader answers;
    answers.feed(framed);
    const auto answer = answers.next();
    REQUIRE(answer);
    REQUIRE_FALSE(answers.next());
    PacketReader reader;
    reader.feed(packet);
    while (reader.next()) {
    }
  }
  // And it still does its work.
  const std::string registers(16 * all_registers().size(), '7');
  CHECK(f.ask("Hg1") == "OK");
  CHECK(f.ask("G" + registers) == "OK");
  CHECK(f.ask("g") == registers);
  CHECK(f.ask("M1000,2:abcd") == "OK");
  CHECK(f.ask("m1000,2") == "abcd");
}
