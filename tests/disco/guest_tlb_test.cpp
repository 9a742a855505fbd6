// GuestTlb: virtual TLB, L2TLB and real TLB together. The question is always the same: can a guest
// that has invalidated a translation by the means a TLB of its size gives it ever see it used
// again?
#include <map>
#include <random>

#include "disco/core/tlb/guest_tlb.hpp"
#include "mmu/tlb.hpp"
#include "tests/disco/vm_fixture.hpp"

namespace disco::test {

namespace {

constexpr std::uint64_t kKernelBase = 0xffffffffd0000000;  // mapped by G entries
constexpr unsigned kProcesses = 6, kPages = 96, kKernelPages = 24, kFrames = 400;

/// What a kernel can do to a TLB, and what a program sees of it.
class Tlb {
 public:
  virtual ~Tlb() = default;
  virtual void tlbwi(unsigned index, const GuestEntry& e) = 0;
  virtual void tlbwr(const GuestEntry& e) = 0;
  virtual std::optional<unsigned> tlbp(std::uint64_t hi) = 0;
  virtual GuestEntry tlbr(unsigned index) = 0;
  virtual void set_wired(unsigned wired) = 0;
  /// EntryLo under which an access would go ahead without the kernel's help; nothing: a refill.
  virtual std::optional<std::uint64_t> access(VirtAddr va, Asid asid) = 0;
};

/// The naive model, as on the bare machine.
class NativeTlb final : public Tlb {
 public:
  explicit NativeTlb(unsigned entries)
      : tlb_{{.entries = entries, .random = mmu::RandomKind::kLfsr, .seed = 1}} {}

  void tlbwi(unsigned index, const GuestEntry& e) override {
    tlb_.write(index, {e.hi, e.lo0, e.lo1, e.page_mask});
  }
  void tlbwr(const GuestEntry& e) override {
    tlb_.write_random({e.hi, e.lo0, e.lo1, e.page_mask}, 0);
  }
  std::optional<unsigned> tlbp(std::uint64_t hi) override { return tlb_.probe(hi); }
  GuestEntry tlbr(unsigned index) override {
    const auto image = tlb_.read(index);
    return {image.entry_hi, image.entry_lo0, image.entry_lo1, image.page_mask};
  }
  void set_wired(unsigned wired) override { tlb_.set_wired(wired, 0); }
  std::optional<std::uint64_t> access(VirtAddr va, Asid asid) override {
    const auto index = tlb_.probe(vpn2_bits(va) | static_cast<std::uint8_t>(asid));
    if (!index) return std::nullopt;
    return tlbr(*index).lo_for(va);
  }

 private:
  mmu::Tlb tlb_;
};

class MonitorTlb final : public Tlb {
 public:
  explicit MonitorTlb(const VmOptions& options) : vm_{options}, tlb_{vm_.vcpu.tlb} {}

  void tlbwi(unsigned index, const GuestEntry& e) override {
    ++writes_;
    tlb_.write_indexed(index, e, VirtAddr{e.hi});
  }
  void tlbwr(const GuestEntry& e) override {
    ++writes_;
    tlb_.write_random(e, hint_);
  }
  std::optional<unsigned> tlbp(std::uint64_t hi) override { return tlb_.probe(hi); }
  GuestEntry tlbr(unsigned index) override { return tlb_.read(index); }
  void set_wired(unsigned wired) override { tlb_.set_wired(wired); }

  // The machine's TLB, then the monitor; what is used must be what the guest's entry says.
  std::optional<std::uint64_t> access(VirtAddr va, Asid asid) override {
    hint_ = va;
    const auto real = vm_.hardware.translate(va, asid);
    const StoredEntry* found = tlb_.find(va, asid).entry;
    if (real && (*real & entry_lo::kValid) != 0) {
      REQUIRE(found != nullptr);
      check_frame(*real, *found, va);
      return found->lo_for(va);
    }
    if (found == nullptr) return std::nullopt;
    const std::uint64_t lo = found->lo_for(va);
    if ((lo & entry_lo::kValid) == 0) return lo;
    tlb_.enter(*found, va);
    const auto entered = vm_.hardware.translate(va, asid);
    REQUIRE(entered);
    check_frame(*entered, *tlb_.find(va, asid).entry, va);
    return lo;
  }

  /// Invariant 1: whatever the machine's TLB holds, the guest's has, in one of its two levels.
  void check_inclusion() {
    for (const RealEntry& e : vm_.hardware.tlb()) {
      if (!FakeHardware::live(e)) continue;
      const std::uint64_t sign = e.hi >> 62 == 3 ? std::uint64_t{0x3ffff} << 44 : 0;
      const VirtAddr va{(e.hi & entry_hi::kVpn2) | sign};
      const StoredEntry* found = tlb_.find(va, FakeHardware::asid_of(e)).entry;
      REQUIRE(found != nullptr);
      REQUIRE(found->is_global() == FakeHardware::is_global(e));
      if ((e.lo0 & entry_lo::kValid) != 0) check_frame(e.lo0, *found, va);
    }
  }

  VmFixture& vm() { return vm_; }
  std::uint64_t writes() const { return writes_; }

 private:
  void check_frame(std::uint64_t real, const StoredEntry& found, VirtAddr va) {
    const std::uint64_t lo = found.lo_for(va);
    REQUIRE((lo & entry_lo::kValid) != 0);
    const unsigned size_class = found.size_class();
    const PhysAddr pa = frame_of(lo, size_class) + va.offset_in(page_bytes_of(size_class));
    const auto machine = vm_.vm.pmap().machine_address(pa);
    REQUIRE(machine);
    // Larger real pages contain the machine page; 4 KB ones are it.
    const MachineAddr frame{(real & entry_lo::kFrame) >> 6 << 12};
    const RealEntry* e = vm_.hardware.find(va, found.guest().asid());
    const std::uint64_t page = e != nullptr ? (e->page_mask + 2 * kPageSize) / 2 : kPageSize;
    REQUIRE(frame.bits() == (machine->bits() & ~(page - 1)));
    REQUIRE((real & 6) == (lo & 6));
  }

  VmFixture vm_;
  GuestTlb& tlb_;
  VirtAddr hint_;
  std::uint64_t writes_ = 0;
};

/// A kernel with page tables, which keeps its TLB right by the customary idioms.
class Kernel {
 public:
  Kernel(Tlb& tlb, unsigned entries, std::uint64_t seed, bool large)
      : tlb_{tlb}, entries_{entries}, random_{seed}, large_{large} {
    for (unsigned p = 0; p < kProcesses; ++p) asid_[p] = p + 1;
  }

  void step() {
    const auto dice = below(100);
    if (dice < 74) {
      touch(below(8) == 0 ? kernel_page() : user_page());
    } else if (dice < 78) {
      current_ = static_cast<unsigned>(below(kProcesses));
    } else if (dice < 98) {
      change_and_flush();
    } else if (below(20) == 0) {
      flush_all();
    } else if (below(10) == 0) {
      wire_one();
    }
  }

 private:
  struct Page {
    unsigned process = 0;  // kProcesses: the kernel
    unsigned number = 0;
    auto operator<=>(const Page&) const = default;
  };
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  Page user_page() { return {current_, static_cast<unsigned>(below(kPages))}; }
  Page kernel_page() { return {kProcesses, static_cast<unsigned>(below(kKernelPages))}; }
  bool is_kernel(Page p) const { return p.process == kProcesses; }
  /// User pages of the upper half are 16 KB ones where large pages are in play.
  unsigned size_class(Page p) const {
    return large_ && !is_kernel(p) && p.number >= kPages / 2 ? 1 : 0;
  }
  VirtAddr address(Page p) const {
    if (is_kernel(p)) return VirtAddr{kKernelBase + p.number * kPageSize};
    if (size_class(p) == 0) return VirtAddr{0x10000000 + p.number * kPageSize};
    return VirtAddr{0x20000000 + (p.number - kPages / 2) * page_bytes_of(1)};
  }
  std::uint64_t space(Page p) const { return is_kernel(p) ? asid_[current_] : asid_[p.process]; }
  std::uint64_t pte(Page p) const {
    const auto at = table_.find(p);
    return at != table_.end() ? at->second : is_kernel(p) ? entry_lo::kGlobal : 0;
  }
  std::uint64_t new_pte(Page p) {
    const std::uint64_t frame = size_class(p) == 0 ? below(kFrames) : below(kFrames / 4) * 4;
    const std::uint64_t rights =
        below(4) == 0 ? entry_lo::kValid : entry_lo::kValid | entry_lo::kDirty;
    return frame << 6 | rights | 5 << 3 | (is_kernel(p) ? entry_lo::kGlobal : 0);
  }
  GuestEntry pair_of(Page p) const {
    const Page even{p.process, p.number & ~1u}, odd{p.process, p.number | 1u};
    return {.hi = vpn2_bits(address(even)) | space(p),
            .lo0 = pte(even),
            .lo1 = pte(odd),
            .page_mask = page_mask_of(size_class(p))};
  }
  std::uint64_t hi_of(Page p) const { return vpn2_bits(address(p)) | space(p); }
  static GuestEntry unique(unsigned index) {
    return {.hi = (0xffffffff80000000 + index * 0x2000) & entry_hi::kVpn2,
            .lo0 = 0,
            .lo1 = 0,
            .page_mask = 0};
  }

  void touch(Page p) {
    const VirtAddr va = address(p) + below(page_bytes_of(size_class(p)) / 4) * 4;
    const Asid asid{static_cast<std::uint8_t>(space(p))};
    for (int tries = 0; tries < 2; ++tries) {
      if (const auto lo = tlb_.access(va, asid)) {
        // The heart of it: what is used is what the page tables say now.
        REQUIRE(*lo == pte(p));
        break;
      }
      tlb_.tlbwr(pair_of(p));
    }
    if ((pte(p) & entry_lo::kValid) != 0) return;
    table_[p] = new_pte(p);  // demand: the fault handler maps the page ...
    update(p);               // ... and Linux's update_mmu_cache
  }

  // tlbp; then over the found entry, or anywhere.
  void update(Page p) {
    const auto index = tlb_.tlbp(hi_of(p));
    if (index) {
      tlb_.tlbwi(*index, pair_of(p));
    } else if (below(2) == 0) {
      tlb_.tlbwr(pair_of(p));
    }
  }
  // tinyix and Linux: local_flush_tlb_page.
  void flush_page(Page p) {
    const auto index = tlb_.tlbp(hi_of(p));
    if (index) tlb_.tlbwi(*index, unique(*index));
  }
  // Linux: local_flush_tlb_all. Wired entries stay.
  void flush_all() {
    if (below(2) == 0) {
      for (unsigned n = wired_; n < entries_; ++n) tlb_.tlbwi(n, unique(n));
    } else {
      for (unsigned n = entries_; n-- > wired_;) tlb_.tlbwi(n, unique(n));
    }
  }
  // Other kernels: look at every entry, overwrite those of one address space (or page).
  void scan(std::uint64_t asid) {
    for (unsigned n = wired_; n < entries_; ++n) {
      const GuestEntry e = tlb_.tlbr(n);
      if (!e.is_global() && static_cast<std::uint8_t>(e.asid()) == asid) tlb_.tlbwi(n, unique(n));
    }
  }
  // Linux: drop_mmu_context; everything is flushed when the numbers run out.
  void new_asid(unsigned process) {
    if (++next_asid_ > 40) {
      flush_all();
      next_asid_ = kProcesses + 1;
      for (unsigned p = 0; p < kProcesses; ++p) asid_[p] = next_asid_++;
      return;
    }
    asid_[process] = next_asid_;
  }

  void change_and_flush() {
    const Page p = below(6) == 0 ? kernel_page()
                                 : Page{static_cast<unsigned>(below(kProcesses)),
                                        static_cast<unsigned>(below(kPages))};
    const auto change = [&](Page q) {
      if (below(2) == 0) {
        table_.erase(q);
      } else {
        table_[q] = new_pte(q);
      }
    };
    if (is_kernel(p) || below(50) != 0) {
      change(p);
      switch (below(3)) {
        case 0: flush_page(p); break;
        case 1: flush_several(p, 1 + static_cast<unsigned>(below(12))); break;
        default: update_or_flush(p); break;
      }
      return;
    }
    // A whole address space: fork's copy-on-write, exec, exit.
    for (unsigned n = 0; n < kPages; ++n) {
      if (below(3) == 0) change({p.process, n});
    }
    switch (below(3)) {
      case 0: scan(asid_[p.process]); break;
      case 1: flush_all(); break;
      default: new_asid(p.process); break;
    }
  }
  // As update(), but a page that is not there must be forgotten where it is. Or, as the R10000
  // allows, without looking: a write invalidates what it overlaps.
  void update_or_flush(Page p) {
    switch (below(3)) {
      case 0: tlb_.tlbwr(pair_of(p)); break;
      case 1:
        tlb_.tlbwi(wired_ + static_cast<unsigned>(below(entries_ - wired_)), pair_of(p));
        break;
      default: {
        const auto index = tlb_.tlbp(hi_of(p));
        if (index) tlb_.tlbwi(*index, pair_of(p));
      }
    }
  }
  // Several pages, one tlbp each; the indices are used only afterwards.
  void flush_several(Page p, unsigned count) {
    std::vector<std::optional<unsigned>> found;
    for (unsigned n = 0; n < count; ++n) {
      const Page q{p.process, (p.number + 2 * n) % (is_kernel(p) ? kKernelPages : kPages)};
      table_.erase(q);
      found.push_back(tlb_.tlbp(hi_of(q)));
    }
    for (const auto& index : found) {
      if (index) tlb_.tlbwi(*index, unique(*index));
    }
  }

  // A wired entry for addresses that nothing else uses; it must be found for ever after.
  void wire_one() {
    if (wired_ == 4) return;
    const std::uint64_t va = 0x30000000 + wired_ * 0x2000;
    wired_entries_.push_back({.hi = va,
                              .lo0 = guest_lo(300 + wired_, kVD | 1),
                              .lo1 = guest_lo(200, kVD | 1),
                              .page_mask = 0});
    tlb_.tlbwi(wired_, wired_entries_.back());
    tlb_.set_wired(++wired_);
    for (const GuestEntry& e : wired_entries_) {
      const auto lo = tlb_.access(VirtAddr{e.hi}, Asid{99});
      REQUIRE(lo);
      REQUIRE(*lo == e.lo0);
    }
  }

  Tlb& tlb_;
  unsigned entries_;
  std::mt19937_64 random_;
  bool large_;
  unsigned current_ = 0;
  unsigned wired_ = 0;
  std::vector<GuestEntry> wired_entries_;
  std::map<Page, std::uint64_t> table_;
  std::uint64_t asid_[kProcesses];
  std::uint64_t next_asid_ = kProcesses;
};

}  // namespace

TEST_CASE("Kernel model: its idioms keep a plain TLB right", "[disco][coherence]") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  const bool large = GENERATE(false, true);
  const unsigned entries = GENERATE(32u, 64u, 128u);
  INFO("seed " << seed << " large " << large << " entries " << entries);
  NativeTlb tlb{entries};
  Kernel kernel{tlb, entries, seed, large};
  for (int n = 0; n < 20'000; ++n) kernel.step();
}

TEST_CASE("GuestTlb: no invalidated translation is ever used", "[disco][coherence]") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  const bool large = GENERATE(false, true);
  const std::uint64_t l2 = GENERATE(0u, 2u, 16u, 128u, 1024u);
  const auto large_pages = GENERATE(LargePages::kOff, LargePages::kOn);
  const unsigned entries = GENERATE(32u, 48u, 64u, 128u);
  INFO("seed " << seed << " 16 KB pages " << large << " L2TLB " << l2 << " large_pages "
               << static_cast<int>(large_pages) << " entries " << entries);
  MonitorTlb tlb{{.pages = 512,
                  .l2_entries = l2,
                  .tlb_entries = entries,
                  .large_pages = large_pages,
                  .contiguous = large_pages == LargePages::kOn}};
  Kernel kernel{tlb, entries, seed, large};
  for (int n = 0; n < 6000; ++n) {
    kernel.step();
    if (n % 4 == 0) tlb.check_inclusion();
  }
  // The test must have gone where it matters.
  const Counters& c = tlb.vm().counters;
  CHECK(c.real_inserts > 500);
  if (l2 > 0) CHECK(c.l2tlb_flushes > 2);
  if (l2 >= 2 * entries) CHECK(c.l2tlb_pulls > 100);
  if (l2 > 0 && l2 <= 2 * entries) CHECK(c.l2tlb_evictions > 20);
  // And what it did is what was counted.
  const FakeHardware& machine = tlb.vm().hardware;
  CHECK(c.real_inserts == machine.inserts);
  CHECK(c.real_drops == machine.drops);
  CHECK(c.real_flushes == machine.flushes);
  CHECK(c.l2tlb_flushes <= c.real_flushes);
  CHECK(c.l2tlb_evictions <= c.l2tlb_inserts);
  CHECK(c.l2tlb_inserts <= tlb.writes());
  CHECK((c.l2tlb_inserts > 0) == (l2 > 0));
}

TEST_CASE(
    "GuestTlb: a write drops what it overlaps from the real TLB and nothing else, whatever "
    "page sizes there were",
    "[disco][coherence]") {
  const std::uint64_t l2 = GENERATE(0u, 4096u);
  CAPTURE(l2);
  VmFixture g{{.l2_entries = l2}};
  GuestTlb& tlb = g.vcpu.tlb;
  const auto entry = [](std::uint64_t va, unsigned size_class, std::uint64_t page,
                        std::uint64_t rights) {
    return GuestEntry{.hi = va | 5,
                      .lo0 = guest_lo(page, rights),
                      .lo1 = 0,
                      .page_mask = page_mask_of(size_class)};
  };
  // What Linux does at boot: every entry once, of 4 KB.
  for (unsigned n = 0; n < 64; ++n) {
    tlb.write_indexed(n, {.hi = 0x40000000 + n * 0x2000, .lo0 = 0, .lo1 = 0, .page_mask = 0},
                      VirtAddr{});
  }
  // Then it has pages of 16 KB, first clean, then dirty.
  tlb.set_wired(2);
  const auto flushes = g.counters.real_flushes;
  for (unsigned n = 0; n < 100; ++n) {
    CAPTURE(n);
    const std::uint64_t va = 0x10000000 + n * 0x8000;
    tlb.write_random(entry(va, 1, n % 64 * 4, entry_lo::kValid), VirtAddr{va});
    REQUIRE(g.hardware.translate(VirtAddr{va}, Asid{5}));
    const auto index = tlb.probe(va | 5);
    REQUIRE(index);
    tlb.write_indexed(*index, entry(va, 1, n % 64 * 4, kVD), VirtAddr{va + 0x2000});
    const auto first = g.hardware.translate(VirtAddr{va}, Asid{5});
    CHECK_FALSE((first && (*first & entry_lo::kDirty) == 0));
  }
  CHECK(g.counters.real_flushes == flushes);
  // One pair of each clean page, and of those that lost their places.
  CHECK(g.counters.real_drops <= 300);
  CHECK(g.hardware.flushes == g.counters.real_flushes);
}

TEST_CASE(
    "GuestTlb: entries of all page sizes, global or not, leave the real TLB when they are "
    "overwritten or overlapped",
    "[disco][coherence]") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  const std::uint64_t l2 = GENERATE(0u, 16u, 1024u);
  const auto large_pages = GENERATE(LargePages::kOff, LargePages::kOn);
  INFO("seed " << seed << " L2TLB " << l2 << " large_pages " << static_cast<int>(large_pages));
  MonitorTlb tlb{{.pages = 8192,
                  .l2_entries = l2,
                  .large_pages = large_pages,
                  .contiguous = large_pages == LargePages::kOn}};
  std::mt19937_64 random{seed};
  const auto below = [&](std::uint64_t n) { return random() % n; };
  for (int n = 0; n < 4000; ++n) {
    const auto size_class = static_cast<unsigned>(below(4) == 0 ? below(kPageSizes) : below(3));
    const std::uint64_t mask = page_mask_of(size_class);
    const std::uint64_t base = below(3) == 0 ? kKernelBase : 0x10000000;
    const VirtAddr va{base + (below(1u << 12) << 12)};
    const std::uint64_t global = below(6) == 0 ? entry_lo::kGlobal : 0;
    const std::uint64_t space = below(3);
    const auto lo = [&] { return guest_lo(below(8192), kVD | global) & ~(mask >> 7); };
    GuestEntry e{.hi = vpn2_bits(va) | space, .lo0 = lo(), .lo1 = lo(), .page_mask = mask};
    e.hi &= ~mask;
    for (unsigned k = 0; k < 4; ++k) {
      const VirtAddr at{base + (below(1u << 12) << 12)};
      tlb.access(at, Asid{static_cast<std::uint8_t>(below(3))});
    }
    tlb.access(va, Asid{static_cast<std::uint8_t>(space)});
    if (below(2) == 0) {
      tlb.tlbwr(e);
    } else {
      tlb.tlbwi(static_cast<unsigned>(below(64)), e);
    }
    tlb.check_inclusion();
    const auto lo_now = tlb.access(va, Asid{static_cast<std::uint8_t>(space)});
    REQUIRE(lo_now);
    REQUIRE(*lo_now == normalised(e).lo_for(va));
  }
  CHECK(tlb.vm().counters.real_inserts > 2000);
}

TEST_CASE(
    "GuestTlb: tlbwr over the same page leaves nothing of what was there, though the L2TLB "
    "knows the page again",
    "[disco][coherence]") {
  VmFixture g{{.l2_entries = 2}};
  GuestTlb& tlb = g.vcpu.tlb;
  const auto page = [](std::uint64_t va, std::uint64_t frame) {
    return GuestEntry{.hi = va | 5,
                      .lo0 = guest_lo(frame, kVD),
                      .lo1 = guest_lo(frame + 4, kVD),
                      .page_mask = page_mask_of(1)};
  };
  const std::uint64_t va = 0x10000000;
  const unsigned index = tlb.random();
  tlb.write_indexed(index, page(va, 8), VirtAddr{va});
  // Two others push it out of the L2TLB.
  for (unsigned n = 1; n <= 2; ++n)
    tlb.write_indexed((index + n) % 64, page(va + n * 0x8000, 16), VirtAddr{});
  REQUIRE_FALSE(tlb.l2tlb().contains(page(va, 8)));
  for (unsigned pair = 0; pair < 4; ++pair) {
    const VirtAddr at{va + pair * 0x2000};
    if (!g.hardware.translate(at, Asid{5})) tlb.enter(*tlb.find(at, Asid{5}).entry, at);
  }
  tlb.write_random(page(va, 32), VirtAddr{va});
  REQUIRE(tlb.virtual_tlb().read(index) == page(va, 32));
  for (unsigned pair = 0; pair < 4; ++pair) {
    const auto lo = g.hardware.translate(VirtAddr{va + pair * 0x2000}, Asid{5});
    CHECK(lo.has_value() == (pair == 0));
  }
}

TEST_CASE("GuestTlb: an entry that was never written reads as zeros", "[disco]") {
  VmFixture g{{.l2_entries = 64}};
  g.vcpu.tlb.write_random({.hi = 0x4001, .lo0 = guest_lo(3, kVD), .lo1 = 0, .page_mask = 0},
                          VirtAddr{0x4000});
  unsigned written = 0;
  for (unsigned index = 0; index < 64; ++index) {
    const GuestEntry e = g.vcpu.tlb.read(index);
    const bool is_zero = e.hi == 0 && e.lo0 == 0 && e.lo1 == 0 && e.page_mask == 0;
    written += is_zero ? 0 : 1;
  }
  CHECK(written == 1);
}

TEST_CASE(
    "GuestTlb: an index that the guest wrote or was told is nobody else's until its next tlbwr",
    "[disco][coherence]") {
  enum class Named { kWritten, kRead, kFound };
  const auto named = GENERATE(Named::kWritten, Named::kRead, Named::kFound);
  constexpr unsigned kWired = 60;  // so that chance would soon take the index
  const auto entry = [](unsigned n) {
    return GuestEntry{.hi = 0x10000000 + n * 0x2000 | 1,
                      .lo0 = guest_lo(n, kVD),
                      .lo1 = guest_lo(n + 100, kVD),
                      .page_mask = 0};
  };
  for (unsigned round = 0; round < 40; ++round) {
    CAPTURE(static_cast<int>(named), round);
    VmFixture g{{.l2_entries = 1024}};
    GuestTlb& tlb = g.vcpu.tlb;
    tlb.set_wired(kWired);
    const GuestEntry lost = entry(round);
    tlb.write_random(lost, VirtAddr{lost.hi});
    const auto is_lost = [&] { return !tlb.virtual_tlb().probe(lost.hi); };
    for (unsigned n = 40; n < 200 && !is_lost(); ++n) tlb.write_random(entry(n), VirtAddr{});
    REQUIRE(is_lost());
    REQUIRE(tlb.l2tlb().contains(lost));
    // All four hold something by now, or are given it.
    const unsigned index = kWired + round % 4;
    GuestEntry held = tlb.virtual_tlb().read(index);
    if (named == Named::kWritten || held.hi == 0) {
      held = entry(300);
      tlb.write_indexed(index, held, VirtAddr{held.hi});
    }
    if (named == Named::kRead) REQUIRE(tlb.read(index).hi == held.hi);
    if (named == Named::kFound) REQUIRE(tlb.probe(held.hi) == index);
    const auto pulled = tlb.probe(lost.hi);
    REQUIRE(pulled);
    CHECK(g.counters.l2tlb_pulls == 1);
    CHECK(*pulled != index);
    CHECK(tlb.virtual_tlb().read(index).hi == held.hi);
    CHECK(tlb.read(*pulled).lo0 == lost.lo0);
  }
}

TEST_CASE("GuestTlb: where every index is named an entry of the L2TLB is not found, until a tlbwr",
          "[disco][coherence]") {
  VmFixture g{{.l2_entries = 1024}};
  GuestTlb& tlb = g.vcpu.tlb;
  const auto entry = [](unsigned n) {
    return GuestEntry{0x10000000 + n * 0x2000 | 1, guest_lo(n, kVD), guest_lo(n + 100, kVD), 0};
  };
  tlb.set_wired(62);
  for (unsigned n = 0; n < 40; ++n) tlb.write_random(entry(n), VirtAddr{});
  REQUIRE_FALSE(tlb.virtual_tlb().probe(entry(0).hi));
  REQUIRE_FALSE(tlb.virtual_tlb().probe(entry(1).hi));
  // tlbp names both replaceable indices, and covers none.
  for (const unsigned index : {62u, 63u})
    REQUIRE(tlb.probe(tlb.virtual_tlb().read(index).hi) == index);
  CHECK_FALSE(tlb.probe(entry(0).hi));
  CHECK_FALSE(tlb.l2tlb().contains(entry(0)));
  CHECK(g.counters.l2tlb_pulls == 0);
  tlb.write_random(entry(50), VirtAddr{});
  CHECK(tlb.probe(entry(1).hi));
  CHECK(g.counters.l2tlb_pulls == 1);
}

}  // namespace disco::test
