// The virtio network device and the link: driven by a driver written from the specification, judged
// by arithmetic and by a naive model; and by a driver that does whatever it likes.
#include <deque>
#include <vector>

#include "machine/devices/virtio/net_device.hpp"
#include "tests/machine/devices/virtio_driver.hpp"
#include "tests/numa/coherence/random.hpp"
#include "tests/support/state_image.hpp"

using namespace machine;
using namespace numa;
using namespace machine::test;
using namespace numa::test;
using ::test::Random;

namespace {

constexpr std::uint64_t kHz = 400'000'000;
constexpr std::uint64_t kPlain = kVirtioVersion1;
constexpr std::uint64_t kAll = kVirtioVersion1 | kVirtioIndirect | kVirtioEventIndex | 1 << 5;
constexpr std::uint64_t kTransmitRings = 0x20000, kOut = 0x60000, kIn = 0xa0000, kRoom = 0x800;
constexpr std::uint32_t kHeader = 12;

struct Rig {
  FakeLines lines;
  FakeControl control;
  Topology topology;
  ProcessorInterfaces interfaces{topology, lines, control};
  FlatMemory memory;
  EventQueue events;
  MmioTransport registers{"network", SourceLine{&interfaces, NodeId{0}, kVirtioSource}, memory};
  NetDevice device;
  Driver receive, transmit;

  explicit Rig(std::uint32_t machine = 0, const LinkTiming& link = {})
      : device{registers, MacAddress::of_machine(machine), link, Clock{kHz}, events},
        receive{registers, memory, 64},
        transmit{registers, memory, 64, 1, kTransmitRings} {
    registers.connect(device);
    REQUIRE(interfaces.of(CpuId{0}).write({CpuId{0}, {}}, hardware::pi::kEnable, 8, ~0ull));
  }
  void start(std::uint64_t features = kPlain) {
    REQUIRE(receive.accept(features));
    receive.add_queue(features);
    transmit.add_queue(features);
    receive.write(0x70, 15);
  }
  bool needs_reset() { return (receive.read(0x70) & 64) != 0; }
  bool interrupts() { return lines.is_high(0, kDeviceIp); }
  void acknowledge() { receive.write(0x64, 3); }
  /// Up to and including a cycle.
  void run_to(Cycles at) { events.deliver(at); }

  /// A frame of `bytes` bytes to `to`, filled with `mark`.
  void put_frame(unsigned slot, std::uint32_t to, std::uint32_t bytes, unsigned mark) {
    const std::uint64_t at = kOut + kRoom * slot;
    const MacAddress address = MacAddress::of_machine(to);
    for (unsigned n = 0; n < kHeader; ++n) memory.put(at + n, 1, 0);
    for (unsigned n = 0; n < bytes; ++n)
      memory.put(at + kHeader + n, 1, n < 6 ? address.bytes[n] : mark);
  }
  void send(Cycles at, unsigned slot, std::uint32_t to, std::uint32_t bytes, unsigned mark) {
    put_frame(slot, to, bytes, mark);
    transmit.add({{kOut + kRoom * slot, kHeader + bytes, false}});
    transmit.now = at;
    transmit.notify();
  }
  void offer(unsigned slot, std::uint32_t bytes = 1526) {
    receive.add({{kIn + kRoom * slot, bytes, true}});
    receive.notify();
  }
  unsigned mark_of(unsigned slot) const {
    return static_cast<unsigned>(memory.get(kIn + kRoom * slot + kHeader + 6, 1));
  }
};

Frame frame_for(std::uint32_t machine, std::uint16_t bytes, Nanoseconds arrival, unsigned mark) {
  Frame frame;
  frame.arrival = arrival;
  frame.bytes = bytes;
  frame.data.fill(static_cast<std::byte>(mark));
  const MacAddress address = MacAddress::of_machine(machine);
  for (unsigned n = 0; n < 6; ++n) frame.data[n] = std::byte{address.bytes[n]};
  return frame;
}

/// The first cycle at or after a point in time.
Cycles cycle_of(Nanoseconds time) { return Cycles{(time * 2 + 4) / 5}; }

}  // namespace

TEST_CASE("net: identity, features and configuration are where the specification has them",
          "[numa][net]") {
  Rig rig{0x1234};
  CHECK(rig.receive.read(0x008) == 1);
  rig.receive.write(0x14, 0);
  CHECK((rig.receive.read(0x10) & 0xffffff) == (1u << 3 | 1u << 5 | 1u << 16));
  for (const std::uint32_t queue : {0u, 1u}) {
    rig.receive.write(0x30, queue);
    CHECK(rig.receive.read(0x34) == 256);
  }
  rig.receive.write(0x30, 2);
  CHECK(rig.receive.read(0x34) == 0);
  const auto config = [&](std::uint64_t offset, unsigned size) {
    return *rig.registers.read({}, 0x100 + offset, size);
  };
  const unsigned address[] = {2, 0, 0, 0, 0x12, 0x34};
  for (unsigned n = 0; n < 6; ++n) CHECK(config(n, 1) == address[n]);
  CHECK(config(6, 2) == 1);
  CHECK(config(10, 2) == 1500);
  CHECK(config(12, 4) == 0);
}

TEST_CASE("net: a frame is on the line as long as its bits, and arrives the latency later",
          "[numa][net]") {
  // 100 Mbit/s: 80 ns a byte. 8 bytes before and 4 behind the frame, at least 60 in it, 12 of gap.
  Rig rig{0, {100'000'000, 10'000}};
  rig.start();
  rig.send(Cycles{4000}, 0, 1, 14, 1);  // at 10,000 ns
  REQUIRE(rig.device.sent().size() == 1);
  CHECK(rig.device.sent().front().arrival == 10'000 + 72 * 80 + 10'000);
  CHECK(rig.device.sent().front().bytes == 14);
  CHECK(rig.device.sent().front().data[5] == std::byte{1});
  CHECK(rig.device.sent().front().data[6] == std::byte{1});
  const Cycles free = cycle_of(10'000 + 84 * 80);
  rig.run_to(free - Cycles{1});
  CHECK_FALSE(rig.transmit.take());
  CHECK_FALSE(rig.interrupts());
  rig.run_to(free);
  REQUIRE(rig.transmit.take());
  CHECK(rig.interrupts());
  CHECK(rig.events.next() == Cycles::never());
  // While one is on the line the others wait; each begins when the gap behind its predecessor ends.
  rig.device.sent().clear();
  for (unsigned n = 0; n < 3; ++n) rig.send(Cycles{40'001}, n, 1, 1514 - n, n);
  rig.run_to(Cycles{1'000'000});
  Nanoseconds begin = 100'002;  // 40,001 cycles are 100,002.5 ns
  for (unsigned n = 0; n < 3; ++n) {
    REQUIRE_FALSE(rig.device.sent().is_empty());
    CHECK(rig.device.sent().front().arrival == begin + (1526 - n) * 80 + 10'000);
    rig.device.sent().pop();
    begin += (1538 - n) * 80;
  }
  // The line has just been busy for a processor whose clock is behind.
  rig.send(Cycles{40'001}, 0, 1, 60, 1);
  CHECK(rig.device.sent().front().arrival == begin + 72 * 80 + 10'000);
  rig.device.sent().clear();
  CHECK(rig.device.statistics().frames_sent == 5);
  CHECK(rig.device.statistics().bytes_sent - 60 == 14 + 1514 + 1513 + 1512);
}

TEST_CASE("net: bit times that are no whole nanoseconds are rounded up once a frame",
          "[numa][net]") {
  const LinkTiming link{300'000'000, 1'000};
  CHECK(link.frame_time(60) == 1'920);   // 72 x 26.67
  CHECK(link.frame_time(100) == 2'987);  // 112 x 26.67 = 2986.67
  CHECK(link.gap() == 320);
}

TEST_CASE("net: what arrives is handed over at the cycle of its arrival", "[numa][net]") {
  Rig rig{7};
  rig.start();
  rig.offer(0);
  rig.device.expect(frame_for(7, 100, 1'001, 42));
  rig.run_to(Cycles{400});
  CHECK_FALSE(rig.receive.take());
  rig.run_to(Cycles{401});  // 1,002.5 ns: the first cycle at or after it
  const auto used = rig.receive.take();
  REQUIRE(used);
  CHECK(used->written == kHeader + 100);
  for (unsigned n = 0; n < 10; ++n) CHECK(rig.memory.get(kIn + n, 1) == 0);
  CHECK(rig.memory.get(kIn + 10, 2) == 1);
  CHECK(rig.memory.get(kIn + kHeader, 1) == 2);
  CHECK(rig.mark_of(0) == 42);
  CHECK(rig.interrupts());
}

TEST_CASE("net: frames of several senders come in the order of their arrival", "[numa][net]") {
  Rig rig{7};
  rig.start();
  for (unsigned n = 0; n < 4; ++n) rig.offer(n);
  rig.device.expect(frame_for(7, 60, 3'000, 3));
  rig.device.expect(frame_for(7, 60, 1'000, 1));
  rig.device.expect(frame_for(7, 60, 3'000, 4));
  rig.device.expect(frame_for(7, 60, 2'000, 2));
  for (unsigned n = 1; n < 4; ++n) {
    rig.run_to(Cycles{400 * n});
    REQUIRE(rig.receive.take());
    CHECK(rig.mark_of(n - 1) == n);
  }
  REQUIRE(rig.receive.take());
  CHECK(rig.mark_of(3) == 4);
}

TEST_CASE("net: frames for others are not seen, those for all are", "[numa][net]") {
  Rig rig{7};
  rig.start();
  for (unsigned n = 0; n < 4; ++n) rig.offer(n);
  rig.device.expect(frame_for(6, 60, 1'000, 1));
  Frame all = frame_for(7, 60, 2'000, 2);
  for (unsigned n = 0; n < 6; ++n) all.data[n] = std::byte{0xff};
  rig.device.expect(all);
  all.data[0] = std::byte{1};  // a group that is not everybody
  all.arrival = 3'000;
  rig.device.expect(all);
  rig.device.expect(frame_for(7, 60, 4'000, 3));
  rig.run_to(Cycles{10'000});
  for (const unsigned mark : {2u, 2u, 3u}) {
    const auto used = rig.receive.take();
    REQUIRE(used);
    CHECK(rig.mark_of(used->head) == mark);
  }
  CHECK_FALSE(rig.receive.take());
  CHECK(rig.device.statistics().dropped == 0);
}

TEST_CASE("net: frames wait for buffers, as many as there is room for", "[numa][net]") {
  Rig rig{0};
  rig.start();
  constexpr unsigned kSent = NetDevice::kMostWaiting + 6;
  for (unsigned n = 0; n < kSent; ++n) rig.device.expect(frame_for(0, 60, 1'000 + n, n));
  rig.run_to(Cycles{10'000});
  CHECK(rig.device.statistics().dropped == 6);
  for (unsigned n = 0; n < NetDevice::kMostWaiting; ++n) {
    rig.offer(n % 8);
    const auto used = rig.receive.take();
    REQUIRE(used);
    CHECK(rig.mark_of(n % 8) == n);
  }
  rig.offer(0);
  CHECK_FALSE(rig.receive.take());
  // That buffer is too small, the next one fits exactly.
  rig.device.expect(frame_for(0, 1514, 50'000, 9));
  rig.device.expect(frame_for(0, 100, 60'000, 10));
  rig.run_to(Cycles{20'000});
  CHECK(rig.receive.take()->written == kHeader + 1514);
  rig.offer(1, kHeader + 99);
  rig.offer(2, kHeader + 100);
  rig.run_to(Cycles{30'000});
  CHECK(rig.receive.take()->written == 0);
  CHECK(rig.device.statistics().dropped == 7);
  rig.device.expect(frame_for(0, 100, 90'000, 11));
  rig.run_to(Cycles{40'000});
  CHECK(rig.receive.take()->written == kHeader + 100);
  CHECK(rig.mark_of(2) == 11);
}

TEST_CASE("net: without a driver what arrives is lost, what a driver sent goes on without it",
          "[numa][net]") {
  Rig rig{0};
  rig.device.expect(frame_for(0, 60, 1'000, 1));
  rig.run_to(Cycles{1'000});
  CHECK(rig.device.statistics().dropped == 1);
  rig.start();
  rig.send(Cycles{2'000}, 0, 1, 1514, 1);
  rig.send(Cycles{2'000}, 1, 1, 1514, 2);
  rig.receive.write(0x70, 0);
  CHECK(rig.device.sent().size() == 1);
  rig.start();
  // The line is busy with the first frame; the buffer is not given back to the new driver.
  rig.send(Cycles{2'100}, 2, 1, 60, 3);
  CHECK(rig.device.sent().size() == 1);
  rig.run_to(Cycles{1'000'000});
  CHECK(rig.transmit.take()->head == 0);
  CHECK_FALSE(rig.transmit.take());
  REQUIRE(rig.device.sent().size() == 2);
  CHECK(rig.device.sent().front().arrival == 5'000 + 1526 * 80 + 10'000);
  rig.device.sent().pop();
  CHECK(rig.device.sent().front().arrival == 5'000 + 1538 * 80 + 72 * 80 + 10'000);
}

TEST_CASE("net: what is no frame comes back and is not sent", "[numa][net]") {
  Rig rig;
  rig.start();
  rig.send(Cycles{0}, 0, 1, 13, 1);
  rig.send(Cycles{0}, 1, 1, 1515, 2);
  CHECK(rig.device.sent().is_empty());
  CHECK(rig.transmit.take());
  CHECK(rig.transmit.take());
  CHECK(rig.device.statistics().dropped == 2);
  rig.send(Cycles{0}, 2, 1, 1514, 3);
  CHECK(rig.device.sent().size() == 1);
}

TEST_CASE("net: what a driver must not do stops the device until it is reset", "[numa][net]") {
  Rig rig{0};
  const auto breaks = [&](auto&& misdeed) {
    rig.start();
    misdeed();
    rig.run_to(Cycles{10'000'000});
    CHECK(rig.needs_reset());
    rig.device.sent().clear();
    rig.send(Cycles{20'000'000}, 0, 1, 60, 1);
    CHECK(rig.device.sent().is_empty());
    rig.start();
    rig.send(Cycles{20'000'000}, 0, 1, 60, 1);
    CHECK(rig.device.sent().size() == 1);
    rig.run_to(Cycles{30'000'000});
  };
  breaks([&] {  // shorter than the header
    rig.transmit.add({{kOut, kHeader - 1, false}});
    rig.transmit.notify();
  });
  breaks([&] {  // no RAM there
    rig.transmit.add({{0x10000000, 100, false}});
    rig.transmit.notify();
  });
  breaks([&] {
    rig.receive.add({{0x10000000, 1526, true}});
    rig.device.expect(frame_for(0, 60, 1'000, 1));
  });
  breaks([&] {
    rig.memory.put(Driver::kAvailable + 2, 2, 500);
    rig.device.expect(frame_for(0, 60, 1'000, 1));
  });
}

TEST_CASE("net: what waits for the line is not sent once the device may send no more",
          "[numa][net]") {
  Rig rig{0};
  rig.start();
  rig.send(Cycles{0}, 0, 1, 1514, 1);
  rig.send(Cycles{0}, 1, 1, 1514, 2);
  REQUIRE(rig.device.sent().size() == 1);
  SECTION("because the receive side broke") {
    rig.receive.add({{0x10000000, 1526, true}});
    rig.device.expect(frame_for(0, 60, 1'000, 1));
    rig.run_to(Cycles{1'000});
    REQUIRE(rig.needs_reset());
    rig.run_to(Cycles{10'000'000});
    CHECK_FALSE(rig.transmit.take());
  }
  SECTION("because the driver took the queue away") {
    rig.transmit.write(0x30, 1);
    rig.transmit.write(0x44, 0);
    rig.run_to(Cycles{10'000'000});
  }
  CHECK(rig.device.sent().size() == 1);
  CHECK(rig.device.statistics().frames_sent == 1);
}

TEST_CASE("net: random traffic arrives as a naive model says", "[numa][net]") {
  const auto seed = GENERATE(range(1u, 31u));
  INFO("seed " << seed);
  Random random{seed};
  const std::uint64_t rates[] = {1'000'000, 100'000'000, 1'000'000'000, 123'456'789};
  const LinkTiming link{rates[random.below(4)], 1'000 + random.below(100'000)};
  Rig from{0, link}, to{1, link};
  from.start(random.one_in(2) ? kAll : kPlain);
  to.start(random.one_in(2) ? kAll : kPlain);

  // The model: a line that is free at some time, and a list of arrivals.
  struct Expected {
    Cycles at;
    std::uint32_t bytes;
    unsigned mark;
  };
  std::deque<Expected> expected;
  double free_at = 0;
  Cycles now;
  unsigned seen = 0;
  // Lets time pass and looks at each event's cycle what has come.
  const auto run_to = [&](Cycles until) {
    while (std::min(from.events.next(), to.events.next()) <= until) {
      const Cycles at = std::min(from.events.next(), to.events.next());
      from.run_to(at);
      to.run_to(at);
      for (; !from.device.sent().is_empty(); from.device.sent().pop())
        to.device.expect(from.device.sent().front());
      while (const auto used = to.receive.take()) {
        REQUIRE_FALSE(expected.empty());
        CHECK(at == expected.front().at);
        CHECK(used->written == kHeader + expected.front().bytes);
        CHECK(to.mark_of(used->head % 16) == expected.front().mark);
        expected.pop_front();
        to.offer(used->head % 16);
        ++seen;
      }
      while (from.transmit.take()) continue;
    }
  };
  for (unsigned n = 0; n < 16; ++n) to.offer(n);
  const double byte_time = 8e9 / static_cast<double>(link.bits_per_second);
  for (unsigned n = 0; n < 200; ++n) {
    now += Cycles{random.below(random.one_in(4) ? 20'000'000 : 3'000)};
    run_to(now);
    const std::uint32_t bytes = 14 + random.below(1501);
    const bool ours = !random.one_in(5);
    // At most as many wait as the ring holds: the line is given time.
    if (free_at > static_cast<double>(now.count()) * 2.5 + byte_time * 1526 * 30) {
      now = Cycles{static_cast<std::uint64_t>(free_at * 0.4)};
      run_to(now);
    }
    from.send(now, n % 48, ours ? 1 : 2, bytes, n % 251);
    for (; !from.device.sent().is_empty(); from.device.sent().pop())
      to.device.expect(from.device.sent().front());
    const double begin = std::max(free_at, std::floor(static_cast<double>(now.count()) * 2.5));
    const double end = begin + std::ceil((12 + std::max(bytes, 60u)) * byte_time - 1e-6);
    free_at = end + std::ceil(12 * byte_time - 1e-6);
    const auto arrival = static_cast<std::uint64_t>(
        std::ceil((end + static_cast<double>(link.latency)) * 0.4 - 1e-6));
    if (ours) expected.push_back({Cycles{arrival}, bytes, n % 251});
  }
  run_to(Cycles{now.count() + 4'000'000'000});
  CHECK(expected.empty());
  CHECK(seen > 100);
  CHECK(to.device.statistics().frames_received == seen);
}

TEST_CASE("net: a driver that does whatever it likes breaks nothing but its device",
          "[numa][net]") {
  const auto seed = GENERATE(range(1u, 41u));
  INFO("seed " << seed);
  Random random{seed};
  Rig rig{0};
  unsigned stopped = 0;
  Cycles now;
  rig.start(kAll);
  for (unsigned n = 0; n < 400; ++n) {
    if (random.one_in(20) || rig.needs_reset()) {
      stopped += rig.needs_reset();
      rig.start(random.one_in(2) ? kPlain : kAll);
    }
    now += Cycles{random.below(100'000)};
    const std::uint32_t slot = random.below(8);
    rig.receive.add({{kIn + kRoom * slot, random.below(1600), !random.one_in(10)}},
                    random.one_in(2));
    rig.put_frame(slot, random.below(3), random.below(1600), n);
    rig.transmit.add({{kOut + kRoom * slot, random.below(1600), random.one_in(10)}},
                     random.one_in(2));
    for (unsigned k = random.below(4); k > 0; --k) {
      constexpr std::uint64_t kPlaces[] = {Driver::kTable, Driver::kAvailable,
                                           Driver::kIndirectTables};
      rig.memory.put(
          kPlaces[random.below(3)] + kTransmitRings * random.below(2) + random.below(300), 1,
          random.next());
    }
    if (random.one_in(10))
      rig.receive.write(random.below(0x40) * 4, static_cast<std::uint32_t>(random.below(20)));
    rig.transmit.now = rig.receive.now = now;
    rig.receive.notify();
    rig.transmit.notify();
    rig.device.expect(frame_for(0, static_cast<std::uint16_t>(14 + random.below(1501)),
                                Clock{kHz}.nanoseconds(now) + random.below(100'000), n));
    if (random.one_in(3)) rig.run_to(now);
    if (random.one_in(50)) rig.device.sent().clear();
  }
  CHECK(stopped > 0);
  rig.run_to(now + Cycles{10'000'000});
  rig.device.sent().clear();
  rig.start();
  rig.send(now + Cycles{20'000'000}, 0, 1, 60, 1);
  CHECK(rig.device.sent().size() == 1);
}

TEST_CASE("net: its state in the middle of traffic goes on as it would have", "[numa][net]") {
  Rig one{0}, two{0};
  one.start(kAll);
  for (unsigned n = 0; n < 4; ++n) one.send(Cycles{1'000}, n, 1, 1000 + n, n);
  for (unsigned n = 0; n < 4; ++n) one.device.expect(frame_for(0, 100, 1'000 + 20'000 * n, n));
  one.run_to(Cycles{12'000});
  two.memory.bytes = one.memory.bytes;
  const auto queue = ::test::take_state(one.events), state = ::test::take_state(one.registers);
  ::test::give_state(two.events, queue);
  ::test::give_state(two.registers, state);
  CHECK((::test::take_state(two.registers) == state));
  for (Rig* const rig : {&one, &two}) {
    rig->memory.put(Driver::kAvailable + 4, 2, 0);
    rig->memory.put(Driver::kTable, 8, kIn);
    rig->memory.put(Driver::kTable + 8, 4, 1526);
    rig->memory.put(Driver::kTable + 12, 2, 2);
    rig->memory.put(Driver::kAvailable + 2, 2, 1);
    rig->receive.notify();
    rig->run_to(Cycles{1'000'000});
  }
  CHECK((::test::take_state(two.registers) == ::test::take_state(one.registers)));
  CHECK((two.memory.bytes == one.memory.bytes));
  CHECK(one.device.statistics().frames_sent == 4);
  CHECK(one.device.sent().size() == 4);
}

TEST_CASE("net: events that the restored device does not know of do nothing", "[numa][net]") {
  Rig one{0}, two{0};
  one.start();
  one.send(Cycles{1'000}, 0, 1, 60, 1);
  one.device.expect(frame_for(0, 60, 10'000, 1));
  const auto nothing = ::test::take_state(two.registers);
  ::test::give_state(two.events, ::test::take_state(one.events));
  ::test::give_state(two.registers, nothing);
  CHECK(two.events.next() == Cycles::never());
  // And the other way round: frames in flight without an event for them are lost.
  const auto traffic = ::test::take_state(one.registers);
  Rig three{0};
  ::test::give_state(three.registers, traffic);
  three.start();
  three.offer(0);
  three.device.expect(frame_for(0, 60, 20'000, 2));
  three.run_to(Cycles{100'000});
  REQUIRE(three.receive.take());
  CHECK(three.mark_of(0) == 2);
}

TEST_CASE("net: a damaged state is served as far as it goes", "[numa][net]") {
  const auto seed = GENERATE(range(1u, 61u));
  INFO("seed " << seed);
  Random random{seed};
  Rig one{0}, two{0};
  one.start(kAll);
  for (unsigned n = 0; n < 4; ++n) one.send(Cycles{1'000}, n, 1, 100 + n, n);
  for (unsigned n = 0; n < 4; ++n) one.device.expect(frame_for(0, 20, 1'000 + 20'000 * n, n));
  one.run_to(Cycles{4'000});
  auto state = ::test::take_state(one.registers);
  for (unsigned k = 0; k < 3; ++k)
    state[random.below(static_cast<std::uint32_t>(state.size()))] ^= std::uint64_t{1}
                                                                     << random.below(64);
  state.resize(state.size() + 200'000);  // a longer queue than it was
  two.memory.bytes = one.memory.bytes;
  ::test::give_state(two.events, ::test::take_state(one.events));
  ::test::give_state(two.registers, state);
  for (unsigned n = 0; n < 100 && two.events.next() != Cycles::never(); ++n)
    two.run_to(two.events.next());
  two.device.sent().clear();
  two.start();
  two.send(Cycles{1'000'000'000}, 0, 1, 60, 1);
  CHECK(two.device.sent().size() + two.events.outstanding(EventQueue::Source{0}) >= 1);
}
