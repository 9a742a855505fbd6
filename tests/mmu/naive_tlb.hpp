// A second TLB, as plain as possible: a list of entries kept as address intervals and searched from
// end to end. Written from R10000 UM chapters 14 and 16 to judge mmu::Tlb; it shares no code with
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mmu/tlb.hpp"

namespace test {

class NaiveTlb {
 public:
  NaiveTlb(std::uint32_t entries, bool countdown) : entries_(entries), countdown_{countdown} {}

  struct Page {
    std::uint32_t index;
    std::uint64_t frame, bytes;
    unsigned attribute;
    bool dirty, valid, global;
  };

  std::optional<Page> lookup(std::uint64_t va, unsigned asid) const {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      const Entry& e = entries_[i];
      const std::uint64_t offset = va % (std::uint64_t{1} << 44);
      if (!e.live || e.region != va >> 62) continue;
      if (offset < e.first || offset >= e.first + 2 * e.bytes) continue;
      if (!e.global && e.asid != asid) continue;
      const Half& half = e.half[(offset - e.first) / e.bytes];
      return Page{i, half.frame, e.bytes, half.attribute, half.dirty, half.valid, e.global};
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> probe(std::uint64_t entry_hi) const {
    const auto page = lookup(entry_hi / 8192 * 8192, static_cast<unsigned>(entry_hi % 256));
    if (!page) return std::nullopt;
    return page->index;
  }

  /// Returns how many other entries were thrown out.
  std::uint32_t write(std::uint32_t index, const mmu::TlbImage& image) {
    if (index >= entries_.size()) return 0;
    Entry e;
    e.live = true;
    e.region = image.entry_hi >> 62;
    e.bytes = page_bytes(image.page_mask);
    const std::uint64_t offset = image.entry_hi % (std::uint64_t{1} << 44);
    e.first = offset - offset % (2 * e.bytes);
    e.asid = static_cast<unsigned>(image.entry_hi % 256);
    e.global = image.entry_lo0 % 2 == 1 && image.entry_lo1 % 2 == 1;
    e.half[0] = half_of(image.entry_lo0, e.bytes);
    e.half[1] = half_of(image.entry_lo1, e.bytes);
    std::uint32_t out = 0;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      Entry& o = entries_[i];
      if (i == index || !o.live || o.region != e.region) continue;
      const bool apart = o.first + 2 * o.bytes <= e.first || e.first + 2 * e.bytes <= o.first;
      if (apart || (!o.global && !e.global && o.asid != e.asid)) continue;
      o = Entry{};
      ++out;
    }
    entries_[index] = e;
    return out;
  }

  mmu::TlbImage read(std::uint32_t index) const {
    if (index >= entries_.size() || !entries_[index].live) return {};
    const Entry& e = entries_[index];
    return {.entry_hi = e.region * (std::uint64_t{1} << 62) + e.first + e.asid,
            .entry_lo0 = lo_of(e.half[0], e.global),
            .entry_lo1 = lo_of(e.half[1], e.global),
            .page_mask = e.bytes / 4096 * 8192 - 8192};
  }

  /// Random as the manual tells it: one step down per instruction, from the top again after the
  /// last.
  void retire_one() {
    const std::uint32_t top = static_cast<std::uint32_t>(entries_.size()) - 1;
    random_ = random_ <= wired_ || random_ == 0 ? top : random_ - 1;
    if (wired_ > top) random_ = top;
  }
  std::uint32_t random() const { return random_; }
  void set_wired(std::uint32_t wired) {
    std::uint32_t limit = 1;
    while (limit < entries_.size()) limit *= 2;
    wired_ = wired % limit;
    random_ = static_cast<std::uint32_t>(entries_.size()) - 1;
  }
  std::uint32_t wired() const { return wired_; }
  bool counts_down() const { return countdown_; }
  void start_at_top() { random_ = static_cast<std::uint32_t>(entries_.size()) - 1; }

 private:
  struct Half {
    std::uint64_t frame = 0;
    unsigned uncached_attribute = 0, attribute = 0;
    bool dirty = false, valid = false;
  };
  struct Entry {
    bool live = false, global = false;
    std::uint64_t region = 0, first = 0, bytes = 4096;
    unsigned asid = 0;
    Half half[2];
  };

  static std::uint64_t page_bytes(std::uint64_t page_mask) {
    // R10000 UM table 14-6; anything else rounds down to the next one.
    static constexpr struct {
      std::uint64_t mask, bytes;
    } kSizes[] = {{0x1ffe000, 16 << 20},  {0x07fe000, 4 << 20},  {0x01fe000, 1 << 20},
                  {0x007e000, 256 << 10}, {0x001e000, 64 << 10}, {0x0006000, 16 << 10}};
    const std::uint64_t field = page_mask & 0x1ffe000;
    for (const auto& size : kSizes) {
      if (field >= size.mask) return size.bytes;
    }
    return 4096;
  }
  static Half half_of(std::uint64_t lo, std::uint64_t bytes) {
    Half h;
    const std::uint64_t pfn = lo / 64 % (std::uint64_t{1} << 28);
    h.frame = pfn * 4096 / bytes * bytes;
    h.uncached_attribute = static_cast<unsigned>(lo >> 62);
    h.attribute = static_cast<unsigned>(lo / 8 % 8);
    h.dirty = lo / 4 % 2 == 1;
    h.valid = lo / 2 % 2 == 1;
    return h;
  }
  static std::uint64_t lo_of(const Half& h, bool global) {
    return (std::uint64_t{h.uncached_attribute} << 62) + h.frame / 4096 * 64 + h.attribute * 8 +
           (h.dirty ? 4 : 0) + (h.valid ? 2 : 0) + (global ? 1 : 0);
  }

  std::vector<Entry> entries_;
  bool countdown_;
  std::uint32_t wired_ = 0, random_ = 0;
};

}  // namespace test
