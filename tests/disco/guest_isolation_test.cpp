// Guests that do anything at all, below the whole monitor on the machine, watched from outside:
// every reference that the processor makes is held against what the monitor gave the guest. Below
// kernel mode only the guest's own pages may be touched, in kernel mode only the monitor's text be
// executed, and no mapped address but the monitor's own page be used. The guest may be stopped,
// loop, sleep or switch itself off; the monitor may not fail.
#include <cstdlib>
#include <random>
#include <unordered_set>

#include "disco/mips/layout.h"
#include "tests/disco/on_machine.hpp"

namespace disco::test {

namespace {

constexpr Place kGuest{};
constexpr unsigned kCodeWords = 6000;
constexpr std::uint64_t kGuestBytes = 4 * kMiB;
constexpr unsigned kAt = 1, kWired = 6, kErrorEpc = 30, kXContext = 20;
constexpr std::uint32_t kTlbr = 0x42000001, kTlbwi = 0x42000002, kTlbp = 0x42000008;
constexpr std::uint64_t kPhysical = 0x1fffffff, kPageMaskBits = 0xfff;

/// Judges every reference. What the guest owns is read from the monitor's pmap: when it is first
/// entered, and again when it touches a page that it did not have then.
class Watch final : public common::Observer {
 public:
  Watch(machine::Machine& machine, const machine::SymbolTable& symbols) : machine_{machine} {
    const auto image_end = symbols.address_of("_image_end");
    const auto counters = symbols.address_of("disco_counters");
    REQUIRE(image_end);
    REQUIRE(counters);
    image_end_ = image_end->bits() & kPhysical;
    page_ = (counters->bits() & kPhysical) - PAGE_COUNTERS_AT;
  }

  void on_eret(const common::EretEvent& e) override {
    if (!owned_.empty() || e.to == Mode::kKernel) return;
    read_pmap();
    machine_.stop_after_instruction();
  }

  void on_exception(const common::ExceptionEvent& e) override {
    // Loading a guest's FCSR may raise what is enabled in it.
    constexpr auto kFloatingPoint = hardware::ExceptionCode::kFpe;
    if (e.from != Mode::kKernel || e.code == kFloatingPoint || !complaint_.empty()) return;
    char text[80];
    std::snprintf(text, sizeof text, "the monitor took exception %u at %016llx",
                  hardware::number_of(e.code), static_cast<unsigned long long>(e.pc.bits()));
    complaint_ = text;
    machine_.stop_after_instruction();
  }

  void on_reference(const common::Reference& r) override {
    ++references_;
    const bool fetch = r.kind == common::ReferenceKind::kFetch;
    if (r.mode == Mode::kKernel) {
      const bool own_page = r.va.bits() >= 0xffffffffffffa000;
      if (r.mapped && !own_page) broken("the monitor used a mapped address", r);
      if (fetch && r.pa.bits() >= image_end_) broken("kernel mode executed what is not text", r);
      return;
    }
    ++from_guest_;
    const std::uint64_t page = r.pa.bits() & ~kPageMaskBits;
    if (owned_.count(page) != 0) return;
    read_pmap();
    if (owned_.count(page) == 0) broken("not the guest's page", r);
  }

  std::uint64_t references() const { return references_; }
  std::uint64_t from_guest() const { return from_guest_; }
  const std::string& complaint() const { return complaint_; }

 private:
  std::uint64_t word(std::uint64_t at) {
    const auto value = machine_.read_word(MachineAddr{at & ((std::uint64_t{1} << 40) - 1)});
    REQUIRE(value);
    return *value;
  }

  void read_pmap() {
    const std::uint64_t context = word(page_ + (PAGE_CONTEXT - PAGE_BASE));
    const std::uint64_t frames = word(context + VIEW_FRAMES);
    owned_.clear();
    for (std::uint64_t n = 0; n < kGuestBytes / kPageSize; ++n) {
      const std::uint64_t frame_word = word(frames + 8 * n);
      if ((frame_word & 2) == 0) continue;  // V: not given yet
      const std::uint64_t frame = (frame_word & 0x3ffffffc0) >> 6 << 12;
      // No page twice, none of the image, and not the tables that say so.
      REQUIRE(owned_.insert(frame).second);
      REQUIRE(frame >= image_end_);
    }
    const std::uint64_t mask = (std::uint64_t{1} << 40) - 1 - kPageMaskBits;
    for (const std::uint64_t own : {page_, context, frames}) REQUIRE(owned_.count(own & mask) == 0);
  }

  void broken(const char* what, const common::Reference& r) {
    if (!complaint_.empty()) return;
    char text[160];
    std::snprintf(text, sizeof text, "%s: kind %d mode %d va %016llx pa %010llx", what,
                  static_cast<int>(r.kind), static_cast<int>(r.mode),
                  static_cast<unsigned long long>(r.va.bits()),
                  static_cast<unsigned long long>(r.pa.bits()));
    complaint_ = text;
    machine_.stop_after_instruction();
  }

  machine::Machine& machine_;
  std::uint64_t image_end_ = 0, page_ = 0;
  std::unordered_set<std::uint64_t> owned_;
  std::uint64_t references_ = 0, from_guest_ = 0;
  std::string complaint_;
};

/// Writes programs out of pieces that each do one harmful thing.
class Author {
 public:
  explicit Author(std::uint64_t seed) : random_{seed} {}

  Words program() {
    Words code;
    while (code.size() < kCodeWords - 40) append(code, piece());
    append(code, jump_anywhere());
    return code;
  }

  /// At all three vectors. Even ones are civil and keep the program going, odd ones are not.
  Words handler() {
    switch (below(4)) {
      case 0:  // over the instruction
        return {dmfc0(kK0, kEpc), addiu(kK0, kK0, 4), dmtc0(kK0, kEpc), kEret};
      case 1: {  // anywhere in the program, by the time
        Words code{mfc0(kK0, kCount), sll(kK0, kK0, 3),    andi(kK0, kK0, 0x3ffc),
                   lui(kK1, 0xc010),  addu(kK0, kK0, kK1), dmtc0(kK0, kEpc)};
        if (below(2) == 0) {  // as a user, sometimes with other interrupts
          const auto status = static_cast<std::int32_t>(0x8003 | 2u << 3 | below(8) << 5);
          append(code, {ori(kK1, kZero, status), mtc0(kK1, kStatus)});
        }
        code.push_back(kEret);
        return code;
      }
      case 2:  // maps what was missed onto low memory
        return {dmfc0(kK0, 8),
                special(0x3a, 0, kK0, kK0, 13),
                andi(kK0, kK0, 0x1ff),
                dsll(kK0, kK0, 7),
                ori(kK0, kK0, 0x1e | static_cast<std::int32_t>(below(2))),
                dmtc0(kK0, kEntryLo0),
                ori(kK0, kK0, 0x40),
                dmtc0(kK0, kEntryLo1),
                kTlbwr,
                mfc0(kK0, kCount),
                andi(kK0, kK0, 0x7fc),
                lui(kK1, 0xc010),
                addu(kK0, kK0, kK1),
                mfc0(kK1, kCause),
                andi(kK1, kK1, 0x70),
                beq(kK1, kZero, 2),
                kNop,
                dmtc0(kK0, kEpc),
                kEret};
      default: {
        Words code;
        while (code.size() < 20) append(code, piece());
        code.resize(30, 0);
        code.push_back(kEret);
        return code;
      }
    }
  }

  /// Guests soon run into a loop that they like. This one goes on elsewhere, with other registers:
  /// nothing that it could not have done itself.
  void shove(cpu::DebugPort& debug) {
    for (unsigned n = 1; n < 32; ++n) {
      if (below(2) == 0) debug.write_register(cpu::RegisterClass::kGpr, n, address());
    }
    const std::uint64_t pc =
        below(8) == 0 ? address() & ~std::uint64_t{3} : 0xffffffffc0100000 + below(kCodeWords) * 4;
    debug.write_register(cpu::RegisterClass::kPc, 0, pc);
  }

 private:
  unsigned below(std::uint64_t n) { return static_cast<unsigned>(random_() % n); }
  unsigned any() { return 1 + below(31); }

  std::uint64_t address() {
    const std::uint64_t near = static_cast<std::uint64_t>(below(17)) - 8;
    switch (below(16)) {
      case 0: return 0xffffffffc0000000 + below(kGuestBytes);
      case 1: return 0xffffffffc0000000 + below(600) * kPageSize + near;
      case 2: return 0xffffffffd0000000 + below(64) * kPageSize + near;
      case 3: return 0xffffffffdbfff000 + near;
      case 4: return 0xffffffffdc000000 + below(0x40);
      case 5: return 0xffffffffdc000000 + (below(2) == 0 ? 0x2000 : 0x3ff000) + below(0x50);
      case 6: return below(0x200) * kPageSize + near;
      case 7: return 0x100000 + below(kCodeWords) * 4;
      case 8: return 0x4000000000000000 + below(kGuestBytes) + (std::uint64_t{below(3)} << 40);
      case 9: return 0x4000000000000000 + (random_() & ((std::uint64_t{1} << 46) - 1));
      case 10: return 0xffffffff80000000 + below(0x30000000);
      case 11: return 0xffffffffffffa000 + below(0x1000);
      case 12: return 0xa800000000000000 + below(0x8000000);
      case 13: return (std::uint64_t{below(4)} << 62) + (std::uint64_t{1} << 44) + near;
      case 14: return (std::uint64_t{1} << below(64)) + near;
      default: return random_();
    }
  }

  std::uint64_t entry_lo() {
    switch (below(6)) {
      case 0: return random_();
      case 1: return std::uint64_t{0x1c000 + below(0x420)} << 6 | below(64);  // devices
      case 2: return std::uint64_t{below(0x2000)} << 6 | below(64);  // much of it no memory
      default: return std::uint64_t{below(kGuestBytes / kPageSize)} << 6 | 0x1e | below(2);
    }
  }

  std::uint64_t status() {
    const std::uint64_t usual = std::uint64_t{below(8)} << 5 | (below(2) << 28) | (below(8) << 29);
    const std::uint64_t interrupts = below(2) == 0 ? 0x8001 : below(0x10000) & 0xff01;
    const std::uint64_t mode = below(4) == 0 ? 2u << 3 : below(4) == 0 ? 6 & below(8) : 0;
    return below(200) == 0 ? random_() : usual | interrupts | mode;
  }

  Words constant(unsigned rt, std::uint64_t value) { return li64(rt, value); }

  /// A word of the kinds that trap, or any at all.
  std::uint32_t word() {
    const std::uint32_t w = any_word();
    // A Status of random bits stops the guest: not every time.
    const bool status = (w & 0xff80f800) == (0x40800000 | kStatus << 11);
    return status && below(16) != 0 ? w ^ 1 << 11 : w;
  }

  std::uint32_t any_word() {
    const auto bits = static_cast<std::uint32_t>(random_());
    switch (below(8)) {
      case 0: return 0xbc000000u | (bits & 0x03ffffff);  // cache
      case 1: return 0x40000000u | (bits & 0x01fff800);  // CP0 moves and what is none
      case 2: return below(4) == 0 ? 0x42000000u | (bits & 0x3f) : kTlbwr;
      case 3: return (0x20u + below(32)) << 26 | (bits & 0x03ffffff);  // memory
      case 4: return 0x44000000u | (bits & 0x03ffffff);                // FPU
      case 5: return bits & 0x03ffffff;  // special: jumps, traps, syscalls
      case 6: return kTlbwi;
      default: return bits;
    }
  }

  /// Of every kind: likely, linking, FPU, by register.
  std::uint32_t branch() {
    constexpr std::uint32_t kBranches[] = {
        0x10000000, 0x14000000, 0x18000000, 0x1c000000, 0x50000000, 0x54000000, 0x58000000,
        0x5c000000, 0x04000000, 0x04010000, 0x04020000, 0x04030000, 0x04100000, 0x04110000,
        0x04120000, 0x04130000, 0x45000000, 0x45010000, 0x45020000, 0x45030000};
    const std::uint32_t b = kBranches[below(std::size(kBranches))];
    const bool two = b >> 26 == 4 || b >> 26 == 5 || b >> 26 == 0x14 || b >> 26 == 0x15;
    std::uint32_t registers = 0;
    if (b < 0x45000000 || b >= 0x50000000) registers = any() << 21 | (two ? any() << 16 : 0);
    return b | registers | (below(60) + 1);
  }

  Words jump_anywhere() {
    Words code = constant(kAt, 0xffffffffc0100000 + below(kCodeWords) * 4);
    append(code, {jr(kAt), below(3) == 0 ? word() : kNop});
    return code;
  }

  Words tlb_write() {
    Words code =
        constant(kT0, below(4) == 0 ? random_() : (address() & ~std::uint64_t{0x1fff}) | below(4));
    code.push_back(dmtc0(kT0, kEntryHi));
    for (const unsigned lo : {kEntryLo0, kEntryLo1}) {
      append(code, constant(kT0, entry_lo()));
      code.push_back(dmtc0(kT0, lo));
    }
    constexpr std::uint32_t kMasks[] = {0, 0, 0, 0x6000, 0x1e000, 0x1ffe000, 0x4000};
    append(code, constant(kT0, below(16) == 0 ? random_() : kMasks[below(7)]));
    code.push_back(mtc0(kT0, kPageMask));
    append(code, {ori(kT0, kZero, static_cast<std::int32_t>(below(70))), mtc0(kT0, kIndex)});
    code.push_back(below(2) == 0 ? kTlbwi : kTlbwr);
    if (below(8) == 0) code.push_back(kTlbp);
    if (below(8) == 0) code.push_back(kTlbr);
    if (below(16) == 0)
      append(code, {ori(kT0, kZero, static_cast<std::int32_t>(below(80))), mtc0(kT0, kWired)});
    return code;
  }

  Words use_memory() {
    Words code = constant(kT1, address());
    constexpr std::uint32_t kOps[] = {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x1a,
                                      0x1b, 0x37, 0x30, 0x34, 0x28, 0x29, 0x2a, 0x2b, 0x2c,
                                      0x2d, 0x2e, 0x3f, 0x38, 0x3c, 0x2f, 0x31, 0x39};
    const std::uint32_t what = immediate(kOps[below(std::size(kOps))], kT1, any(),
                                         static_cast<std::int32_t>(below(9)) - 4);
    if (below(3) == 0) {
      append(code, {branch(), what});
    } else {
      code.push_back(what);
    }
    return code;
  }

  Words piece() {
    switch (below(13)) {
      case 0:
      case 1: return tlb_write();
      case 2:
      case 3: return use_memory();
      case 4: {
        Words code = constant(kT0, status());
        code.push_back(mtc0(kT0, kStatus));
        return code;
      }
      case 5: {  // eret, or a jump, to anywhere
        Words code =
            constant(kT0, below(3) == 0 ? address() : 0xffffffffc0100000 + below(kCodeWords) * 4);
        if (below(2) == 0) {
          append(code, {jr(kT0), word()});
        } else {
          append(code, {dmtc0(kT0, below(2) == 0 ? kEpc : kErrorEpc), kEret});
        }
        return code;
      }
      case 6: {  // a storm of timer interrupts
        return {mfc0(kT0, kCount), addiu(kT0, kT0, static_cast<std::int32_t>(below(200))),
                mtc0(kT0, below(8) == 0 ? kCount : kCompare)};
      }
      case 7: return {branch(), word()};
      case 8: {  // instructions written at run time
        Words code = constant(kT1, 0xffffffffc0100000 + below(kCodeWords) * 4);
        append(code, constant(kT0, std::uint64_t{word()} << 32 | word()));
        code.push_back(sw(kT0, 0, kT1));
        return code;
      }
      case 9: {
        Words code = constant(kT0, address());
        append(code, {0xbc000000u | kT0 << 21 | below(32) << 16 | (below(0x10000)),
                      dmtc0(kT0, below(32) == kStatus ? kXContext
                                 : below(2) == 0      ? kEntryHi
                                                      : kXContext)});
        return code;
      }
      case 10: return jump_anywhere();
      case 11: {  // many refills
        Words code{addiu(kS2, kZero, static_cast<std::int32_t>(below(100)))};
        append(code, constant(kS1, address()));
        append(code, {lw(kT3, 0, kS1), lui(kT2, 1), addu(kS1, kS1, kT2), bne(kS2, kZero, -4),
                      addiu(kS2, kS2, -1)});
        return code;
      }
      default: return {word()};
    }
  }

  std::mt19937_64 random_;
};

struct Outcome {
  RunEnd end{};
  std::uint64_t exit_code = 0;
  std::string console, complaint;
  std::uint64_t from_guest = 0;
};

machine::BootImage written_by(Author& author) {
  ElfMaker elf;
  elf.entry = kGuest.base() + kCodeAt;
  for (const std::uint64_t vector : {0x000u, 0x080u, 0x180u})
    elf.add(kGuest.base() + vector, author.handler());
  elf.add(elf.entry, author.program());
  machine::BootImage image;
  image.kernel = {"kernel.elf", elf.make()};
  return image;
}

RunEnd run_for(machine::Machine& machine, std::uint64_t instructions) {
  machine::RunLimits limits;
  limits.instructions = machine.retired() + instructions;
  const auto end = machine.run(limits);
  if (!end) FAIL(end.error().message());
  return *end;
}

Outcome run_watched(std::uint64_t seed, unsigned shoves) {
  Author author{seed};
  GuestOptions options;
  options.guest_memory = kGuestBytes;
  options.l2tlb = seed % 3 == 0 ? 0 : 64;
  options.large_pages = seed % 4 == 1;
  if (seed % 5 == 2) options.monitor_arguments = "no-fast-miss";
  options.machine.memory_per_node = 32 * kMiB;
  const machine::Booted booted = boot_guest(written_by(author), options);
  machine::Machine& machine = *booted.machine;
  Outcome outcome;
  machine.set_console_output([&](machine::ConsoleChannel channel, char c) {
    if (channel == machine::ConsoleChannel::kUart) outcome.console += c;
  });
  Watch watch{machine, booted.symbols};
  cpu::Cpu& cpu = machine.cpu(CpuId{0});
  cpu.add_observer(watch);
  const auto entered = machine.run({});
  REQUIRE(entered);
  REQUIRE(*entered == RunEnd::kInterrupted);
  cpu.observation().set_references(true);
  RunEnd end = RunEnd::kInstructionLimit;
  for (unsigned n = 0; n < shoves && end == RunEnd::kInstructionLimit; ++n) {
    end = run_for(machine, 3000);
    for (unsigned k = 0; k < 1000 && is_in_monitor(cpu) && end == RunEnd::kInstructionLimit; ++k)
      end = run_for(machine, 17);
    if (end == RunEnd::kInstructionLimit && !is_in_monitor(cpu)) author.shove(cpu.debug());
  }
  cpu.remove_observer(watch);
  outcome.end = end;
  if (outcome.end == RunEnd::kPowerOff) outcome.exit_code = machine.exit_code();
  outcome.complaint = watch.complaint();
  outcome.from_guest = watch.from_guest();
  return outcome;
}

/// Returns how many references of the guest were judged.
std::uint64_t judge(std::uint64_t seed, unsigned shoves) {
  const Outcome outcome = run_watched(seed, shoves);
  INFO("seed " << seed << " end " << machine::name_of(outcome.end) << " exit code "
               << outcome.exit_code << " console " << outcome.console);
  CHECK(outcome.complaint.empty());
  CHECK_THAT(outcome.console, !Catch::Contains("internal error"));
  CHECK(outcome.exit_code != 0x4f);
  CHECK(outcome.end != RunEnd::kInterrupted);
  return outcome.from_guest;
}

}  // namespace

TEST_CASE("Monitor: every reference of a wild guest stays within its own pages",
          "[disco][machine][fuzz]") {
  std::uint64_t judged = 0;
  for (std::uint64_t seed = 1; seed <= 45; ++seed) judged += judge(seed, 300);
  CHECK(judged > 200'000);
}

TEST_CASE("Monitor: every reference of very many wild guests stays within their own pages",
          "[disco][machine][fuzz][.]") {
  const char* first = std::getenv("DISCO_FUZZ_SEED");
  const std::uint64_t from = first != nullptr ? std::strtoull(first, nullptr, 0) : 1000;
  std::uint64_t judged = 0;
  for (std::uint64_t seed = from; seed < from + 1000; ++seed) judged += judge(seed, 2000);
  std::printf("seeds %llu to %llu: %llu references of guests judged\n",
              static_cast<unsigned long long>(from), static_cast<unsigned long long>(from + 999),
              static_cast<unsigned long long>(judged));
}

}  // namespace disco::test
