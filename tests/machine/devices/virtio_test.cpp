// The virtio block device, driven by a driver written from the specification, and by one that does
// whatever it likes.
#include <algorithm>
#include <map>
#include <random>

#include "machine/devices/virtio/block_device.hpp"
#include "tests/machine/devices/virtio_driver.hpp"
#include "tests/support/state_image.hpp"

using namespace machine;
using namespace numa;
using namespace machine::test;
using namespace numa::test;

namespace {

constexpr std::uint64_t kAll =
    kVirtioVersion1 | kVirtioIndirect | kVirtioEventIndex | 1 << 9 | 1 << 11;
constexpr std::uint64_t kPlain = kVirtioVersion1 | 1 << 9;
/// 32 bits at a time, on every host.
struct Dice {
  explicit Dice(std::uint32_t seed) : engine{seed} {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine()); }
  std::mt19937 engine;
};

constexpr std::uint64_t kSectors = 1000;
constexpr std::uint64_t kHeader = 0x20000, kStatus = 0x20100, kData = 0x30000;

struct Rig {
  FakeLines lines;
  FakeControl control;
  Topology topology;
  ProcessorInterfaces interfaces{topology, lines, control};
  FlatMemory memory;
  EventQueue events;
  MmioTransport registers{"virtio0", SourceLine{&interfaces, NodeId{0}, kVirtioSource}, memory};
  BlockDevice disk;
  Driver driver;

  explicit Rig(std::uint16_t size = 16, bool instant = true)
      : disk{registers,
             "a serial number of more than 20",
             {.timing = {.is_instant = instant}, .cache_sectors = 64},
             DiskMedium::blank(kSectors),
             Clock{400'000'000},
             events},
        driver{registers, memory, size} {
    registers.connect(disk);
    REQUIRE(interfaces.of(CpuId{0}).write({CpuId{0}, {}}, hardware::pi::kEnable, 8, ~0ull));
  }
  bool interrupts() { return lines.is_high(0, kDeviceIp); }
  void run_all() {
    while (events.next() != Cycles::never()) {
      driver.now = events.next();
      events.deliver(events.next());
    }
  }
  std::vector<Buffer> request(unsigned slot, std::uint32_t type, std::uint64_t sector,
                              std::uint32_t sectors) {
    const std::uint64_t header = kHeader + 16 * slot;
    memory.put(header, 4, type);
    memory.put(header + 4, 4, 0);
    memory.put(header + 8, 8, sector);
    memory.put(kStatus + slot, 1, 0xff);
    std::vector<Buffer> chain{{header, 16, false}};
    if (sectors > 0) chain.push_back({kData + 0x2000ull * slot, sectors * 512, type != 1});
    chain.push_back({kStatus + slot, 1, true});
    return chain;
  }
  std::uint64_t status(unsigned slot) const { return memory.get(kStatus + slot, 1); }
  /// One request and its answer.
  std::uint64_t ask(std::uint32_t type, std::uint64_t sector, std::uint32_t sectors) {
    const auto head = driver.add(request(0, type, sector, sectors));
    driver.notify();
    run_all();
    const auto used = driver.take();
    REQUIRE(used);
    CHECK(used->head == head);
    return status(0);
  }
};

}  // namespace

TEST_CASE("virtio: identity, features and configuration are where the specification has them",
          "[numa][virtio]") {
  Rig rig;
  CHECK(rig.driver.read(0x000) == 0x74726976);
  CHECK(rig.driver.read(0x004) == 2);
  CHECK(rig.driver.read(0x008) == 2);
  rig.driver.write(0x14, 1);
  CHECK(rig.driver.read(0x10) == 1);
  rig.driver.write(0x14, 0);
  CHECK((rig.driver.read(0x10) & (1u << 9 | 1u << 28 | 1u << 29)) ==
        (1u << 9 | 1u << 28 | 1u << 29));
  CHECK((rig.driver.read(0x10) & 1u << 5) == 0);
  CHECK(rig.driver.read(0x34) == 256);
  rig.driver.write(0x30, 1);
  CHECK(rig.driver.read(0x34) == 0);  // there is one queue
  const auto config = [&](std::uint64_t offset, unsigned size) {
    return *rig.registers.read({}, 0x100 + offset, size);
  };
  CHECK(config(0, 8) == kSectors);
  CHECK(config(0, 4) == kSectors);
  CHECK(config(4, 4) == 0);
  CHECK(config(1, 1) == kSectors >> 8);
  CHECK(config(0x14, 4) == 512);
  CHECK(config(0x13, 1) == 72);
  CHECK(config(0x800, 8) == 0);
  CHECK(rig.driver.read(0xb0) == 0xffffffff);
  CHECK_FALSE(rig.registers.read({}, 0x70, 1));
  CHECK_FALSE(rig.registers.write({}, 0x70, 8, 0));
}

TEST_CASE("virtio: a driver must accept version 1 and nothing that was not offered",
          "[numa][virtio]") {
  Rig rig;
  CHECK(rig.driver.negotiate(kPlain));
  CHECK_FALSE(rig.driver.negotiate(1 << 9));
  CHECK_FALSE(rig.driver.negotiate(kPlain | std::uint64_t{1} << 34));
  CHECK(rig.driver.negotiate(kAll));
}

TEST_CASE("virtio block: what is written is read, flushed and bounded", "[numa][virtio]") {
  Rig rig;
  REQUIRE(rig.driver.negotiate(kPlain));
  for (unsigned n = 0; n < 1024; ++n) rig.memory.put(kData + n, 1, n * 7);
  CHECK(rig.ask(1, 998, 2) == 0);
  CHECK(rig.interrupts());
  CHECK(rig.driver.read(0x60) == 1);
  rig.driver.write(0x64, 1);
  CHECK_FALSE(rig.interrupts());
  std::fill_n(rig.memory.bytes.begin() + kData, 1024, std::byte{0});
  CHECK(rig.ask(0, 999, 1) == 0);
  for (unsigned n = 0; n < 512; ++n)
    REQUIRE(rig.memory.get(kData + n, 1) == ((512 + n) * 7 & 0xff));
  CHECK(rig.ask(4, 0, 0) == 0);
  CHECK(rig.disk.drive().medium().read(998, 1)[1] == std::byte{7});
  CHECK(rig.ask(0, 999, 2) == 1);
  CHECK(rig.ask(1, ~0ull, 1) == 1);
  CHECK(rig.ask(11, 0, 0) == 2);
  CHECK(rig.ask(0, 0, 0) == 1);  // nothing asked for
  // GET_ID fills 20 bytes.
  auto id = rig.request(0, 8, 0, 0);
  id.insert(id.begin() + 1, {kData, 20, true});
  rig.driver.add(id);
  rig.driver.notify();
  const auto used = rig.driver.take();
  REQUIRE(used);
  CHECK(used->written == 21);
  CHECK(std::memcmp(rig.memory.bytes.data() + kData, "a serial number of m", 20) == 0);
}

TEST_CASE("virtio block: a write takes effect when it completes, not before", "[numa][virtio]") {
  Rig rig{16, false};
  REQUIRE(rig.driver.negotiate(kPlain));
  rig.memory.put(kData, 1, 0x11);
  rig.driver.add(rig.request(0, 1, 5, 1));
  rig.driver.notify();
  CHECK_FALSE(rig.driver.take());
  CHECK(rig.status(0) == 0xff);
  rig.memory.put(kData, 1, 0x22);
  rig.events.deliver(rig.events.next());
  CHECK(rig.status(0) == 0);
  std::vector<std::byte> sector(512);
  rig.disk.drive().read(5, sector);
  CHECK(sector[0] == std::byte{0x22});
}

TEST_CASE("virtio block: random requests in every shape agree with an array", "[numa][virtio]") {
  const auto seed = GENERATE(range(1u, 13u));
  INFO("seed " << seed);
  Dice random{seed};
  const auto size = static_cast<std::uint16_t>(8u << random() % 4);
  Rig rig{size, random() % 2 == 0};
  const bool all = random() % 2 == 0;
  REQUIRE(rig.driver.negotiate(all ? kAll : kPlain));
  std::vector<std::uint8_t> truth(kSectors * 512);
  std::uint64_t done = 0;
  for (unsigned round = 0; round < 150; ++round) {
    struct Asked {
      std::uint32_t type;
      std::uint64_t sector;
      std::uint32_t sectors;
      std::vector<std::uint8_t> expected;
    };
    std::map<std::uint16_t, std::pair<unsigned, Asked>> asked;
    const unsigned batch = 1 + random() % (size / 8);
    if (all) rig.driver.interrupt_after(static_cast<std::uint16_t>(batch));
    for (unsigned slot = 0; slot < batch; ++slot) {
      const std::uint32_t type = std::vector<std::uint32_t>{0, 0, 1, 1, 4}[random() % 5];
      Asked a{type,
              random() % (kSectors - 8),
              type == 4 ? 0 : 1 + static_cast<std::uint32_t>(random() % 8),
              {}};
      auto chain = rig.request(slot, type, a.sector, a.sectors);
      const auto first = truth.begin() + static_cast<std::ptrdiff_t>(a.sector * 512);
      if (type == 1) {
        for (unsigned n = 0; n < a.sectors * 512; ++n) {
          first[n] = static_cast<std::uint8_t>(random());
          rig.memory.put(chain[1].at + n, 1, first[n]);
        }
      }
      a.expected.assign(first, first + a.sectors * 512);
      // The buffers cut anywhere, the header too.
      for (unsigned cuts = 0; cuts < 3 && chain.size() < 7; ++cuts) {
        const std::size_t which = random() % (chain.size() - 1);
        Buffer& whole = chain[which];
        if (whole.bytes < 2) continue;
        const std::uint32_t left = 1 + random() % (whole.bytes - 1);
        const Buffer rest{whole.at + left, whole.bytes - left, whole.device_writes};
        whole.bytes = left;
        chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(which) + 1, rest);
      }
      const auto head = rig.driver.add(chain, all && random() % 2 == 0);
      asked[head] = {slot, a};
    }
    if (all) CHECK(rig.driver.wants_notification() == (batch == 1));
    rig.driver.notify();
    rig.driver.write(0x64, 1);
    CHECK_FALSE(rig.interrupts());
    rig.run_all();
    CHECK(rig.interrupts());
    while (const auto used = rig.driver.take()) {
      REQUIRE(asked.count(used->head) == 1);
      const auto& [slot, a] = asked[used->head];
      CHECK(rig.status(slot) == 0);
      CHECK(used->written == (a.type == 0 ? a.sectors * 512 + 1 : 1));
      for (unsigned n = 0; a.type == 0 && n < a.sectors * 512; ++n)
        REQUIRE(rig.memory.get(kData + 0x2000ull * slot + n, 1) == a.expected[n]);
      asked.erase(used->head);
      ++done;
    }
    REQUIRE(asked.empty());
  }
  CHECK(done >= 150);
}

TEST_CASE("virtio: no interrupt that the driver does not want", "[numa][virtio]") {
  Rig rig;
  REQUIRE(rig.driver.negotiate(kPlain));
  rig.driver.no_interrupts(true);
  CHECK(rig.ask(0, 1, 1) == 0);
  CHECK_FALSE(rig.interrupts());
  REQUIRE(rig.driver.negotiate(kAll));
  rig.driver.interrupt_after(2);
  CHECK(rig.ask(0, 1, 1) == 0);
  CHECK_FALSE(rig.interrupts());
  CHECK(rig.ask(0, 1, 1) == 0);
  CHECK(rig.interrupts());
}

TEST_CASE("virtio: what a driver must not do stops the device until it is reset",
          "[numa][virtio]") {
  Rig rig{8};
  const auto breaks = [&](auto&& misdeed) {
    REQUIRE(rig.driver.negotiate(kAll));
    const auto head = rig.driver.add(rig.request(0, 0, 1, 1));
    misdeed(Driver::kTable + 16ull * head);
    rig.driver.notify();
    rig.run_all();
    CHECK((rig.driver.read(0x70) & 64) != 0);
    CHECK((rig.driver.read(0x60) & 2) != 0);
    CHECK(rig.interrupts());
    rig.driver.notify();  // is not heard
    REQUIRE(rig.driver.negotiate(kAll));
    CHECK(rig.ask(0, 1, 1) == 0);
  };
  breaks([&](std::uint64_t d) { rig.memory.put(d + 14, 2, 8); });      // no such descriptor
  breaks([&](std::uint64_t d) { rig.memory.put(d + 14, 2, 0); });      // a loop
  breaks([&](std::uint64_t d) { rig.memory.put(d, 8, 0x10000000); });  // no RAM there
  breaks([&](std::uint64_t d) { rig.memory.put(d, 8, ~0ull); });
  breaks([&](std::uint64_t d) { rig.memory.put(d + 12, 2, 3); });      // reads behind writes
  breaks([&](std::uint64_t d) { rig.memory.put(d + 12, 2, 4 | 1); });  // indirect with a successor
  breaks([&](std::uint64_t d) { rig.memory.put(d + 12, 2, 4); });      // a table of nothing
  breaks([&](std::uint64_t) {
    rig.memory.put(Driver::kAvailable + 2, 2, 500);
  });  // more than there are
  breaks([&](std::uint64_t) { rig.memory.put(Driver::kAvailable + 4, 2, 9); });
  breaks([&](std::uint64_t) {
    rig.driver.write(0x44, 0);
    rig.driver.write(0x94, 0xff);
    rig.driver.write(0x44, 1);
  });
}

TEST_CASE("virtio: a driver that does whatever it likes breaks nothing but its device",
          "[numa][virtio]") {
  const auto seed = GENERATE(range(1u, 41u));
  INFO("seed " << seed);
  Dice random{seed};
  Rig rig{16, random() % 2 == 0};
  unsigned stopped = 0, answered = 0;
  for (unsigned n = 0; n < 300; ++n) {
    if (random() % 20 == 0 || (rig.driver.read(0x70) & 64) != 0) {
      stopped += (rig.driver.read(0x70) & 64) != 0;
      rig.driver.negotiate(random() % 4 == 0 ? random() : kAll);
    }
    rig.driver.add(rig.request(random() % 4, random() % 5, random() % 1100, random() % 5),
                   random() % 2 == 0);
    for (unsigned k = random() % 8; k > 0; --k) {
      constexpr std::uint64_t kPlaces[] = {Driver::kTable, Driver::kAvailable,
                                           Driver::kIndirectTables, kHeader};
      rig.memory.put(kPlaces[random() % 4] + random() % 300, 1, random());
    }
    if (random() % 10 == 0)
      rig.driver.write(random() % 0x40 * 4, random() % 4 == 0 ? random() : random() % 20);
    if (random() % 30 == 0)
      (void)rig.registers.write({}, 0x100 + random() % 0x40, 1u << random() % 3, random());
    rig.driver.notify();
    if (random() % 3 == 0) rig.run_all();
    while (rig.driver.take()) {
      if (++answered > 100'000) break;  // the used index is in the driver's memory too
    }
  }
  CHECK(answered > 10);
  CHECK(stopped > 0);
  // A reset, and all is well.
  rig.run_all();
  REQUIRE(rig.driver.negotiate(kAll));
  CHECK(rig.ask(1, 5, 1) == 0);
}

TEST_CASE("virtio: a reset forgets requests under way", "[numa][virtio]") {
  Rig rig{256, false};
  for (unsigned round = 0; round < 3; ++round) {
    REQUIRE(rig.driver.negotiate(kPlain));
    for (unsigned n = 0; n < 85; ++n) rig.driver.add(rig.request(0, 1, n, 1));
    rig.driver.notify();
    rig.events.deliver(rig.events.next());
    // Later rounds: the arm is still busy for the driver of before.
    CHECK(rig.driver.take().has_value() == (round == 0));
  }
  REQUIRE(rig.driver.negotiate(kPlain));
  rig.run_all();
  CHECK_FALSE(rig.driver.take());
  CHECK(rig.ask(0, 1, 1) == 0);
}

TEST_CASE("virtio: its state in the middle of requests goes on as it would have",
          "[numa][virtio]") {
  Rig one{16, false}, two{16, false};
  REQUIRE(one.driver.negotiate(kAll));
  for (unsigned n = 0; n < 4; ++n) one.driver.add(one.request(n, n % 2, 10 * n, 1), n % 2 == 0);
  one.driver.notify();
  one.events.deliver(one.events.next());
  two.memory.bytes = one.memory.bytes;
  const auto queue = ::test::take_state(one.events), state = ::test::take_state(one.registers);
  ::test::StateGiver events{queue}, device{state};
  two.events.visit(events);
  two.registers.visit(device);
  CHECK((::test::take_state(two.registers) == state));
  one.run_all();
  two.run_all();
  CHECK((::test::take_state(two.registers) == ::test::take_state(one.registers)));
  CHECK((two.memory.bytes == one.memory.bytes));
  CHECK(one.driver.now == two.driver.now);
}
