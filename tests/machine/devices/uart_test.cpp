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
    while ((read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrReady) != 0) {
      all.push_back(static_cast<char>(read(hardware::ns16550::kData)));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("Uart: after reset it is idle, masked and connected", "[numa]") {
  Fixture f;
  CHECK(f.read(hardware::ns16550::kIer) == 0);
  CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirNone);
  CHECK(f.read(hardware::ns16550::kLcr) == 0);
  CHECK(f.read(hardware::ns16550::kMcr) == 0);
  CHECK(f.read(hardware::ns16550::kLsr) ==
        (hardware::ns16550::kLsrThrEmpty | hardware::ns16550::kLsrIdle));
  CHECK(f.read(hardware::ns16550::kMsr) == 0xb0);
  CHECK(f.read(hardware::ns16550::kScratch) == 0);
  CHECK_FALSE(f.interrupts());
}

TEST_CASE("Uart: sends at once and is always ready for more", "[numa]") {
  Fixture f;
  for (const char byte : std::string{"hello"}) {
    f.write(hardware::ns16550::kData, static_cast<unsigned char>(byte));
    CHECK(f.read(hardware::ns16550::kLsr) ==
          (hardware::ns16550::kLsrThrEmpty | hardware::ns16550::kLsrIdle));
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
  f.write(hardware::ns16550::kIer, 0x05);
  f.write(hardware::ns16550::kLcr, hardware::ns16550::kLcrDlab | 3);
  f.write(hardware::ns16550::kData, 0x34);
  f.write(hardware::ns16550::kIer, 0x12);
  CHECK(f.read(hardware::ns16550::kData) == 0x34);
  CHECK(f.read(hardware::ns16550::kIer) == 0x12);
  f.write(hardware::ns16550::kLcr, 3);
  CHECK(f.read(hardware::ns16550::kIer) == 0x05);
  CHECK(f.console.uart.empty());
  f.write(hardware::ns16550::kScratch, 0xa5);
  CHECK(f.read(hardware::ns16550::kScratch) == 0xa5);
}

TEST_CASE("Uart: the transmitter's interrupt", "[numa]") {
  Fixture f;
  SECTION("rises when it is enabled while empty, and reading IIR acknowledges it") {
    f.write(hardware::ns16550::kIer, hardware::ns16550::kIerThrEmpty);
    CHECK(f.interrupts());
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirThrEmpty);
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirNone);
    f.write(hardware::ns16550::kIer, hardware::ns16550::kIerThrEmpty);  // it was on already
    CHECK_FALSE(f.interrupts());
    f.write(hardware::ns16550::kData, 'x');
    CHECK(f.interrupts());
    f.write(hardware::ns16550::kIer, 0);
    CHECK_FALSE(f.interrupts());
  }
  SECTION("is not acknowledged by an IIR that names another cause") {
    f.write(hardware::ns16550::kIer,
            hardware::ns16550::kIerThrEmpty | hardware::ns16550::kIerReceived);
    f.receive("a");
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirReceived);
    CHECK(f.read(hardware::ns16550::kData) == 'a');
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirThrEmpty);
    CHECK_FALSE(f.interrupts());
  }
}

TEST_CASE("Uart: the receiver's interrupt, by trigger level and timeout", "[numa]") {
  Fixture f;
  SECTION("without FIFOs a byte interrupts and a second one waits at the far end") {
    f.write(hardware::ns16550::kIer, hardware::ns16550::kIerReceived);
    f.receive("ab");
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirReceived);
    CHECK(f.read(hardware::ns16550::kData) == 'a');
    CHECK(f.interrupts());
    CHECK(f.read(hardware::ns16550::kData) == 'b');
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(hardware::ns16550::kData) == 'b');  // an empty receiver keeps its last byte
  }
  SECTION("with FIFOs at the level; below it by timeout when no more is on its way") {
    const auto [fcr, level] =
        GENERATE(table<unsigned, unsigned>({{0x01, 1}, {0x41, 4}, {0x81, 8}, {0xc1, 14}}));
    f.write(hardware::ns16550::kIir, fcr);
    f.write(hardware::ns16550::kIer, hardware::ns16550::kIerReceived);
    f.receive(std::string(level, 'x'));
    CHECK(f.read(hardware::ns16550::kIir) ==
          (hardware::ns16550::kIirFifos | hardware::ns16550::kIirReceived));
    f.read(hardware::ns16550::kData);
    const unsigned expected =
        level == 1 ? hardware::ns16550::kIirNone : hardware::ns16550::kIirTimeout;
    CHECK(f.read(hardware::ns16550::kIir) == (hardware::ns16550::kIirFifos | expected));
    f.drain();
    CHECK_FALSE(f.interrupts());
  }
}

TEST_CASE("Uart: flow control keeps every byte in order, whatever the FIFOs hold", "[numa]") {
  Fixture f;
  f.write(hardware::ns16550::kIir, GENERATE(0U, 1U, 0xc1U));
  std::string text;
  for (int i = 0; i < 100; ++i) text.push_back(static_cast<char>('!' + i % 90));
  f.receive(text);
  CHECK(f.drain() == text);
  CHECK((f.read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrOverrun) == 0);
  CHECK(f.uart.bytes_received() == 100);
}

TEST_CASE("Uart: FCR clears and switches the FIFOs", "[numa]") {
  Fixture f;
  f.write(hardware::ns16550::kIir, 1);
  f.receive("abc");
  SECTION("clear receiver") {
    f.write(hardware::ns16550::kIir, 1 | hardware::ns16550::kFcrClearReceiver);
  }
  SECTION("off and on") {
    f.write(hardware::ns16550::kIir, 0);
    CHECK((f.read(hardware::ns16550::kIir) & hardware::ns16550::kIirFifos) == 0);
    f.write(hardware::ns16550::kIir, 1);
  }
  CHECK((f.read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrReady) == 0);
  CHECK((f.read(hardware::ns16550::kIir) & hardware::ns16550::kIirFifos) ==
        hardware::ns16550::kIirFifos);
}

TEST_CASE("Uart: loopback returns what is sent, overruns, and mirrors the modem lines", "[numa]") {
  Fixture f;
  f.write(hardware::ns16550::kMcr, hardware::ns16550::kMcrLoop);
  CHECK(f.read(hardware::ns16550::kMsr) == 0x0b);  // CTS, DSR and DCD fell
  CHECK(f.read(hardware::ns16550::kMsr) == 0x00);
  f.write(hardware::ns16550::kData, 'L');
  CHECK(f.console.uart.empty());
  CHECK(f.read(hardware::ns16550::kData) == 'L');

  SECTION("a second byte overruns the receiver; LSR tells once") {
    f.write(hardware::ns16550::kIer, hardware::ns16550::kIerLine);
    f.write(hardware::ns16550::kData, '1');
    f.write(hardware::ns16550::kData, '2');
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirLine);
    CHECK((f.read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrOverrun) != 0);
    CHECK((f.read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrOverrun) == 0);
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(hardware::ns16550::kData) == '2');
  }
  SECTION("with FIFOs the seventeenth byte is the one that is lost") {
    f.write(hardware::ns16550::kIir, 1);
    for (unsigned i = 0; i < 17; ++i) f.write(hardware::ns16550::kData, 'a' + i);
    CHECK((f.read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrOverrun) != 0);
    CHECK(f.drain() == "abcdefghijklmnop");
  }
  SECTION("modem outputs come back as inputs and interrupt") {
    f.write(hardware::ns16550::kIer, hardware::ns16550::kIerModem);
    f.write(hardware::ns16550::kMcr, hardware::ns16550::kMcrLoop | 0x0f);
    CHECK(f.read(hardware::ns16550::kIir) == hardware::ns16550::kIirModem);
    CHECK(f.read(hardware::ns16550::kMsr) == 0xfb);
    CHECK_FALSE(f.interrupts());
    f.write(hardware::ns16550::kMcr, hardware::ns16550::kMcrLoop);
    CHECK(f.read(hardware::ns16550::kMsr) == 0x0f);  // now the ring line fell, too
  }
  SECTION("bytes from the line wait until it ends") {
    f.receive("z");
    CHECK((f.read(hardware::ns16550::kLsr) & hardware::ns16550::kLsrReady) == 0);
    f.write(hardware::ns16550::kMcr, 0);
    CHECK(f.read(hardware::ns16550::kData) == 'z');
  }
}

TEST_CASE("Uart: the carrier drops when the far end has hung up and everything is read", "[numa]") {
  Fixture f;
  const bool has_fifos = GENERATE(false, true);
  f.write(hardware::ns16550::kIir, has_fifos ? hardware::ns16550::kFcrEnable : 0);
  f.write(hardware::ns16550::kIer, hardware::ns16550::kIerModem);
  f.receive("twenty bytes, or less");
  f.uart.hang_up();
  f.receive("never sent");
  CHECK(f.read(hardware::ns16550::kMsr) == 0xb0);
  CHECK_FALSE(f.interrupts());
  CHECK(f.drain() == "twenty bytes, or less");
  CHECK(f.interrupts());
  CHECK((f.read(hardware::ns16550::kIir) & 0x0f) == hardware::ns16550::kIirModem);
  CHECK(f.read(hardware::ns16550::kMsr) == 0x38);  // DCD is gone, and that is new
  CHECK_FALSE(f.interrupts());
  CHECK(f.read(hardware::ns16550::kMsr) == 0x30);
  f.uart.hang_up();
  CHECK(f.read(hardware::ns16550::kMsr) == 0x30);
}

TEST_CASE("Uart: a carrier that drops in loopback is missed behind it", "[numa]") {
  Fixture f;
  f.write(hardware::ns16550::kMcr, hardware::ns16550::kMcrLoop);
  f.read(hardware::ns16550::kMsr);
  f.uart.hang_up();
  CHECK(f.read(hardware::ns16550::kMsr) == 0);
  f.write(hardware::ns16550::kMcr, 0);
  CHECK(f.read(hardware::ns16550::kMsr) == 0x33);  // CTS and DSR are back
}

TEST_CASE("Uart: its state is all of it", "[numa]") {
  Fixture f;
  f.write(hardware::ns16550::kIir, 0x81);
  f.write(hardware::ns16550::kLcr, hardware::ns16550::kLcrDlab);
  f.write(hardware::ns16550::kData, 0x12);
  f.write(hardware::ns16550::kLcr, 3);
  f.write(hardware::ns16550::kIer, 0x0f);
  f.receive("twenty bytes or more than that");
  f.uart.hang_up();
  Fixture other;
  copy_state(f.uart, other.uart);
  CHECK(state_of(f.uart) == state_of(other.uart));
  CHECK(other.drain() == "twenty bytes or more than that");
  CHECK(other.read(hardware::ns16550::kMsr) == 0x38);
}
