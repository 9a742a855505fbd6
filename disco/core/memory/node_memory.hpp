// The memory of one node: a word of knowledge about each of its pages, and the allocator over
// them, a buddy system of blocks of 2^n pages, aligned to their size. Taking and giving back cost
// the same whatever is free (Knuth, The Art of Computer Programming 1, 2.5).
//
// Invariants
//   1. free_pages() is the number of pages in state kFree.
//   2. A free block is in the list of its order; its first page has the order, the others kInner.
//   3. No free block has a free buddy of its order, unless that would be larger than kMaxOrder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/address.hpp"
#include "common/units.hpp"
#include "disco/core/memory/atomic.hpp"

namespace disco {
using namespace common;

enum class VmId : std::uint16_t {};

enum class PageState : std::uint8_t {
  kAbsent,  // not RAM
  kFree,
  kMonitor,  // text, tables, per-CPU pages
  kImage,    // what the boot loader put into memory
  kGuest,    // in the pmap of a VM
};

/// What is known of one machine page. 16 bytes.
struct PageInfo {
  PageState state = PageState::kAbsent;
  std::uint8_t order = 0;        // of the free block that begins here, or kInner
  std::uint16_t pins = 0;        // devices that are at work on it
  std::uint16_t references = 0;  // pmaps that have it
  VmId vm{};                     // of kGuest: the owner, or the first of the sharers
  std::uint32_t guest_page = 0;  // of kGuest: RAM page number in that VM. Free: the list's previous
  std::uint32_t link = 0;        // free: the list's next
};
static_assert(sizeof(PageInfo) == 16);

class NodeMemory {
 public:
  static constexpr unsigned kMaxOrder = 14, kOrders = kMaxOrder + 1;  // 64 MB
  static constexpr std::uint8_t kInner = 0xff;
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// `table` has an entry for each page of [begin, begin + table.size() pages), all zero, and
  /// outlives this. `begin` is aligned to the largest block.
  NodeMemory(std::span<PageInfo> table, MachineAddr begin);

  /// Puts whole pages into `state`, those partly inside the range too, unless it is kFree, which
  /// only absent pages become: reservations win, whatever the order. Parts outside the table are
  /// ignored. Before open().
  void mark(MachineAddr at, std::uint64_t bytes, PageState state);
  /// Lets pages be taken.
  void open();

  /// A block of 2^order free pages, all in `state`. Nothing: there is none.
  std::optional<MachineAddr> take(unsigned order, PageState state, Hardware& hardware);
  /// `pages` contiguous pages for the monitor.
  std::optional<MachineAddr> take_for_monitor(std::uint64_t pages, Hardware& hardware);
  /// Requires: the page was taken, and nobody has it any more.
  void give_back(MachineAddr page, Hardware& hardware);
  void give_back(MachineAddr at, std::uint64_t pages, Hardware& hardware);

  std::uint64_t free_pages() const { return free_; }
  bool contains(MachineAddr page) const {
    return page >= begin_ && (page - begin_) / kPageSize < table_.size();
  }
  /// Requires: contains(page).
  PageInfo& info(MachineAddr page) { return table_[(page - begin_) / kPageSize]; }
  /// Whether the invariants hold; it looks at every page.
  bool is_sound() const;

 private:
  void insert(std::uint32_t block, unsigned order);
  void remove(std::uint32_t block);
  void release(std::uint32_t block, unsigned order);
  std::uint32_t split(unsigned order);

  std::span<PageInfo> table_;
  MachineAddr begin_;
  SpinLock lock_;
  std::uint64_t free_ = 0;
  std::uint32_t orders_in_use_ = 0;  // bit per order whose list is not empty
  std::uint32_t heads_[kOrders];
};

}  // namespace disco
