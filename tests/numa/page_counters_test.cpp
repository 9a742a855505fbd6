// MAGIC's page counters and hot-page queue: the registers one by one, and random streams of
// requests and register accesses against a model that works everything out from the history.
#include "tests/support/catch.hpp"

#include <iostream>

#include "numa/coherence/memory_system.hpp"
#include "numa/magic/magic_controller.hpp"
#include "tests/numa/coherence/random.hpp"
#include "tests/numa/fakes.hpp"
#include "tests/numa/naive_pages.hpp"

using namespace numa;
using namespace numa::test;

namespace {

namespace R = hardware::controller;
using Kind = HomeRequest::Kind;

struct Fixture {
  explicit Fixture(Topology t = {4, 2}, std::uint32_t node = 2, std::uint64_t ram = 2 * kMiB)
      : topology{t}, home{node}, memory{ram} {}

  Topology topology;
  NodeId home;
  std::uint64_t memory;
  FakeLines lines;
  FakeControl control;
  LowAlias alias{topology};
  ProcessorInterfaces interfaces{topology, lines, control};
  MagicController controller{{topology, home, memory, 400'000'000, 30},
                             alias,
                             control,
                             SourceLine{&interfaces, home, kHotPageSource}};
  std::uint64_t now = 0;

  Requester by(std::uint32_t cpu) const { return {CpuId{cpu}, Cycles{now}}; }
  std::uint64_t read(std::uint64_t offset, std::uint32_t cpu = 0, unsigned size = 8) {
    const auto value = controller.read(by(cpu), offset, size);
    REQUIRE(value);
    return *value;
  }
  void write(std::uint64_t offset, std::uint64_t value, std::uint32_t cpu = 0, unsigned size = 8) {
    REQUIRE(controller.write(by(cpu), offset, size, value));
  }
  void request(std::uint64_t offset, std::uint32_t from, Kind kind, unsigned times = 1) {
    for (unsigned i = 0; i < times; ++i) {
      controller.page_counters().count({topology.cpu_of(NodeId{from}, 0), NodeId{from}, home,
                                        machine_addr(home, offset), kind, Cycles{now}});
    }
  }
  /// Of the page that CPU 0 has selected.
  std::uint64_t counts(std::uint32_t node) { return read(R::kPageCounts + 8 * node); }
  bool interrupts() {
    return (*interfaces.read(by(0), kPiBytes * index_of(topology.cpu_of(home, 1)), 8) >>
                kHotPageSource &
            1) != 0;
  }
};

}  // namespace

TEST_CASE("PageCounters: reads and writes of each node apart, upgrades are writes", "[numa]") {
  Fixture f;
  f.request(0x3000, 0, Kind::kRead, 3);
  f.request(0x3f80, 0, Kind::kWrite, 2);
  f.request(0x3080, 3, Kind::kUpgrade, 5);
  f.request(0x3000, 2, Kind::kRead);
  f.request(0x4000, 0, Kind::kRead, 7);
  f.write(R::kPage, 0x200003abc);  // a machine address
  CHECK(f.read(R::kPage) == 0x3000);
  CHECK(f.counts(0) == 0x300000002);
  CHECK(f.counts(1) == 0);
  CHECK(f.counts(2) == 0x100000000);
  CHECK(f.counts(3) == 5);
  CHECK(f.read(R::kPageCounts, 0, 4) == 3);
  CHECK(f.read(R::kPageCounts + 4, 0, 4) == 2);
  CHECK(f.read(R::kPageReads) == 4);
  CHECK(f.read(R::kPageWrites) == 7);
  CHECK(f.read(R::kPageState) == R::kIsRam);
}

TEST_CASE("PageCounters: every CPU has its own PAGE", "[numa]") {
  Fixture f;
  f.request(0x1000, 0, Kind::kRead);
  f.request(0x2000, 0, Kind::kWrite);
  f.write(R::kPage, 0x1000, 1);
  f.write(R::kPage + 4, 0x2000, 7, 4);
  CHECK(f.read(R::kPageCounts, 1) == 0x100000000);
  CHECK(f.read(R::kPageCounts, 7) == 1);
  CHECK(f.read(R::kPage, 0) == 0);
}

TEST_CASE("PageCounters: a page that is no RAM counts nothing and resets nothing", "[numa]") {
  Fixture f{{2, 1}, 0, 0x1c002000};
  f.request(0x1bfff000, 1, Kind::kRead);
  f.request(0x20001000, 1, Kind::kWrite);
  for (const std::uint64_t page : {0x1c000000ULL, 0x1ffff000ULL, 0x20002000ULL, 0xfffff000ULL}) {
    f.write(R::kPage, page);
    CHECK(f.read(R::kPage) == page);
    CHECK(f.read(R::kPageState) == 0);
    CHECK(f.counts(1) == 0);
    CHECK(f.read(R::kPageReads) + f.read(R::kPageWrites) == 0);
    f.write(R::kPageReset, ~0ULL);
  }
  f.write(R::kPage, 0x1bfff000);
  CHECK(f.counts(1) == 0x100000000);
  f.write(R::kPage, 0x20001000);
  CHECK(f.counts(1) == 1);
}

TEST_CASE("PageCounters: resets clear the nodes that they name", "[numa]") {
  Fixture f;
  for (std::uint32_t node = 0; node < 4; ++node) {
    f.request(0x1000, node, Kind::kRead, node + 1);
    f.request(0x2000, node, Kind::kWrite, node + 1);
  }
  f.write(R::kPage, 0x1000);
  SECTION("of a page") {
    f.write(R::kPageReset, 0b0101);
    CHECK(f.counts(0) == 0);
    CHECK(f.counts(1) == 2ULL << 32);
    CHECK(f.counts(2) == 0);
    f.write(R::kPageReset, 0xf, 0, 4);  // the upper half: nodes 32 to 35
    CHECK(f.counts(3) == 4ULL << 32);
    f.write(R::kPageReset + 4, 8, 0, 4);
    CHECK(f.counts(3) == 0);
    f.write(R::kPage, 0x2000);
    CHECK(f.counts(0) == 1);
  }
  SECTION("of all pages") {
    f.write(R::kCountReset, 0b1010);
    CHECK(f.counts(0) == 1ULL << 32);
    CHECK(f.counts(1) == 0);
    f.write(R::kPage, 0x2000);
    CHECK(f.counts(2) == 3);
    CHECK(f.counts(3) == 0);
    f.write(R::kCountReset, ~0ULL);
    CHECK(f.read(R::kPageReads) + f.read(R::kPageWrites) == 0);
  }
}

TEST_CASE("PageCounters: counts stay at their maximum", "[numa]") {
  Fixture f;
  // 2^32 requests would take a minute: a state that is nearly there, as a snapshot could have it.
  f.request(0, 1, Kind::kRead);
  f.request(0, 1, Kind::kWrite);
  struct Raise : StateVisitor {
    void enter(std::string_view) override {}
    void leave() override {}
    void word(std::string_view, std::uint64_t&) override {}
    void bytes(std::string_view name, std::span<std::byte> data) override {
      if (name == "counts") reinterpret_cast<std::uint64_t*>(data.data())[2] = 0xfffffffefffffffe;
    }
    bool is_restoring() const override { return true; }
  } raise;
  f.controller.visit(raise);
  for (int i = 0; i < 3; ++i) {
    f.request(0, 1, Kind::kRead);
    f.request(0, 1, Kind::kWrite);
    CHECK(f.counts(1) == ~0ULL);
  }
  CHECK(f.read(R::kPageReads) == 0xffffffff);
}

TEST_CASE("PageCounters: thresholds report a page once, with the reason", "[numa]") {
  Fixture f;
  f.write(R::kRemoteThreshold, 4);
  SECTION("remote: reads and writes of one node together") {
    f.request(0x5000, 1, Kind::kRead, 3);
    f.request(0x5000, 3, Kind::kRead, 3);
    f.request(0x5000, 2, Kind::kRead, 9);  // the home's own
    CHECK(f.read(R::kHotCount) == 0);
    CHECK_FALSE(f.interrupts());
    f.request(0x5f00, 1, Kind::kWrite);
    CHECK(f.read(R::kHotCount) == 1);
    CHECK(f.interrupts());
    f.request(0x5000, 1, Kind::kRead, 9);
    f.request(0x5000, 3, Kind::kRead, 9);
    CHECK(f.read(R::kHotCount) == 1);
    CHECK(f.read(R::kHotPeek) == (0x200005000 | 1 << 4 | 1 << 1 | 1));
    CHECK(f.read(R::kHotPage) == (0x200005000 | 1 << 4 | 1 << 1 | 1));
    CHECK_FALSE(f.interrupts());
    CHECK(f.read(R::kHotPage) == 0);
    f.write(R::kPage, 0x5000);
    CHECK(f.read(R::kPageState) == (R::kIsRam | R::kIsReported));
    f.request(0x5000, 3, Kind::kRead);
    CHECK(f.read(R::kHotCount) == 0);
    f.write(R::kPageReset, 0);  // only arms
    CHECK(f.read(R::kPageState) == R::kIsRam);
    f.request(0x5000, 3, Kind::kRead);
    CHECK(f.read(R::kHotPage) == (0x200005000 | 3 << 4 | 1 << 1 | 1));
  }
  SECTION("local") {
    f.write(R::kLocalThreshold, 2);
    f.request(0x5000, 2, Kind::kRead, 2);
    CHECK(f.read(R::kHotPage) == (0x200005000 | 2 << 4 | 2 << 1 | 1));
  }
  SECTION("write, of any node, goes before the others") {
    f.write(R::kWriteThreshold, 4);
    f.request(0x5000, 2, Kind::kUpgrade, 4);
    CHECK(f.read(R::kHotPage) == (0x200005000 | 2 << 4 | 3 << 1 | 1));
    f.request(0x6000, 0, Kind::kWrite, 4);
    CHECK(f.read(R::kHotPage) == (0x200006000 | 0 << 4 | 3 << 1 | 1));
  }
  SECTION("lowering a threshold reports at the next count") {
    f.request(0x5000, 1, Kind::kRead, 3);
    f.write(R::kRemoteThreshold, 2);
    CHECK(f.read(R::kHotCount) == 0);
    f.request(0x5000, 1, Kind::kRead);
    CHECK(f.read(R::kHotCount) == 1);
  }
}

TEST_CASE("PageCounters: a full queue loses pages, which report again when there is room",
          "[numa]") {
  Fixture f;
  CHECK(f.read(R::kHotSize) == HotPageQueue::kSize);
  f.write(R::kRemoteThreshold, 1);
  f.write(R::kHotInterrupt, 1000);  // more than the size: when it is full
  for (std::uint64_t page = 0; page < 258; ++page) {
    CHECK(f.interrupts() == (page >= 256));
    f.request(page * 0x1000, 1, Kind::kRead);
  }
  CHECK(f.read(R::kHotCount) == 256);
  CHECK(f.read(R::kHotLost) == 2);
  f.request(257 * 0x1000, 1, Kind::kRead);
  CHECK(f.read(R::kHotLost) == 3);
  CHECK(f.read(R::kHotPage) >> 12 == 0x200000);
  CHECK_FALSE(f.interrupts());
  f.request(257 * 0x1000, 1, Kind::kRead);
  CHECK(f.read(R::kHotCount) == 256);
  CHECK(f.read(R::kHotLost) == 3);
  f.write(R::kHotLost, 0);
  CHECK(f.read(R::kHotLost) == 0);
  for (std::uint64_t page = 1; page < 256; ++page)
    REQUIRE(f.read(R::kHotPage) >> 12 == 0x200000 + page);
  CHECK(f.read(R::kHotPage) >> 12 == 0x200000 + 257);
  CHECK(f.read(R::kHotPage) == 0);
}

TEST_CASE("PageCounters: the interrupt waits for as many entries as asked", "[numa]") {
  Fixture f;
  f.write(R::kRemoteThreshold, 1);
  CHECK(f.read(R::kHotInterrupt) == 1);
  f.write(R::kHotInterrupt, 2);
  f.request(0x1000, 1, Kind::kRead);
  CHECK_FALSE(f.interrupts());
  f.request(0x2000, 1, Kind::kRead);
  CHECK(f.interrupts());
  f.write(R::kHotInterrupt, 0);
  CHECK_FALSE(f.interrupts());
  f.write(R::kHotInterrupt, 1);
  CHECK(f.interrupts());
  f.write(R::kHotClear, 0);
  CHECK_FALSE(f.interrupts());
  CHECK(f.read(R::kHotCount) == 0);
  CHECK(f.read(R::kHotPage) == 0);
}

TEST_CASE("PageCounters: by halves, the lower one takes the entry", "[numa]") {
  Fixture f;
  f.write(R::kRemoteThreshold, 1);
  f.request(0x1000, 3, Kind::kRead);
  CHECK(f.read(R::kHotPage, 0, 4) == 2);
  CHECK(f.read(R::kHotCount) == 1);
  CHECK(f.read(R::kHotPage + 4, 0, 4) == (0x1000 | 3 << 4 | 1 << 1 | 1));
  CHECK(f.read(R::kHotCount) == 0);
}

TEST_CASE("PageCounters: ages halve counts and arm pages", "[numa]") {
  Fixture f;
  f.write(R::kPage, 0x1000);
  f.write(R::kRemoteThreshold, 7);
  f.now = 500;
  f.write(R::kAgePeriod, 1000);
  f.request(0x1000, 1, Kind::kRead, 7);
  CHECK(f.read(R::kPageState) == (R::kIsRam | R::kIsReported));
  f.now = 1499;
  CHECK(f.counts(1) == 7ULL << 32);
  CHECK(f.read(R::kAges) == 0);
  f.now = 1500;
  CHECK(f.counts(1) == 3ULL << 32);
  CHECK(f.read(R::kPageState) == R::kIsRam);
  CHECK(f.read(R::kAges) == 1);
  f.now = 1499;  // a CPU that is behind
  CHECK(f.counts(1) == 7ULL << 32);
  f.now = 2500;
  f.request(0x1000, 1, Kind::kWrite);
  CHECK(f.counts(1) == (1ULL << 32 | 1));
  f.write(R::kAgePeriod, 0);
  f.now = 1'000'000;
  CHECK(f.counts(1) == (1ULL << 32 | 1));
  CHECK(f.read(R::kAges) == 2);
}

TEST_CASE("PageCounters: a period stored by a CPU that is behind makes no page younger", "[numa]") {
  Fixture f;
  f.write(R::kPage, 0x1000);
  f.write(R::kAgePeriod, 1000);
  f.now = 2100;
  f.request(0x1000, 1, Kind::kRead, 8);
  f.now = 1900;
  f.write(R::kAgePeriod, 500);
  CHECK(f.read(R::kAges) == 2);
  f.now = 2400;
  CHECK(f.read(R::kAges) == 3);
  CHECK(f.counts(1) == 4ULL << 32);
}

TEST_CASE("PageCounters: what is not a register is a bus error", "[numa]") {
  Fixture f;
  for (const std::uint64_t offset :
       {0x1058ULL, 0x1078ULL, 0x10b8ULL, 0x1ff8ULL, 0x2020ULL, 0x3000ULL, 0xfff8ULL}) {
    CHECK_FALSE(f.controller.read(f.by(0), offset, 8));
    CHECK_FALSE(f.controller.write(f.by(0), offset, 8, 0));
  }
  CHECK_FALSE(f.controller.read(f.by(0), R::kPage, 2));
  CHECK_FALSE(f.controller.write(f.by(0), R::kPage, 1, 0));
  f.write(R::kPageCounts, 1);  // read-only
  f.write(R::kHotCount, 1);
  CHECK(f.counts(0) == 0);
  CHECK(f.read(R::kHotCount) == 0);
}

TEST_CASE("PageCounters: a restored controller has the same counts, queue and ages", "[numa]") {
  Fixture f, other;
  // The counts are bytes, which this list leaves alone; the machine's snapshot tests copy those.
  f.write(R::kRemoteThreshold, 2);
  f.write(R::kPage, 0x3000, 5);
  f.write(R::kAgePeriod, 1000);
  f.request(0x3000, 1, Kind::kRead, 2);
  f.write(R::kHotLost, 77);
  copy_state(f.controller, other.controller);
  CHECK(state_of(f.controller) == state_of(other.controller));
  other.now = 3000;
  CHECK(other.read(R::kAges) == 3);
  CHECK(other.read(R::kPage, 5) == 0x3000);
  CHECK(other.read(R::kHotLost) == 77);
  CHECK(other.read(R::kHotPage) == (0x200003000 | 1 << 4 | 1 << 1 | 1));
  CHECK(other.read(R::kHotPage) == 0);
}

namespace {

/// The controller and the naive model under the same requests and accesses.
class Pair {
 public:
  Pair(Fixture& f, std::uint64_t seed)
      : f_{f}, naive_{f.topology.nodes, index_of(f.home)}, random_{seed} {
    // Around the I/O window where RAM reaches it, and more pages than the queue has room for.
    const std::uint64_t base = f.memory > kIoBegin ? kIoBegin - 400 * kPageSize : 0;
    for (std::uint64_t i = 0; i < 500; ++i) pages_.push_back(ram_offset(base + i * kPageSize));
  }

  void step() {
    f_.now += random_.below(40);
    const std::uint64_t page = random_page();
    switch (random_.below(32)) {
      case 0: return compare_page(page);
      case 1: return reset(page);
      case 2: return take();
      case 3: return change_settings();
      default: return count(page);
    }
  }
  void compare_all() {
    for (const std::uint64_t page : pages_) compare_page(page);
    while (!naive_.queue.empty()) take();
    CHECK(f_.read(R::kHotPage) == 0);
    CHECK(f_.read(R::kHotLost) == naive_.lost);
  }

 private:
  std::uint32_t node() { return random_.below(f_.topology.nodes); }
  std::uint32_t cpu() { return random_.below(f_.topology.cpus()); }
  std::uint64_t mask() {
    return random_.one_in(8) ? ~0ULL : random_.next() & random_.next() & random_.next();
  }
  // A few pages are much used.
  std::uint64_t random_page() {
    return pages_[random_.one_in(2) ? random_.below(8) : random_.below(500)];
  }

  void count(std::uint64_t page) {
    const std::uint32_t from = node();
    const auto kind = static_cast<Kind>(random_.below(3));
    const std::uint64_t kept = f_.now;
    // CPUs take turns: this one may be behind, though not behind the last change of the period.
    if (random_.one_in(4))
      f_.now =
          std::max(period_since_, f_.now - std::min<std::uint64_t>(f_.now, random_.below(1000)));
    naive_.count(page, from, kind != Kind::kRead, f_.now);
    f_.request(page + 0x80 * random_.below(32), from, kind);
    f_.now = kept;
    REQUIRE(f_.read(R::kHotCount) == naive_.queue.size());
    REQUIRE(f_.interrupts() == !naive_.queue.empty());
  }
  void compare_page(std::uint64_t page) {
    const std::uint32_t by = cpu();
    f_.write(R::kPage, page, by);
    std::uint64_t reads = 0, writes = 0;
    for (std::uint32_t n = 0; n < f_.topology.nodes; ++n) {
      const auto expected = naive_.counts(page, n, f_.now);
      INFO("page " << page << ", node " << n);
      REQUIRE(f_.read(R::kPageCounts + 8 * n, by) == (expected.reads << 32 | expected.writes));
      reads += expected.reads, writes += expected.writes;
    }
    REQUIRE(f_.read(R::kPageReads, by) == reads);
    REQUIRE(f_.read(R::kPageWrites, by) == writes);
    REQUIRE(((f_.read(R::kPageState, by) & R::kIsReported) == 0) == naive_.is_armed(page, f_.now));
  }
  void reset(std::uint64_t page) {
    const std::uint64_t nodes = mask();
    if (random_.one_in(10)) {
      f_.write(R::kCountReset, nodes);
      naive_.reset_all(nodes, f_.now);
      return;
    }
    const std::uint32_t by = cpu();
    f_.write(R::kPage, page, by);
    f_.write(R::kPageReset, nodes, by);
    naive_.reset(page, nodes, f_.now);
  }
  void take() {
    const std::uint64_t expected = naive_.queue.empty() ? 0 : naive_.queue.front();
    if (!naive_.queue.empty()) naive_.queue.pop_front();
    REQUIRE(f_.read(R::kHotPage, cpu()) == expected);
  }
  void change_settings() {
    switch (random_.below(20) % 4) {
      case 0: f_.write(R::kRemoteThreshold, naive_.remote = random_.below(12)); break;
      case 1: f_.write(R::kLocalThreshold, naive_.local = random_.below(12)); break;
      case 2: f_.write(R::kWriteThreshold, naive_.write = random_.below(12)); break;
      default: {
        const std::uint64_t period = random_.one_in(4) ? 0 : 300 + random_.below(3000);
        f_.write(R::kAgePeriod, period, cpu());
        naive_.set_period(period, f_.now);
        period_since_ = f_.now;
      }
    }
    REQUIRE(f_.read(R::kAges) == naive_.ages(f_.now));
  }

  Fixture& f_;
  NaivePages naive_;
  ::test::Random random_;
  std::vector<std::uint64_t> pages_;
  std::uint64_t period_since_ = 0;
};

}  // namespace

TEST_CASE("PageCounters: random requests and accesses agree with a model of the whole history",
          "[numa]") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    for (const auto& [topology, home, ram] :
         {std::tuple{Topology{1, 2}, 0U, 2 * kMiB}, std::tuple{Topology{4, 2}, 3U, kIoBegin + kMiB},
          std::tuple{Topology{64, 2}, 17U, 4 * kMiB}}) {
      INFO("seed " << seed << ", " << topology.nodes << " nodes");
      Fixture f{topology, home, ram};
      Pair pair{f, seed};
      for (int i = 0; i < 8000; ++i) pair.step();
      pair.compare_all();
    }
  }
  std::cout << "page counters: seeds 1 to 4, 8000 steps on 1, 4 and 64 nodes\n";
}
