// The same random streams on the processor itself: whatever the interpreter does to be fast, it
// ends where the naive machine does.

#include <string>

#include "tests/cpu/stream_on_engine.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::NaiveMachine;
using test::Rig;
using test::Stream;

constexpr std::uint64_t kGeneralVector = 0xffffffff80000180;
TEST_CASE("Interpreter: random streams end as on the naive machine", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x1e0);
  CAPTURE(seed);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Stream stream = test::StreamMaker{seed + i}.make(1500, false);
    Rig rig{test::stream_config()};
    load(rig, stream);
    const VirtAddr end{stream.place.code + 4 * stream.words.size()};
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
    Rig rig{test::stream_config()};
    load(rig, stream);
    rig.cpu.debug().add_breakpoint(VirtAddr{kGeneralVector});
    INFO("stream " << seed + i);
    REQUIRE(rig.cpu.run(Cycles::never()) == Stop::kBreakpoint);
    NaiveMachine last = stream.end;
    last.execute(stream.words.back());
    REQUIRE(rig.exception_code() == last.exception.value());
    REQUIRE(rig.cp0(kEpc) == stream.place.code + 4 * (stream.words.size() - 1));
    REQUIRE(first_difference(rig, stream.end) == "");
  }
}

}  // namespace
}  // namespace cpu
