// The pmap of one VM: which machine page stands for each page of guest-physical memory, as an
// EntryLo that is ready but for the guest's own attributes. Nothing else in the monitor turns a
// guest's PhysAddr into a MachineAddr, so memory that is not in here cannot be reached by the
// guest.
//
// A frame word is EntryLo with its low six bits used as a mask of what the guest may have (all
// ones: everything; D clear: read-only; V clear: nothing now). So the real EntryLo is frame &
// (guest EntryLo | ~0x3f): one AND and one OR, which the assembly path does too. The hardware keeps
// bits 63:62 and 33:0 of an EntryLo; bits 61:34 say why a word has fewer rights than all. The word
// 0 is a page that has not been given yet.
//
// Backmaps name the virtual pages under which a page may be in a real TLB: they may be stale,
// never missing (docs/monitor.md, Backmaps). Words change by compare-and-swap: CPUs share them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/address.hpp"
#include "common/units.hpp"
#include "disco/core/memory/atomic.hpp"
#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb_entry.hpp"

namespace disco {
using namespace common;

/// Rights in the low bits of a frame word.
enum class PageRights : std::uint8_t { kReadWrite = 0x3f, kReadOnly = 0x3b };

/// A frame word.
struct FrameWord {
  /// Reasons, in the bits that the hardware drops.
  static constexpr std::uint64_t kInTransit = std::uint64_t{1} << 34;  // somebody is changing it
  static constexpr std::uint64_t kWatched = std::uint64_t{1} << 35;    // read-only until stored to

  std::uint64_t bits = 0;

  static constexpr FrameWord of(MachineAddr page, PageRights rights, std::uint64_t reasons = 0) {
    return {page.bits() >> kPageShift << entry_lo::kFrameShift | reasons |
            static_cast<std::uint64_t>(rights)};
  }
  constexpr bool is_absent() const { return bits == 0; }
  constexpr bool is_in_transit() const { return (bits & kInTransit) != 0; }
  constexpr bool is_watched() const { return (bits & kWatched) != 0; }
  /// Whether the guest may have the page as it is.
  constexpr bool is_present() const { return (bits & entry_lo::kValid) != 0; }
  constexpr bool is_writable() const { return (bits & entry_lo::kDirty) != 0; }
  /// Requires: neither absent nor, without a page, in transit.
  constexpr MachineAddr page() const {
    return MachineAddr{(bits & entry_lo::kFrame) << (kPageShift - entry_lo::kFrameShift)};
  }
  constexpr bool operator==(const FrameWord&) const = default;
};

/// Under what a page may be in real TLBs: an EntryHi (VPN2, and ASID unless G), in the bits that
/// EntryHi leaves free what kind of name it is, and the VCPUs that used it.
struct Backmap {
  static constexpr std::uint64_t kUsed = 1u << 12;
  static constexpr std::uint64_t kMany = 1u << 11;    // several VPN2s: any address may name it
  static constexpr std::uint64_t kGlobal = 1u << 10;  // in every address space
  static constexpr std::uint64_t kSpaces = 1u << 9;   // this VPN2 in several address spaces
  static constexpr std::uint64_t kLarge = 1u << 8;    // VPN2 of the 16 KB page that begins here
  static constexpr unsigned kVcpuShift = 46, kVcpuBits = 16;
  static constexpr std::uint64_t kVcpus = 0xffffull << kVcpuShift;
  static constexpr std::uint64_t kName = entry_hi::kVpn2 | entry_hi::kAsid | kGlobal | kLarge;

  std::uint64_t bits = 0;

  static constexpr std::uint64_t vcpu_bit(unsigned vcpu) {
    return std::uint64_t{1} << (kVcpuShift + vcpu % kVcpuBits);
  }
  static constexpr Backmap of(std::uint64_t vpn2, Asid asid, bool global, unsigned vcpu) {
    const std::uint64_t space = global ? kGlobal : std::uint64_t{static_cast<std::uint8_t>(asid)};
    return {(vpn2 & entry_hi::kVpn2) | space | kUsed | vcpu_bit(vcpu)};
  }
  constexpr Backmap large() const { return {bits | kLarge}; }

  constexpr bool is_none() const { return bits == 0; }
  constexpr bool is_many() const { return (bits & kMany) != 0; }
  constexpr bool is_in_spaces() const { return (bits & kSpaces) != 0; }
  constexpr bool is_global() const { return (bits & kGlobal) != 0; }
  constexpr bool is_large() const { return (bits & kLarge) != 0; }
  constexpr std::uint64_t vpn2() const { return bits & entry_hi::kVpn2; }
  constexpr Asid asid() const { return Asid{static_cast<std::uint8_t>(bits & entry_hi::kAsid)}; }
  constexpr bool is_of_only(unsigned vcpu) const { return (bits & kVcpus) == vcpu_bit(vcpu); }
  constexpr bool has_vcpu(unsigned vcpu) const { return (bits & vcpu_bit(vcpu)) != 0; }

  /// The word that has both names; `old_is_dead`: the old one names nothing any more.
  static constexpr Backmap joined(Backmap old, Backmap name, bool old_is_dead) {
    if (old.is_none() || old_is_dead) return name;
    if (((old.bits ^ name.bits) & kName) == 0) return {old.bits | name.bits};
    const bool same_page = ((old.bits ^ name.bits) & (entry_hi::kVpn2 | kLarge)) == 0;
    // That a 16 KB page begins here concerns the three pages behind it, too.
    return {old.bits | (name.bits & (kVcpus | kLarge)) | (same_page ? kSpaces : kMany)};
  }
};

class Pmap {
 public:
  /// Bytes of tables for `pages` pages: what `storage` must have.
  static constexpr std::uint64_t storage_bytes(std::uint64_t pages) {
    return (pages + (pages & 1)) * (sizeof(std::uint64_t) * 2);
  }
  static constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

  /// `storage` is zeroed, aligned to 8 and outlives the Pmap: all pages absent. Requires: size >=
  /// storage_bytes(pages).
  Pmap(std::span<std::byte> storage, std::uint64_t pages);

  std::uint64_t pages() const { return pages_; }
  std::uint64_t bytes() const { return pages_ * kPageSize; }
  /// Guest-physical RAM is [0, kIoBegin) and, what does not fit there, from kIoEnd on. The number
  /// of a page of RAM counts RAM only; kNoPage or more than pages(): there is no such page.
  static constexpr std::uint64_t index_of_page(PhysAddr pa) {
    const std::uint64_t page = pa.bits() / kPageSize;
    if (page < kIoPage) return page;
    return page < kHighPage ? kNoPage : page - (kHighPage - kIoPage);
  }
  static constexpr PhysAddr address_of_page(std::uint64_t index) {
    return PhysAddr{(index < kIoPage ? index : index + (kHighPage - kIoPage)) * kPageSize};
  }
  bool is_ram(PhysAddr pa) const { return index_of_page(pa) < pages_; }

  /// Requires, here and below: index < pages().
  FrameWord frame(std::uint64_t index) const { return {read_shared(frames_[index])}; }
  void set_frame(std::uint64_t index, FrameWord word) { write_shared(frames_[index], word.bits); }
  /// Writes `to` if the word is `from`, which otherwise becomes what the word is.
  bool change_frame(std::uint64_t index, FrameWord& from, FrameWord to) {
    return compare_and_swap(frames_[index], from.bits, to.bits);
  }
  /// Gives guest page number `index` a machine page.
  void set_page(std::uint64_t index, MachineAddr page, PageRights rights);

  /// The machine address of a byte of guest memory, if its page is present. Vm::resolve() makes it
  /// so.
  std::optional<MachineAddr> machine_address(PhysAddr pa) const;

  /// The word of the page at an offset in csseg's direct window, which lies below the I/O window.
  FrameWord window_frame(std::uint64_t offset) const { return {frames_[offset / kPageSize]}; }

  /// EntryLo for the machine: frame and rights from here, cache attribute, D, V and G from
  /// `guest_lo`. V = 0 where there is no memory.
  std::uint64_t real_lo(PhysAddr page, std::uint64_t guest_lo) const {
    return frame_word(page) & (guest_lo | ~entry_lo::kAttributes);
  }

  /// Whether the machine pages behind `bytes` (a power of two) at `pa` (aligned to it) are
  /// contiguous, aligned and equal in rights, so that one large page can map them.
  bool is_contiguous(PhysAddr pa, std::uint64_t bytes) const;

  /// Records that an entry of a guest's TLB names `page`. If it had another name,
  /// `is_dead(that name)` says whether no entry of this VCPU's TLBs has it any more. Pages that are
  /// not memory have no names.
  template <class IsDead>
  void note_mapping(PhysAddr page, Backmap name, const IsDead& is_dead) {
    const std::uint64_t index = index_of_page(page);
    if (index >= pages_) return;
    std::uint64_t& word = backmaps_[index];
    std::uint64_t old = read_shared(word);
    for (;;) {
      const Backmap joined = Backmap::joined({old}, name, false);
      if (joined.bits == old) return;
      const bool conflict = ((joined.bits ^ old) & (Backmap::kMany | Backmap::kSpaces)) != 0;
      const bool replace = old != 0 && conflict && is_dead(Backmap{old});
      if (compare_and_swap(word, old, replace ? name.bits : joined.bits)) return;
    }
  }
  Backmap backmap(std::uint64_t index) const { return {read_shared(backmaps_[index])}; }
  /// Requires: no TLB of the VM, real, virtual or second-level, names the page.
  void forget_names(std::uint64_t index) { write_shared(backmaps_[index], 0); }

  /// For the assembly path: frame words by RAM page number below the I/O window, an even number of
  /// them, those beyond the memory zero.
  const std::uint64_t* frame_words() const { return frames_; }
  /// Frame words that are indexed by guest page number directly.
  std::uint64_t low_pages() const { return pages_ < kIoPage ? pages_ : kIoPage; }

 private:
  static constexpr std::uint64_t kIoPage = kIoBegin / kPageSize;
  static constexpr std::uint64_t kHighPage = kIoEnd / kPageSize;

  std::uint64_t frame_word(PhysAddr pa) const {
    const std::uint64_t index = index_of_page(pa);
    return index < pages_ ? frames_[index] : 0;
  }

  std::uint64_t pages_;
  std::uint64_t* frames_;
  std::uint64_t* backmaps_;  // Backmap words
};

}  // namespace disco
