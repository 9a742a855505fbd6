#include "disco/core/memory/node_memory.hpp"

#include <bit>

#include "common/check.hpp"

namespace disco {

NodeMemory::NodeMemory(std::span<PageInfo> table, MachineAddr begin)
    : table_{table}, begin_{begin} {
  CHECK(begin.is_aligned(kPageSize << kMaxOrder));
  for (std::uint32_t& head : heads_) head = kNone;
}

void NodeMemory::mark(MachineAddr at, std::uint64_t bytes, PageState state) {
  if (bytes == 0 || at < begin_) return;
  const bool freeing = state == PageState::kFree;
  // Partly covered pages count where that is the careful choice.
  const std::uint64_t from = at - begin_, end = from + bytes;
  const std::uint64_t first = (from + (freeing ? kPageSize - 1 : 0)) / kPageSize;
  const std::uint64_t last = (end + (freeing ? 0 : kPageSize - 1)) / kPageSize;
  for (std::uint64_t n = first; n < last && n < table_.size(); ++n) {
    if (freeing && table_[n].state != PageState::kAbsent) continue;
    table_[n].state = state;
  }
}

// The largest block at each free page that its alignment and the free pages behind it allow.
void NodeMemory::open() {
  for (std::uint32_t at = 0; at < table_.size();) {
    if (table_[at].state != PageState::kFree) {
      ++at;
      continue;
    }
    std::uint32_t end = at;
    while (end < table_.size() && table_[end].state == PageState::kFree) {
      table_[end++].order = kInner;
    }
    free_ += end - at;
    while (at < end) {
      unsigned order = at == 0 ? kMaxOrder : static_cast<unsigned>(std::countr_zero(at));
      while (order > kMaxOrder || at + (1u << order) > end) --order;
      insert(at, order);
      at += 1u << order;
    }
  }
}

void NodeMemory::insert(std::uint32_t block, unsigned order) {
  PageInfo& page = table_[block];
  page.order = static_cast<std::uint8_t>(order);
  page.guest_page = kNone;
  page.link = heads_[order];
  if (page.link != kNone) table_[page.link].guest_page = block;
  heads_[order] = block;
  orders_in_use_ |= 1u << order;
}

void NodeMemory::remove(std::uint32_t block) {
  const PageInfo page = table_[block];
  if (page.link != kNone) table_[page.link].guest_page = page.guest_page;
  if (page.guest_page != kNone) {
    table_[page.guest_page].link = page.link;
  } else {
    heads_[page.order] = page.link;
    if (page.link == kNone) orders_in_use_ &= ~(1u << page.order);
  }
  table_[block].order = kInner;
}

/// Takes a block of `order` out of the smallest that has it; kNone if there is none.
std::uint32_t NodeMemory::split(unsigned order) {
  const std::uint32_t enough = orders_in_use_ & ~((1u << order) - 1);
  if (enough == 0) return kNone;
  unsigned have = static_cast<unsigned>(std::countr_zero(enough));
  const std::uint32_t block = heads_[have];
  remove(block);
  while (have > order) {
    --have;
    insert(block + (1u << have), have);
  }
  return block;
}

void NodeMemory::release(std::uint32_t block, unsigned order) {
  while (order < kMaxOrder) {
    const std::uint32_t buddy = block ^ 1u << order;
    if (buddy >= table_.size()) break;
    const PageInfo& other = table_[buddy];
    if (other.state != PageState::kFree || other.order != order) break;
    remove(buddy);
    block &= ~(1u << order);
    ++order;
  }
  insert(block, order);
}

std::optional<MachineAddr> NodeMemory::take(unsigned order, PageState state, Hardware& hardware) {
  if (order > kMaxOrder) return std::nullopt;
  const LockGuard guard{lock_, hardware};
  const std::uint32_t block = split(order);
  if (block == kNone) return std::nullopt;
  const std::uint32_t pages = 1u << order;
  for (std::uint32_t n = 0; n < pages; ++n) table_[block + n] = {.state = state};
  free_ -= pages;
  return begin_ + std::uint64_t{block} * kPageSize;
}

std::optional<MachineAddr> NodeMemory::take_for_monitor(std::uint64_t pages, Hardware& hardware) {
  if (pages == 0 || pages > std::uint64_t{1} << kMaxOrder) return std::nullopt;
  const std::uint64_t whole = std::bit_ceil(pages);
  const auto at =
      take(static_cast<unsigned>(std::countr_zero(whole)), PageState::kMonitor, hardware);
  if (at && whole > pages) give_back(*at + pages * kPageSize, whole - pages, hardware);
  return at;
}

void NodeMemory::give_back(MachineAddr page, Hardware& hardware) {
  CHECK(contains(page) && page.is_aligned(kPageSize));
  const LockGuard guard{lock_, hardware};
  PageInfo& info = this->info(page);
  CHECK((info.state == PageState::kGuest || info.state == PageState::kMonitor) && info.pins == 0);
  info = {.state = PageState::kFree, .order = kInner};
  ++free_;
  release(static_cast<std::uint32_t>((page - begin_) / kPageSize), 0);
}

void NodeMemory::give_back(MachineAddr at, std::uint64_t pages, Hardware& hardware) {
  for (std::uint64_t n = 0; n < pages; ++n) give_back(at + n * kPageSize, hardware);
}

bool NodeMemory::is_sound() const {
  std::uint64_t in_state = 0, in_lists = 0;
  for (const PageInfo& page : table_) in_state += page.state == PageState::kFree ? 1 : 0;
  for (unsigned order = 0; order < kOrders; ++order) {
    if ((heads_[order] == kNone) != ((orders_in_use_ >> order & 1) == 0)) return false;
    std::uint32_t before = kNone;
    for (std::uint32_t block = heads_[order]; block != kNone; block = table_[block].link) {
      if (table_[block].order != order || table_[block].guest_page != before) return false;
      if (block % (1u << order) != 0 || in_lists > free_) return false;
      in_lists += 1u << order;
      const std::uint32_t buddy = block ^ 1u << order;
      if (order < kMaxOrder && buddy < table_.size() && table_[buddy].state == PageState::kFree &&
          table_[buddy].order == order) {
        return false;
      }
      before = block;
    }
  }
  return in_state == free_ && in_lists == free_;
}

}  // namespace disco
