#include "disco/core/memory/memmap.hpp"

#include "common/check.hpp"

namespace disco {

Memmap::Memmap(std::span<PageInfo> table, MachineAddr begin) : table_{table}, begin_{begin} {
  CHECK(begin.is_aligned(kPageSize));
}

void Memmap::set_state(PageInfo& page, PageState state) {
  if (page.state == PageState::kFree) --free_;
  if (state == PageState::kFree) ++free_;
  page = PageInfo{.state = state, .vm = VmId{}, .guest_page = 0};
}

void Memmap::mark(MachineAddr at, std::uint64_t bytes, PageState state) {
  if (bytes == 0) return;
  const bool freeing = state == PageState::kFree;
  const std::uint64_t end = at.bits() + bytes;
  // Partly covered pages count where that is the careful choice.
  std::uint64_t first = (at.bits() + (freeing ? kPageSize - 1 : 0)) / kPageSize;
  const std::uint64_t last = (end + (freeing ? 0 : kPageSize - 1)) / kPageSize;
  const std::uint64_t base = begin_.bits() / kPageSize;
  if (first < base) first = base;
  for (std::uint64_t n = first; n < last && n - base < table_.size(); ++n) {
    PageInfo& page = table_[n - base];
    if (freeing && page.state != PageState::kAbsent) continue;
    set_state(page, state);
  }
}

std::uint64_t Memmap::free_run(std::uint64_t at, std::uint64_t limit) const {
  std::uint64_t n = 0;
  while (n < limit && at + n < table_.size() && table_[at + n].state == PageState::kFree) ++n;
  return n;
}

std::optional<PageRun> Memmap::take_for_guest(VmId vm, std::uint32_t guest_page,
                                              std::uint64_t limit, std::uint64_t align) {
  const std::uint64_t step = align / kPageSize;
  const std::uint64_t skew = begin_.offset_in(align) / kPageSize;
  for (std::uint64_t at = skew == 0 ? 0 : step - skew; at < table_.size(); at += step) {
    const std::uint64_t run = free_run(at, limit);
    // A run shorter than the alignment is only taken where nothing more is aligned anyway.
    if (run == 0 || (run < limit && run < step)) continue;
    for (std::uint64_t n = 0; n < run; ++n) {
      set_state(table_[at + n], PageState::kGuest);
      table_[at + n].vm = vm;
      table_[at + n].guest_page = guest_page + static_cast<std::uint32_t>(n);
    }
    return PageRun{begin_ + at * kPageSize, run};
  }
  return std::nullopt;
}

std::optional<MachineAddr> Memmap::take_for_monitor(std::uint64_t pages) {
  if (pages == 0) return std::nullopt;
  for (std::uint64_t at = 0; at + pages <= table_.size();) {
    const std::uint64_t run = free_run(at, pages);
    if (run == pages) {
      for (std::uint64_t n = 0; n < pages; ++n) set_state(table_[at + n], PageState::kMonitor);
      return begin_ + at * kPageSize;
    }
    at += run + 1;
  }
  return std::nullopt;
}

void Memmap::release(MachineAddr page) {
  CHECK(contains(page) && entry(page).state == PageState::kGuest);
  set_state(entry(page), PageState::kFree);
}

PageInfo Memmap::info(MachineAddr page) const {
  return contains(page) ? table_[(page - begin_) / kPageSize] : PageInfo{};
}

}  // namespace disco
