// Reading the guest's instructions: always by translating in software, never through the guest's
// own virtual address.
#include "disco/core/mark.hpp"
#include "disco/core/traps/branch.hpp"
#include "disco/core/traps/trap.hpp"
#include "disco/core/vm/vm.hpp"

namespace disco {

namespace {

std::optional<PhysAddr> physical(const Vcpu& vcpu, VirtAddr at) {
  const GuestAddress address = classify(at, vcpu.cp0.space());
  switch (address.region) {
    case GuestRegion::kDirectCached:
    case GuestRegion::kDirectUncached: return address.at;
    case GuestRegion::kForbidden: return std::nullopt;
    case GuestRegion::kMapped: break;
  }
  const StoredEntry* const found = vcpu.tlb.find(at, vcpu.cp0.asid()).entry;
  if (found == nullptr) return std::nullopt;
  const std::uint64_t lo = found->lo_for(at);
  if ((lo & entry_lo::kValid) == 0) return std::nullopt;
  const unsigned size_class = found->size_class();
  return frame_of(lo, size_class) + at.offset_in(page_bytes_of(size_class));
}

}  // namespace

std::optional<Instruction> fetch_mapped(Vcpu& vcpu, VirtAddr at) {
  if (!at.is_aligned(4)) return std::nullopt;
  const auto pa = physical(vcpu, at);
  if (!pa) return std::nullopt;
  const auto machine = vcpu.vm.resolve(*pa, Access::kRead);
  if (!machine) return std::nullopt;
  return Instruction{vcpu.vm.memory().word(*machine)};
}

std::uint64_t resume_address(Vcpu& vcpu, const Trap& trap) {
  if (!trap.in_slot) return trap.epc + 4;
  const std::uint64_t past_slot = trap.epc + 8;
  const auto branch = fetch_guest(vcpu, VirtAddr{trap.epc});
  if (!branch) return past_slot;
  const std::uint32_t fcsr =
      is_fpu_branch(*branch) && vcpu.owns_fpu ? vcpu.hardware.fpu_status() : 0;
  return after_delay_slot(*branch, trap.epc, vcpu.context, fcsr).value_or(past_slot);
}

}  // namespace disco
