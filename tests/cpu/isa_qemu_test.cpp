// Random streams on the naive machine and on QEMU, which knows nothing of our table: all registers
// and all memory agree at the end, and what traps here traps there.

#include <csignal>
#include <string>

#include "tests/cpu/stream_on_qemu.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::Outcome;
using test::RowCounts;
using test::Stream;

/// Returns the rows that the streams executed.
RowCounts compare_streams(std::uint64_t seed, int count, std::size_t length) {
  RowCounts executed{};
  for (int i = 0; i < count; ++i) {
    const std::uint64_t stream_seed = seed + static_cast<std::uint64_t>(i);
    const Stream stream = test::StreamMaker{stream_seed}.make(length, false);
    const Outcome outcome = test::run_on_qemu({stream});
    INFO("stream " << stream_seed << " " << outcome.errors);
    REQUIRE(outcome.signal == 0);
    REQUIRE(test::first_difference(test::StreamProgram::with_registers(stream.end).memory,
                                   outcome.data) == "");
    for (std::size_t row = 0; row < kRowCount; ++row) executed[row] += stream.executed[row];
  }
  return executed;
}
void compare_traps(std::uint64_t seed, int count) {
  for (int i = 0; i < count; ++i) {
    const std::uint64_t stream_seed = seed + static_cast<std::uint64_t>(i);
    const Stream stream = test::StreamMaker{stream_seed}.make(20, true);
    const Outcome outcome = test::run_on_qemu({stream});
    INFO("stream " << stream_seed << ", word " << std::hex << stream.words.back());
    REQUIRE((outcome.signal == SIGFPE || outcome.signal == SIGTRAP));
  }
}

TEST_CASE("Semantics: random streams leave the same state on QEMU", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x9e0);
  CAPTURE(seed);
  const RowCounts executed = compare_streams(seed, 40, 1500);
  for (const Insn insn : test::stream_instructions()) {
    INFO(row_of(insn).name);
    CHECK(executed[static_cast<std::size_t>(insn)] > 0);
  }
}

TEST_CASE("Semantics: what traps here traps on QEMU", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x9e1);
  CAPTURE(seed);
  compare_traps(seed, 30);
}

TEST_CASE("Semantics: many random streams leave the same state on QEMU", "[.][isa]") {
  const std::uint64_t seed = test::seed_or(0x9e2000);
  CAPTURE(seed);
  compare_streams(seed, 1000, 5000);
  compare_traps(seed, 1000);
}

}  // namespace
}  // namespace cpu
