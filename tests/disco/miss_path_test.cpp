// The order in which a miss is served, and what a guest sees of one that is not.
#include "tests/disco/vm_fixture.hpp"

namespace disco::test {

namespace {

constexpr std::uint64_t kUser = 0x10000000, kMapped = 0xffffffffd0000000;
constexpr unsigned kAsid = 5;

struct Guest : VmFixture {
  explicit Guest(const VmOptions& options = {}) : VmFixture{options} {
    vcpu.cp0[cp0::kEntryHi] = kAsid;
    REQUIRE(vcpu.set_status(status::kKx | status::kSx) == TrapAnswer::kHandled);
  }
  void map(unsigned index, std::uint64_t va, std::uint64_t lo0, std::uint64_t lo1,
           std::uint64_t mask = 0) {
    vcpu.tlb.write_indexed(
        index, {.hi = (va & entry_hi::kVpn2) | kAsid, .lo0 = lo0, .lo1 = lo1, .page_mask = mask},
        VirtAddr{va});
    vcpu.publish_miss_view();  // as after an emulated write
    hardware.tlb_flush();      // so that the next access misses
  }
  std::optional<MachineAddr> real_page(std::uint64_t va) {
    const auto lo = hardware.translate(VirtAddr{va}, Asid{kAsid});
    if (!lo || (*lo & entry_lo::kValid) == 0) return std::nullopt;
    return MachineAddr{(*lo & entry_lo::kFrame) >> 6 << 12};
  }
  void expect_reflected(ExceptionCode code, std::uint64_t vector, std::uint64_t va) {
    CHECK(vcpu.context.pc == kCssegWindow + vector);
    CHECK((vcpu.cp0[cp0::kCause] & cause::kExcCode) >> 2 == static_cast<std::uint64_t>(code));
    CHECK(vcpu.cp0[cp0::kBadVAddr] == va);
    CHECK(vcpu.cp0.has(status::kExl));
  }
};

}  // namespace

TEST_CASE("Miss path: both direct windows show guest memory, whatever the guest's TLB says",
          "[disco][miss]") {
  Guest g;
  const auto va = GENERATE(kCssegWindow + 0x7123, kXssegWindow + 0x7123,
                           kXssegWindow + (std::uint64_t{1} << 40) + 0x7123);
  g.map(3, va, guest_lo(9, kVD), guest_lo(9, kVD));
  CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
  CHECK(g.real_page(va) == g.machine_page(7));
  CHECK(g.counters.refills_direct == 1);
  CHECK(g.counters.refills_slow == 1);
  // Global: the ASID does not matter.
  CHECK(g.hardware.translate(VirtAddr{va}, Asid{77}));
  const bool uncached = va >= kXssegWindow + (std::uint64_t{1} << 40) && va >> 62 == 1;
  CHECK((*g.hardware.translate(VirtAddr{va}, Asid{0}) & entry_lo::kCache) ==
        (uncached ? entry_lo::kUncached : entry_lo::kCoherent));
}

TEST_CASE("Miss path: the last page of an odd memory has no neighbour", "[disco][miss]") {
  Guest g{{.pages = 511}};
  CHECK(g.refill(ExceptionCode::kTlbS, kCssegWindow + 510 * kPageSize) == TrapAnswer::kHandled);
  CHECK(g.real_page(kCssegWindow + 510 * kPageSize) == g.machine_page(510));
  CHECK_FALSE(g.real_page(kCssegWindow + 511 * kPageSize));
}

TEST_CASE("Miss path: the virtual TLB is asked before the L2TLB", "[disco][miss]") {
  Guest g{{.l2_entries = 16}};
  g.map(3, kUser, guest_lo(20, kVD), guest_lo(21, kVD));
  CHECK(g.refill(ExceptionCode::kTlbL, kUser + 0x1008) == TrapAnswer::kHandled);
  CHECK(g.counters.refills_virtual_tlb == 1);
  CHECK(g.real_page(kUser) == g.machine_page(20));
  CHECK(g.real_page(kUser + 0x1000) == g.machine_page(21));
}

TEST_CASE("Miss path: what tlbwr pushed out of the virtual TLB is found in the L2TLB",
          "[disco][miss]") {
  Guest g{{.l2_entries = 1024}};
  for (unsigned n = 0; n < 200; ++n) {
    g.vcpu.tlb.write_random({.hi = (kUser + n * 0x2000) | kAsid,
                             .lo0 = guest_lo(n, kVD),
                             .lo1 = guest_lo(n, kVD),
                             .page_mask = 0},
                            VirtAddr{0});
  }
  g.hardware.tlb_flush();
  for (unsigned n = 0; n < 200; ++n) {
    CHECK(g.refill(ExceptionCode::kTlbL, kUser + n * 0x2000) == TrapAnswer::kHandled);
    CHECK(g.real_page(kUser + n * 0x2000) == g.machine_page(n));
  }
  CHECK(g.counters.refills_l2tlb + g.counters.refills_virtual_tlb == 200);
  CHECK(g.counters.refills_l2tlb >= 130);
}

TEST_CASE("Miss path: an unknown page goes to the vector that UX, KX and EXL choose",
          "[disco][miss]") {
  struct Row {
    std::uint64_t status, va, vector;
  };
  const auto row =
      GENERATE(Row{0, kUser, 0x000}, Row{status::kUx, kUser, 0x080}, Row{status::kKx, kUser, 0x000},
               Row{status::kKx, kMapped, 0x080}, Row{status::kUx, kMapped, 0x000},
               Row{status::kUx | status::kKx | status::kExl, kUser, 0x180},
               Row{status::kKx | status::kSx, kXssegWindow + (std::uint64_t{3} << 40), 0x080});
  Guest g;
  REQUIRE(g.vcpu.set_status(row.status) == TrapAnswer::kHandled);
  const std::uint64_t pc = g.vcpu.context.pc;
  CHECK(g.refill(ExceptionCode::kTlbS, row.va) == TrapAnswer::kHandled);
  g.expect_reflected(ExceptionCode::kTlbS, row.vector, row.va);
  if ((row.status & status::kExl) == 0) CHECK(g.vcpu.cp0[cp0::kEpc] == pc);
  CHECK(g.vcpu.cp0[cp0::kEntryHi] == (vpn2_bits(VirtAddr{row.va}) | kAsid));
  CHECK(g.counters.refills_reflected == 1);
}

TEST_CASE("Miss path: invalid and read-only pages are the guest kernel's to handle",
          "[disco][miss]") {
  Guest g;
  g.map(3, kUser, guest_lo(20, 0), guest_lo(21, entry_lo::kValid));
  SECTION("a refill of an invalid page is delivered as TLB invalid") {
    CHECK(g.refill(ExceptionCode::kTlbL, kUser) == TrapAnswer::kHandled);
    g.expect_reflected(ExceptionCode::kTlbL, 0x180, kUser);
    CHECK(g.counters.refills_reflected == 1);
  }
  SECTION("a store to a clean page is delivered as TLB modified") {
    CHECK(g.tlb_fault(ExceptionCode::kMod, kUser + 0x1000) == TrapAnswer::kHandled);
    g.expect_reflected(ExceptionCode::kMod, 0x180, kUser + 0x1000);
    CHECK(g.counters.modifieds_reflected == 1);
  }
  SECTION("a refill by a store enters the clean page first") {
    CHECK(g.refill(ExceptionCode::kTlbS, kUser + 0x1000) == TrapAnswer::kHandled);
    CHECK(g.real_page(kUser + 0x1000) == g.machine_page(21));
    CHECK((*g.hardware.translate(VirtAddr{kUser + 0x1000}, Asid{kAsid}) & entry_lo::kDirty) == 0);
  }
}

TEST_CASE("Miss path: a store through a clean mapping is TLB modified whatever lies behind it",
          "[disco][miss]") {
  Guest g;
  // A device that would hear it, one that nobody may write, and no memory at all.
  const auto page = GENERATE(0x1c001u, 0x1c002u, 0x20000u);
  const bool is_user = GENERATE(false, true);
  const unsigned size_class = GENERATE(0u, 1u);
  CAPTURE(page, is_user, size_class);
  g.map(3, kUser, guest_lo(20, kVD), guest_lo(page, entry_lo::kValid), page_mask_of(size_class));
  const std::uint64_t va =
      kUser + page_bytes_of(size_class) + page % 4 * kPageSize % page_bytes_of(size_class);
  if (is_user) REQUIRE(g.vcpu.set_status(status::kKsuUser << 3) == TrapAnswer::kHandled);
  g.vcpu.context.gpr[8] = va;
  g.vcpu.context.gpr[9] = 5 << 1 | 1;
  g.put(VmFixture::window(g.vcpu.context.pc), memory_op(0x2b, 9, 8, 0));  // sw $9, 0($8)
  CHECK(g.refill(ExceptionCode::kTlbS, va) == TrapAnswer::kHandled);
  g.expect_reflected(ExceptionCode::kMod, 0x180, va);
  CHECK(g.counters.emulated_device == 0);
  CHECK(g.counters.refills_reflected == 1);
  // Reading goes ahead.
  if (page == 0x20000) return;
  REQUIRE(g.vcpu.set_status(status::kKx) == TrapAnswer::kHandled);
  g.vcpu.context.pc = kCssegWindow + 0x1000;
  g.put(VmFixture::window(g.vcpu.context.pc), memory_op(0x23, 9, 8, 0));  // lw
  CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
  CHECK(g.counters.emulated_device == 1);
}

TEST_CASE("Miss path: physical addresses beyond the memory are bus errors in the guest",
          "[disco][miss]") {
  Guest g;
  SECTION("through the direct window") {
    CHECK(g.refill(ExceptionCode::kTlbL, kCssegWindow + 512 * kPageSize) == TrapAnswer::kHandled);
  }
  SECTION("through a forged EntryLo") {
    const auto page = GENERATE(512u, 0x1bfffu, 0x20000u, 0xfffffffu);
    g.map(3, kUser, guest_lo(page, kVD), guest_lo(page, kVD));
    CHECK(g.refill(ExceptionCode::kTlbL, kUser) == TrapAnswer::kHandled);
  }
  CHECK((g.vcpu.cp0[cp0::kCause] & cause::kExcCode) >> 2 ==
        static_cast<unsigned>(ExceptionCode::kDbe));
  CHECK(g.counters.refills_monitor == 1);
  CHECK_FALSE(g.real_page(kUser));
}

TEST_CASE("Miss path: a fetch from a device is a bus error in the guest", "[disco][miss]") {
  Guest g;
  g.vcpu.context.pc = kCssegDevices;
  CHECK(g.refill(ExceptionCode::kTlbL, kCssegDevices) == TrapAnswer::kHandled);
  CHECK((g.vcpu.cp0[cp0::kCause] & cause::kExcCode) >> 2 ==
        static_cast<unsigned>(ExceptionCode::kIbe));
}

TEST_CASE("Miss path: xsseg is an address error while the virtual KX is 0", "[disco][miss]") {
  Guest g;
  REQUIRE(g.vcpu.set_status(0) == TrapAnswer::kHandled);
  CHECK(g.refill(ExceptionCode::kTlbS, kXssegWindow) == TrapAnswer::kHandled);
  g.expect_reflected(ExceptionCode::kAdES, 0x180, kXssegWindow);
}

TEST_CASE("Miss path: clearing KX makes entered xsseg pages unreachable", "[disco][miss]") {
  Guest g;
  CHECK(g.refill(ExceptionCode::kTlbL, kXssegWindow) == TrapAnswer::kHandled);
  REQUIRE(g.hardware.translate(VirtAddr{kXssegWindow}, Asid{0}));
  REQUIRE(g.vcpu.set_status(0) == TrapAnswer::kHandled);
  CHECK_FALSE(g.hardware.translate(VirtAddr{kXssegWindow}, Asid{0}));
}

TEST_CASE(
    "Miss path: the machine's UX is on in a guest's kernel where KX and UX are and ERL is not",
    "[disco][miss]") {
  using namespace status;
  struct Row {
    std::uint64_t is, machine;
  };
  const auto row = GENERATE(Row{0, kSx}, Row{kUx, kSx}, Row{kKx, kSx}, Row{kKx | kUx, kSx | kUx},
                            Row{kKx | kUx | kErl, kSx}, Row{kUx | kKsuUser << kKsuShift, kUx});
  Guest g;
  REQUIRE(g.vcpu.set_status(row.is) == TrapAnswer::kHandled);
  CHECK((g.vcpu.context.status & (kSx | kUx)) == row.machine);
}

TEST_CASE("Miss path: what the guest maps in xsseg is an error while the virtual SX is 0",
          "[disco][miss]") {
  const std::uint64_t va = kXssegWindow + (std::uint64_t{2} << 40);
  Guest g{{.l2_entries = 16}};
  using namespace status;
  SECTION("an entry that was used before is not used any more") {
    REQUIRE(g.vcpu.set_status(kKx | kSx) == TrapAnswer::kHandled);
    g.map(3, va, guest_lo(20, kVD), guest_lo(21, kVD));
    CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
    REQUIRE(g.real_page(va) == g.machine_page(20));
    const bool quick = GENERATE(false, true);
    g.quick = quick;
    g.vcpu.context.gpr[9] = kKx;
    CHECK(g.privileged(mtc0(9, cp0::kStatus)) == TrapAnswer::kHandled);
  }
  SECTION("one that is written then is not entered") {
    const bool random = GENERATE(false, true);
    REQUIRE(g.vcpu.set_status(kKx) == TrapAnswer::kHandled);
    const GuestEntry entry{
        .hi = va | kAsid, .lo0 = guest_lo(20, kVD), .lo1 = guest_lo(21, kVD), .page_mask = 0};
    if (random) {
      g.vcpu.tlb.write_random(entry, VirtAddr{va});
    } else {
      g.vcpu.tlb.write_indexed(3, entry, VirtAddr{va});
    }
    g.vcpu.publish_miss_view();
  }
  CHECK_FALSE(g.real_page(va));
  CHECK(g.vcpu.context.miss_view.heads !=
        reinterpret_cast<std::uintptr_t>(g.vcpu.tlb.virtual_tlb().heads()));
  CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
  g.expect_reflected(ExceptionCode::kAdEL, 0x180, va);
  CHECK_FALSE(g.real_page(va));
}

TEST_CASE("Miss path: with ERL set entries for useg are written and not entered", "[disco][miss]") {
  Guest g;
  const std::uint64_t va = GENERATE(0x5000u, 0x100005000u);
  REQUIRE(g.vcpu.set_status(status::kKx | status::kUx | status::kErl) == TrapAnswer::kHandled);
  g.vcpu.tlb.write_indexed(3,
                           {.hi = vpn2_bits(VirtAddr{va}) | kAsid,
                            .lo0 = guest_lo(20, kVD),
                            .lo1 = guest_lo(21, kVD),
                            .page_mask = 0},
                           VirtAddr{va});
  CHECK_FALSE(g.real_page(va));
  REQUIRE(g.vcpu.set_status(status::kKx | status::kUx) == TrapAnswer::kHandled);
  CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
  CHECK(g.real_page(va) == g.machine_page(21));
}

TEST_CASE("Miss path: data addresses of 32-bit users have no upper half", "[disco][miss]") {
  Guest g;
  const std::uint64_t junk = 0x1234567800000000;
  REQUIRE(g.vcpu.set_status(status::kKsuUser << 3) == TrapAnswer::kHandled);
  SECTION("a known page is entered under its lower half") {
    g.map(3, kUser, guest_lo(20, kVD), guest_lo(21, kVD));
    CHECK(g.refill(ExceptionCode::kTlbL, junk | kUser) == TrapAnswer::kHandled);
    CHECK(g.real_page(kUser) == g.machine_page(20));
  }
  SECTION(
      "an unknown one is reflected with the address as it was, and the page as it is compared") {
    CHECK(g.refill(ExceptionCode::kTlbL, junk | kUser) == TrapAnswer::kHandled);
    g.expect_reflected(ExceptionCode::kTlbL, 0x000, junk | kUser);
    CHECK(g.vcpu.cp0[cp0::kEntryHi] == (kUser | kAsid));
  }
}

TEST_CASE("Miss path: a guest's 16 KB page is entered 4 KB pair by pair", "[disco][miss]") {
  Guest g;
  const std::uint64_t mask = page_mask_of(1);
  g.map(3, kUser, guest_lo(8, kVD), guest_lo(16, kVD), mask);
  for (unsigned n = 0; n < 8; ++n) {
    const std::uint64_t va = kUser + n * kPageSize;
    if (!g.real_page(va)) CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
    CHECK(g.real_page(va) == g.machine_page(n < 4 ? 8 + n : 16 + n - 4));
  }
  CHECK(g.counters.refills_virtual_tlb == 4);
}

TEST_CASE("Miss path: large pages are entered whole where the machine's pages allow",
          "[disco][miss]") {
  const bool contiguous = GENERATE(true, false);
  Guest g{{.pages = 512, .large_pages = LargePages::kOn, .contiguous = contiguous}};
  g.map(3, kUser, guest_lo(8, kVD), guest_lo(16, kVD), page_mask_of(1));
  CHECK(g.refill(ExceptionCode::kTlbL, kUser) == TrapAnswer::kHandled);
  CHECK(g.real_page(kUser + 0x7000).has_value() == contiguous);
  CHECK(g.refill(ExceptionCode::kTlbL, kCssegWindow) == TrapAnswer::kHandled);
  // 2 MB of contiguous memory: pairs of 256 KB pages, the largest that are tried.
  CHECK(g.hardware.translate(VirtAddr{kCssegWindow + 0x7f000}, Asid{0}).has_value() == contiguous);
  CHECK_FALSE(g.hardware.translate(VirtAddr{kCssegWindow + 0x80000}, Asid{0}));
}

TEST_CASE("Miss path: with ERL set useg is memory as it stands, without it is not",
          "[disco][miss]") {
  Guest g;
  REQUIRE(g.vcpu.set_status(status::kKx | status::kErl) == TrapAnswer::kHandled);
  CHECK(g.refill(ExceptionCode::kTlbL, 0x5000) == TrapAnswer::kHandled);
  CHECK(g.real_page(0x5000) == g.machine_page(5));
  REQUIRE(g.vcpu.set_status(status::kKx) == TrapAnswer::kHandled);
  CHECK_FALSE(g.real_page(0x5000));
  CHECK(g.refill(ExceptionCode::kTlbL, 0x5000) == TrapAnswer::kHandled);
  g.expect_reflected(ExceptionCode::kTlbL, 0x000, 0x5000);
}

TEST_CASE("Miss path: revoking a guest page leaves no name for it in the real TLB",
          "[disco][miss]") {
  Guest g;
  g.map(3, kUser, guest_lo(20, kVD), guest_lo(21, kVD));
  const bool many = GENERATE(false, true);
  if (many) g.map(4, kUser + 0x10000, guest_lo(20, kVD), guest_lo(22, kVD));
  const std::uint64_t names[] = {kUser, kCssegWindow + 20 * kPageSize,
                                 kXssegWindow + 20 * kPageSize};
  for (const std::uint64_t va : names)
    CHECK(g.refill(ExceptionCode::kTlbL, va) == TrapAnswer::kHandled);
  if (many) CHECK(g.refill(ExceptionCode::kTlbL, kUser + 0x10000) == TrapAnswer::kHandled);
  g.vm.revoke(20, [](FrameWord old) { return old; });
  for (const std::uint64_t va : names) CHECK_FALSE(g.real_page(va));
  CHECK_FALSE(g.real_page(kUser + 0x10000));
}

TEST_CASE("Miss view: the assembly path is asked about 16 KB pages and xsseg by those who use them",
          "[disco][miss]") {
  Guest g;
  const auto& view = g.vcpu.context.miss_view;
  CHECK(view.asks_more == 0);
  g.vcpu.context.pc = kCssegWindow + 0x1000;
  SECTION("16 KB pages") {
    const bool global = GENERATE(false, true);
    g.vcpu.cp0[cp0::kPageMask] = page_mask_of(1);
    g.vcpu.cp0[cp0::kEntryLo0] = g.vcpu.cp0[cp0::kEntryLo1] = guest_lo(20, kVD | (global ? 1 : 0));
    CHECK(g.privileged(GENERATE(kTlbwi, kTlbwr)) == TrapAnswer::kHandled);
    CHECK((view.asks_more != 0) == !global);
  }
  SECTION("xsseg, whose window needs KX") {
    CHECK(g.refill(ExceptionCode::kTlbL, kXssegWindow + 0x5000) == TrapAnswer::kHandled);
    CHECK(view.asks_more != 0);
    CHECK(view.wide_pairs == view.frame_pairs);
    REQUIRE(g.vcpu.set_status(status::kSx) == TrapAnswer::kHandled);
    CHECK(view.wide_pairs == 0);
  }
}

TEST_CASE("Miss view: the assembly path finds nothing where it may not serve", "[disco][miss]") {
  Guest g{{.l2_entries = 16}};
  const auto& view = g.vcpu.context.miss_view;
  const auto heads = reinterpret_cast<std::uintptr_t>(g.vcpu.tlb.virtual_tlb().heads());
  CHECK(view.heads == heads);
  CHECK(view.frame_pairs == 256);
  SECTION("useg unmapped") {
    REQUIRE(g.vcpu.set_status(status::kKx | status::kErl) == TrapAnswer::kHandled);
    CHECK(view.heads != heads);
  }
  SECTION("32-bit addresses are no reason") {
    REQUIRE(g.vcpu.set_status(0) == TrapAnswer::kHandled);
    CHECK(view.heads == heads);
    SECTION("but entries in xsseg beside them are, without KX and SX") {
      g.vcpu.cp0[cp0::kEntryHi] = kXssegWindow + (std::uint64_t{3} << 40);
      g.vcpu.refresh();
      g.vcpu.context.pc = kCssegWindow + 0x1000;
      CHECK(g.privileged(kTlbwi) == TrapAnswer::kHandled);
      CHECK(view.heads != heads);
      REQUIRE(g.vcpu.set_status(status::kSx) == TrapAnswer::kHandled);
      CHECK(view.heads != heads);
      REQUIRE(g.vcpu.set_status(status::kKx | status::kSx) == TrapAnswer::kHandled);
      CHECK(view.heads == heads);
    }
  }
}

}  // namespace disco::test
