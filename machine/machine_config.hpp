// The parameters of a machine as plain data. What an experiment file says ends here, and nothing
// but this and what is loaded into memory decides what the machine does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/units.hpp"
#include "cpu/cpu_config.hpp"
#include "machine/devices/disk/disk_drive.hpp"
#include "machine/devices/net/link.hpp"
#include "mmu/tlb.hpp"
#include "numa/coherence/geometry.hpp"

namespace machine {
using namespace common;

/// What executes instructions. Engines agree on every cycle.
using cpu::EngineKind;

// What each field may be, machine/parameters.cpp says.

/// A virtio disk: the k-th is slot k of node 0.
struct DiskConfig {
  std::string image;  // path of a raw image file
  DiskMedium::Access access = DiskMedium::Access::kSnapshot;
  DiskDrive::Setup drive;
};

/// A virtio network device, in the slot behind the disks: this machine's end of a link.
struct NetworkConfig {
  LinkTiming link;            // the same at all ends
  std::uint32_t station = 0;  // number of this end: decides its address
};

struct MachineConfig {
  std::uint32_t nodes = 1;
  std::uint32_t cpus_per_node = 1;
  /// Bytes of RAM in each node, a multiple of 4 KB. The I/O window is a hole in the node's
  /// addresses, not in its RAM: what does not fit below it continues above it.
  std::uint64_t memory_per_node = 64 * kMiB;
  std::uint64_t clock_hz = 400'000'000;  // Count advances every second cycle
  EngineKind engine = EngineKind::kInterpreter;
  cpu::Fidelity fidelity = cpu::Fidelity::kTlb;
  cpu::TimingConfig timing;
  cpu::FpUnimplemented fp_unimplemented = cpu::FpUnimplemented::kTrap;
  /// The TLB of every CPU. `tlb.seed` is ignored: each CPU's is derived from `seed` and its number.
  mmu::TlbConfig tlb;
  /// How far one CPU may run ahead of the others. With one CPU it changes nothing.
  Cycles quantum{10'000};
  /// The quantum in fidelity kMemory. 0: as long as a remote reference, and never longer than
  /// `quantum`.
  Cycles memory_quantum{0};
  /// Seed of the order in which CPUs take turns in each round; 0: each round begins with the next
  /// one. With one CPU it changes nothing.
  std::uint64_t turns = 0;
  /// Caches and latencies, of fidelity kMemory. Topology, memory and clock in it are ignored: they
  /// are the machine's.
  numa::MemorySystemConfig memory_system;
  std::uint64_t seed = 1;
  std::vector<DiskConfig> disks;
  std::optional<NetworkConfig> network;
  bool virtio_console = false;  // in the slot behind; what is typed goes there

  /// Disks, network, console: at most numa::kVirtioSlots.
  std::uint32_t virtio_slots() const {
    return static_cast<std::uint32_t>(disks.size()) + (network ? 1 : 0) + (virtio_console ? 1 : 0);
  }
};

}  // namespace machine
