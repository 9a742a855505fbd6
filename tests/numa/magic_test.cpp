#include "tests/support/catch.hpp"

#include "numa/magic/magic_controller.hpp"
#include "numa/magic/magic_pi.hpp"
#include "tests/numa/fakes.hpp"

using namespace numa;
using namespace numa::test;

namespace {

namespace Pi = hardware::pi;

struct Fixture {
  Topology topology{2, 2};
  FakeLines lines;
  FakeControl control;
  ProcessorInterfaces all{topology, lines, control};
  OwnPiWindow own{all};
  Requester by(std::uint32_t cpu) { return {CpuId{cpu}, Cycles{0}}; }

  std::uint64_t read(std::uint32_t cpu, std::uint64_t offset, unsigned size = 8) {
    const auto value = all.read(by(0), kPiBytes * cpu + offset, size);
    REQUIRE(value);
    return *value;
  }
  void write(std::uint32_t cpu, std::uint64_t offset, std::uint64_t value, unsigned size = 8) {
    REQUIRE(all.write(by(cpu), kPiBytes * cpu + offset, size, value));
  }
};

}  // namespace

TEST_CASE("MAGIC PI: a device source pends on every CPU of its node and drives IP2 where enabled",
          "[numa]") {
  Fixture f;
  f.write(2, Pi::kEnable, 1ULL << 8);
  f.all.set_source(NodeId{1}, 8, true);
  CHECK(f.read(2, Pi::kPend) == 0x100);
  CHECK(f.read(3, Pi::kPend) == 0x100);
  CHECK(f.read(0, Pi::kPend) == 0);
  CHECK(f.lines.is_high(2, kDeviceIp));
  CHECK_FALSE(f.lines.is_high(3, kDeviceIp));
  f.write(3, Pi::kEnable, ~0ULL);
  CHECK(f.lines.is_high(3, kDeviceIp));
  f.write(2, Pi::kEnable, 0);
  CHECK_FALSE(f.lines.is_high(2, kDeviceIp));
  f.all.set_source(NodeId{1}, 8, false);
  CHECK_FALSE(f.lines.is_high(3, kDeviceIp));
  f.write(3, Pi::kPend, ~0ULL);  // read-only
  CHECK(f.read(3, Pi::kPend) == 0);
}

TEST_CASE("MAGIC PI: IPI bits are set and cleared one by one and drive IP3", "[numa]") {
  Fixture f;
  f.write(1, Pi::kIpiSet, 0x5);
  f.write(1, Pi::kIpiSet, 0x8000000000000000);
  CHECK(f.read(1, Pi::kIpiClear) == 0x8000000000000005);
  CHECK(f.read(1, Pi::kIpiSet) == 0x8000000000000005);
  CHECK(f.lines.is_high(1, kIpiIp));
  CHECK_FALSE(f.lines.is_high(0, kIpiIp));
  f.write(1, Pi::kIpiClear, 0x4);
  CHECK(f.read(1, Pi::kIpiClear) == 0x8000000000000001);
  f.write(1, Pi::kIpiClear, ~0ULL);
  CHECK_FALSE(f.lines.is_high(1, kIpiIp));
}

TEST_CASE("MAGIC PI: 32-bit halves of every register, upper half first", "[numa]") {
  Fixture f;
  f.write(0, Pi::kEnable, 0x11112222, 4);
  CHECK(f.read(0, Pi::kEnable) == 0x1111222200000000);
  f.write(0, Pi::kEnable + 4, 0x33334444, 4);
  CHECK(f.read(0, Pi::kEnable) == 0x1111222233334444);
  CHECK(f.read(0, Pi::kEnable, 4) == 0x11112222);
  CHECK(f.read(0, Pi::kEnable + 4, 4) == 0x33334444);

  f.write(0, Pi::kIpiSet, 1, 4);
  f.write(0, Pi::kIpiSet + 4, 1, 4);
  CHECK(f.read(0, Pi::kIpiClear) == 0x100000001);
  f.write(0, Pi::kIpiClear, ~0U, 4);
  CHECK(f.read(0, Pi::kIpiClear) == 1);

  f.write(0, Pi::kLaunchSp, 0x1234, 4);
  CHECK(f.read(0, Pi::kLaunchSp, 4) == 0x1234);
  f.write(0, Pi::kLaunchGp, 0x98000000, 4);
  CHECK(f.read(0, Pi::kLaunchGp) == 0x9800000000000000);
}

TEST_CASE("MAGIC PI: LAUNCH_PC starts the CPU with the stack and gp given before", "[numa]") {
  Fixture f;
  SECTION("as a 64-bit store") {
    f.write(3, Pi::kLaunchSp, 0x9800000100004000);
    f.write(3, Pi::kLaunchGp, 0x9800000100008000);
    f.write(3, Pi::kLaunchPc, 0x9800000100100000);
    CHECK(f.control.launches ==
          std::vector<FakeControl::Launch>{
              {3, 0x9800000100100000, 0x9800000100004000, 0x9800000100008000}});
  }
  SECTION("as 32-bit stores to the low halves, sign-extended") {
    f.write(3, Pi::kLaunchSp, 0x12345678abcdef00);
    f.write(3, Pi::kLaunchSp + 4, 0x80004000, 4);
    f.write(3, Pi::kLaunchGp + 4, 0x00008000, 4);
    f.write(3, Pi::kLaunchPc + 4, 0x80100000, 4);
    CHECK(f.control.launches ==
          std::vector<FakeControl::Launch>{{3, 0xffffffff80100000, 0xffffffff80004000, 0x8000}});
  }
  SECTION("the upper half alone starts nothing") {
    f.write(3, Pi::kLaunchPc, 0x98000000, 4);
    CHECK(f.control.launches.empty());
    CHECK(f.read(3, Pi::kLaunchPc) == 0x9800000000000000);
  }
}

TEST_CASE("MAGIC PI: a CPU can put itself to sleep, nobody else can", "[numa]") {
  Fixture f;
  REQUIRE(f.own.write(f.by(1), Pi::kDoze, 4, 0));
  REQUIRE(f.all.write(f.by(1), kPiBytes * 1 + Pi::kDoze, 8, 0));
  REQUIRE(f.all.write(f.by(1), kPiBytes * 2 + Pi::kDoze, 8, 0));
  CHECK(f.control.dozes == std::vector<std::uint32_t>{1, 1});
  CHECK(f.read(1, Pi::kDoze) == 0);
}

TEST_CASE("MAGIC PI: bit 0 of NMI and RESET reaches the processor of the interface", "[numa]") {
  Fixture f;
  REQUIRE(f.all.write(f.by(0), kPiBytes * 2 + Pi::kNmi, 8, 1));
  REQUIRE(f.own.write(f.by(1), Pi::kNmi + 4, 4, 3));
  REQUIRE(f.all.write(f.by(0), Pi::kSoftReset, 8, 1));
  REQUIRE(f.all.write(f.by(0), Pi::kNmi, 8, 2));
  REQUIRE(f.all.write(f.by(0), Pi::kSoftReset, 4, 1));  // bit 32
  CHECK(f.control.nmis == std::vector<std::uint32_t>{2, 1});
  CHECK(f.control.soft_resets == std::vector<std::uint32_t>{0});
  CHECK(f.read(0, Pi::kNmi) == 0);
  CHECK(f.read(0, Pi::kSoftReset) == 0);
}

TEST_CASE("MAGIC PI: CPUID tells global, node and local number, the own window shows one's own",
          "[numa]") {
  Fixture f;
  CHECK(f.read(0, Pi::kCpuId) == 0);
  CHECK(f.read(3, Pi::kCpuId) == 0x0000000100010003);
  CHECK(*f.own.read(f.by(2), Pi::kCpuId, 8) == 0x0000000000010002);
  CHECK(*f.own.read(f.by(2), Pi::kCpuId + 4, 4) == 0x00010002);
  PiWindow node1{f.all, CpuId{2}, "node1"};
  CHECK(*node1.read(f.by(0), kPiBytes + Pi::kCpuId, 8) == 0x0000000100010003);
}

TEST_CASE("MAGIC PI: what is not a register, or not a word of one, is a bus error", "[numa]") {
  Fixture f;
  CHECK_FALSE(f.all.read(f.by(0), 0x58, 8));
  CHECK_FALSE(f.all.write(f.by(0), 0x58, 8, 0));
  CHECK_FALSE(f.all.read(f.by(0), Pi::kPend, 1));
  CHECK_FALSE(f.all.write(f.by(0), Pi::kEnable, 2, 0));
  CHECK_FALSE(f.all.read(f.by(0), kPiBytes * 4, 8));
  CHECK_FALSE(f.all.write(f.by(0), kPiBytes * 4, 8, 0));
}

TEST_CASE("MAGIC PI: a restored interface drives the lines that it stands for", "[numa]") {
  Fixture f, other;
  f.write(0, Pi::kEnable, 1);
  f.write(1, Pi::kIpiSet, 2);
  f.all.set_source(NodeId{0}, 0, true);
  copy_state(f.all, other.all);
  CHECK(state_of(f.all) == state_of(other.all));
  CHECK(other.lines.is_high(0, kDeviceIp));
  CHECK_FALSE(other.lines.is_high(1, kDeviceIp));
  CHECK(other.lines.is_high(1, kIpiIp));
}

TEST_CASE("MAGIC controller: says how the machine is built", "[numa]") {
  const Topology topology{4, 2};
  LowAlias alias{topology};
  FakeControl control;
  namespace Mc = hardware::controller;
  FakeLines lines;
  ProcessorInterfaces interfaces{topology, lines, control};
  MagicController controller{{topology, NodeId{2}, 0x5000000, 400'000'000, 42},
                             alias,
                             control,
                             SourceLine{&interfaces, NodeId{2}, kHotPageSource}};
  const Requester by{CpuId{0}, Cycles{0}};
  const auto read = [&](std::uint64_t offset) { return *controller.read(by, offset, 8); };

  CHECK(controller.name() == "magic_controller2");
  CHECK(read(Mc::kFeatures) == Mc::kHasPageCounters);
  CHECK(read(Mc::kNodes) == 4);
  CHECK(read(Mc::kCpusPerNode) == 2);
  CHECK(read(Mc::kNode) == 2);
  CHECK(read(Mc::kMemoryBytes) == 0x5000000);
  CHECK(read(Mc::kClockHz) == 400'000'000);
  CHECK(*controller.read(by, Mc::kClockHz + 4, 4) == 400'000'000);
  CHECK(*controller.read(by, Mc::kClockHz, 4) == 0);
  CHECK(read(Mc::kDistance + 8 * 2) == Mc::kLocalDistance);
  CHECK(read(Mc::kDistance + 8 * 3) == 42);
  CHECK_FALSE(controller.read(by, Mc::kDistance + 8 * 4, 8));
  CHECK_FALSE(controller.read(by, 0x40, 8));
  CHECK_FALSE(controller.write(by, 0x40, 8, 0));
  CHECK_FALSE(controller.read(by, Mc::kNodes, 2));

  SECTION("facts are read-only") {
    CHECK(controller.write(by, Mc::kNodes, 8, 9));
    CHECK(read(Mc::kNodes) == 4);
  }
  SECTION("the low alias is switched per CPU and its CPUs hear of it") {
    REQUIRE(controller.write(by, Mc::kAliasEnable + 4, 4, 0b10));
    CHECK(alias.is_on(CpuId{5}));
    CHECK_FALSE(alias.is_on(CpuId{4}));
    CHECK(read(Mc::kAliasEnable) == 0b10);
    CHECK(control.alias_changes == std::vector<std::uint32_t>{4, 5});
    REQUIRE(controller.write(by, Mc::kAliasSize, 8, 0x3000));
    CHECK(read(Mc::kAliasSize) == 0x3000);
    CHECK(alias.resolve(CpuId{5}, PhysAddr{0x2ff8}).bits() == 0x200002ff8);
    CHECK(alias.resolve(CpuId{5}, PhysAddr{0x3000}).bits() == 0x3000);
    REQUIRE(controller.write(by, Mc::kAliasEnable, 8, 0));
    CHECK_FALSE(alias.is_on(CpuId{5}));
  }
}
