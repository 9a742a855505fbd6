// What the monitor is to run: virtual machines by kind, and the monitor's own settings. The loader
// makes the tree that the monitor reads of it (docs/monitor.md, Boot).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/units.hpp"
#include "machine/loaders/load_file.hpp"

namespace machine {

/// What one kernel is booted with. An empty `initrd.bytes` means none.
struct BootImage {
  Blob kernel;  // ELF32/ELF64 big-endian MIPS, or a raw image (loaded and entered at 1 MB)
  Blob initrd;
  Blob rom;  // contents of the boot ROM, from its start; none: the default ROM
  std::string bootargs;
};

/// Processors of a virtual machine. Whoever must know how many asks here.
inline constexpr std::uint32_t kVcpus = 1;
/// Virtual machines of a machine: a console frame names one with 16 bits, of which one value is the
/// monitor's.
inline constexpr std::uint32_t kMostVms = 0xffff;

/// From which node the monitor takes the pages of a virtual machine. The numbers are the tree's.
enum class VmPlacement : std::uint32_t { kFirstTouch = 0, kRoundRobin = 1, kFixed = 2 };

/// Virtual machines of one kind: `count` of them, equal but for their number and when they start.
struct VmImage {
  BootImage boot;
  std::uint64_t memory = 32 * kMiB;  // bytes, a multiple of 4 KB, as the monitor takes it
  std::uint32_t vcpus = kVcpus;
  std::string name = {};  // of the kind; empty where there is one and nobody named it
  std::uint32_t count = 1;
  std::vector<std::uint32_t> cpus = {};    // CPUs that they may run on; none: all
  std::uint64_t start = 0, every = 0;      // nanoseconds: the k-th starts at start + k * every
  std::optional<std::uint64_t> stop = {};  // nanoseconds, of the first; the k-th k * every later
  std::uint32_t restarts = 0;              // how often one that ended is started again
  VmPlacement placement = VmPlacement::kFirstTouch;
  std::uint32_t node = 0;  // of kFixed

  /// "web" where there is one of the kind, else "web.0", "web.1" ...; "vm" where it has no name.
  std::string name_of(std::uint32_t k) const {
    const std::string base = name.empty() ? "vm" : name;
    return count == 1 ? base : base + "." + std::to_string(k);
  }
};

struct MonitorParams {
  std::uint32_t tlb_entries = 0;    // of each VCPU; 0 = as many as the machine's
  std::uint32_t l2tlb_entries = 0;  // 0 = off
  bool large_pages = false;
  std::string bootargs = {};         // of the monitor itself
  std::uint32_t device_cpu = 0;      // whom the machine's devices interrupt; one of node 0
  std::uint64_t slice = 10'000'000;  // nanoseconds until another virtual machine has its turn
};

}  // namespace machine
