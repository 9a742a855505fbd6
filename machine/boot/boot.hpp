// What a boot loader does: put images and a device tree into a machine's memory and release the
// boot CPU by the UHI convention (a0 = -2, a1 = address of the tree, in KSEG0).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/address.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "machine/boot/device_tree.hpp"
#include "machine/boot/vm_image.hpp"
#include "machine/loaders/load_symbols.hpp"
#include "machine/machine.hpp"

namespace machine {

/// A virtual machine, by its number.
struct BootedVm {
  std::string name;
  std::size_t kind = 0;  // of the images that boot_monitor() was given
};

/// A machine ready to run, and what the loader knows of it.
struct Booted {
  std::unique_ptr<Machine> machine;
  SymbolTable symbols;              // of the kernel, or of the monitor
  std::vector<SymbolTable> guests;  // of each kind of virtual machine; empty after boot_native
  std::vector<BootedVm> vms;        // empty after boot_native
  VirtAddr entry;
  PhysAddr tree;  // the machine's device tree
  std::uint64_t tree_bytes = 0;
  std::vector<Extent> files;  // what the monitor finds in memory, the tree among them
};

Result<Booted, Error> boot_native(const MachineConfig& config, const BootImage& image);
/// Virtual machines are numbered in the order of `vms`, those of one kind in a row.
Result<Booted, Error> boot_monitor(const MachineConfig& config, const Blob& monitor,
                                   const std::vector<VmImage>& vms, const MonitorParams& params);

}  // namespace machine
