// What stores, links and decoded code ask of other CPUs: those whom they concern, and nobody else.
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "cpu/memory/soft_tlb.hpp"
#include "cpu/memory/store_watch.hpp"
#include "tests/support/catch.hpp"

namespace cpu::test {
namespace {

constexpr MachineAddr kPage{0x7000}, kOther{0x9000};

/// Notes what it is asked, and answers as its members say.
struct Asked final : StoreWatchClient {
  void revoke_write(MachineAddr) override { ++revoked; }
  bool code_written(MachineAddr, std::uint64_t) override { return ++written, keeps_code; }
  bool has_link(MachineAddr) const override { return is_linked; }
  void break_link(MachineAddr, std::uint64_t) override { ++broken, is_linked = false; }
  int questions() const { return revoked + written + broken; }

  int revoked = 0, written = 0, broken = 0;
  bool keeps_code = false, is_linked = false;
};

struct Cpus {
  explicit Cpus(std::size_t count) : all(count) {
    for (Asked& cpu : all) watch.attach(cpu);
  }
  int questions() const {
    int sum = 0;
    for (const Asked& cpu : all) sum += cpu.questions();
    return sum;
  }
  void link(std::uint32_t number) {
    all[number].is_linked = true;
    watch.watch_link(kPage, number);
  }

  std::vector<Asked> all;
  StoreWatch watch;
};

}  // namespace

TEST_CASE("StoreWatch: a link asks only the CPUs that may write its page, once for each right",
          "[cpu]") {
  Cpus cpus{1000};
  const std::uint32_t writer = GENERATE(3u, 63u, 64u, 999u);
  REQUIRE(cpus.watch.grant_write(kPage, writer));
  REQUIRE(cpus.watch.grant_write(kPage, writer));
  REQUIRE(cpus.watch.grant_write(kOther, 5));
  cpus.link(7);
  CHECK(cpus.all[writer].revoked == 1);
  CHECK(cpus.questions() == 1);
  CHECK_FALSE(cpus.watch.grant_write(kPage, 8));
  CHECK(cpus.watch.grant_write(kOther, 8));
  // Already watched, and nobody has a right any more.
  cpus.link(9);
  CHECK(cpus.questions() == 1);
}

TEST_CASE("StoreWatch: a store breaks the links to its page and asks nobody else", "[cpu]") {
  Cpus cpus{200};
  cpus.link(7);
  cpus.link(150);
  cpus.watch.stored(kOther, 8, &cpus.all[0]);
  CHECK(cpus.questions() == 0);
  cpus.watch.stored(kPage + 0x10, 8, &cpus.all[150]);
  CHECK(cpus.all[7].broken == 1);
  CHECK(cpus.all[150].broken == 0);
  CHECK(cpus.questions() == 1);
  CHECK(cpus.watch.is_watched(kPage));
  // The last link: the page may be written fast again.
  cpus.watch.stored(kPage + 0x10, 8, nullptr);
  CHECK(cpus.all[150].broken == 1);
  CHECK_FALSE(cpus.watch.is_watched(kPage));
}

TEST_CASE("StoreWatch: a store beside code asks nobody, one to it those who decoded from the page",
          "[cpu]") {
  Cpus cpus{100};
  cpus.watch.grant_write(kPage, 99);
  cpus.watch.watch_code(kPage + 0x100, 2);
  cpus.watch.watch_code(kPage + 0x104, 70);
  REQUIRE(cpus.all[99].revoked == 1);
  const std::uint64_t beside = GENERATE(0xfcu, 0x108u, 0u, 0xffcu);
  cpus.watch.stored(kPage + beside, 4, &cpus.all[99]);
  CHECK(cpus.questions() == 1);
  cpus.all[70].keeps_code = true;
  cpus.watch.stored(kPage + 0x107, 1, &cpus.all[99]);
  CHECK(cpus.all[2].written == 1);
  CHECK(cpus.all[70].written == 1);
  CHECK(cpus.questions() == 3);
  cpus.all[70].keeps_code = false;
  cpus.watch.stored(kPage + 0xff, 2, &cpus.all[99]);
  CHECK(cpus.all[2].written == 1);
  CHECK(cpus.all[70].written == 2);
  CHECK_FALSE(cpus.watch.is_watched(kPage));
}

TEST_CASE("StoreWatch: a store that spans pages reports to each", "[cpu]") {
  Cpus cpus{3};
  cpus.watch.watch_code(kPage + (kPageSize - 4), 0);
  cpus.watch.watch_code(kPage + kPageSize, 1);
  cpus.watch.stored(kPage + (kPageSize - 4), 8, nullptr);
  CHECK(cpus.all[0].written == 1);
  CHECK(cpus.all[1].written == 1);
}

TEST_CASE("StoreWatch: with one CPU only DMA can break a link, and it does", "[cpu]") {
  Cpus cpus{1};
  cpus.link(0);
  CHECK_FALSE(cpus.watch.is_watched(kPage));
  cpus.watch.stored(kPage, 8, &cpus.all[0]);
  CHECK(cpus.all[0].broken == 0);
  cpus.watch.stored(kPage, 8, nullptr);
  CHECK(cpus.all[0].broken == 1);
}

// ---- what a revocation does within a CPU

namespace {

/// A soft TLB beside a list that is searched.
struct Modelled {
  void fill(std::uint64_t va, std::uint64_t machine, bool may_write) {
    SoftEntry& entry = table.slot(VirtAddr{va});
    entry.read_tag = SoftTlb::tag(VirtAddr{va}, 1, 8) & ~(kPageSize - 1);
    entry.write_tag = may_write ? entry.read_tag : SoftEntry::kNoTag;
    entry.page = MachineAddr{machine};
    if (may_write) table.note_writable(entry);
    const auto slot = (va >> 12 ^ va >> 24) % SoftTlb::kEntries;
    by_slot[slot] = {va, machine, may_write};
  }
  void revoke(std::uint64_t machine) {
    table.revoke_write(MachineAddr{machine});
    for (auto& [slot, page] : by_slot) page.may_write &= page.machine != machine;
  }
  void flush_page(std::uint64_t va) {
    table.flush_page(VirtAddr{va});
    const auto found = by_slot.find((va >> 12 ^ va >> 24) % SoftTlb::kEntries);
    if (found != by_slot.end() && found->second.va == va) by_slot.erase(found);
  }
  void flush() {
    table.flush();
    by_slot.clear();
  }
  bool agrees() {
    return std::all_of(by_slot.begin(), by_slot.end(), [&](const auto& known) {
      const SoftEntry& entry = table.slot(VirtAddr{known.second.va});
      return (entry.write_tag != SoftEntry::kNoTag) == known.second.may_write &&
             entry.page == MachineAddr{known.second.machine};
    });
  }

  struct Page {
    std::uint64_t va = 0, machine = 0;
    bool may_write = false;
  };
  SoftTlb table;
  std::map<std::uint64_t, Page> by_slot;
};

}  // namespace

TEST_CASE("SoftTlb: a revocation takes the right from every address of the page, and from no other",
          "[cpu]") {
  const auto seed = GENERATE(1997u, 1998u, 1999u);
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  const auto table = std::make_unique<Modelled>();
  for (int step = 0; step < 20000; ++step) {
    const std::uint64_t va = (random() % 3000) * kPageSize,
                        machine = (random() % 300 + 1) * kPageSize;
    switch (random() % 64) {
      case 0: table->flush(); break;
      case 1:
      case 2:
      case 3: table->flush_page(va); break;
      case 4:
      case 5:
      case 6:
      case 7: table->revoke(machine); break;
      default: table->fill(va, machine, random() % 4 != 0); break;
    }
    if (step % 16 == 0) REQUIRE(table->agrees());
  }
  REQUIRE(table->agrees());
}

}  // namespace cpu::test
