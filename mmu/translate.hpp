// translate(): segments, then the TLB. A pure function: it returns the fault and raises nothing, so
// a debugger's probe is simply a caller that does not raise (R10000 UM chapter 16).
#pragma once

#include "common/result.hpp"
#include "mmu/tlb.hpp"

namespace mmu {

enum class Access : std::uint8_t { kFetch, kLoad, kStore };

/// What of Status decides how addresses are seen.
struct AddressSpace {
  Mode mode = Mode::kKernel;  // effective: EXL or ERL make it kernel
  bool kx = false, sx = false, ux = false;
  bool erl = false;  // kernel mode: kuseg is unmapped and uncached while ERL = 1
  Asid asid{};
  std::uint8_t kseg0_attribute = hardware::cache_algorithm::
      kNoncoherent;  // Config.K0: the cache algorithm of kseg0 and ckseg0
};

/// In order of priority (R10000 UM table 17-4).
enum class FaultKind : std::uint8_t { kAddressError, kRefill, kInvalid, kModified };

struct Fault {
  FaultKind kind{};
  /// A refill goes to the XTLB vector: the address space that the address lies in is 64-bit,
  /// whatever the mode (useg: UX; xsseg: SX; sseg, csseg, ksseg, kseg3 and xkseg: KX; R10000 UM
  /// 17.3). False for other faults.
  bool extended = false;
};

struct Mapped {
  PhysAddr at;
  /// Bytes over which the same translation holds; the segment's size where unmapped.
  std::uint64_t page_size = 0;
  std::uint8_t cache_attribute = 0;  // 2 = uncached, others cached (R10000 UM table 4-2)
  bool writable = false;             // a store would not fault
  bool mapped = false;               // by the TLB (not an unmapped segment)
  std::uint32_t index = 0;           // TLB entry, where mapped
};

/// The address that the TLB compares: data references of 32-bit user programs have no upper half,
/// as on the R4400 (for the NT kernel); fetches have (R10000 UM 16.2). What a refill handler finds
/// in EntryHi must make an entry that matches, so exceptions ask here too.
constexpr VirtAddr compared_address(const AddressSpace& space, VirtAddr va, Access access) {
  const bool is_narrow = space.mode == Mode::kUser && !space.ux && access != Access::kFetch;
  return is_narrow ? VirtAddr{va.bits() & 0xffffffff} : va;
}

/// `va` must already be aligned for the access (alignment is the CPU's address error). Unmapped
/// segments give kAddressError or a translation, never another fault.
Result<Mapped, Fault> translate(const Tlb& tlb, const AddressSpace& space, VirtAddr va,
                                Access access);

}  // namespace mmu
