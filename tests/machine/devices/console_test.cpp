// The virtio console device, driven by a driver written from the specification, and by one that
// does whatever it likes.
#include "machine/devices/virtio/console_device.hpp"

#include <string>

#include "tests/machine/devices/fake_console.hpp"
#include "tests/machine/devices/virtio_driver.hpp"
#include "tests/numa/coherence/random.hpp"
#include "tests/support/state_image.hpp"

using namespace machine;
using namespace numa;
using namespace machine::test;
using namespace numa::test;
using ::test::Random;

namespace {

constexpr std::uint64_t kAll = kVirtioVersion1 | kVirtioIndirect | kVirtioEventIndex;
constexpr std::uint64_t kTransmitRings = 0x20000, kOut = 0x60000, kIn = 0xa0000;

struct Rig {
  FakeLines lines;
  FakeControl control;
  FakeConsole console;
  Topology topology;
  ProcessorInterfaces interfaces{topology, lines, control};
  FlatMemory memory;
  MmioTransport registers{"virtio_console", SourceLine{&interfaces, NodeId{0}, kVirtioSource},
                          memory};
  ConsoleDevice device{registers, console};
  Driver receive{registers, memory, 16}, transmit{registers, memory, 16, 1, kTransmitRings};

  Rig() {
    registers.connect(device);
    REQUIRE(interfaces.of(CpuId{0}).write({CpuId{0}, {}}, hardware::pi::kEnable, 8, ~0ull));
  }
  void start(std::uint64_t features = kVirtioVersion1) {
    REQUIRE(receive.accept(features));
    receive.add_queue(features);
    transmit.add_queue(features);
    receive.write(0x70, 15);
  }
  bool interrupts() { return lines.is_high(0, kDeviceIp); }
  bool needs_reset() { return (receive.read(0x70) & 64) != 0; }
  void print(const std::string& text) {
    for (std::size_t n = 0; n < text.size(); ++n)
      memory.put(kOut + n, 1, static_cast<unsigned char>(text[n]));
    transmit.add({{kOut, static_cast<std::uint32_t>(text.size()), false}});
    transmit.notify();
  }
  void type(const std::string& text) {
    for (const char c : text) device.receive(static_cast<std::uint8_t>(c));
  }
  void offer(std::uint32_t bytes, unsigned slot = 0) {
    receive.add({{kIn + 0x400 * slot, bytes, true}});
    receive.notify();
  }
  std::string taken(unsigned slot = 0) {
    const auto used = receive.take();
    if (!used) return "(nothing)";
    std::string text;
    for (std::uint32_t n = 0; n < used->written; ++n)
      text += static_cast<char>(memory.get(kIn + 0x400 * slot + n, 1));
    return text;
  }
};

}  // namespace

TEST_CASE("console: it is a console without further features", "[numa][console]") {
  Rig rig;
  CHECK(rig.receive.read(0x008) == 3);
  rig.receive.write(0x14, 0);
  CHECK((rig.receive.read(0x10) & 0xffffff) == 0);
  CHECK(*rig.registers.read({}, 0x100, 4) == 0);
  CHECK_FALSE(rig.device.takes_interrupts());
  rig.start();
  CHECK(rig.device.takes_interrupts());
}

TEST_CASE("console: what is printed comes out at once and in order", "[numa][console]") {
  Rig rig;
  rig.start(kAll);
  rig.transmit.interrupt_after(1);
  rig.print("hello ");
  CHECK(rig.console.virtio == "hello ");
  CHECK(rig.interrupts());
  const std::string text(1000, 'x');
  rig.print(text);
  CHECK(rig.console.virtio == "hello " + text);
  REQUIRE(rig.transmit.take());
  CHECK(rig.transmit.take()->written == 0);
  CHECK(rig.device.bytes_sent() == 1006);
  CHECK(rig.console.uart.empty());
}

TEST_CASE("console: what is typed waits for buffers and loses nothing", "[numa][console]") {
  Rig rig;
  rig.type("before the driver");
  rig.start();
  rig.offer(6);
  CHECK(rig.taken() == "before");
  CHECK(rig.interrupts());
  rig.offer(500);
  CHECK(rig.taken() == " the driver");
  rig.offer(500);
  CHECK(rig.taken() == "(nothing)");
  rig.type("x");
  CHECK(rig.taken() == "x");
  CHECK(rig.device.bytes_received() == 18);
  // A reset does not forget what was typed.
  rig.type("yz");
  rig.start();
  rig.offer(500);
  CHECK(rig.taken() == "yz");
}

TEST_CASE("console: what a driver must not do stops the device until it is reset",
          "[numa][console]") {
  Rig rig;
  const auto breaks = [&](auto&& misdeed) {
    rig.start();
    misdeed();
    CHECK(rig.needs_reset());
    rig.console.virtio.clear();
    rig.print("unheard");
    CHECK(rig.console.virtio.empty());
    rig.start();
    rig.print("heard");
    CHECK(rig.console.virtio == "heard");
  };
  breaks([&] {
    rig.transmit.add({{0x10000000, 5, false}});
    rig.transmit.notify();
  });
  breaks([&] {  // more than a megabyte at once
    rig.transmit.add({{0, 1 << 19, false}, {0, 1 << 19, false}, {0, 1, false}});
    rig.transmit.notify();
  });
  breaks([&] {  // far more with one notification, none of it too long
    rig.console.virtio.clear();
    for (int n = 0; n < 5; ++n) rig.transmit.add({{0, 1 << 19, false}, {0, 1 << 19, false}});
    rig.transmit.notify();
    CHECK(rig.console.virtio.size() == ConsoleDevice::kMostNotified);
  });
  breaks([&] {
    rig.receive.add({{0x10000000, 5, true}});
    rig.type("a");
  });
}

TEST_CASE("console: a driver that does whatever it likes breaks nothing but its device",
          "[numa][console]") {
  const auto seed = GENERATE(range(1u, 31u));
  INFO("seed " << seed);
  Random random{seed};
  Rig rig;
  rig.start(kAll);
  unsigned stopped = 0;
  for (unsigned n = 0; n < 300; ++n) {
    if (random.one_in(20) || rig.needs_reset()) {
      stopped += rig.needs_reset();
      rig.start(random.one_in(2) ? kAll : kVirtioVersion1);
    }
    rig.receive.add({{kIn, random.below(600), !random.one_in(10)}}, random.one_in(2));
    rig.transmit.add({{kOut, random.below(600), random.one_in(10)}}, random.one_in(2));
    for (unsigned k = random.below(4); k > 0; --k) {
      constexpr std::uint64_t kPlaces[] = {Driver::kTable, Driver::kAvailable,
                                           Driver::kIndirectTables};
      rig.memory.put(
          kPlaces[random.below(3)] + kTransmitRings * random.below(2) + random.below(300), 1,
          random.next());
    }
    if (random.one_in(10))
      rig.receive.write(random.below(0x40) * 4, static_cast<std::uint32_t>(random.below(20)));
    rig.receive.notify();
    rig.transmit.notify();
    rig.type(std::string(random.below(300), 't'));
  }
  CHECK(stopped > 0);
  rig.start();
  rig.console.virtio.clear();
  rig.print("well");
  CHECK(rig.console.virtio == "well");
}

TEST_CASE("console: its state goes on as it would have", "[numa][console]") {
  Rig one, two;
  one.start(kAll);
  one.offer(3);
  one.type("typed ahead");
  two.memory.bytes = one.memory.bytes;
  const auto state = ::test::take_state(one.registers);
  ::test::give_state(two.registers, state);
  CHECK((::test::take_state(two.registers) == state));
  for (Rig* const rig : {&one, &two}) {
    rig->memory.put(Driver::kTable + 16, 8, kIn);
    rig->memory.put(Driver::kTable + 24, 4, 5);
    rig->memory.put(Driver::kTable + 28, 2, 2);
    rig->memory.put(Driver::kAvailable + 4 + 2, 2, 1);
    rig->memory.put(Driver::kAvailable + 2, 2, 2);
    rig->receive.notify();
    CHECK(rig->memory.get(kIn, 1) == 'y');
  }
  CHECK((::test::take_state(two.registers) == ::test::take_state(one.registers)));
}
