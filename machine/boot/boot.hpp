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
#include "machine/loaders/load_file.hpp"
#include "machine/loaders/load_symbols.hpp"
#include "machine/machine.hpp"

namespace machine {

/// What one kernel is booted with. An empty `initrd.bytes` means none.
struct BootImage {
  Blob kernel;  // ELF32/ELF64 big-endian MIPS, or a raw image (loaded and entered at 1 MB)
  Blob initrd;
  Blob rom;  // contents of the boot ROM, from its start; none: the default ROM
  std::string bootargs;
};

/// From here on the loader puts files for the monitor; below is the monitor's own.
inline constexpr PhysAddr kFilesAt{16 * kMiB};
/// Processors of a virtual machine. Whoever must know how many asks here.
inline constexpr std::uint32_t kVcpus = 1;

struct VmImage {
  BootImage boot;
  std::uint64_t memory = 32 * kMiB;  // bytes, a multiple of 4 KB, as the monitor takes it
  std::uint32_t vcpus = kVcpus;
};

struct MonitorParams {
  std::uint32_t tlb_entries = 0;    // of each VCPU; 0 = as many as the machine's
  std::uint32_t l2tlb_entries = 0;  // 0 = off
  bool large_pages = false;
  std::string bootargs = {};  // of the monitor itself
};

/// A machine ready to run, and what the loader knows of it.
struct Booted {
  std::unique_ptr<Machine> machine;
  SymbolTable symbols;              // of the kernel, or of the monitor
  std::vector<SymbolTable> guests;  // per VM; empty after boot_native
  VirtAddr entry;
  PhysAddr tree;  // the machine's device tree
  std::uint64_t tree_bytes = 0;
};

Result<Booted, Error> boot_native(const MachineConfig& config, const BootImage& image);
Result<Booted, Error> boot_monitor(const MachineConfig& config, const Blob& monitor,
                                   const std::vector<VmImage>& vms, const MonitorParams& params);

}  // namespace machine
