#include "cpu/interpreter/block.hpp"
#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {
constexpr std::uint64_t kCode = 0x1000;

/// Writes a TLB entry by executing tlbwi.
void map(Rig& rig, unsigned index, std::uint64_t va, std::uint64_t even_pfn, std::uint64_t odd_pfn,
         unsigned flags) {
  rig.set_cp0(kIndex, index);
  rig.set_cp0(kEntryHi, va);
  rig.set_cp0(kEntryLo0, even_pfn << 6 | flags);
  rig.set_cp0(kEntryLo1, odd_pfn << 6 | flags);
  rig.set_cp0(kPageMask, 0);
  rig.memory.put(0x3000, {word::tlbwi()});
  const std::uint64_t pc = rig.pc();
  rig.set_pc(kKseg0 + 0x3000);
  rig.run_instructions(1);
  rig.set_pc(pc);
}
constexpr unsigned kValidDirty = 0x1e, kClean = 0x1a;
}  // namespace

TEST_CASE("Engine: code that a store just changed is what executes next", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::sw(4, 8, 5), word::nop(), word::addiu(8, 0, 1), word::nop()});
  rig.set_gpr(4, word::addiu(8, 0, 2));
  rig.set_gpr(5, kKseg0 + kCode);
  rig.run_instructions(3);
  CHECK(rig.gpr(8) == 2);
}

TEST_CASE("Engine: a store to what follows in the same block ends the block", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::nop(), word::sw(4, 12, 5), word::nop(), word::addiu(8, 0, 1),
                         word::beq(0, 0, -1), word::nop()});
  rig.set_gpr(4, word::addiu(8, 0, 2));
  rig.set_gpr(5, kKseg0 + kCode);
  rig.cpu.run(Cycles{100});  // long enough for whole blocks
  CHECK(rig.gpr(8) == 2);
}

TEST_CASE("Engine: data beside code stays fast and does not disturb it", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::sw(4, 0x100, 5), word::lw(8, 0x100, 5), word::beq(0, 0, -3),
                         word::addiu(4, 4, 1)});
  rig.set_gpr(5, kKseg0 + kCode);
  rig.run_instructions(4000);
  CHECK(rig.gpr(8) == 999);
}

TEST_CASE("Engine: a replaced TLB entry is not remembered", "[cpu]") {
  Rig rig;
  rig.memory.put(0x8000, {11});
  rig.memory.put(0x9000, {22});
  rig.memory.put(kCode, {word::lw(8, 0, 4), word::beq(0, 0, -2), word::nop()});
  rig.set_gpr(4, 0x4000);
  map(rig, 0, 0x4000, 8, 8, kValidDirty);
  rig.run_instructions(3);
  CHECK(rig.gpr(8) == 11);
  map(rig, 0, 0x4000, 9, 9, kValidDirty);
  rig.run_instructions(3);
  CHECK(rig.gpr(8) == 22);
}

TEST_CASE("Engine: entries of one ASID do not serve another", "[cpu]") {
  Rig rig;
  rig.memory.put(0x8000, {11});
  rig.memory.put(0x9000, {22});
  rig.memory.put(kCode, {word::lw(8, 0, 4), word::beq(0, 0, -2), word::nop()});
  rig.set_gpr(4, 0x4000);
  map(rig, 0, 0x4001, 8, 8, kValidDirty);
  map(rig, 1, 0x4002, 9, 9, kValidDirty);
  for (const unsigned asid : {1u, 2u, 1u, 2u}) {
    rig.set_cp0(kEntryHi, asid);
    rig.run_instructions(3);
    CHECK(rig.gpr(8) == asid * 11);
  }
}

TEST_CASE("Engine: a store to a clean page is TLB modified, also after a load made it fast",
          "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::lw(8, 0, 4), word::sw(8, 0, 4)});
  rig.set_gpr(4, 0x4000);
  map(rig, 0, 0x4000, 8, 8, kClean);
  rig.run_instructions(1);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  CHECK(rig.exception_code() == ExceptionCode::kMod);
  CHECK(rig.cp0(kBadVAddr) == 0x4000);
}

TEST_CASE("Engine: SC fails after anything that breaks the link", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::ll(8, 0, 4), word::nop(), word::sc(9, 0, 4)});
  rig.set_gpr(4, kKseg0 + 0x8000);
  rig.set_gpr(9, 77);
  rig.run_instructions(2);
  SECTION("nothing") {
    rig.run_instructions(1);
    CHECK(rig.gpr(9) == 1);
    CHECK(rig.memory.word(0x8000) == 77);
  }
  SECTION("DMA to the line") {
    rig.watch.stored(MachineAddr{0x8040}, 4, nullptr);
    rig.run_instructions(1);
    CHECK(rig.gpr(9) == 0);
    CHECK(rig.memory.word(0x8000) == 0);
  }
  SECTION("DMA to the next line") {
    rig.watch.stored(MachineAddr{0x8080}, 4, nullptr);
    rig.run_instructions(1);
    CHECK(rig.gpr(9) == 1);
  }
  SECTION("another address") {
    rig.set_gpr(4, kKseg0 + 0x9000);
    rig.run_instructions(1);
    CHECK(rig.gpr(9) == 0);
  }
  SECTION("an exception") {
    rig.memory.put(
        0x180, {word::mfc0(26, kEpc), word::daddiu(26, 26, 4), word::mtc0(26, kEpc), word::eret()});
    rig.memory.put(kCode + 8, {word::syscall(), word::sc(9, 0, 4)});
    rig.watch.stored(MachineAddr{kCode + 8}, 8, nullptr);
    rig.run_instructions(5);
    CHECK(rig.gpr(9) == 0);
  }
}

TEST_CASE(
    "Engine: the CPU's own memory operations end an LL/SC sequence, nothing else between does",
    "[cpu]") {
  struct Between {
    std::uint32_t word;
    bool ends;
  };
  constexpr unsigned kPref = 51, kLwc1 = 49, kCache = 47;
  const Between between = GENERATE(
      Between{word::nop(), false}, Between{word::addu(8, 8, 8), false},
      Between{word::mfc0(8, kCount), false}, Between{word::lw(8, 64, 4), true},
      Between{word::lw(8, 0x1000, 4), true}, Between{word::sw(8, 64, 4), true},
      Between{word::sw(8, 0x1000, 4), true}, Between{word::i(34, 8, 4, 1) /* lwl */, true},
      Between{word::i(46, 8, 4, 1) /* swr */, true}, Between{word::i(kLwc1, 0, 4, 64), true},
      Between{0x0000000f /* sync */, true}, Between{word::i(kPref, 0, 4, 0), true},
      Between{word::i(kCache, 0b10101, 4, 0), true});
  INFO(std::hex << between.word);
  Rig rig;
  rig.memory.put(kCode, {word::lui(5, 0x2000), word::mtc0(5, kStatus), word::lw(8, 0, 4),
                         word::sw(8, 0, 4), word::ll(8, 0, 4), between.word, word::sc(9, 0, 4),
                         word::ll(8, 0, 4), word::sc(10, 0, 4)});
  rig.set_gpr(4, kKseg0 + 0x8000);
  rig.set_gpr(9, 77);
  rig.run_instructions(9);
  CHECK(rig.gpr(9) == (between.ends ? 0 : 1));
  CHECK(rig.gpr(10) == 1);
}

TEST_CASE("Engine: a second CPU's store breaks the link, its store elsewhere does not", "[cpu]") {
  Rig rig;
  CpuConfig second_config;
  second_config.id = CpuId{1};
  Cpu second{on_tested_engine(second_config), rig.memory, rig.watch};
  second.start(VirtAddr{kKseg0 + 0x2000}, 0, 0, 0, 0);
  const std::uint64_t offset = GENERATE(0u, 0x200u);
  rig.memory.put(kCode, {word::ll(8, 0, 4), word::nop(), word::sc(9, 0, 4)});
  rig.memory.put(0x2000, {word::sw(0, 0, 4), word::sw(0, 0, 4)});
  rig.set_gpr(4, kKseg0 + 0x8000);
  second.debug().write_register(RegisterClass::kGpr, 4, kKseg0 + 0x8000 + offset);
  second.run(Cycles{1});  // its fast path now knows the page
  rig.run_instructions(2);
  second.run(Cycles{2});
  rig.run_instructions(1);
  CHECK(rig.gpr(9) == (offset == 0 ? 0 : 1));
}

TEST_CASE("Engine: breakpoints stop before the instruction and write nothing to memory", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode,
                 {word::addiu(8, 8, 1), word::addiu(8, 8, 1), word::beq(0, 0, -3), word::nop()});
  const auto before = rig.memory.ram;
  rig.cpu.debug().add_breakpoint(VirtAddr{kKseg0 + kCode + 4});
  CHECK(rig.cpu.run(Cycles::never()) == Stop::kBreakpoint);
  CHECK(rig.pc() == kKseg0 + kCode + 4);
  CHECK(rig.gpr(8) == 1);
  rig.cpu.debug().step();
  CHECK(rig.gpr(8) == 2);
  CHECK(rig.cpu.run(Cycles::never()) == Stop::kBreakpoint);
  CHECK(rig.gpr(8) == 3);
  CHECK(rig.memory.ram == before);
  rig.cpu.debug().remove_breakpoint(VirtAddr{kKseg0 + kCode + 4});
  CHECK(rig.cpu.run(rig.cpu.now() + Cycles{100}) == Stop::kBudget);
}

TEST_CASE("Engine: an entry is forgotten under every address that reached it", "[cpu]") {
  struct Case {
    std::uint64_t entry_hi, va, status;
  };
  // The top of xkseg is the compatibility segments; 32-bit user data references ignore the upper
  // half.
  const Case c = GENERATE(values<Case>({{0xc0000fffc0000000, 0xc0000fffc0000000, 0x80},
                                        {0xffffffffc0000000, 0xc0000fffc0000000, 0x80},
                                        {0xc0000fffc0000000, 0xffffffffc0000000, 0x80},
                                        {0x6000, 0x0000012300006000, 0x10},
                                        {0x6000, 0xc000000000006000, 0x10},
                                        {0x6000, 0xffffffff00006000, 0x10},
                                        {0x6000, 0x4000000000006000, 0x10}}));
  CAPTURE(c.va);
  Rig rig;
  rig.memory.put(0x8000, {11});
  rig.memory.put(0x9000, {22});
  rig.memory.put(kCode, {word::lw(8, 0, 4), word::beq(0, 0, -2), word::nop()});
  rig.set_gpr(4, c.va);
  map(rig, 1, 0x4000, 1, 1, kValidDirty);
  map(rig, 0, c.entry_hi, 8, 8, kValidDirty);
  rig.set_pc(c.status == 0x10 ? 0x4000 : kKseg0 + kCode);
  rig.set_cp0(kStatus, c.status);
  rig.run_instructions(3);
  CHECK(rig.gpr(8) == 11);
  // Replaced by code, as a kernel does it: the debug port forgets everything.
  rig.memory.put(
      0x180, {word::mtc0(17, kEntryLo0), word::mtc0(17, kEntryLo1), word::tlbwi(), word::eret()});
  rig.memory.put(kCode + 8, {word::syscall()});
  rig.watch.stored(MachineAddr{kCode + 8}, 4, nullptr);
  rig.set_gpr(17, 9 << 6 | kValidDirty);
  rig.run_instructions(2);  // the load, the branch, and into the handler from its slot
  rig.memory.put(kCode + 8, {word::nop()});
  rig.watch.stored(MachineAddr{kCode + 8}, 4, nullptr);
  rig.run_instructions(8);
  CHECK(rig.gpr(8) == 22);
}

TEST_CASE("Engine: code at both addresses of an entry is forgotten with it", "[cpu]") {
  Rig rig;
  const std::uint64_t at = GENERATE(0xc0000fffc0000000, 0xffffffffc0000000);
  rig.memory.put(0x8000, {word::addiu(8, 0, 11), word::jr(16), word::nop()});
  rig.memory.put(0x9000, {word::addiu(8, 0, 22), word::jr(16), word::nop()});
  rig.memory.put(kCode, {word::jr(4), word::nop(), word::mtc0(17, kEntryLo0),
                         word::mtc0(17, kEntryLo1), word::tlbwi(), word::jr(4), word::nop()});
  map(rig, 0, 0xffffffffc0000000, 8, 8, kValidDirty);
  rig.set_cp0(kStatus, status::kKx);
  rig.set_gpr(4, at);
  rig.set_gpr(16, kKseg0 + kCode + 8);
  rig.set_gpr(17, 9 << 6 | kValidDirty);
  rig.run_instructions(5);
  CHECK(rig.gpr(8) == 11);
  rig.run_instructions(6);
  CHECK(rig.gpr(8) == 22);
}

TEST_CASE("CodeCache: pages that stores keep throwing away count towards the limit", "[cpu]") {
  CodeCache cache;
  const std::vector<std::byte> page(kPageSize);
  std::vector<Decoded> code(4);
  for (int i = 0; i < 1000; ++i) {
    CodePage& fresh = cache.page(MachineAddr{0}, page.data(), 0);
    REQUIRE(fresh.starts[0] == nullptr);
    cache.note_decoded(MachineAddr{0});
    fresh.starts[0] = cache.store(code, 4, 4);
    REQUIRE(cache.written(MachineAddr{0}, 4) == CodeCache::Written::kDropped);
  }
  // In units of decoded instructions.
  CHECK(cache.size() * sizeof(Decoded) >= 1000 * sizeof(CodePage));
}
