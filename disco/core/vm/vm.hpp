// A virtual machine: its physical memory and its devices. VCPUs refer to it.
#pragma once

#include <cstdint>

#include "disco/core/devices/virtual_devices.hpp"
#include "disco/core/memory/machine_memory.hpp"
#include "disco/core/memory/memmap.hpp"
#include "disco/core/memory/pmap.hpp"

namespace disco {

class Vm {
 public:
  Vm(VmId id, MachineMemory memory, const Pmap& pmap, const VirtualDevices::Facts& facts,
     Hardware& hardware)
      : id_{id}, memory_{memory}, pmap_{pmap}, devices_{facts, hardware} {}

  VmId id() const { return id_; }
  MachineMemory memory() const { return memory_; }
  Pmap& pmap() { return pmap_; }
  const Pmap& pmap() const { return pmap_; }
  VirtualDevices& devices() { return devices_; }
  const VirtualDevices& devices() const { return devices_; }

  /// Copies into guest-physical memory. False, and nothing copied, if any byte of the target is not
  /// the VM's RAM.
  bool copy_in(PhysAddr to, std::span<const std::byte> from);
  bool zero(PhysAddr at, std::uint64_t bytes);
  bool is_ram_range(PhysAddr at, std::uint64_t bytes) const;

 private:
  VmId id_;
  MachineMemory memory_;
  Pmap pmap_;
  VirtualDevices devices_;
};

}  // namespace disco
