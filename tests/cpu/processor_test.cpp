// A processor as an engine of its own uses it: no interpreter, no decoded blocks.
#include "cpu/memory/processor.hpp"

#include "cpu/core/cp0_table.hpp"
#include "tests/cpu/engine_rig.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
/// What another engine makes of a page.
struct CodePage {
  unsigned asked = 0;
};
}  // namespace cpu

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCode = 0x1000, kData = 0x5000;

class OtherCode final : public CodePages {
 public:
  CodePage& page(MachineAddr, const std::byte*, DecodeContext context) override {
    ++the_page.asked;
    last_context = context;
    return the_page;
  }
  Written written(MachineAddr, std::uint64_t) override { return answer; }
  void forget_pages() override { ++forgotten; }

  CodePage the_page;
  DecodeContext last_context = 0;
  Written answer = Written::kNoCode;
  unsigned forgotten = 0;
};

struct Parts {
  Parts() { p.core.start(VirtAddr{kKseg0 + kCode}, 0, 0, 0, 0); }

  CpuState& state() { return p.core.state; }
  Registers& regs() { return p.core.state.regs; }

  FlatMemory memory;
  StoreWatch watch;
  OtherCode code;
  Processor p{CpuConfig{}, memory, watch, code};
  InstructionSite site;
};

}  // namespace

TEST_CASE("Processor: after a slow load or store the fast path has the page", "[cpu]") {
  Parts parts;
  const VirtAddr va{kKseg0 + kData + 8};
  const auto readable = [&] {
    return parts.p.data.readable(va, 8, parts.state().data_context) != nullptr;
  };
  const auto writable = [&] {
    return parts.p.data.writable(va, 8, parts.state().data_context) != nullptr;
  };
  CHECK_FALSE(readable());
  CHECK(parts.p.data.store<false>(parts.site, va, 8, 0x1122334455667788));
  CHECK(parts.memory.word(kData + 8) == 0x11223344);
  CHECK(readable());
  CHECK(writable());
  CHECK(parts.p.data.load<false>(parts.site, va, 4) == 0x11223344u);
  CHECK(parts.p.data.load_linked(parts.site, va, 8) == 0x1122334455667788u);
  CHECK_FALSE(readable());  // linked
  CHECK(parts.p.data.store_conditional(parts.site, va, 8, 5) == 1u);
  CHECK(readable());
}

TEST_CASE("Processor: a reference that cannot be leaves a fault, and taking it goes to the vector",
          "[cpu]") {
  Parts parts;
  parts.site.offset = 8;
  const VirtAddr va{0x400123};
  CHECK_FALSE(parts.p.data.load<false>(parts.site, va, 8));
  CHECK((parts.state().leave & CpuState::kLeaveFault) != 0);
  CHECK(parts.state().fault.code == ExceptionCode::kAdEL);
  const VirtAddr aligned{0x400120};
  CHECK_FALSE(parts.p.data.load<false>(parts.site, aligned, 8));
  CHECK(parts.state().fault.is_refill);
  CHECK(parts.regs().epc == 0);  // nothing was raised yet
  parts.p.exceptions.take(parts.state().fault, parts.state().pc_at(parts.site), false);
  CHECK(parts.regs().pc == VirtAddr{0xffffffff80000000});
  CHECK(parts.regs().epc == kKseg0 + kCode + 8);
  CHECK(parts.regs().bad_vaddr == aligned.bits());
  CHECK((parts.regs().status & status::kExl) != 0);
  CHECK(parts.p.core.counters().refills_load == 1);
}

TEST_CASE("Processor: the fetch path finds an engine's page once for each context", "[cpu]") {
  Parts parts;
  const FetchPath::Entry* const entry = parts.p.fetch.find();
  REQUIRE(entry != nullptr);
  CHECK(entry->code == &parts.code.the_page);
  CHECK(entry->at == MachineAddr{kCode});
  CHECK(parts.p.fetch.known(parts.state()) == entry);
  parts.regs().pc = parts.regs().pc + 0x10;
  CHECK(parts.p.fetch.find() == entry);
  CHECK(parts.code.the_page.asked == 1);
  parts.p.core.settle(0, 0);
  parts.regs().status |= status::kCu1;
  parts.p.core.context_changed();
  CHECK(parts.p.fetch.known(parts.state()) == nullptr);
  CHECK(parts.p.fetch.find() != nullptr);
  CHECK((parts.code.last_context & kDecodeCp1) != 0);
}

TEST_CASE(
    "Processor: code that was written leaves the block under way, and its page is looked up again",
    "[cpu]") {
  Parts parts;
  REQUIRE(parts.p.fetch.find() != nullptr);
  parts.p.data.note_decoded(MachineAddr{kCode});
  parts.state().leave = 0;
  parts.code.answer = CodePages::Written::kDropped;
  parts.watch.stored(MachineAddr{kCode}, 4, nullptr);
  CHECK(parts.state().leave == CpuState::kLeaveAfter);
  CHECK(parts.p.fetch.known(parts.state()) == nullptr);
}

TEST_CASE("Processor: a TLB write forgets the pages of the entry that it replaces, others stay",
          "[cpu]") {
  Parts parts;
  const auto map = [&](unsigned index, std::uint64_t va) {
    parts.regs().index = index;
    parts.regs().entry_hi = va;
    parts.regs().entry_lo0 = (kData >> 12) << 6 | 0x1f;
    parts.regs().entry_lo1 = (kData >> 12) << 6 | 0x1f;
    parts.p.cp0.tlb_write_indexed(parts.site);
  };
  const auto is_known = [&](std::uint64_t va) {
    return parts.p.data.readable(VirtAddr{va}, 4, parts.state().data_context) != nullptr;
  };
  map(3, 0x400000);
  map(4, 0x600000);
  REQUIRE(parts.p.data.load<false>(parts.site, VirtAddr{0x400000}, 4));
  REQUIRE(parts.p.data.load<false>(parts.site, VirtAddr{0x600000}, 4));
  map(3, 0x800000);
  CHECK_FALSE(is_known(0x400000));
  CHECK(is_known(0x600000));
}

TEST_CASE("Processor: within a device access the clock is the instruction's", "[cpu]") {
  Parts parts;
  parts.site.cycles_before = 40;
  parts.site.retired_before = 3;
  Cycles then;
  std::uint64_t retired = 0;
  parts.memory.on_device_write = [&] {
    then = parts.p.core.now();
    retired = parts.p.core.retired();
  };
  CHECK(parts.p.data.store<false>(parts.site, VirtAddr{kKseg1 + kDevicePage}, 4, 1));
  CHECK(then == parts.p.core.now() + Cycles{40});
  CHECK(retired == parts.p.core.retired() + 3);
}

TEST_CASE("Processor: marks and an observer's wishes make engines decode anew", "[cpu]") {
  Parts parts;
  Observer somebody;
  const unsigned before = parts.code.forgotten;
  parts.state().attention = false;
  parts.p.observer_control.add_mark(VirtAddr{kKseg0 + kCode}, 1);
  CHECK(parts.code.forgotten == before + 1);
  CHECK(parts.state().attention);
  parts.state().attention = false;
  parts.p.observer_control.add_observer(somebody);
  parts.p.observer_control.set_references(true);
  CHECK((parts.state().decode_context & kDecodeInstrumented) != 0);
  CHECK(parts.state().attention);
}
