// The CACHE instruction (R10000 UM 10): exceptions and CP0 registers in every fidelity, lines in
// fidelity kMemory. Data and tags that software makes up are not kept.
#pragma once

#include <optional>

#include "cpu/core/core.hpp"
#include "cpu/memory/cache_timing.hpp"
#include "cpu/memory_port.hpp"

namespace cpu {

class CacheInstruction {
 public:
  CacheInstruction(Core& core, MemoryPort& memory, CacheTiming& timing)
      : core_{core}, memory_{memory}, timing_{timing} {}

  /// `op` is the instruction's field. May record a fault.
  void execute(const InstructionSite& site, unsigned op, VirtAddr va);

 private:
  void report(const InstructionSite& site, unsigned op, VirtAddr va,
              std::optional<PhysAddr> pa) const;
  bool hit_operation(const InstructionSite& site, CacheName cache, VirtAddr va,
                     const mmu::Mapped& mapped);
  void index_operation(const InstructionSite& site, unsigned kind, CacheName cache, VirtAddr va);
  void load_tag(CacheName cache, VirtAddr va);

  Core& core_;
  MemoryPort& memory_;
  CacheTiming& timing_;
};

}  // namespace cpu
