#include "mmu/tlb.hpp"

#include <algorithm>
#include <bit>

#include "common/check.hpp"

namespace mmu {

namespace {

using hardware::page_mask_of;
namespace entry_hi = hardware::entry_hi;
namespace entry_lo = hardware::entry_lo;

constexpr std::uint64_t kLoKept = entry_lo::kWritable & ~entry_lo::kGlobal;

std::uint64_t seeded(std::uint64_t seed) {
  // splitmix64's finaliser, so that seeds 1, 2, 3 .. start far apart.
  std::uint64_t x = seed + 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  x ^= x >> 31;
  return x != 0 ? x : 1;
}

/// Xorshift (Marsaglia 2003): a linear feedback shift register that moves many bits a step, so that
/// consecutive indices are not shifts of each other. Period 2^64 - 1.
std::uint64_t stepped(std::uint64_t x) {
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x;
}

}  // namespace

Tlb::Tlb(const TlbConfig& config) : config_{config}, entries_(config.entries) {
  CHECK(config.entries >= kLeastTlbEntries && config.entries <= kMostTlbEntries);
  lfsr_ = seeded(config.seed);
  const std::size_t buckets = std::bit_ceil(std::size_t{config.entries}) * 2;
  buckets_.assign(buckets, kNone);
  bucket_shift_ = 64 - static_cast<unsigned>(std::countr_zero(buckets));
}

// ---- finding

std::size_t Tlb::bucket_of(std::uint64_t tag, unsigned size) const {
  // Fibonacci hashing; the page size goes into bits that a tag does not have.
  return ((tag ^ (tag >> 35) ^ size) * 0x9e3779b97f4a7c15) >> bucket_shift_;
}

const Tlb::Entry* Tlb::find(VirtAddr va, std::uint8_t asid) const {
  for (std::uint32_t sizes = sizes_in_use_; sizes != 0; sizes &= sizes - 1) {
    const auto size = static_cast<unsigned>(std::countr_zero(sizes));
    const std::uint64_t tag = va.bits() & entry_hi::kVpn2 & ~page_mask_of(size);
    for (std::uint16_t i = buckets_[bucket_of(tag, size)]; i != kNone; i = entries_[i].next) {
      const Entry& entry = entries_[i];
      if (entry.tag == tag && entry.size == size && (entry.global || entry.asid == asid)) {
        return &entry;
      }
    }
  }
  return nullptr;
}

std::optional<TlbPage> Tlb::lookup(VirtAddr va, Asid asid) const {
  const Entry* entry = find(va, static_cast<std::uint8_t>(asid));
  if (entry == nullptr) return std::nullopt;
  const unsigned page_bits = hardware::kPageShift + 2 * entry->size;
  const std::uint64_t lo = entry->lo[va.bits() >> page_bits & 1];
  return TlbPage{
      .index = static_cast<std::uint32_t>(entry - entries_.data()),
      .frame = PhysAddr{(lo & entry_lo::kFrame) << (hardware::kPageShift - entry_lo::kFrameShift)},
      .size = std::uint64_t{1} << page_bits,
      .cache_attribute =
          static_cast<std::uint8_t>((lo & entry_lo::kCache) >> entry_lo::kCacheShift),
      .dirty = (lo & entry_lo::kDirty) != 0,
      .valid = (lo & entry_lo::kValid) != 0,
      .global = entry->global};
}

std::optional<std::uint32_t> Tlb::probe(std::uint64_t entry_hi) const {
  const Entry* entry =
      find(VirtAddr{entry_hi}, static_cast<std::uint8_t>(entry_hi & entry_hi::kAsid));
  if (entry == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(entry - entries_.data());
}

// ---- reading and writing

TlbImage Tlb::read(std::uint32_t index) const {
  if (index >= entries_.size() || !entries_[index].live) return {};
  const Entry& entry = entries_[index];
  const std::uint64_t global = entry.global ? entry_lo::kGlobal : 0;
  return {.entry_hi = entry.tag | entry.asid,
          .entry_lo0 = entry.lo[0] | global,
          .entry_lo1 = entry.lo[1] | global,
          .page_mask = page_mask_of(entry.size)};
}

TlbWritten Tlb::write(std::uint32_t index, const TlbImage& image) {
  if (index >= entries_.size()) return {.index = index, .overlapping = 0};
  if (entries_[index].live) unlink(index);
  set(index, image);
  const std::uint32_t overlapping = invalidate_overlaps(index, entries_[index]);
  link(index);
  return {.index = index, .overlapping = overlapping};
}

void Tlb::set(std::uint32_t index, const TlbImage& image) {
  Entry& entry = entries_[index];
  entry.size = static_cast<std::uint8_t>(hardware::size_class_of(image.page_mask));
  const std::uint64_t mask = page_mask_of(entry.size);
  entry.compare = entry_hi::kVpn2 & ~mask;
  entry.tag = image.entry_hi & entry.compare;
  entry.asid = static_cast<std::uint8_t>(image.entry_hi & entry_hi::kAsid);
  entry.global = (image.entry_lo0 & image.entry_lo1 & entry_lo::kGlobal) != 0;
  // PFN bits below the page size are forced to zero (R10000 UM 14.36).
  const std::uint64_t kept = kLoKept & ~(mask >> (entry_hi::kVpn2Shift - entry_lo::kFrameShift));
  entry.lo[0] = image.entry_lo0 & kept;
  entry.lo[1] = image.entry_lo1 & kept;
}

std::uint32_t Tlb::invalidate_overlaps(std::uint32_t index, const Entry& with) {
  // Usually all pages have one size, and then at most a chain's few entries can overlap.
  std::uint32_t overlapping = 0;
  const auto invalidate = [&](std::uint32_t i) {
    unlink(i);
    entries_[i] = Entry{};
    ++overlapping;
  };
  const auto shares_contexts = [&](const Entry& e) {
    return e.global || with.global || e.asid == with.asid;
  };
  const std::uint32_t smaller = sizes_in_use_ & ((1u << with.size) - 1);
  for (std::uint32_t sizes = sizes_in_use_ ^ smaller; sizes != 0; sizes &= sizes - 1) {
    const auto size = static_cast<unsigned>(std::countr_zero(sizes));
    const std::uint64_t tag = with.tag & ~page_mask_of(size);
    for (std::uint16_t i = buckets_[bucket_of(tag, size)]; i != kNone;) {
      const Entry& e = entries_[i];
      const std::uint16_t next = e.next;
      if (e.tag == tag && e.size == size && shares_contexts(e)) invalidate(i);
      i = next;
    }
  }
  if (smaller == 0) return overlapping;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const Entry& e = entries_[i];
    if (i == index || !e.live || e.size >= with.size) continue;
    if (((e.tag ^ with.tag) & with.compare) == 0 && shares_contexts(e)) invalidate(i);
  }
  return overlapping;
}

void Tlb::link(std::uint32_t index) {
  Entry& entry = entries_[index];
  std::uint16_t& head = buckets_[bucket_of(entry.tag, entry.size)];
  entry.live = true;
  entry.next = head;
  head = static_cast<std::uint16_t>(index);
  if (of_size_[entry.size]++ == 0) sizes_in_use_ |= 1u << entry.size;
}

void Tlb::unlink(std::uint32_t index) {
  Entry& entry = entries_[index];
  std::uint16_t* at = &buckets_[bucket_of(entry.tag, entry.size)];
  while (*at != index) at = &entries_[*at].next;
  *at = entry.next;
  entry.next = kNone;
  entry.live = false;
  if (--of_size_[entry.size] == 0) sizes_in_use_ &= ~(1u << entry.size);
}

// ---- Random and Wired

std::uint32_t Tlb::random_span() const {
  return wired_ < config_.entries ? config_.entries - wired_ : 1;
}

std::uint32_t Tlb::random(std::uint64_t instructions) const {
  const std::uint32_t top = config_.entries - 1;
  const std::uint32_t span = random_span();
  if (config_.random == RandomKind::kManual) {
    return top - static_cast<std::uint32_t>((instructions - random_base_) % span);
  }
  return top - static_cast<std::uint32_t>((lfsr_ >> 32) * span >> 32);
}

TlbWritten Tlb::write_random(const TlbImage& image, std::uint64_t instructions) {
  const std::uint32_t index = random(instructions);
  if (config_.random == RandomKind::kLfsr) lfsr_ = stepped(lfsr_);
  return write(index, image);
}

void Tlb::set_wired(std::uint32_t wired, std::uint64_t instructions) {
  wired_ = wired & (std::bit_ceil(config_.entries) - 1);
  random_base_ = instructions;
}

void Tlb::set_replacement(const TlbReplacement& from) {
  set_wired(from.wired, from.random_base);
  lfsr_ = from.lfsr != 0 ? from.lfsr : seeded(config_.seed);
}

// ---- state

void Tlb::rebuild_chains() {
  std::fill(buckets_.begin(), buckets_.end(), kNone);
  of_size_.fill(0);
  sizes_in_use_ = 0;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].live) link(i);
  }
}

void Tlb::visit(StateVisitor& v) {
  const StateSection section{v, "tlb"};
  v.field("wired", wired_);
  v.field("random_base", random_base_);
  v.field("lfsr", lfsr_);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    TlbImage image = read(i);
    bool live = entries_[i].live;
    v.field("live", live);
    v.field("entry_hi", image.entry_hi);
    v.field("entry_lo0", image.entry_lo0);
    v.field("entry_lo1", image.entry_lo1);
    v.field("page_mask", image.page_mask);
    if (!v.is_restoring()) continue;
    entries_[i] = Entry{};
    if (live) set(i, image);
    entries_[i].live = live;
  }
  if (v.is_restoring()) rebuild_chains();
}

}  // namespace mmu
