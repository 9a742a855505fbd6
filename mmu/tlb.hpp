// The R10000's TLB: dual entries (an even/odd page pair each), page sizes 4 KB to 16 MB, 8-bit
// ASIDs, G, V, D, R (region), Wired, Random. It knows nothing of CP0 beyond the register images it
// is handed, raises nothing and counts nothing (R10000 UM chapter 16).
//
// Invariants
//   1. At most one entry matches any (virtual address, ASID): a write that overlaps entries
//      invalidates them first, wired ones too, and reports it (Status.TS; R10000 UM 14.10). The
//      machine never shuts down.
//   2. lookup() and probe() never change the TLB.
//   3. Random stays in [wired, entries - 1]; with Wired at or beyond the last entry it is the last.
//   4. Every live entry is in exactly one hash chain, that of its page size and VPN2; no other is.
//
// A lookup costs one hash probe per page size in use, whatever the number of entries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/address.hpp"
#include "common/state.hpp"
#include "common/units.hpp"
#include "hardware/r10000/tlb.hpp"

namespace mmu {
using namespace common;

/// The four CP0 registers that tlbwi/tlbwr take and tlbr gives, in architectural layout:
/// EntryHi R[63:62] VPN2[43:13] ASID[7:0]; EntryLo UC[63:62] PFN[33:6] C[5:3] D[2] V[1] G[0];
/// PageMask [24:13]. UC (uncached attribute) is stored and read back; it has no effect here.
struct TlbImage {
  std::uint64_t entry_hi = 0;
  std::uint64_t entry_lo0 = 0;
  std::uint64_t entry_lo1 = 0;
  std::uint64_t page_mask = 0;
  bool operator==(const TlbImage&) const = default;
};

/// One page of a matching pair.
struct TlbPage {
  std::uint32_t index = 0;  // of the entry
  PhysAddr frame;           // start of the page
  std::uint64_t size = 0;   // bytes of this page (4 KB .. 16 MB)
  std::uint8_t cache_attribute = 0;
  bool dirty = false;  // D: stores allowed
  bool valid = false;  // V
  bool global = false;
};

/// How Random moves. kManual is the manual's countdown, one step per instruction; kLfsr is a seeded
/// pseudo-random sequence, one step per tlbwr, used by experiments because the countdown locks onto
/// loop lengths.
enum class RandomKind : std::uint8_t { kManual, kLfsr };

inline constexpr std::uint32_t kLeastTlbEntries = 8, kMostTlbEntries = 512;

struct TlbConfig {
  std::uint32_t entries = 64;  // kLeastTlbEntries .. kMostTlbEntries
  RandomKind random = RandomKind::kLfsr;
  std::uint32_t seed = 1;  // of the lfsr; any value
};

/// Everything that decides which entries future tlbwr replace.
struct TlbReplacement {
  std::uint32_t wired = 0;
  std::uint64_t random_base = 0;  // kManual: instruction count at which Random was at the top
  std::uint64_t lfsr = 0;         // kLfsr: the register, never 0
  bool operator==(const TlbReplacement&) const = default;
};

/// What a write did.
struct TlbWritten {
  std::uint32_t index = 0;
  std::uint32_t overlapping = 0;  // other entries that it invalidated (Status.TS is set when > 0)
};

class Tlb {
 public:
  /// Requires: config.entries in 8 .. 512. All entries start invalid and match nothing.
  explicit Tlb(const TlbConfig& config);

  /// The page that translates `va` (bits 61:44 are the caller's to check), or nothing: a refill
  /// miss.
  std::optional<TlbPage> lookup(VirtAddr va, Asid asid) const;

  /// tlbp: index of the entry that matches EntryHi's VPN2, R and ASID.
  std::optional<std::uint32_t> probe(std::uint64_t entry_hi) const;
  /// tlbr: bits below the page size are zero, both G bits are the entry's one (R10000 UM 14.36). An
  /// entry that was never written or was invalidated, and an index beyond the TLB, read as zero.
  TlbImage read(std::uint32_t index) const;
  /// Whether the entry can match: written, and not invalidated since.
  bool is_live(std::uint32_t index) const {
    return index < entries_.size() && entries_[index].live;
  }
  /// tlbwi. An index beyond the TLB is ignored (undefined in the manual); unimplemented bits are
  /// masked; a page mask that is not one of the seven legal ones is rounded down to one.
  TlbWritten write(std::uint32_t index, const TlbImage& image);

  /// Random as an mfc0 `instructions` retired instructions after reset sees it (kManual), or the
  /// next index tlbwr will use (kLfsr).
  std::uint32_t random(std::uint64_t instructions) const;
  /// tlbwr: writes at random(instructions), then steps the lfsr.
  TlbWritten write_random(const TlbImage& image, std::uint64_t instructions);

  std::uint32_t wired() const { return wired_; }
  /// A write to Wired, of which as many bits exist as an index needs; Random restarts at the top
  /// (kManual), at this instruction count.
  void set_wired(std::uint32_t wired, std::uint64_t instructions);

  TlbReplacement replacement() const { return {wired_, random_base_, lfsr_}; }
  /// For a TLB that continues another's recorded run.
  void set_replacement(const TlbReplacement& from);

  std::uint32_t entries() const { return config_.entries; }
  const TlbConfig& config() const { return config_; }
  void visit(StateVisitor& v);

 private:
  static constexpr std::uint16_t kNone = 0xffff;

  /// One entry in the form that comparisons want. `tag` is R and VPN2 where an address has them.
  struct Entry {
    std::uint64_t tag = 0;
    std::uint64_t compare = 0;   // the bits of an address that `tag` is compared with
    std::uint64_t lo[2] = {};    // as written, less G and the PFN bits below the page size
    std::uint16_t next = kNone;  // in its hash chain
    std::uint8_t asid = 0;
    std::uint8_t size = 0;  // 4 KB << 2 * size
    bool global = false;
    bool live = false;
  };

  const Entry* find(VirtAddr va, std::uint8_t asid) const;
  std::size_t bucket_of(std::uint64_t tag, unsigned size) const;
  void link(std::uint32_t index);
  void unlink(std::uint32_t index);
  void set(std::uint32_t index, const TlbImage& image);
  std::uint32_t invalidate_overlaps(std::uint32_t index, const Entry& with);
  std::uint32_t random_span() const;
  void rebuild_chains();

  TlbConfig config_;
  std::vector<Entry> entries_;
  std::uint32_t wired_ = 0;
  std::uint64_t random_base_ = 0;  // kManual: instruction count at which Random was at the top
  std::uint64_t lfsr_ = 0;         // kLfsr: never 0

  // Derived from entries_: chains of equal (page size, tag) hash.
  std::vector<std::uint16_t> buckets_;
  unsigned bucket_shift_ = 0;
  std::array<std::uint16_t, hardware::kPageSizes> of_size_{};  // live entries of each page size
  std::uint32_t sizes_in_use_ = 0;                             // bit n: of_size_[n] != 0
};

}  // namespace mmu
