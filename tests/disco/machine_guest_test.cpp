// Well-meaning guests on the machine: with and without the monitor, and by either path of a miss,
// they must come to the same; and what the monitor counts must be what the processor counts.
#include <random>

#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

constexpr Place kGuest{true}, kNative{false};

void check_counters(const GuestRun& run) {
  const char* const fast[] = {"refills_fast_direct", "refills_fast_virtual_tlb",
                              "refills_fast_l2tlb"};
  const std::uint64_t fast_refills = run.sum({fast[0], fast[1], fast[2]});
  CHECK(run.sum({"refills_slow"}) + fast_refills == run.refills);
  CHECK(run.sum({"refills_direct", "refills_virtual_tlb", "refills_l2tlb", "refills_reflected",
                 "refills_monitor"}) == run.sum({"refills_slow"}));
  CHECK(run.sum(
            {"traps_tlb", "traps_privileged", "traps_interrupt", "traps_syscall", "traps_other"}) +
            fast_refills ==
        run.exceptions);
  CHECK(run.sum({"traps_tlb"}) == run.sum({"refills_slow", "invalids", "modifieds"}));
}

// ---- random privileged programs

/// Sends the bytes of `reg` to the UART (at s0), upper first. Clobbers t0.
Words send(unsigned reg) {
  Words code;
  for (unsigned shift = 56;; shift -= 8) {
    code.push_back(shift >= 32 ? special(0x3e, 0, reg, kT0, shift - 32)
                               : dsrl(kT0, reg, shift));  // dsrl32, dsrl
    code.push_back(sb(kT0, 0, kS0));
    if (shift == 0) return code;
  }
}

/// The same program for either place: it sets CP0 registers to random values, runs random
/// privileged instructions, half of them in delay slots, and sends what it can read back.
machine::BootImage random_program(Place place, unsigned seed) {
  std::mt19937_64 random{seed};
  const auto below = [&](std::uint64_t n) { return static_cast<unsigned>(random() % n); };
  // Not Count, Random, Status, Config, Watch, FrameMask, counters, and what holds code addresses.
  constexpr unsigned kRegisters[] = {0, 2, 3, 4, 5, 6, 10, 11, 14, 20, 26, 27, 28, 29, 30};
  Words code{lui(kS0, place.devices()), mtc0(kZero, kStatus)};
  for (int n = 0; n < 60; ++n) {
    const unsigned number = kRegisters[below(std::size(kRegisters))];
    // Pages that exist, so that entries are entered; addresses that meet each other.
    const std::uint64_t value = number == 10    ? std::uint64_t{below(6)} << 13 | below(3)
                                : number == 6   ? below(8)
                                : number == 5   ? 0
                                : below(2) == 0 ? random()
                                                : std::uint64_t{below(512)} << 6 | below(64);
    append(code, li64(kS1, value));
    code.push_back(below(2) == 0 ? mtc0(kS1, number) : dmtc0(kS1, number));
    constexpr std::uint32_t kTlb[] = {0x42000001, 0x42000002, 0x42000002, 0x42000008};
    const std::uint32_t word =
        below(2) == 0 ? kTlb[below(4)] : dmfc0(kS2, kRegisters[below(std::size(kRegisters))]);
    if (below(2) == 0) {
      code.push_back(word);
    } else {
      // A branch that skips a marker or not, on a register that the slot may change.
      append(code, {addiu(kS2, kZero, static_cast<std::int32_t>(below(2))), bne(kS2, kZero, 2),
                    word, addiu(kS4, kS4, 1)});
    }
    append(code, send(kS2));
    const unsigned read = kRegisters[below(std::size(kRegisters))];
    code.push_back(dmfc0(kS3, read));
    append(code, send(kS3));
  }
  append(code, send(kS4));
  append(code, exit_with(place, 0));
  return kernel(place, code, exit_with(place, 9));
}

}  // namespace

TEST_CASE("Random privileged programs print the same natively and below the monitor",
          "[disco][machine]") {
  const auto seed = GENERATE(range(1u, 13u));
  INFO("seed " << seed);
  const GuestRun native = run_native(random_program(kNative, seed), {});
  REQUIRE(native.end == RunEnd::kPowerOff);
  REQUIRE(native.exit_code == 0);
  const GuestRun guest = run_guest(random_program(kGuest, seed), {});
  CHECK(guest.exit_code == 0);
  CHECK(guest.console.size() > 900);
  CHECK(guest.console == native.console);
  check_counters(guest);
}

TEST_CASE("A store through a clean mapping of the power register ends nothing, as on the processor",
          "[disco][machine]") {
  constexpr unsigned kModified = 1;
  for (const Place place : {kNative, kGuest}) {
    // The handler ends with the exception's code, the store would end with 5.
    Words handler{mfc0(kT1, kCause),
                  srl(kT1, kT1, 2),
                  andi(kT1, kT1, 31),
                  addu(kT1, kT1, kT1),
                  lui(kT0, place.devices()),
                  ori(kT0, kT0, 0x1000),
                  ori(kT1, kT1, 1),
                  sw(kT1, 0, kT0),
                  kHere,
                  kNop};
    Words code{mtc0(kZero, kStatus), mtc0(kZero, kPageMask), mtc0(kZero, kIndex)};
    append(code, li64(kT0, 0x1c001 << 6 | 2 << 3 | 2));
    append(code, {dmtc0(kT0, kEntryLo0), dmtc0(kT0, kEntryLo1), lui(kT1, 0x3000),
                  dmtc0(kT1, kEntryHi), 0x42000002});
    append(code, {addiu(kV0, kZero, 5 << 1 | 1), sw(kV0, 0, kT1)});
    append(code, exit_with(place, 6));
    const machine::BootImage image = kernel(place, code, handler);
    const GuestRun run = place.guest ? run_guest(image, {}) : run_native(image, {});
    CHECK(run.exit_code == kModified);
  }
}

TEST_CASE("Timer and doze: a guest that sleeps between ticks wakes as often as it asked",
          "[disco][machine]") {
  // Also over the end of Count's 32 bits.
  const std::uint32_t start = GENERATE(0u, 0xfffau, 0x7ffau);
  // The handler counts in s1 and sets Compare on; the program dozes until ten have come.
  const Words handler{mfc0(kK0, kCompare), lui(kK1, 1),        addu(kK0, kK0, kK1),
                      mtc0(kK0, kCompare), addiu(kS1, kS1, 1), kEret};
  Words code{lui(kT0, start),     mtc0(kT0, kCount),    mfc0(kT0, kCount),       lui(kT1, 1),
             addu(kT0, kT0, kT1), mtc0(kT0, kCompare),  ori(kT0, kZero, 0x8001), mtc0(kT0, kStatus),
             lui(kS0, 0xdc3f),    ori(kS0, kS0, 0xf000)};
  append(code, {sd(kZero, 0x38, kS0), addiu(kT2, kS1, -10), bne(kT2, kZero, -3), kNop});
  append(code, {mfc0(kS2, kCount)});
  append(code, exit_with(kGuest, 10));
  const GuestRun run = run_guest(kernel(kGuest, code, handler), {});
  CHECK(run.exit_code == 10);
  CHECK(run.counters.at("timer_interrupts") == 10);
  CHECK(run.counters.at("reflected_interrupt") == 10);
  CHECK(run.counters.at("dozes") >= 10);
  check_counters(run);
}

TEST_CASE(
    "FPU: its registers are the guest's from its first use, and its condition decides branches",
    "[disco][machine]") {
  const auto dmtc1 = [](unsigned rt, unsigned fs) { return 0x44a00000u | rt << 16 | fs << 11; };
  const auto dmfc1 = [](unsigned rt, unsigned fs) { return 0x44200000u | rt << 16 | fs << 11; };
  const auto ctc1 = [](unsigned rt) { return 0x44c00000u | rt << 16 | 31u << 11; };
  constexpr std::uint32_t kBc1tTwo = 0x45010002;     // over the slot's next word
  Words code{lui(kT0, 0x2400), mtc0(kT0, kStatus)};  // CU1, FR
  append(code, li64(kS1, 0x123456789abcdef0));
  append(code, {dmtc1(kS1, 5), dmfc1(kS2, 5), dmfc1(kS3, 6), bne(kS1, kS2, 14), kNop,
                bne(kS3, kZero, 12), kNop});
  // Condition 0 set: the branch is taken although its slot traps.
  append(code, {lui(kT0, 0x0080), ctc1(kT0), kBc1tTwo, dmfc0(kT1, 15), addiu(kS4, kZero, 1)});
  append(code, {bne(kS4, kZero, 5), kNop});
  append(code, {lui(kT0, 0xdc00), ori(kT0, kT0, 0x1000), addiu(kV0, kZero, 21 << 1 | 1),
                sw(kV0, 0, kT0)});
  append(code, exit_with(kGuest, 22));
  CHECK(run_guest(kernel(kGuest, code, exit_with(kGuest, 9)), {}).exit_code == 21);
}

TEST_CASE("Console: input reaches the guest by interrupt, byte by byte, however much there is",
          "[disco][machine]") {
  // The handler echoes what is there and counts in s1; FIFO off, so one byte at a time.
  const Words handler{lui(kK0, 0xdc00), lbu(kK1, 0, kK0), sb(kK1, 0, kK0), addiu(kS1, kS1, 1),
                      kEret};
  Words code{lui(kS0, 0xdc00),        addiu(kT0, kZero, 1),  sb(kT0, 1, kS0),
             lui(kS0, 0xdc3f),        ori(kS0, kS0, 0xf000), sd(kT0, 8, kS0),
             ori(kT0, kZero, 0x0401), mtc0(kT0, kStatus)};
  append(code, {sd(kZero, 0x38, kS0), addiu(kT2, kS1, -50), bne(kT2, kZero, -3), kNop});
  append(code, exit_with(kGuest, 0));
  GuestOptions options;
  std::string typed;
  for (char c = 0; c < 50; ++c) typed += static_cast<char>('0' + c);
  options.input = {{Cycles{10'000'000}, typed}};
  const GuestRun run = run_guest(kernel(kGuest, code, handler), options);
  CHECK(run.end == RunEnd::kPowerOff);
  CHECK(run.console == typed);
}

TEST_CASE("tinyix prints what it prints natively, and the counters agree with the processor's",
          "[disco][machine]") {
  const std::string program = GENERATE("hello", "chase", "forkstorm", "pingpong");
  const std::uint32_t l2 = GENERATE(0u, 1024u);
  INFO(program << " L2TLB " << l2);
  const GuestRun native = run_native(tinyix(kNative, program), {});
  REQUIRE(native.exit_code == 0);
  GuestOptions options;
  options.l2tlb = l2;
  const GuestRun guest = run_guest(tinyix(kGuest, program), options);
  CHECK(guest.exit_code == 0);
  CHECK(guest.console == native.console);
  check_counters(guest);
}

TEST_CASE("The assembly miss path and the C++ one give a guest the same", "[disco][machine]") {
  // How much dearer the monitor is without it: a little less than measured. Most misses of the
  // first are the guest kernel's business on either path; nearly all of the second are the L2TLB's.
  struct Case {
    const char* program;
    std::uint32_t l2;
    double factor;
  };
  const Case c = GENERATE(values<Case>({{"chase", 0, 1.015},
                                        {"chase", 256, 3.5},
                                        {"forkstorm", 0, 1.025},
                                        {"forkstorm", 256, 1.06}}));
  const std::string program = c.program;
  const std::uint32_t l2 = c.l2;
  INFO(program << " L2TLB " << l2);
  GuestOptions options;
  options.l2tlb = l2;
  const GuestRun fast = run_guest(tinyix(kGuest, program), options);
  options.monitor_arguments = "no-fast-miss";
  const GuestRun slow = run_guest(tinyix(kGuest, program), options);
  CHECK(fast.exit_code == 0);
  CHECK(slow.exit_code == 0);
  CHECK(fast.console == slow.console);
  CHECK(slow.sum({"refills_fast_direct", "refills_fast_virtual_tlb", "refills_fast_l2tlb"}) == 0);
  CHECK(fast.sum({"refills_fast_direct", "refills_fast_virtual_tlb"}) > 1000);
  CHECK(static_cast<double>(slow.kernel_cycles) >
        c.factor * static_cast<double>(fast.kernel_cycles));
  check_counters(fast);
  check_counters(slow);
}

TEST_CASE("A guest has a TLB of the machine's size, or of the one that it is given",
          "[disco][machine]") {
  struct Sizes {
    std::uint32_t machine, given, seen;
  };
  const Sizes sizes =
      GENERATE(Sizes{48, 0, 48}, Sizes{64, 0, 64}, Sizes{128, 0, 128}, Sizes{64, 32, 32},
               Sizes{48, 128, 128}, Sizes{8, 0, 8}, Sizes{512, 512, 512});
  const std::uint32_t l2 = GENERATE(0u, 256u);
  INFO("machine " << sizes.machine << " given " << sizes.given << " L2TLB " << l2);
  GuestOptions options;
  options.machine.tlb.entries = sizes.machine;
  options.tlb = sizes.given;
  options.l2tlb = l2;
  machine::BootImage image = tinyix(kGuest, "chase");
  image.bootargs += " verbose";
  const GuestRun run = run_guest(image, options);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.console, Catch::Contains(std::to_string(sizes.seen) + " TLB entries"));
  check_counters(run);
}

TEST_CASE("Misses that reach a guest's kernel fall as its TLB grows", "[disco][machine]") {
  const auto reflected = [](std::uint32_t entries) {
    GuestOptions options;
    options.machine.tlb.entries = entries;
    const GuestRun run = run_guest(tinyix(kGuest, "random"), options);
    CHECK(run.exit_code == 0);
    return run.counters.at("refills_reflected");
  };
  const std::uint64_t small = reflected(16), usual = reflected(64), large = reflected(512);
  CHECK(small > usual);
  CHECK(usual > large);
}

TEST_CASE("The assembly path serves every miss that it can, under every ASID", "[disco][machine]") {
  // 120 page pairs, written once and read in turn: more than the guest's TLB and the machine's
  // hold.
  constexpr unsigned kPairs = 120, kRounds = 8;
  const unsigned asid = GENERATE(0u, 1u, 2u, 0x80u, 0xffu);
  const bool has_l2 = GENERATE(true, false);
  const bool large = GENERATE(false, true);
  CAPTURE(asid, has_l2, large);
  const auto for_each_pair = [&](const Words& body) {
    // s1: the pair's address; body runs with it.
    Words code{lui(kS1, 0x1000), addiu(kS2, kZero, kPairs),
               ori(kS4, kZero, large ? 0x8000 : 0x2000)};
    append(code, body);
    append(code, {addu(kS1, kS1, kS4), addiu(kS2, kS2, -1),
                  bne(kS2, kZero, -static_cast<std::int32_t>(body.size()) - 3), kNop});
    return code;
  };
  Words code{mtc0(kZero, kStatus), ori(kT0, kZero, large ? 0x6000 : 0),
             mtc0(kT0, kPageMask), ori(kT0, kZero, 0x200 << 6 | 0x1e),
             mtc0(kT0, kEntryLo0), mtc0(kT0, kEntryLo1)};
  append(code, for_each_pair({ori(kT0, kS1, static_cast<std::int32_t>(asid)), dmtc0(kT0, kEntryHi),
                              0x42000006}));
  append(code, {addiu(kS3, kZero, kRounds)});
  const Words read = for_each_pair({lw(kT1, 0, kS1)});
  append(code, read);
  append(code,
         {addiu(kS3, kS3, -1), bne(kS3, kZero, -static_cast<std::int32_t>(read.size()) - 2), kNop});
  append(code, exit_with(kGuest, 7));
  GuestOptions options;
  options.l2tlb = has_l2 ? 1024 : 0;
  // A miss that nothing holds is the guest's: this one ends there.
  const GuestRun run = run_guest(kernel(kGuest, code, exit_with(kGuest, 9)), options);
  CHECK(run.exit_code == (has_l2 ? 7 : 9));
  CHECK(run.counters.at("refills_virtual_tlb") == 0);
  CHECK(run.counters.at("refills_l2tlb") == 0);
  CHECK(run.counters.at("refills_direct") == 0);
  CHECK(run.counters.at("refills_reflected") == (has_l2 ? 0 : 1));
  check_counters(run);
  if (!has_l2) return;
  // At least those pairs that the guest's TLB never holds, in every round but the first, where the
  // last that were written may still be in the machine's.
  CHECK(run.counters.at("refills_fast_l2tlb") >= (kPairs - 64) * (kRounds - 1));
  CHECK(run.sum({"refills_fast_l2tlb", "refills_fast_virtual_tlb"}) <= kPairs * kRounds);
  CHECK(run.sum({"refills_fast_l2tlb", "refills_fast_virtual_tlb"}) >= kPairs * (kRounds - 1) / 2);
}

TEST_CASE("The assembly path serves xsseg's window once it is used, unless KX forbids it",
          "[disco][machine]") {
  const bool kx = GENERATE(true, false);
  // Every page of 8 MB, read: far more than the machine's TLB holds.
  Words code{addiu(kT0, kZero, kx ? 0x80 : 0), mtc0(kT0, kStatus)};
  append(code, li64(kS1, 0x4000000000000000));
  append(code, {ori(kS2, kZero, 2048), ld(kT1, 0, kS1), immediate(0x19, kS1, kS1, 0x1000),
                addiu(kS2, kS2, -1), bne(kS2, kZero, -4), kNop});
  append(code, exit_with(kGuest, 7));
  const GuestRun run = run_guest(kernel(kGuest, code, exit_with(kGuest, 9)), {});
  CHECK(run.exit_code == (kx ? 7 : 9));
  check_counters(run);
  if (!kx) return;
  // A page that nothing has touched yet is given in C++, by an exception that is no refill.
  CHECK(run.counters.at("refills_direct") <= 4);
  CHECK(run.counters.at("refills_fast_direct") >= 1024 - 4);
}

TEST_CASE("Large pages serve the direct window with fewer misses, and change nothing else",
          "[disco][machine]") {
  GuestOptions options;
  const GuestRun small = run_guest(tinyix(kGuest, "forkstorm"), options);
  options.large_pages = true;
  const GuestRun large = run_guest(tinyix(kGuest, "forkstorm"), options);
  CHECK(large.exit_code == 0);
  CHECK(large.console == small.console);
  CHECK(large.sum({"refills_direct", "refills_fast_direct"}) * 4 <
        small.sum({"refills_direct", "refills_fast_direct"}));
  check_counters(large);
}

}  // namespace disco::test
