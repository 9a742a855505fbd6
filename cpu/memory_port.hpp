// What a processor needs from memory. Declared here, by the user; the machine (config/) implements
// it over numa's nodes. PhysAddr is the processor's 40-bit physical address, before the node's low
// alias; MachineAddr is behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/address.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace cpu {
using namespace common;

/// Nothing answers at this address. Instruction fetches raise IBE, data references DBE.
struct BusError {};

/// A 4 KB page of RAM or ROM. `host` stays valid until Cpu::forget_host_pointers().
struct RamPage {
  MachineAddr at;
  std::byte* host = nullptr;
  bool writable = true;  // false: ROM; a store is a bus error
};

class CachePort;

class MemoryPort {
 public:
  virtual ~MemoryPort() = default;

  /// The RAM or ROM page that contains `pa` as `cpu` sees it; nothing where a device or nothing at
  /// all answers.
  virtual std::optional<RamPage> ram_page(CpuId cpu, PhysAddr pa) = 0;

  /// A device access of 1, 2, 4 or 8 bytes, naturally aligned. The value is the register's number,
  /// not its bytes: big-endian order is the caller's business only in RAM.
  virtual Result<std::uint64_t, BusError> read_device(CpuId cpu, PhysAddr pa, unsigned size) = 0;
  virtual Result<Nothing, BusError> write_device(CpuId cpu, PhysAddr pa, unsigned size,
                                                 std::uint64_t value) = 0;

  /// The caches between the CPUs and memory; nullptr: there are none. Asked for when a CPU begins
  /// to run in fidelity kMemory, which needs them.
  virtual CachePort* caches() { return nullptr; }
};

}  // namespace cpu
