// The translations that a trace has shown for one CPU: the TLB entries written so far, by what they
// match. It answers what a kernel's page tables would, not what a TLB holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "traces/format/record.hpp"

namespace traces {

bool is_global(const TlbWords& entry);
/// The largest legal PageMask not above the entry's.
std::uint64_t legal_mask(std::uint64_t page_mask);
bool matches(const TlbWords& entry, VirtAddr va, Asid asid);
bool overlaps(const TlbWords& a, const TlbWords& b);
/// An entry that no mapped address can match (kseg0 or kseg1, where kernels park unused entries).
bool is_parked(const TlbWords& entry);

class Translations {
 public:
  const TlbWords* find(VirtAddr va, Asid asid) const;
  /// Replaces what it overlaps. False if exactly this was known already.
  bool put(const TlbWords& entry);
  void forget(const TlbWords& overlapping);
  void clear() { known_.clear(), sizes_ = 0; }
  std::size_t size() const { return known_.size(); }

 private:
  static std::uint64_t key(VirtAddr va, std::uint64_t mask, unsigned space);

  std::unordered_map<std::uint64_t, TlbWords> known_;
  unsigned sizes_ = 0;  // bit n: an entry of pages of 4 KB << 2n was seen
};

}  // namespace traces
