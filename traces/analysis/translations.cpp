#include "traces/analysis/translations.hpp"

namespace traces {

namespace {

constexpr unsigned kSizes = 7;
constexpr unsigned kEverySpace = 256;

constexpr std::uint64_t mask_of(unsigned size) {
  return ((std::uint64_t{1} << 2 * size) - 1) << 13;
}
unsigned size_of_mask(std::uint64_t page_mask) {
  const std::uint64_t field = page_mask & mask_of(kSizes - 1);
  unsigned size = kSizes - 1;
  while (mask_of(size) > field) --size;
  return size;
}
unsigned space_of(const TlbWords& entry) {
  return is_global(entry) ? kEverySpace : static_cast<unsigned>(entry.hi & 0xff);
}

}  // namespace

bool is_global(const TlbWords& entry) { return (entry.lo0 & entry.lo1 & 1) != 0; }

std::uint64_t legal_mask(std::uint64_t page_mask) { return mask_of(size_of_mask(page_mask)); }

bool matches(const TlbWords& entry, std::uint64_t va, Asid asid) {
  const std::uint64_t compared = kVpn2Bits & ~legal_mask(entry.mask);
  return ((entry.hi ^ va) & compared) == 0 &&
         (is_global(entry) || (entry.hi & 0xff) == static_cast<std::uint64_t>(asid));
}

bool overlaps(const TlbWords& a, const TlbWords& b) {
  const std::uint64_t compared = kVpn2Bits & ~legal_mask(a.mask) & ~legal_mask(b.mask);
  return ((a.hi ^ b.hi) & compared) == 0 &&
         (is_global(a) || is_global(b) || ((a.hi ^ b.hi) & 0xff) == 0);
}

bool is_parked(const TlbWords& entry) {
  // As the TLB sees them: R = 3 and VA[43:29] of kseg0 or kseg1.
  const std::uint64_t segment = (entry.hi & kVpn2Bits) >> 30;
  return segment == (0xc0000fff80000000 >> 30);
}

std::uint64_t Translations::key(std::uint64_t va, std::uint64_t mask, unsigned space) {
  // VPN2 leaves bits 61:44 and 12:0 free: the page size and the address space go there.
  return (va & kVpn2Bits & ~mask) | space | (mask >> 13) << 45;
}

const TlbWords* Translations::find(std::uint64_t va, Asid asid) const {
  for (unsigned size = 0; size < kSizes; ++size) {
    if ((sizes_ >> size & 1) == 0) continue;
    for (unsigned space : {static_cast<unsigned>(asid), kEverySpace}) {
      const auto found = known_.find(key(va, mask_of(size), space));
      if (found != known_.end()) return &found->second;
    }
  }
  return nullptr;
}

bool Translations::put(const TlbWords& entry) {
  const unsigned size = size_of_mask(entry.mask);
  const std::uint64_t at = key(entry.hi, mask_of(size), space_of(entry));
  const auto found = known_.find(at);
  if (found != known_.end() && found->second == entry) return false;
  forget(entry);
  known_[at] = entry;
  sizes_ |= 1u << size;
  return true;
}

void Translations::forget(const TlbWords& overlapping) {
  const unsigned size = size_of_mask(overlapping.mask);
  const bool one_size = sizes_ == 0 || sizes_ == 1u << size;
  if (one_size && !is_global(overlapping)) {
    known_.erase(key(overlapping.hi, mask_of(size), space_of(overlapping)));
    known_.erase(key(overlapping.hi, mask_of(size), kEverySpace));
    return;
  }
  for (auto it = known_.begin(); it != known_.end();) {
    it = overlaps(it->second, overlapping) ? known_.erase(it) : std::next(it);
  }
}

}  // namespace traces
