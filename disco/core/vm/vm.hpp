// A virtual machine: its physical memory and its devices. VCPUs refer to it.
#pragma once

#include <cstdint>
#include <span>

#include "disco/core/devices/virtual_devices.hpp"
#include "disco/core/memory/machine_memory.hpp"
#include "disco/core/memory/memmap.hpp"
#include "disco/core/memory/pmap.hpp"
#include "disco/core/vm/monitor.hpp"

namespace disco {

/// What a page is wanted for.
enum class Access : std::uint8_t { kRead, kWrite };

class Vm {
 public:
  /// `processor` means the CPU that executes. All references outlive this.
  Vm(VmSlot& slot, Processor& processor, const Pmap& pmap, const VirtualDevices::Facts& facts);

  VmId id() const { return VmId{static_cast<std::uint16_t>(slot_.number)}; }
  VmSlot& slot() const { return slot_; }
  Monitor& monitor() const { return processor_.monitor; }
  MachineMemory memory() const { return processor_.monitor.memory; }
  Pmap& pmap() { return pmap_; }
  const Pmap& pmap() const { return pmap_; }
  VirtualDevices& devices() { return devices_; }
  const VirtualDevices& devices() const { return devices_; }

  /// The page's word once the access can be made: an absent page is given, one in transit waited
  /// for, a watched one written. The word is not present, or not writable, if it cannot. Requires:
  /// index < pmap().pages().
  FrameWord resolve(std::uint64_t index, Access access);
  /// The machine address of a byte of RAM; nothing if `pa` is none.
  std::optional<MachineAddr> resolve(PhysAddr pa, Access access);

  /// Takes the page's frame or rights back: when it returns, no CPU's TLB has the old ones, and
  /// the word is `change(old word)`. Nobody else sees the page meanwhile.
  template <class Change>
  void revoke(std::uint64_t index, const Change& change) {
    const FrameWord old = begin_transit(index);
    pmap_.set_frame(index, change(old));
  }

  /// Moves a page, with what it holds, to a page of `node`. False: it is not present, or there is
  /// no free page.
  bool move(std::uint64_t index, unsigned node);

  /// CPUs on which a VCPU of this VM has run: whose TLBs may be its.
  void note_cpu(unsigned cpu);

  /// Copies into guest-physical memory. False, and nothing copied, if any byte of the target is not
  /// the VM's RAM.
  bool copy_in(PhysAddr to, std::span<const std::byte> from);
  bool is_ram_range(PhysAddr at, std::uint64_t bytes) const;

  /// Gives all pages back. Requires: no CPU will use its TLB for this VM again.
  void give_back_memory();
  /// Gives the whole memory at once, in the largest pieces that are to be had. False if there are
  /// not enough pages.
  bool give_all();

 private:
  unsigned wanted_node();
  void give_page(std::uint64_t index);
  [[gnu::noinline]] FrameWord begin_transit(std::uint64_t index);
  [[gnu::noinline]] void drop_everywhere(std::uint64_t index);

  VmSlot& slot_;
  Processor& processor_;
  Pmap pmap_;
  VirtualDevices devices_;
  CpuSet cpus_;                    // shared
  std::uint64_t round_robin_ = 0;  // shared
};

}  // namespace disco
