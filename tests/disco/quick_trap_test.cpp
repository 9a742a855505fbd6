// The quick path is taken: what it does is what handle_trap() would do, so nothing else notices if
// it is not.
#include "tests/disco/vm_fixture.hpp"

namespace disco::test {

namespace {

constexpr unsigned kT0 = 8, kUnsaved = 16;

bool is_quick(VmFixture& g, std::uint32_t word, std::uint32_t branch = 0) {
  const unsigned before = g.quick_answers;
  g.vcpu.context.pc = kCssegWindow + 0x1000;
  REQUIRE(g.privileged(word, branch) == TrapAnswer::kHandled);
  return g.quick_answers == before + 1;
}

}  // namespace

TEST_CASE("Quick path: plain moves, tlbwr and eret are answered there, in delay slots too",
          "[disco][quick]") {
  VmFixture g;
  const std::uint32_t branch = GENERATE(0u, branch_op(4, 0, 0, 4));
  for (const unsigned number :
       {cp0::kEntryLo0, cp0::kEntryLo1, cp0::kContext, cp0::kPageMask, cp0::kBadVAddr,
        cp0::kEntryHi, cp0::kStatus, cp0::kCause, cp0::kEpc, cp0::kXContext}) {
    CAPTURE(number);
    CHECK(is_quick(g, mfc0(kT0, number), branch));
    CHECK(is_quick(g, dmfc0(kT0, number), branch));
    CHECK_FALSE(is_quick(g, mfc0(kUnsaved, number), branch));
  }
  g.vcpu.context.gpr[kT0] = 0;
  for (const unsigned number :
       {cp0::kEntryLo0, cp0::kEntryLo1, cp0::kContext, cp0::kEntryHi, cp0::kEpc, cp0::kStatus}) {
    CAPTURE(number);
    CHECK(is_quick(g, mtc0(kT0, number), branch));
    CHECK(is_quick(g, dmtc0(kT0, number), branch));
    CHECK_FALSE(is_quick(g, mtc0(kUnsaved, number), branch));
  }
  CHECK(is_quick(g, kTlbwr, branch));
  if (branch == 0) CHECK(is_quick(g, kEret));
  CHECK_FALSE(is_quick(g, kTlbwi, branch));
}

TEST_CASE(
    "Quick path: a system call and a refill that the guest's TLB does not hold are delivered there",
    "[disco][quick]") {
  VmFixture g;
  g.trap(ExceptionCode::kSys, 0x0000000c);
  CHECK(g.quick_answers == 1);
  CHECK(g.counters.reflected_syscall == 1);
  REQUIRE(g.vcpu.set_status(0) == TrapAnswer::kHandled);
  g.refill(ExceptionCode::kTlbL, 0x10000000);
  CHECK(g.quick_answers == 2);
  CHECK(g.counters.refills_reflected == 1);
  // With EXL set each may be one too many.
  REQUIRE(g.vcpu.set_status(status::kExl) == TrapAnswer::kHandled);
  g.trap(ExceptionCode::kSys, 0x0000000c);
  g.refill(ExceptionCode::kTlbL, 0x10000000);
  CHECK(g.quick_answers == 2);
}

}  // namespace disco::test
