#include "disco/core/tlb/drop_page.hpp"

#include "disco/core/mark.hpp"

namespace disco {

namespace {

/// Where a guest's direct windows show the page; with the virtual ERL set, useg is one too.
template <class F>
void for_each_window(PhysAddr page, F window) {
  window(kXssegWindow + page.bits());
  window(kXssegUncachedWindow + page.bits());
  if (page.bits() < kCssegWindowBytes) window(kCssegWindow + page.bits());
  if (page.bits() < kUsegBytes) window(page.bits());
}

unsigned drop_name(Backmap names, PhysAddr page, Hardware& hardware) {
  if (names.is_none()) return 0;
  // A 16 KB page's name is that of its first 4 KB.
  constexpr std::uint64_t kLargePage = page_bytes_of(1);
  const std::uint64_t offset = names.is_large() ? page.offset_in(kLargePage) : 0;
  const std::uint64_t vpn2 = (names.vpn2() + offset) & entry_hi::kVpn2;
  if (names.is_in_spaces()) {
    return hardware.tlb_drop_range(vpn2, 2 * kPageSize, names.asid(), true);
  }
  return hardware.tlb_drop(vpn2 | (names.bits & entry_hi::kAsid)) ? 1 : 0;
}

}  // namespace

unsigned drop_page(const DropRequest& request, Hardware& hardware, Counters& counters) {
  if (request.names.is_many()) {
    EVENT_MARK_BEFORE(real_flushes, counters.real_flushes);
    ++counters.real_flushes;
    hardware.tlb_flush();
    return 1;
  }
  unsigned dropped = drop_name(request.names, request.page, hardware);
  for_each_window(request.page, [&](std::uint64_t at) {
    dropped += hardware.tlb_drop(at & entry_hi::kVpn2) ? 1 : 0;
  });
  counters.real_drops += dropped;
  return dropped;
}

}  // namespace disco
