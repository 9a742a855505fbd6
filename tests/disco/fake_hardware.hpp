// The machine as the monitor's core sees it, in arrays: a naive real TLB, a clock that the test
// turns, a console. It checks what the monitor must never do whatever a guest asks for.
#pragma once

#include <deque>
#include <string>
#include <vector>
#include "tests/support/catch.hpp"

#include "disco/core/hardware.hpp"
#include "disco/core/memory/guest_address.hpp"

namespace disco::test {

class FakeHardware final : public Hardware {
 public:
  explicit FakeHardware(std::size_t entries = 64) : tlb_(entries) {}

  // ---- what tests look at and turn

  std::uint64_t now = 1000;
  std::uint64_t timer = ~std::uint64_t{0};
  std::uint64_t pending = 0;  // Cause.IP bits besides the timer's
  bool timer_pending = false;
  std::string console, debug;
  std::deque<std::uint8_t> input;
  bool has_hung_up = false;
  bool listening = true;
  std::vector<std::uint32_t> power_writes;
  std::vector<MachineAddr> cache_lines;
  unsigned dozes = 0, flushes = 0;
  std::uint64_t inserts = 0, drops = 0;  // entries
  std::uint32_t doze_ticks = 100;
  FpuState fpu;

  const RealEntry* find(VirtAddr va, Asid asid) const {
    const RealEntry* found = nullptr;
    for (std::size_t n = 1; n < tlb_.size(); ++n) {
      if (!live(tlb_[n]) || !matches(tlb_[n], va, asid)) continue;
      CHECK(found == nullptr);  // two entries for one address: TS on the machine
      found = &tlb_[n];
    }
    return found;
  }
  /// EntryLo that translates `va`; nothing on a miss.
  std::optional<std::uint64_t> translate(VirtAddr va, Asid asid) const {
    const RealEntry* e = find(va, asid);
    if (e == nullptr) return std::nullopt;
    const std::uint64_t half = (e->page_mask + 2 * kPageSize) / 2;
    return (va.bits() & half) != 0 ? e->lo1 : e->lo0;
  }
  const std::vector<RealEntry>& tlb() const { return tlb_; }
  static bool live(const RealEntry& e) { return e.hi != 0 || e.lo0 != 0 || e.lo1 != 0; }

  void advance(std::uint64_t ticks) {
    now += ticks;
    if (now >= timer) timer_pending = true;
  }
  std::vector<unsigned> interrupted;  // CPUs that were sent an interrupt

  // ---- Hardware

  void tlb_insert(const RealEntry& entry, std::uint64_t in_place_of) override {
    check_sane(entry);
    ++inserts;
    auto at = probe(in_place_of);
    if (!at) {
      seed_ = seed_ * 6364136223846793005u + 1;
      at = 1 + (seed_ >> 33) % (tlb_.size() - 1);
    }
    tlb_[*at] = RealEntry{};
    for (const RealEntry& e : tlb_) CHECK_FALSE((live(e) && intersect(e, entry)));
    tlb_[*at] = entry;
  }
  bool tlb_drop(std::uint64_t hi) override {
    const auto at = probe(hi);
    if (at) tlb_[*at] = RealEntry{};
    drops += at ? 1 : 0;
    return at.has_value();
  }
  unsigned tlb_drop_range(std::uint64_t vpn2, std::uint64_t bytes, Asid asid,
                          bool any_asid) override {
    unsigned dropped = 0;
    for (std::size_t n = 1; n < tlb_.size(); ++n) {
      RealEntry& e = tlb_[n];
      if (!live(e)) continue;
      const std::uint64_t span = (bytes - 1) | e.page_mask | 0x1fff;
      const bool in_space = any_asid || is_global(e) || asid_of(e) == asid;
      if (((e.hi ^ vpn2) & entry_hi::kVpn2 & ~span) != 0 || !in_space) continue;
      e = RealEntry{};
      ++dropped;
    }
    drops += dropped;
    return dropped;
  }
  void tlb_flush() override {
    ++flushes;
    for (RealEntry& e : tlb_) e = RealEntry{};
  }

  std::uint64_t time() override { return now; }
  void set_timer(std::uint64_t at) override {
    timer = at;
    timer_pending = now >= at;
  }
  std::uint64_t nanoseconds() override { return now * 5; }
  std::uint64_t pending_interrupts() override {
    return pending | (timer_pending ? cause::kIpTimer : 0) |
           (listening && !input.empty() ? cause::kIpDevice : 0);
  }
  void doze() override {
    ++dozes;
    REQUIRE(dozes < 1000);
    advance(doze_ticks);
  }
  void interrupt_cpu(unsigned number) override { interrupted.push_back(number); }
  void acknowledge_cpus() override { pending &= ~std::uint64_t{cause::kIpIpi}; }
  void relax() override {}

  void console_put(char c) override { console += c; }
  std::optional<std::uint8_t> console_get() override {
    if (input.empty()) return std::nullopt;
    const std::uint8_t byte = input.front();
    input.pop_front();
    return byte;
  }
  bool console_has_ended() override { return has_hung_up && input.empty(); }
  void console_listen(bool on) override { listening = on; }
  void debug_put(char c) override { debug += c; }
  void power(std::uint32_t value) override { power_writes.push_back(value); }
  void cache_writeback_invalidate(MachineAddr line) override { cache_lines.push_back(line); }
  void fpu_load(const FpuState& state) override { fpu = state; }
  void fpu_save(FpuState& state) override { state = fpu; }
  std::uint32_t fpu_status() override { return static_cast<std::uint32_t>(fpu.fcsr); }

  static bool is_global(const RealEntry& e) { return (e.lo0 & e.lo1 & entry_lo::kGlobal) != 0; }
  static Asid asid_of(const RealEntry& e) { return Asid{static_cast<std::uint8_t>(e.hi)}; }

 private:
  static bool matches(const RealEntry& e, VirtAddr va, Asid asid) {
    return ((vpn2_bits(va) ^ e.hi) & entry_hi::kVpn2 & ~e.page_mask) == 0 &&
           (is_global(e) || asid_of(e) == asid);
  }
  static bool intersect(const RealEntry& a, const RealEntry& b) {
    const std::uint64_t ignored = a.page_mask | b.page_mask;
    return ((a.hi ^ b.hi) & entry_hi::kVpn2 & ~ignored) == 0 &&
           (is_global(a) || is_global(b) || asid_of(a) == asid_of(b));
  }
  std::optional<std::size_t> probe(std::uint64_t hi) const {
    for (std::size_t n = 1; n < tlb_.size(); ++n) {
      if (live(tlb_[n]) && matches(tlb_[n], VirtAddr{hi}, Asid{static_cast<std::uint8_t>(hi)}))
        return n;
    }
    return std::nullopt;
  }
  /// Guest addresses only: useg, xsseg, csseg; never the wired page or any other kernel segment.
  static void check_sane(const RealEntry& e) {
    const std::uint64_t region = e.hi >> 62;
    const std::uint64_t vpn = e.hi & entry_hi::kVpn2;
    const bool csseg = region == 3 && vpn >= (kCssegWindow & entry_hi::kVpn2) &&
                       vpn < (kCssegEnd & entry_hi::kVpn2);
    const bool sane = region == 0 || region == 1 || csseg;
    CHECK(sane);
    CHECK((e.hi & e.page_mask) == 0);
  }

  std::vector<RealEntry> tlb_;
  std::uint64_t seed_ = 1;
};

}  // namespace disco::test
