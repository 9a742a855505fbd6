// The same random streams on the processor itself: whatever the interpreter does to be fast, it
// ends where the naive machine does.

#include <string>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_stream.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::NaiveMachine;
using test::Rig;
using test::Stream;

constexpr std::uint64_t kGeneralVector = 0xffffffff80000180;
/// ERL makes the low addresses unmapped, so that a stream runs where QEMU runs it; CU1, FR, and
/// 64-bit addresses.
constexpr std::uint64_t kStatus = 1u << 29 | 1u << 26 | 7u << 5 | 1u << 2;

void load(Rig& rig, const Stream& stream) {
  const NaiveMachine& from = stream.start;
  DebugPort& debug = rig.cpu.debug();
  for (std::size_t i = 0; i < stream.words.size(); ++i)
    rig.memory.put(Stream::kCode + 4 * i, {stream.words[i]});
  for (std::size_t i = 0; i < from.memory.size(); ++i)
    rig.memory.ram[Stream::kData + i] = static_cast<std::byte>(from.memory[i]);
  for (unsigned n = 1; n < 32; ++n) rig.set_gpr(n, from.gpr[n]);
  for (unsigned n = 0; n < 32; ++n) debug.write_register(RegisterClass::kFpr, n, from.fpr[n]);
  debug.write_register(RegisterClass::kHi, 0, from.hi);
  debug.write_register(RegisterClass::kLo, 0, from.lo);
  debug.write_register(RegisterClass::kFcr, 31, from.fcsr);
  rig.set_cp0(12, kStatus);
  rig.set_pc(Stream::kCode);
}

/// The first place where the processor is not as it should be; empty if there is none.
std::string first_difference(Rig& rig, const NaiveMachine& expected) {
  DebugPort& debug = rig.cpu.debug();
  for (unsigned n = 0; n < 32; ++n) {
    if (rig.gpr(n) != expected.gpr[n]) return "$" + std::to_string(n);
    if (debug.read_register(RegisterClass::kFpr, n) != expected.fpr[n])
      return "$f" + std::to_string(n);
  }
  if (debug.read_register(RegisterClass::kHi, 0) != expected.hi) return "HI";
  if (debug.read_register(RegisterClass::kLo, 0) != expected.lo) return "LO";
  if (debug.read_register(RegisterClass::kFcr, 31) != expected.fcsr) return "FCSR";
  for (std::size_t i = 0; i < expected.memory.size(); ++i)
    if (rig.memory.ram[Stream::kData + i] != static_cast<std::byte>(expected.memory[i]))
      return "memory at pointer " + std::to_string(static_cast<std::int64_t>(i) - 2048);
  return {};
}

TEST_CASE("Interpreter: random streams end as on the naive machine", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x1e0);
  CAPTURE(seed);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Stream stream = test::StreamMaker{seed + i}.make(1500, false);
    Rig rig;
    load(rig, stream);
    const VirtAddr end{Stream::kCode + 4 * stream.words.size()};
    rig.cpu.debug().add_breakpoint(end);
    rig.cpu.debug().add_breakpoint(VirtAddr{kGeneralVector});
    INFO("stream " << seed + i);
    REQUIRE(rig.cpu.run(Cycles::never()) == Stop::kBreakpoint);
    REQUIRE(rig.pc() == end.bits());
    REQUIRE(first_difference(rig, stream.end) == "");
  }
}

TEST_CASE("Interpreter: streams that end in a trap have changed nothing by it", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x1e1);
  CAPTURE(seed);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Stream stream = test::StreamMaker{seed + i}.make(20, true);
    Rig rig;
    load(rig, stream);
    rig.cpu.debug().add_breakpoint(VirtAddr{kGeneralVector});
    INFO("stream " << seed + i);
    REQUIRE(rig.cpu.run(Cycles::never()) == Stop::kBreakpoint);
    NaiveMachine last = stream.end;
    last.execute(stream.words.back());
    REQUIRE(rig.exception_code() == static_cast<unsigned>(last.exception.value()));
    REQUIRE(rig.cp0(14) == Stream::kCode + 4 * (stream.words.size() - 1));
    REQUIRE(first_difference(rig, stream.end) == "");
  }
}

}  // namespace
}  // namespace cpu
