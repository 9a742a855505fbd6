// Guests that mean harm, on the machine: each is stopped with a report, or gets what it would get
// from its own processor, and the monitor lives to say so.
#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

constexpr Place kGuest{};
constexpr unsigned kReached = 77;  // exit code of the guest's own exception handler + Cause.ExcCode

/// Exits with 32 + Cause.ExcCode.
Words reporting_handler() {
  return {mfc0(kK0, kCause),
          andi(kK0, kK0, 0x7c),
          srl(kK0, kK0, 1),
          addiu(kK0, kK0, 65),
          lui(kK1, 0xdc00),
          ori(kK1, kK1, 0x1000),
          sw(kK0, 0, kK1),
          kHere,
          kNop};
}
constexpr unsigned reported(unsigned exception) { return 32 + exception; }

GuestRun run_code(Words code) {
  append(code, exit_with(kGuest, kReached));
  GuestRun run = run_guest(kernel(kGuest, code, reporting_handler()), {});
  REQUIRE(run.end == RunEnd::kPowerOff);
  return run;
}

void expect_stopped(const GuestRun& run, unsigned code, const char* sentence) {
  CHECK(run.end == RunEnd::kPowerOff);
  CHECK(run.exit_code == code);
  CHECK_THAT(run.console, Catch::Contains("disco: virtual machine 0 stopped: "));
  CHECK_THAT(run.console, Catch::Contains(sentence));
  CHECK_THAT(run.console, Catch::Contains("BadVAddr"));
  CHECK(run.counters.at("guests_stopped") == 1);
}

}  // namespace

TEST_CASE("A guest's exit code is the machine's", "[disco][machine]") {
  CHECK(run_code({}).exit_code == kReached);
}

TEST_CASE("Hostile guest: modes that the monitor does not provide", "[disco][machine]") {
  struct Row {
    std::uint32_t upper, lower;
    const char* sentence;
  };
  const auto row =
      GENERATE(Row{0x0040, 0, "BEV"}, Row{0x0200, 0, "RE"}, Row{0, 0x08, "supervisor"});
  Words code{lui(kT0, row.upper), ori(kT0, kT0, static_cast<std::int32_t>(row.lower)),
             mtc0(kT0, kStatus)};
  expect_stopped(run_code(code), 0x40, row.sentence);
}

TEST_CASE("Hostile guest: a handler that faults for ever", "[disco][machine]") {
  const Words handler{0x00000039};  // reserved
  const GuestRun run = run_guest(kernel(kGuest, {0x00000039}, handler), {});
  expect_stopped(run, 0x41, "endlessly");
}

TEST_CASE("Hostile guest: the addresses of the machine are no addresses", "[disco][machine]") {
  // KSEG0, KSEG1, the monitor's per-CPU page, xkphys, xkseg.
  const auto va = GENERATE(0xffffffff80000000, 0xffffffffa0000000, 0xffffffffffffa000,
                           0xa800000000000000, 0xc000000000000000);
  const bool store = GENERATE(false, true);
  Words code = li64(kT1, va);
  code.push_back(store ? sd(kT1, 0, kT1) : ld(kT1, 0, kT1));
  CHECK(run_code(code).exit_code == reported(store ? 5 : 4));
}

TEST_CASE("Hostile guest: wild jumps", "[disco][machine]") {
  struct Row {
    std::uint64_t va;
    unsigned exception;
  };
  // Misaligned, the machine's own segments, a device window, beyond memory, nowhere mapped.
  const auto row =
      GENERATE(Row{0xffffffffc0100002, 4}, Row{0xffffffff80000000, 4}, Row{0xffffffffdc000000, 6},
               Row{0xffffffffcf000000, 6}, Row{0x1000, 2}, Row{0xffffffffd0000000, 2});
  Words code = li64(kT1, row.va);
  append(code, {jr(kT1), kNop});
  CHECK(run_code(code).exit_code == reported(row.exception));
}

TEST_CASE("Hostile guest: TLB entries for memory that it does not have", "[disco][machine]") {
  // Frames beyond its 32 MB, in the hole, far beyond the machine; each read through a mapped page.
  const auto page = GENERATE(0x2000u, 0x1bfffu, 0x20000u, 0xfffffffu);
  Words code = li64(kT1, std::uint64_t{page} << 6 | 0x1f);
  append(code, {lui(kT2, 0x1000), dmtc0(kT2, kEntryHi), dmtc0(kT1, kEntryLo0),
                dmtc0(kT1, kEntryLo1), kTlbwr, lw(kT3, 4, kT2)});
  CHECK(run_code(code).exit_code == reported(7));
}

TEST_CASE("Hostile guest: TLB entries under the monitor's own address", "[disco][machine]") {
  // Written, probed, and written over by index and at random: the monitor keeps its entry.
  constexpr std::uint64_t kOwnPage = 0xffffffffffffa000;
  const std::uint32_t over = GENERATE(0x42000002u, kTlbwr);
  const std::uint32_t l2 = GENERATE(0u, 64u);
  Words code = li64(kT1, 0x105f);
  append(code, {dmtc0(kT1, kEntryLo0), dmtc0(kT1, kEntryLo1), addiu(kS1, kZero, 200)});
  append(code, li64(kT2, kOwnPage));
  append(code, li64(kS0, 0xffffffffd0000000));
  const auto loop = static_cast<std::int32_t>(code.size());
  append(code, {dmtc0(kT2, kEntryHi), kTlbwr, 0x42000008, dmtc0(kT2, kEntryHi), 0x42000002,
                dmtc0(kS0, kEntryHi), over, addiu(kS0, kS0, 0x2000), addiu(kS1, kS1, -1)});
  append(code, {bne(kS1, kZero, loop - static_cast<std::int32_t>(code.size()) - 1), kNop});
  append(code, exit_with(kGuest, kReached));
  GuestOptions options;
  options.l2tlb = l2;
  options.instructions = 30'000'000;
  const GuestRun run = run_guest(kernel(kGuest, code, reporting_handler()), options);
  CHECK(run.end == RunEnd::kPowerOff);
  CHECK(run.exit_code == kReached);
}

TEST_CASE("Hostile guest: encodings of coprocessor 0 that do not exist", "[disco][machine]") {
  const auto word = GENERATE(0x42000020u, 0x40400000u, 0x41000000u);
  CHECK(run_code({word}).exit_code == reported(10));
}

TEST_CASE("Hostile guest: garbage in every register of coprocessor 0", "[disco][machine]") {
  Words code;
  append(code, li64(kS0, 0xfedcba9876543210));
  for (unsigned number = 0; number < 32; ++number) {
    if (number == kStatus) continue;
    append(code, {dmtc0(kS0, number), dmfc0(kT1, number), mtc0(kS0, number), mfc0(kT1, number),
                  0x42000002, 0x42000001, 0x42000008, kTlbwr});
  }
  CHECK(run_code(code).exit_code == kReached);
}

TEST_CASE("MAGIC: what answers in a guest is what answers on the machine", "[disco][machine]") {
  // A letter for every doubleword: of which sizes a load gets an answer. Page counters, which a VM
  // has not, are left out.
  const auto answers = [](Place place) {
    const Words skip{dmfc0(kK0, kEpc), addiu(kK0, kK0, 4), dmtc0(kK0, kEpc), addiu(kS3, kS3, 1),
                     kEret};
    Words code{lui(kS2, place.devices())};
    const auto scan = [&](std::uint32_t at, std::uint32_t bytes, std::int32_t step) {
      append(code,
             {lui(kS0, (std::uint32_t{place.devices()} << 16 | at) >> 16),
              ori(kS0, kS0, static_cast<std::int32_t>(at & 0xffff)),
              ori(kS1, kZero, static_cast<std::int32_t>(bytes / static_cast<unsigned>(step)))});
      const Words body{ori(kS3, kZero, 'A'),  lbu(kT0, 0, kS0),   addu(kS3, kS3, kS3),
                       addiu(kS3, kS3, -'A'), lw(kT0, 0, kS0),    addu(kS3, kS3, kS3),
                       addiu(kS3, kS3, -'A'), ld(kT0, 0, kS0),    sb(kS3, 0, kS2),
                       addiu(kS0, kS0, step), addiu(kS1, kS1, -1)};
      append(code, body);
      append(code, {bne(kS1, kZero, -static_cast<std::int32_t>(body.size()) - 1), kNop});
    };
    scan(0x20000, 0x1000, 8);  // the controller
    scan(0x23000, 0xd000, 0x80);
    scan(0x3ff000, 0x100, 8);  // the processor's own interface, and by its number
    scan(0x400000, 0x100, 8);
    append(code, exit_with(place, kReached));
    const machine::BootImage image = kernel(place, code, skip);
    return place.guest ? run_guest(image, {}) : run_native(image, {});
  };
  const GuestRun native = answers({.guest = false}), guest = answers({});
  REQUIRE(native.exit_code == kReached);
  CHECK(guest.exit_code == kReached);
  CHECK_THAT(native.console, Catch::Contains("E") && Catch::Contains("H"));
  CHECK(native.console.size() == 512 + 416 + 64);
  CHECK(guest.console == native.console);
}

TEST_CASE("Hostile guest: every device address, every size", "[disco][machine]") {
  // The handler skips what faults; the monitor must only survive. The power register is left out.
  const Words skip{dmfc0(kK0, kEpc), addiu(kK0, kK0, 4), dmtc0(kK0, kEpc), kNop, kEret};
  Words code{lui(kS0, 0xdc00)};
  for (std::int32_t offset = 0; offset < 0x40; offset += 4) {
    for (const unsigned opcode : {0x20u, 0x21u, 0x22u, 0x23u, 0x26u, 0x27u, 0x30u, 0x34u, 0x37u})
      code.push_back(immediate(opcode, kS0, kT1, offset));
    if (offset != 0) code.push_back(immediate(0x3f, kS0, kT1, offset));
  }
  append(code, {lui(kS0, 0xdc3f), ori(kS0, kS0, 0xf000)});
  for (std::int32_t offset = 0; offset < 0x80; offset += 4) {
    for (const unsigned opcode : {0x23u, 0x37u, 0x28u})
      code.push_back(immediate(opcode, kS0, kT1, offset));
  }
  append(code, exit_with(kGuest, kReached));
  const GuestRun run = run_guest(kernel(kGuest, code, skip), {});
  CHECK(run.end == RunEnd::kPowerOff);
  CHECK(run.exit_code == kReached);
}

TEST_CASE("Hostile guest: it cannot look busy and keep the machine", "[disco][machine]") {
  GuestOptions options;
  options.instructions = 5'000'000;
  const GuestRun run = run_guest(kernel(kGuest, {kHere, kNop}, {kHere, kNop}), options);
  CHECK(run.end == RunEnd::kInstructionLimit);
}

}  // namespace disco::test
