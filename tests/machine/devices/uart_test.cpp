#include "tests/support/catch.hpp"

#include "machine/devices/uart.hpp"

#include "tests/machine/devices/fake_console.hpp"
#include "tests/numa/fakes.hpp"

using namespace machine;
using namespace numa;
using namespace machine::test;
using namespace numa::test;

namespace {

struct Fixture {
  Topology topology;
  FakeLines lines;
  FakeControl control;
  FakeConsole console;
  ProcessorInterfaces interfaces{topology, lines, control};
  Uart uart{console, SourceLine{&interfaces, NodeId{0}, kUartSource}};
  Requester by{CpuId{0}, Cycles{0}};

  unsigned read(std::uint64_t offset) {
    const auto value = uart.read(by, offset, 1);
    REQUIRE(value);
    return static_cast<unsigned>(*value);
  }
  void write(std::uint64_t offset, unsigned value) { REQUIRE(uart.write(by, offset, 1, value)); }
  void receive(std::string_view bytes) {
    for (const char byte : bytes) uart.receive(static_cast<std::uint8_t>(byte));
  }
  bool interrupts() { return (*interfaces.of(CpuId{0}).read(0, 8) & 1) != 0; }
  std::string drain() {
    std::string all;
    while ((read(Uart::kLsr) & Uart::kLsrReady) != 0) {
      all.push_back(static_cast<char>(read(Uart::kData)));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("Uart: after reset it is idle, masked and connected", "[numa]") {
  Fixture f;
  CHECK(f.read(Uart::kIer) == 0);
  CHECK(f.read(Uart::kIir) == Uart::kIirNone);
  CHECK(f.read(Uart::kLcr) == 0);
  CHECK(f.read(Uart::kMcr) == 0);
  CHECK(f.read(Uart::kLsr) == (Uart::kLsrThrEmpty | Uart::kLsrIdle));
  CHECK(f.read(Uart::kMsr) == 0xb0);
  CHECK(f.read(Uart::kScratch) == 0);
  CHECK_FALSE(f.interrupts());
}

TEST_CASE("Uart: sends at once and is always ready for more", "[numa]") {
  Fixture f;
  for (const char byte : std::string{"hello"}) {
    f.write(Uart::kData, static_cast<unsigned char>(byte));
    CHECK(f.read(Uart::kLsr) == (Uart::kLsrThrEmpty | Uart::kLsrIdle));
  }
  CHECK(f.console.uart == "hello");
  CHECK(f.uart.bytes_sent() == 5);
}

TEST_CASE("Uart: only byte accesses are answered", "[numa]") {
  Fixture f;
  const unsigned size = GENERATE(2U, 4U, 8U);
  CHECK_FALSE(f.uart.read(f.by, 0, size));
  CHECK_FALSE(f.uart.write(f.by, 0, size, 'x'));
  CHECK(f.console.uart.empty());
}

TEST_CASE("Uart: the divisor hides behind DLAB and changes nothing", "[numa]") {
  Fixture f;
  f.write(Uart::kIer, 0x05);
  f.write(Uart::kLcr, Uart::kLcrDlab | 3);
  f.write(Uart::kData, 0x34);
  f.write(Uart::kIer, 0x12);
  CHECK(f.read(Uart::kData) == 0x34);
  CHECK(f.read(Uart::kIer) == 0x12);
  f.write(Uart::kLcr, 3);
  CHECK(f.read(Uart::kIer) == 0x05);
  CHECK(f.console.uart.empty());
  f.write(Uart::kScratch, 0xa5);
  CHECK(f.read(Uart::kScratch) == 0xa5);
}

TEST_CASE("Uart: the transmitter's interrupt", "[numa]") {
  Fixture f;
  SECTION("rises when it is enabled while empty, and reading IIR acknowledges it") {
    f.write(Uart::kIer, Uart::kIerThrEmpty);
    CHECK(f.interrupts());
    CHECK(f.read(Uart::kIir) == Uart::kIirThrEmpty);
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(Uart::kIir) == Uart::kIirNone);
    f.write(Uart::kIer, Uart::kIerThrEmpty);  // it was on already
    CHECK_FALSE(f.interrupts());
    f.write(Uart::kData, 'x');
    CHECK(f.interrupts());
    f.write(Uart::kIer, 0);
    CHECK_FALSE(f.interrupts());
  }
  SECTION("is not acknowledged by an IIR that names another cause") {
    f.write(Uart::kIer, Uart::kIerThrEmpty | Uart::kIerReceived);
    f.receive("a");
    CHECK(f.read(Uart::kIir) == Uart::kIirReceived);
    CHECK(f.read(Uart::kData) == 'a');
    CHECK(f.read(Uart::kIir) == Uart::kIirThrEmpty);
    CHECK_FALSE(f.interrupts());
  }
}

TEST_CASE("Uart: the receiver's interrupt, by trigger level and timeout", "[numa]") {
  Fixture f;
  SECTION("without FIFOs a byte interrupts and a second one waits at the far end") {
    f.write(Uart::kIer, Uart::kIerReceived);
    f.receive("ab");
    CHECK(f.read(Uart::kIir) == Uart::kIirReceived);
    CHECK(f.read(Uart::kData) == 'a');
    CHECK(f.interrupts());
    CHECK(f.read(Uart::kData) == 'b');
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(Uart::kData) == 'b');  // an empty receiver keeps its last byte
  }
  SECTION("with FIFOs at the level; below it by timeout when no more is on its way") {
    const auto [fcr, level] =
        GENERATE(table<unsigned, unsigned>({{0x01, 1}, {0x41, 4}, {0x81, 8}, {0xc1, 14}}));
    f.write(Uart::kIir, fcr);
    f.write(Uart::kIer, Uart::kIerReceived);
    f.receive(std::string(level, 'x'));
    CHECK(f.read(Uart::kIir) == (Uart::kIirFifos | Uart::kIirReceived));
    f.read(Uart::kData);
    const unsigned expected = level == 1 ? Uart::kIirNone : Uart::kIirTimeout;
    CHECK(f.read(Uart::kIir) == (Uart::kIirFifos | expected));
    f.drain();
    CHECK_FALSE(f.interrupts());
  }
}

TEST_CASE("Uart: flow control keeps every byte in order, whatever the FIFOs hold", "[numa]") {
  Fixture f;
  f.write(Uart::kIir, GENERATE(0U, 1U, 0xc1U));
  std::string text;
  for (int i = 0; i < 100; ++i) text.push_back(static_cast<char>('!' + i % 90));
  f.receive(text);
  CHECK(f.drain() == text);
  CHECK((f.read(Uart::kLsr) & Uart::kLsrOverrun) == 0);
  CHECK(f.uart.bytes_received() == 100);
}

TEST_CASE("Uart: FCR clears and switches the FIFOs", "[numa]") {
  Fixture f;
  f.write(Uart::kIir, 1);
  f.receive("abc");
  SECTION("clear receiver") { f.write(Uart::kIir, 1 | Uart::kFcrClearReceiver); }
  SECTION("off and on") {
    f.write(Uart::kIir, 0);
    CHECK((f.read(Uart::kIir) & Uart::kIirFifos) == 0);
    f.write(Uart::kIir, 1);
  }
  CHECK((f.read(Uart::kLsr) & Uart::kLsrReady) == 0);
  CHECK((f.read(Uart::kIir) & Uart::kIirFifos) == Uart::kIirFifos);
}

TEST_CASE("Uart: loopback returns what is sent, overruns, and mirrors the modem lines", "[numa]") {
  Fixture f;
  f.write(Uart::kMcr, Uart::kMcrLoop);
  CHECK(f.read(Uart::kMsr) == 0x0b);  // CTS, DSR and DCD fell
  CHECK(f.read(Uart::kMsr) == 0x00);
  f.write(Uart::kData, 'L');
  CHECK(f.console.uart.empty());
  CHECK(f.read(Uart::kData) == 'L');

  SECTION("a second byte overruns the receiver; LSR tells once") {
    f.write(Uart::kIer, Uart::kIerLine);
    f.write(Uart::kData, '1');
    f.write(Uart::kData, '2');
    CHECK(f.read(Uart::kIir) == Uart::kIirLine);
    CHECK((f.read(Uart::kLsr) & Uart::kLsrOverrun) != 0);
    CHECK((f.read(Uart::kLsr) & Uart::kLsrOverrun) == 0);
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(Uart::kData) == '2');
  }
  SECTION("with FIFOs the seventeenth byte is the one that is lost") {
    f.write(Uart::kIir, 1);
    for (unsigned i = 0; i < 17; ++i) f.write(Uart::kData, 'a' + i);
    CHECK((f.read(Uart::kLsr) & Uart::kLsrOverrun) != 0);
    CHECK(f.drain() == "abcdefghijklmnop");
  }
  SECTION("modem outputs come back as inputs and interrupt") {
    f.write(Uart::kIer, Uart::kIerModem);
    f.write(Uart::kMcr, Uart::kMcrLoop | 0x0f);
    CHECK(f.read(Uart::kIir) == Uart::kIirModem);
    CHECK(f.read(Uart::kMsr) == 0xfb);
    CHECK_FALSE(f.interrupts());
    f.write(Uart::kMcr, Uart::kMcrLoop);
    CHECK(f.read(Uart::kMsr) == 0x0f);  // now the ring line fell, too
  }
  SECTION("bytes from the line wait until it ends") {
    f.receive("z");
    CHECK((f.read(Uart::kLsr) & Uart::kLsrReady) == 0);
    f.write(Uart::kMcr, 0);
    CHECK(f.read(Uart::kData) == 'z');
  }
}

TEST_CASE("Uart: the carrier drops when the far end has hung up and everything is read", "[numa]") {
  Fixture f;
  const bool has_fifos = GENERATE(false, true);
  f.write(Uart::kIir, has_fifos ? Uart::kFcrEnable : 0);
  f.write(Uart::kIer, Uart::kIerModem);
  f.receive("twenty bytes, or less");
  f.uart.hang_up();
  f.receive("never sent");
  CHECK(f.read(Uart::kMsr) == 0xb0);
  CHECK_FALSE(f.interrupts());
  CHECK(f.drain() == "twenty bytes, or less");
  CHECK(f.interrupts());
  CHECK((f.read(Uart::kIir) & 0x0f) == Uart::kIirModem);
  CHECK(f.read(Uart::kMsr) == 0x38);  // DCD is gone, and that is new
  CHECK_FALSE(f.interrupts());
  CHECK(f.read(Uart::kMsr) == 0x30);
  f.uart.hang_up();
  CHECK(f.read(Uart::kMsr) == 0x30);
}

TEST_CASE("Uart: a carrier that drops in loopback is missed behind it", "[numa]") {
  Fixture f;
  f.write(Uart::kMcr, Uart::kMcrLoop);
  f.read(Uart::kMsr);
  f.uart.hang_up();
  CHECK(f.read(Uart::kMsr) == 0);
  f.write(Uart::kMcr, 0);
  CHECK(f.read(Uart::kMsr) == 0x33);  // CTS and DSR are back
}

TEST_CASE("Uart: its state is all of it", "[numa]") {
  Fixture f;
  f.write(Uart::kIir, 0x81);
  f.write(Uart::kLcr, Uart::kLcrDlab);
  f.write(Uart::kData, 0x12);
  f.write(Uart::kLcr, 3);
  f.write(Uart::kIer, 0x0f);
  f.receive("twenty bytes or more than that");
  f.uart.hang_up();
  Fixture other;
  copy_state(f.uart, other.uart);
  CHECK(state_of(f.uart) == state_of(other.uart));
  CHECK(other.drain() == "twenty bytes or more than that");
  CHECK(other.read(Uart::kMsr) == 0x38);
}
