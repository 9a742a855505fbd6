// Fidelity kMemory: what references ask the caches, and what an instruction then waits. In the
// other fidelities it is off and says that nothing waits.
//
// Invariants
//   1. A wait moves CpuState::cycle, the start of the block, within the instruction that waits.
//   2. Every instruction is a fetch, but only the first of a block asks the caches: a block lies in
//      one line of the primary instruction cache and is left when that line is no longer its set's
//      most recent one.
#pragma once

#include <cstdint>

#include "cpu/cache_port.hpp"
#include "cpu/core/core.hpp"
#include "cpu/memory/soft_tlb.hpp"
#include "cpu/memory_port.hpp"

namespace cpu {

class CacheTiming {
 public:
  CacheTiming(Core& core, MemoryPort& memory) : core_{core}, memory_{memory} {}

  /// After a change of the fidelity.
  void follow_fidelity();
  bool is_on() const { return caches_ != nullptr; }
  /// nullptr while it is off.
  CachePort* caches() const { return caches_; }

  /// Whether references with this cache algorithm go through the caches.
  static bool is_cached(std::uint8_t attribute, const RamPage& page);

  /// What generated code compares by itself; empty while it is off.
  const PrimaryTags& data_tags() const { return data_tags_; }
  const PrimaryTags& instruction_tags() const { return instruction_tags_; }

  // ---- fetches

  /// Words that a block may have.
  std::size_t line_words() const { return (std::size_t{1} << instruction_tags_.line_shift) / 4; }
  /// Whether a fetch costs nothing.
  bool fetch_hits(VirtAddr pc, MachineAddr at) const { return instruction_tags_.may_read(pc, at); }
  /// What a fetch for the block under way waits.
  Cycles fetch_stall(VirtAddr pc, MachineAddr at, std::uint64_t cycle);

  // ---- data

  /// References that the soft TLB answered.
  void note_load(const InstructionSite& site, VirtAddr va, const SoftEntry& entry) {
    const MachineAddr at = entry.machine(va);
    if (!data_tags_.may_read(va, at)) note_cached(site, CachePort::Use::kLoad, va, at);
  }
  void note_store(const InstructionSite& site, VirtAddr va, const SoftEntry& entry) {
    const MachineAddr at = entry.machine(va);
    if (!data_tags_.may_write(va, at)) note_cached(site, CachePort::Use::kStore, va, at);
  }
  /// A reference to `page`, or to a device where that is nullptr.
  void note_reference(const InstructionSite& site, CachePort::Use use, VirtAddr va,
                      const mmu::Mapped& mapped, const RamPage* page);
  /// The instruction under way takes so much longer.
  void stall(Cycles cycles);

 private:
  void note_cached(const InstructionSite& site, CachePort::Use use, VirtAddr va, MachineAddr at);
  void count_misses(CachePort::Use use, const CachePort::Outcome& met);

  Core& core_;
  MemoryPort& memory_;
  CachePort* caches_ = nullptr;
  PrimaryTags data_tags_, instruction_tags_;
};

}  // namespace cpu
