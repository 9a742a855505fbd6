#include "tests/support/catch.hpp"

#include <array>

#include "numa/bus.hpp"
#include "numa/low_alias.hpp"
#include "numa/node_memory.hpp"
#include "tests/numa/fakes.hpp"

using namespace numa;
using namespace numa::test;

TEST_CASE("NodeMemory: the I/O window is a hole in the addresses, not in the RAM", "[numa]") {
  NodeMemory memory{kIoBegin + 3 * kPageSize};  // not a power of two
  CHECK(memory.end() == kIoEnd + 3 * kPageSize);
  CHECK(memory.host(kIoBegin - 1) != nullptr);
  CHECK(memory.host(kIoBegin) == nullptr);
  CHECK(memory.host(kIoEnd - 1) == nullptr);
  REQUIRE(memory.host(kIoEnd) != nullptr);
  CHECK(memory.host(kIoEnd) == memory.host(kIoBegin - 1) + 1);
  CHECK(memory.host(kIoEnd + 3 * kPageSize - 1) != nullptr);
  CHECK(memory.host(kIoEnd + 3 * kPageSize) == nullptr);
}

TEST_CASE("NodeMemory: a small memory ends below the window", "[numa]") {
  NodeMemory memory{5 * kPageSize};
  CHECK(memory.end() == 5 * kPageSize);
  CHECK(memory.host(5 * kPageSize - 1) != nullptr);
  CHECK(memory.host(5 * kPageSize) == nullptr);
  CHECK(memory.host(kIoEnd) == nullptr);
  CHECK(memory.host(kNodeBytes - 1) == nullptr);
}

TEST_CASE("NodeMemory: is zero at first and keeps what is written", "[numa]") {
  NodeMemory memory{kIoBegin + kPageSize};
  std::array<std::byte, 8> out{};
  out.fill(std::byte{0xff});
  REQUIRE(memory.read(kIoEnd, out));
  CHECK(out == std::array<std::byte, 8>{});
  const std::array<std::byte, 8> in{std::byte{1}, std::byte{2}, std::byte{3}};
  REQUIRE(memory.write(kIoEnd + 8, in));
  REQUIRE(memory.read(kIoEnd + 8, out));
  CHECK(out == in);
}

TEST_CASE("NodeMemory: a range that is not all RAM is refused whole", "[numa]") {
  NodeMemory memory{kIoBegin + kPageSize};
  const std::array<std::byte, 8> in{std::byte{1}, std::byte{1}, std::byte{1}, std::byte{1},
                                    std::byte{1}, std::byte{1}, std::byte{1}, std::byte{1}};
  std::array<std::byte, 4> out{};
  CHECK_FALSE(memory.write(kIoBegin - 4, in));
  REQUIRE(memory.read(kIoBegin - 4, out));
  CHECK(out == std::array<std::byte, 4>{});
  CHECK_FALSE(memory.write(kIoEnd - 4, in));
  CHECK_FALSE(memory.write(memory.end() - 4, in));
  CHECK_FALSE(memory.write(~std::uint64_t{0} - 3, in));
  // From the RAM below the window to the RAM above it, across the hole.
  std::vector<std::byte> across(kIoEnd - kIoBegin + 8);
  CHECK_FALSE(memory.read(kIoBegin - 4, across));
  CHECK(memory.read(kIoEnd, {}));
}

TEST_CASE("LowAlias: shows a CPU its own node's memory at low addresses of node 0", "[numa]") {
  const Topology topology{2, 2};
  LowAlias alias{topology};
  const auto resolve = [&](std::uint32_t cpu, std::uint64_t pa) {
    return alias.resolve(CpuId{cpu}, PhysAddr{pa}).bits();
  };
  constexpr std::uint64_t kNode1 = 0x100000000;
  CHECK(resolve(3, 0x180) == 0x180);  // off at reset
  alias.set_on(CpuId{3}, true);
  CHECK(resolve(3, 0x180) == kNode1 + 0x180);
  CHECK(resolve(3, 0xfffff) == kNode1 + 0xfffff);
  CHECK(resolve(3, 0x100000) == 0x100000);
  CHECK(resolve(3, kNode1 + 0x180) == kNode1 + 0x180);
  CHECK(resolve(2, 0x180) == 0x180);  // the other CPU of the node
  alias.set_on(CpuId{0}, true);
  CHECK(resolve(0, 0x180) == 0x180);  // node 0's own memory is node 0's

  SECTION("the size is the node's, and reaches CPUs that have it on") {
    alias.set_size(NodeId{1}, 0x2fff);  // rounded down to pages
    CHECK(alias.size(NodeId{1}) == 0x2000);
    CHECK(resolve(3, 0x1fff) == kNode1 + 0x1fff);
    CHECK(resolve(3, 0x2000) == 0x2000);
    alias.set_size(NodeId{1}, ~std::uint64_t{0});
    CHECK(alias.size(NodeId{1}) == kMaxAliasBytes);
  }
  SECTION("bits above the 40th are no address bits") {
    CHECK(resolve(2, 0xffffff0000000180) == 0x180);
  }
  SECTION("is state") {
    LowAlias other{topology};
    copy_state(alias, other);
    CHECK(other.is_on(CpuId{3}));
    CHECK_FALSE(other.is_on(CpuId{2}));
  }
}

namespace {
/// Answers with what it was asked.
struct Echo : Device {
  std::string_view name() const override { return "echo"; }
  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) override {
    return std::uint64_t{index_of(by.cpu)} << 32 | offset << 8 | size;
  }
  WriteResult write(const Requester&, std::uint64_t offset, unsigned,
                    std::uint64_t value) override {
    last = {offset, value};
    return Nothing{};
  }
  void visit(StateVisitor&) override {}
  std::pair<std::uint64_t, std::uint64_t> last;
};
}  // namespace

TEST_CASE("Bus: dispatches by range and gives bus errors elsewhere", "[numa]") {
  Bus bus;
  auto& echo = bus.add(std::make_unique<Echo>());
  bus.map(MachineAddr{0x1000}, 0x10, echo);
  bus.map(MachineAddr{0x1010}, 0x10, echo);
  bus.map(MachineAddr{0x100001000}, 0x10, echo);
  const Requester by{CpuId{3}, Cycles{0}};

  CHECK(*bus.read(by, MachineAddr{0x1004}, 4) == 0x300000404);
  CHECK(*bus.read(by, MachineAddr{0x1018}, 8) == 0x300000808);  // offsets are the range's own
  CHECK(*bus.read(by, MachineAddr{0x100001001}, 1) == 0x300000101);
  CHECK_FALSE(bus.read(by, MachineAddr{0xff8}, 8));
  CHECK_FALSE(bus.read(by, MachineAddr{0x1020}, 1));
  CHECK_FALSE(bus.read(by, MachineAddr{0x1002}, 4));  // not aligned
  CHECK_FALSE(bus.read(by, MachineAddr{0x200001000}, 1));
  CHECK_FALSE(bus.write(by, MachineAddr{0x1020}, 4, 1));
  REQUIRE(bus.write(by, MachineAddr{0x101c}, 4, 99));
  CHECK(echo.last == std::pair<std::uint64_t, std::uint64_t>{0xc, 99});
}
