// The pmap of one VM: which machine page stands for each page of guest-physical memory, as an
// EntryLo that is ready but for the guest's own attributes. Nothing else in the monitor turns a
// guest's PhysAddr into a MachineAddr, so memory that is not in here cannot be reached by the
// guest.
//
// A frame word is EntryLo with its low six bits used as a mask of what the guest may have (all
// ones: everything; D clear: read-only; the word 0: no such page). So the real EntryLo is frame &
// (guest EntryLo | ~0x3f): one AND and one OR, which the assembly path does too.
//
// Backmaps name the virtual pages under which a page may be in the real TLB: they may be stale,
// never missing. A page mapped under more than one name is marked so and costs a search.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/address.hpp"
#include "common/units.hpp"
#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb_entry.hpp"

namespace disco {
using namespace common;

/// Rights in the low bits of a frame word.
enum class PageRights : std::uint8_t { kReadWrite = 0x3f, kReadOnly = 0x3b };

/// Where a guest's TLB named a page: EntryHi of the entry (VPN2, and ASID or kGlobal).
struct Backmap {
  enum class Kind : std::uint8_t { kNone, kOne, kMany };
  Kind kind = Kind::kNone;
  bool global = false;
  Asid asid{};
  std::uint64_t vpn2 = 0;
};

class Pmap {
 public:
  /// Bytes of tables for `pages` pages: what `storage` must have.
  static constexpr std::uint64_t storage_bytes(std::uint64_t pages) {
    return (pages + (pages & 1)) * (sizeof(std::uint64_t) * 2);
  }
  /// `storage` is zeroed, aligned to 8 and outlives the Pmap. Requires: size >=
  /// storage_bytes(pages).
  Pmap(std::span<std::byte> storage, std::uint64_t pages);

  std::uint64_t pages() const { return pages_; }
  std::uint64_t bytes() const { return pages_ * kPageSize; }
  /// Guest-physical RAM is [0, kIoBegin) and, what does not fit there, from kIoEnd on.
  bool is_ram(PhysAddr pa) const { return index_of_page(pa) < pages_; }

  /// Gives guest page number `index` (counting RAM pages only) a machine page.
  void set_page(std::uint64_t index, MachineAddr page, PageRights rights);

  /// The machine address of a byte of guest memory; nothing if the VM has none there.
  std::optional<MachineAddr> machine_address(PhysAddr pa) const;

  /// The machine page of an offset in csseg's direct window, which lies below the I/O window.
  /// Requires: offset / kPageSize < pages().
  MachineAddr window_page(std::uint64_t offset) const {
    const std::uint64_t word = frames_[offset / kPageSize];
    return MachineAddr{(word & entry_lo::kFrame) << (kPageShift - entry_lo::kFrameShift)};
  }

  /// EntryLo for the machine: frame and rights from here, cache attribute, D, V and G from
  /// `guest_lo`. V = 0 where there is no memory.
  std::uint64_t real_lo(PhysAddr page, std::uint64_t guest_lo) const {
    return frame_word(page) & (guest_lo | ~entry_lo::kAttributes);
  }
  bool is_writable(PhysAddr pa) const { return (frame_word(pa) & entry_lo::kDirty) != 0; }

  /// Whether the machine pages behind `bytes` (a power of two) at `pa` (aligned to it) are
  /// contiguous, aligned and equal in rights, so that one large page can map them.
  bool is_contiguous(PhysAddr pa, std::uint64_t bytes) const;

  /// Records that an entry of a guest's TLB names `page`.
  void note_mapping(PhysAddr page, std::uint64_t vpn2, Asid asid, bool global);
  Backmap backmap(PhysAddr page) const;

  /// For the assembly path: frame words by RAM page number below the I/O window, an even number of
  /// them, those beyond the memory zero.
  const std::uint64_t* frame_words() const { return frames_; }
  /// Frame words that are indexed by guest page number directly.
  std::uint64_t low_pages() const { return pages_ < kIoPage ? pages_ : kIoPage; }

 private:
  static constexpr std::uint64_t kIoPage = kIoBegin / kPageSize;
  static constexpr std::uint64_t kHighPage = kIoEnd / kPageSize;
  static constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

  static std::uint64_t index_of_page(PhysAddr pa) {
    const std::uint64_t page = pa.bits() / kPageSize;
    if (page < kIoPage) return page;
    return page < kHighPage ? kNoPage : page - (kHighPage - kIoPage);
  }
  std::uint64_t frame_word(PhysAddr pa) const {
    const std::uint64_t index = index_of_page(pa);
    return index < pages_ ? frames_[index] : 0;
  }

  std::uint64_t pages_;
  std::uint64_t* frames_;
  std::uint64_t* backmaps_;  // packed Backmap, 0 = none
};

}  // namespace disco
