#include "traces/analysis/translations.hpp"

#include "hardware/r10000/segments.hpp"
#include "hardware/r10000/tlb.hpp"

namespace traces {

namespace {

using namespace hardware;

constexpr unsigned kEverySpace = 256;

unsigned space_of(const TlbWords& entry) {
  return is_global(entry) ? kEverySpace : static_cast<unsigned>(entry.hi & entry_hi::kAsid);
}

}  // namespace

bool is_global(const TlbWords& entry) { return (entry.lo0 & entry.lo1 & entry_lo::kGlobal) != 0; }

std::uint64_t legal_mask(std::uint64_t page_mask) { return page_mask_of(size_class_of(page_mask)); }

bool matches(const TlbWords& entry, VirtAddr va, Asid asid) {
  const std::uint64_t compared = entry_hi::kVpn2 & ~legal_mask(entry.mask);
  return ((entry.hi ^ va.bits()) & compared) == 0 &&
         (is_global(entry) || (entry.hi & entry_hi::kAsid) == static_cast<std::uint64_t>(asid));
}

bool overlaps(const TlbWords& a, const TlbWords& b) {
  const std::uint64_t compared = entry_hi::kVpn2 & ~legal_mask(a.mask) & ~legal_mask(b.mask);
  return ((a.hi ^ b.hi) & compared) == 0 &&
         (is_global(a) || is_global(b) || ((a.hi ^ b.hi) & entry_hi::kAsid) == 0);
}

bool is_parked(const TlbWords& entry) {
  // As the TLB sees them: R = 3 and VA[43:30] of kseg0 or kseg1.
  constexpr unsigned kHalf = 30;
  const std::uint64_t segment = (entry.hi & entry_hi::kVpn2) >> kHalf;
  return segment == (kKseg0 & entry_hi::kVpn2) >> kHalf;
}

std::uint64_t Translations::key(VirtAddr va, std::uint64_t mask, unsigned space) {
  // VPN2 leaves bits 61:44 and 12:0 free: the page size and the address space go there.
  return (va.bits() & entry_hi::kVpn2 & ~mask) | space | (mask >> entry_hi::kVpn2Shift) << 45;
}

const TlbWords* Translations::find(VirtAddr va, Asid asid) const {
  for (unsigned size = 0; size < kPageSizes; ++size) {
    if ((sizes_ >> size & 1) == 0) continue;
    for (unsigned space : {static_cast<unsigned>(asid), kEverySpace}) {
      const auto found = known_.find(key(va, page_mask_of(size), space));
      if (found != known_.end()) return &found->second;
    }
  }
  return nullptr;
}

bool Translations::put(const TlbWords& entry) {
  const unsigned size = size_class_of(entry.mask);
  const std::uint64_t at = key(VirtAddr{entry.hi}, page_mask_of(size), space_of(entry));
  const auto found = known_.find(at);
  if (found != known_.end() && found->second == entry) return false;
  forget(entry);
  known_[at] = entry;
  sizes_ |= 1u << size;
  return true;
}

void Translations::forget(const TlbWords& overlapping) {
  const unsigned size = size_class_of(overlapping.mask);
  const bool one_size = sizes_ == 0 || sizes_ == 1u << size;
  if (one_size && !is_global(overlapping)) {
    known_.erase(key(VirtAddr{overlapping.hi}, page_mask_of(size), space_of(overlapping)));
    known_.erase(key(VirtAddr{overlapping.hi}, page_mask_of(size), kEverySpace));
    return;
  }
  for (auto it = known_.begin(); it != known_.end();) {
    it = overlaps(it->second, overlapping) ? known_.erase(it) : std::next(it);
  }
}

}  // namespace traces
