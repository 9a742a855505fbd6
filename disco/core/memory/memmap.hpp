// The memmap: one word per machine page that says whose it is, and the allocator over it. Every
// page of RAM is in exactly one state; a guest's pmap only ever gets pages that this handed to its
// VM.
//
// One Memmap per node. Invariant: free_pages() is the number of pages in state kFree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/address.hpp"
#include "common/units.hpp"

namespace disco {
using namespace common;

enum class VmId : std::uint16_t {};

enum class PageState : std::uint8_t {
  kAbsent,  // not RAM
  kFree,
  kMonitor,  // text, tables, per-CPU pages
  kImage,    // what the boot loader put into memory
  kGuest,    // in the pmap of one VM
};

/// What is known of one machine page. 8 bytes.
struct PageInfo {
  PageState state = PageState::kAbsent;
  VmId vm{};                     // of kGuest
  std::uint32_t guest_page = 0;  // of kGuest: RAM page number in that VM
};

/// Contiguous pages.
struct PageRun {
  MachineAddr at;
  std::uint64_t pages = 0;
};

class Memmap {
 public:
  /// `table` has one entry per machine page of [begin, begin + table.size() pages), all kAbsent,
  /// and outlives this.
  Memmap(std::span<PageInfo> table, MachineAddr begin);

  /// Puts whole pages into `state`; those partly inside the range too, unless the state is kFree.
  /// Parts outside the table are ignored. kFree only applies to absent pages: reservations win,
  /// whatever the order.
  void mark(MachineAddr at, std::uint64_t bytes, PageState state);

  /// Up to `limit` contiguous free pages that start at a multiple of `align` bytes (a power of two,
  /// at least a page), as kGuest pages of `vm` that back its pages from `guest_page` on. Nothing:
  /// no free page is so aligned.
  std::optional<PageRun> take_for_guest(VmId vm, std::uint32_t guest_page, std::uint64_t limit,
                                        std::uint64_t align);
  /// Exactly `pages` contiguous free pages for the monitor itself.
  std::optional<MachineAddr> take_for_monitor(std::uint64_t pages);

  /// Returns a page of kGuest. Requires: no pmap has it any more.
  void release(MachineAddr page);

  std::uint64_t free_pages() const { return free_; }
  PageInfo info(MachineAddr page) const;
  bool contains(MachineAddr page) const {
    return page >= begin_ && (page - begin_) / kPageSize < table_.size();
  }

 private:
  PageInfo& entry(MachineAddr page) { return table_[(page - begin_) / kPageSize]; }
  /// Free pages in a row from table index `at`, at most `limit`.
  std::uint64_t free_run(std::uint64_t at, std::uint64_t limit) const;
  void set_state(PageInfo& page, PageState state);

  std::span<PageInfo> table_;
  MachineAddr begin_;
  std::uint64_t free_ = 0;
};

}  // namespace disco
