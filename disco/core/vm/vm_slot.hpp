// A place for a virtual machine: what was asked for, and how far its life has come. It stays while
// VMs come and go in it.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "disco/core/devices/input_queue.hpp"
#include "disco/core/memory/memmap.hpp"
#include "disco/core/vm/stop_reason.hpp"
#include "hardware/board/address_map.hpp"

namespace disco {
using namespace common;

class Vm;
struct Vcpu;

/// CPUs by number.
struct CpuSet {
  static constexpr unsigned kMost = hardware::kMaxNodes * hardware::kMaxCpusPerNode;
  static constexpr unsigned kWords = kMost / 64;
  std::uint64_t words[kWords] = {};

  void insert(unsigned cpu) { words[cpu / 64] |= std::uint64_t{1} << (cpu % 64); }
  bool contains(unsigned cpu) const { return (words[cpu / 64] >> (cpu % 64) & 1) != 0; }
};

/// Bytes in the machine's memory.
struct MachineExtent {
  MachineAddr at;
  std::uint64_t bytes = 0;
  bool is_empty() const { return bytes == 0; }
  std::uint64_t end() const { return at.bits() + bytes; }
};

/// What /disco/vm@N and the guest's own tree ask for. Times are in ticks of Count.
struct VmRequest {
  std::uint64_t memory_bytes = 0;
  MachineExtent kernel, initrd, tree;
  CpuSet cpus;  // that it may run on; at least one
  std::uint64_t start = 0;
  std::uint64_t stop = ~std::uint64_t{0};
  std::uint32_t restarts = 0;
  Placement placement = Placement::kFirstTouch;
  std::uint32_t node = 0;  // of kFixed
  std::uint64_t clock_hz = 0;
  std::uint32_t tlb_entries = 64;
  std::uint64_t initrd_at = 0;  // guest-physical
};

/// How every VM is made.
struct VmOptions {
  std::uint64_t l2tlb_entries = 0;
  bool large_pages = false;
  bool fast_miss = true;
  std::uint32_t prid = 0;
  std::uint32_t config = 0;
};

enum class VmState : std::uint64_t { kWaiting = 0, kStarting = 1, kRunning = 2, kEnded = 3 };

/// What the host reads of a VM: eight words, big-endian (docs/monitor.md, Counters and marks).
struct VmRecord {
  VmState state = VmState::kWaiting;
  std::uint64_t starts = 0;
  std::uint64_t exit_value = 0;   // as the power register takes it
  std::uint64_t ended_at = 0;     // nanoseconds
  std::uint64_t guest_pages = 0;  // that it has now
  std::uint64_t unused[3] = {};
};
static_assert(sizeof(VmRecord) == 64);

struct VmSlot {
  SpinLock life_lock;  // of vm and vcpu, for CPUs that do not run it
  VmRecord* record = nullptr;
  unsigned number = 0;
  VmRequest request;
  InputQueue input;
  VmSlot* next_start = nullptr;  // in its home's list
  std::uint64_t start_at = 0;    // machine time
  std::uint32_t restarts_left = 0;
  std::uint64_t reserved = 0;  // pages
  Vm* vm = nullptr;
  Vcpu* vcpu = nullptr;
  StopReason why;  // of a start that failed
  const char* why_detail = "";
  MachineAddr tables;  // what its objects lie in
  std::uint64_t table_pages = 0;
};

}  // namespace disco
