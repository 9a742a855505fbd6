#include "tests/support/catch.hpp"

#include <array>
#include <optional>

#include "machine/devices/boot_rom.hpp"
#include "machine/devices/power.hpp"
#include "machine/devices/rtc.hpp"
#include "tests/machine/devices/fake_console.hpp"
#include "tests/numa/fakes.hpp"

using namespace machine;
using namespace numa;
using namespace machine::test;
using namespace numa::test;
using hardware::kRomAt, hardware::kRomBytes;

namespace {
struct FakePower : PowerControl {
  std::optional<std::uint64_t> exit_code;
  int resets = 0;
  void power_off(std::uint64_t code) override { exit_code = code; }
  void reset() override { ++resets; }
};
constexpr Requester kBy{CpuId{0}, Cycles{0}};
}  // namespace

TEST_CASE("Power: zero and odd values end the run, two resets, others do nothing", "[numa]") {
  FakePower control;
  Power power{control};
  REQUIRE(power.write(kBy, 0, 4, 4));
  CHECK_FALSE(control.exit_code);
  REQUIRE(power.write(kBy, 0, 4, 2));
  CHECK(control.resets == 1);
  CHECK_FALSE(control.exit_code);
  const auto [value, code] = GENERATE(table<std::uint64_t, std::uint64_t>(
      {{0, 0}, {1, 0}, {3, 1}, {199, 99}, {0xffffffff, 0x7fffffff}}));
  REQUIRE(power.write(kBy, 0, 4, value));
  CHECK(control.exit_code == code);
  CHECK(*power.read(kBy, 0, 4) == 0);
}

TEST_CASE("Power: answers 32-bit accesses only", "[numa]") {
  FakePower control;
  Power power{control};
  const unsigned size = GENERATE(1U, 2U, 8U);
  CHECK_FALSE(power.write(kBy, 0, size, 0));
  CHECK_FALSE(power.read(kBy, 0, size));
  CHECK_FALSE(control.exit_code);
}

TEST_CASE("Debug console: prints the byte", "[numa]") {
  FakeConsole sink;
  DebugConsole console{sink};
  REQUIRE(console.write(kBy, 0, 1, 'x'));
  CHECK(sink.debug == "x");
  CHECK(*console.read(kBy, 0, 1) == 0);
}

TEST_CASE("Rtc: nanoseconds from cycles, without overflow", "[numa]") {
  const auto [hz, cycles, ns] = GENERATE(table<std::uint64_t, std::uint64_t, std::uint64_t>({
      {400'000'000, 0, 0},
      {400'000'000, 1, 2},  // 2.5 ns, rounded down
      {400'000'000, 400'000'000, 1'000'000'000},
      {333'333'333, 1'000'000'000, 3'000'000'003},
      {4'000'000'000, 3'999'999'999, 999'999'999},
      {1'000'000, 18'446'744'073'709, 18'446'744'073'709'000},
  }));
  Rtc rtc{1, hz};
  CHECK(*rtc.read({CpuId{0}, Cycles{cycles}}, 0, 8) == ns);
}

TEST_CASE("Rtc: reading the upper half latches the lower one, for each CPU apart", "[numa]") {
  Rtc rtc{2, 1'000'000'000};
  const auto at = [](std::uint32_t cpu, std::uint64_t cycle) {
    return Requester{CpuId{cpu}, Cycles{cycle}};
  };
  CHECK(*rtc.read(at(0, 0x1'ffffffff), 0, 4) == 1);
  CHECK(*rtc.read(at(1, 0x2'00000001), 0, 4) == 2);
  CHECK(*rtc.read(at(0, 0x2'00000005), 4, 4) == 0xffffffff);
  CHECK(*rtc.read(at(1, 0x2'00000006), 4, 4) == 1);
  CHECK(*rtc.read(at(0, 0x2'00000007), 4, 4) == 7);  // nothing latched: the time itself

  Rtc other{2, 1'000'000'000};
  CHECK(*rtc.read(at(1, 0x3'00000009), 0, 4) == 3);
  copy_state(rtc, other);
  CHECK(*other.read(at(1, 0x4'00000000), 4, 4) == 9);
}

TEST_CASE("Rtc: refuses stores and narrow reads", "[numa]") {
  Rtc rtc{1, 1'000'000'000};
  CHECK_FALSE(rtc.write(kBy, 0, 8, 0));
  CHECK_FALSE(rtc.read(kBy, 0, 1));
  CHECK_FALSE(rtc.read(kBy, 0, 2));
}

TEST_CASE("BootRom: every vector begins with the program that powers off", "[numa]") {
  BootRom rom;
  CHECK(rom.host(kRomAt - 1) == nullptr);
  CHECK(rom.host(kRomAt + kRomBytes) == nullptr);
  const std::uint64_t vector = GENERATE(0x000U, 0x200U, 0x280U, 0x300U, 0x380U);
  const std::byte* const at = rom.host(kRomAt + vector);
  REQUIRE(at != nullptr);
  CHECK(at[0] == std::byte{0x3c});  // lui
  CHECK(at[8] == std::byte{0x24});  // addiu
  CHECK(at[11] == static_cast<std::byte>(BootRom::kUnexpectedEntry << 1 | 1));
}

TEST_CASE("BootRom: a given image is padded with zeros", "[numa]") {
  const std::array<std::byte, 3> image{std::byte{1}, std::byte{2}, std::byte{3}};
  BootRom rom{image};
  CHECK(rom.host(kRomAt + 2)[0] == std::byte{3});
  CHECK(rom.host(kRomAt + 3)[0] == std::byte{0});
}
