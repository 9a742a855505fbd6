// What must hear of changes: whoever remembers translations, or code decoded under certain wishes
// of an observer. Declared here, by those who change; memory/ implements it, and an engine with
// tables of its own joins there.
#pragma once

#include "common/address.hpp"
#include "hardware/r10000/segments.hpp"
#include "hardware/r10000/tlb.hpp"

namespace cpu {
using namespace common;

class TranslationCaches {
 public:
  virtual ~TranslationCaches() = default;

  /// Everything: any translation may be another now.
  virtual void forget_translations() = 0;
  /// The pages of [first, end), 4 KB aligned, under every context. `first` is in remembered_form().
  virtual void forget_pages(VirtAddr first, VirtAddr end) = 0;
  /// Code must be decoded anew. A block that is executing stays valid.
  virtual void forget_code() = 0;
};

/// The one address under which a mapped page is remembered of all that the TLB cannot tell apart
/// (it does not see bits 61:44): that of a compatibility segment where there is one. TLB writes are
/// matched against it.
constexpr VirtAddr remembered_form(VirtAddr va) {
  using hardware::entry_hi::kMissing;
  const std::uint64_t seen = va.bits() & ~kMissing;
  const bool is_compatible = seen >= (hardware::kKseg0 & ~kMissing);
  return VirtAddr{is_compatible ? seen | kMissing : seen};
}
constexpr bool can_be_remembered(VirtAddr va) { return remembered_form(va) == va; }

}  // namespace cpu
