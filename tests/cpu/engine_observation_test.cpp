// Observers: what they ask for from inside an event takes effect at once, and watching changes
// nothing.
#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000;

/// Calls back and takes notes.
struct Script final : Observer {
  std::function<void(const MarkEvent&)> mark;
  std::function<void(const InstructionEvent&)> instruction;
  std::function<void(const Reference&)> reference;
  std::function<void(const TlbOperationEvent&)> tlb_operation;
  std::function<void(const ModeEvent&)> mode;
  std::function<void(const EretEvent&)> eret;
  std::vector<std::uint64_t> marks, instructions, retirements, fetches;
  std::vector<InstructionEvent> retirement_events;

  void on_mark(const MarkEvent& e) override {
    marks.push_back(e.pc.bits());
    if (mark) mark(e);
  }
  void on_instruction(const InstructionEvent& e) override {
    instructions.push_back(e.pc.bits());
    if (instruction) instruction(e);
  }
  void on_retirement(const InstructionEvent& e) override {
    retirements.push_back(e.pc.bits());
    retirement_events.push_back(e);
  }
  void on_reference(const Reference& r) override {
    if (r.kind == ReferenceKind::kFetch) fetches.push_back(r.va.bits());
    if (reference) reference(r);
  }
  void on_tlb_operation(const TlbOperationEvent& e) override {
    if (tlb_operation) tlb_operation(e);
  }
  void on_mode(const ModeEvent& e) override {
    if (mode) mode(e);
  }
  void on_eret(const EretEvent& e) override {
    if (eret) eret(e);
  }
};

/// Six instructions without faults, the marked one in the middle, then a loop.
struct MarkedRig : Rig {
  MarkedRig() {
    memory.put(kCode, {word::addiu(8, 8, 1), word::addiu(8, 8, 1), word::addiu(8, 8, 1),
                       word::addiu(8, 8, 1), word::addiu(8, 8, 1), word::addiu(8, 8, 1),
                       word::beq(0, 0, -7), word::nop()});
    cpu.add_observer(script);
    cpu.observation().add_mark(VirtAddr{marked}, 1);
  }
  static constexpr std::uint64_t marked = kKseg0 + kCode + 8;
  Script script;
};

}  // namespace

TEST_CASE("Engine: a stop asked for at a mark comes before the marked instruction", "[cpu]") {
  MarkedRig rig;
  rig.script.mark = [&](const MarkEvent&) { rig.cpu.request_stop(); };
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kRequested);
  CHECK(rig.pc() == MarkedRig::marked);
  CHECK(rig.cpu.retired() == 2);
  // Going on does not report the same arrival again; the next round does.
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kRequested);
  CHECK(rig.cpu.retired() == 10);
  CHECK(rig.script.marks.size() == 2);
}

TEST_CASE("Engine: what an observer switches on at a mark includes the marked instruction",
          "[cpu]") {
  MarkedRig rig;
  SECTION("instruction events") {
    rig.script.mark = [&](const MarkEvent&) { rig.cpu.observation().set_instruction_events(true); };
    rig.cpu.run(Cycles{4});
    CHECK(rig.script.instructions ==
          std::vector<std::uint64_t>{MarkedRig::marked, MarkedRig::marked + 4});
  }
  SECTION("references") {
    rig.script.mark = [&](const MarkEvent&) { rig.cpu.observation().set_references(true); };
    rig.cpu.run(Cycles{4});
    CHECK(rig.script.fetches ==
          std::vector<std::uint64_t>{MarkedRig::marked, MarkedRig::marked + 4});
  }
  SECTION("the retirement watch") {
    rig.script.mark = [&](const MarkEvent&) { rig.cpu.observation().watch_retirement(); };
    rig.cpu.run(Cycles{8});
    CHECK(rig.script.retirements == std::vector<std::uint64_t>{MarkedRig::marked});
  }
  CHECK(rig.script.marks.size() == 1);
}

TEST_CASE("Engine: a mark in a delay slot is reported once, whatever its observer asks for",
          "[cpu]") {
  MarkedRig rig;
  rig.cpu.observation().add_mark(VirtAddr{kKseg0 + kCode + 28}, 2);
  rig.script.mark = [&](const MarkEvent& e) {
    if (e.id == 2) rig.cpu.request_stop();
  };
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kRequested);
  CHECK(rig.pc() == kKseg0 + kCode);
  CHECK(rig.cpu.retired() == 8);
  CHECK(rig.script.marks.size() == 2);
}

TEST_CASE("Engine: a stop asked for at an instruction event comes right after that instruction",
          "[cpu]") {
  MarkedRig rig;
  const std::uint64_t at = GENERATE(1u, 2u, 5u, 6u);
  rig.cpu.observation().set_instruction_events(true);
  rig.script.instruction = [&](const InstructionEvent& e) {
    if (e.at.retired == at) rig.cpu.request_stop();
  };
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kRequested);
  CHECK(rig.cpu.retired() == at);
}

TEST_CASE("Engine: a stop asked for at a fetch comes after the instruction that was fetched",
          "[cpu]") {
  MarkedRig rig;
  rig.cpu.observation().set_references(true);
  rig.script.reference = [&](const Reference& r) {
    if (r.va == VirtAddr{kKseg0 + kCode + 4}) rig.cpu.request_stop();
  };
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kRequested);
  CHECK(rig.cpu.retired() == 2);
}

TEST_CASE("Engine: what an observer switches on at a tlbp starts with the next instruction",
          "[cpu]") {
  Rig rig;
  Script script;
  rig.memory.put(
      kCode, {word::nop(), 0x42000008 /* tlbp */, word::nop(), word::beq(0, 0, -1), word::nop()});
  rig.cpu.add_observer(script);
  script.tlb_operation = [&](const TlbOperationEvent&) {
    rig.cpu.observation().set_instruction_events(true);
  };
  rig.cpu.run(Cycles{5});
  const std::uint64_t after = kKseg0 + kCode + 8;
  CHECK(script.instructions == std::vector<std::uint64_t>{after, after + 4, after + 8});
}

TEST_CASE("Engine: a retired ERET is reported in the mode that it executed in", "[cpu]") {
  Rig rig;
  Script script;
  rig.cpu.add_observer(script);
  rig.memory.put(kCode, {word::eret()});
  rig.set_cp0(kStatus, 2u << status::kKsuShift | status::kExl);  // user mode after EXL
  rig.set_cp0(kEpc, 0x4000);
  rig.cpu.observation().watch_retirement();
  rig.run_instructions(1);
  REQUIRE(script.retirement_events.size() == 1);
  CHECK(script.retirement_events[0].mode == Mode::kKernel);
}

TEST_CASE("Engine: counters read inside an event never run backwards", "[cpu]") {
  Rig rig;
  Script script;
  rig.cpu.add_observer(script);
  rig.memory.put(kCode,
                 {word::nop(), word::nop(), word::mtc0(8, kStatus), word::nop(), word::eret()});
  rig.set_gpr(8, 0x12);
  rig.set_cp0(kEpc, 0x4000);
  std::uint64_t user_cycles = 1;
  script.eret = [&](const EretEvent&) {
    user_cycles = rig.cpu.counters().cycles[static_cast<unsigned>(Mode::kUser)];
  };
  rig.run_instructions(5);
  CHECK(user_cycles == 0);
  const CpuCounters& c = rig.cpu.counters();
  CHECK(c.cycles[static_cast<unsigned>(Mode::kKernel)] == rig.cpu.now().count());
}

TEST_CASE("Engine: instructions that Status forbids are fetched like any other", "[cpu]") {
  Rig rig;
  Script script;
  rig.cpu.add_observer(script);
  rig.cpu.observation().set_references(true);
  const std::uint32_t forbidden =
      GENERATE(0x48000000u /* cop2 */, 0x44080000u /* mfc1 */, 0x0000003fu /* reserved */);
  rig.memory.put(kCode, {word::nop(), forbidden});
  rig.cpu.run(Cycles{2});
  CHECK(script.fetches == std::vector<std::uint64_t>{kKseg0 + kCode, kKseg0 + kCode + 4});
}

TEST_CASE("Engine: a stop asked for when a doze begins or ends comes at once", "[cpu]") {
  Rig rig;
  Script script;
  rig.cpu.add_observer(script);
  rig.memory.on_device_write = [&] { rig.cpu.doze(); };
  rig.memory.put(
      kCode, {word::sw(0, 0, 4), word::addiu(8, 8, 1), word::addiu(8, 8, 1), word::addiu(8, 8, 1)});
  rig.set_gpr(4, kKseg1 + kDevicePage);
  rig.set_cp0(kStatus, cause::kIpTimer);
  rig.set_cp0(kCompare, 50);
  script.mode = [&](const ModeEvent& e) {
    if (e.from == Mode::kIdle) rig.cpu.request_stop();
  };
  CHECK(rig.cpu.run(Cycles{1000}) == Stop::kRequested);
  CHECK_FALSE(rig.cpu.is_dozing());
  CHECK(rig.gpr(8) == 0);
}

TEST_CASE("Engine: a step onto a breakpoint does not stop a later run somewhere else", "[cpu]") {
  Rig rig;
  rig.memory.put(kCode, {word::nop(), word::nop(), word::nop(), word::nop()});
  rig.memory.put(0x180, {word::nop(), word::nop(), word::nop()});
  rig.cpu.debug().add_breakpoint(VirtAddr{kKseg0 + 0x180});
  rig.set_cp0(kStatus, 1u << 10 | status::kIe);
  rig.cpu.set_interrupt_line(2, true);
  rig.cpu.debug().step();  // takes the interrupt and stands before the breakpoint
  CHECK(rig.pc() == kKseg0 + 0x180);
  rig.cpu.debug().step();
  CHECK(rig.pc() == kKseg0 + 0x184);
  CHECK(rig.cpu.run(rig.cpu.now() + Cycles{1}) == Stop::kBudget);
}
