// A set of TLB indices.
#pragma once

#include <cstdint>

#include "disco/core/tlb/virtual_tlb.hpp"

namespace disco {

class IndexSet {
 public:
  void insert(unsigned index) {
    words_[index / 64] |= std::uint64_t{1} << (index % 64);
    is_empty_ = false;
  }
  bool contains(unsigned index) const { return (words_[index / 64] >> (index % 64) & 1) != 0; }
  void clear() {
    if (is_empty_) return;
    for (std::uint64_t& word : words_) word = 0;
    is_empty_ = true;
  }
  /// Whether it has all indices from `begin` up to `end`.
  bool covers(unsigned begin, unsigned end) const {
    for (unsigned first = 0; first < end; first += 64) {
      std::uint64_t known = words_[first / 64];
      if (begin > first)
        known |=
            begin - first >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (begin - first)) - 1;
      if (end - first < 64) known |= ~std::uint64_t{0} << (end - first);
      if (known != ~std::uint64_t{0}) return false;
    }
    return true;
  }

 private:
  std::uint64_t words_[VirtualTlb::kMaxEntries / 64] = {};
  bool is_empty_ = true;
};

}  // namespace disco
