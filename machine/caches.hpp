// The caches between a machine's CPUs and its memory: numa's memory system as processors ask for
// it.
#pragma once

#include "common/counters.hpp"
#include "common/state.hpp"
#include "cpu/cache_port.hpp"
#include "machine/machine_config.hpp"
#include "numa/coherence/memory_system.hpp"

namespace machine {

/// The parameters of the memory system of a machine, complete.
numa::MemorySystemConfig memory_system_of(const MachineConfig& config);

/// What firmware tells of how far another node's memory is: its latency in tenths of the local one,
/// rounded, and more than 10 even where there is no difference (UMA), for kernels take nothing
/// less.
std::uint32_t remote_distance(const MachineConfig& config);

class MachineCaches final : public cpu::CachePort {
 public:
  /// Requires: check_config(memory_system_of(config)). `listener` outlives this.
  MachineCaches(const MachineConfig& config, numa::MemorySystemListener& listener);

  numa::MemorySystem& system() { return system_; }
  const numa::MemorySystem& system() const { return system_; }

  cpu::PrimaryTags instruction_tags(CpuId cpu) const override;
  cpu::PrimaryTags data_tags(CpuId cpu) const override;
  Outcome cached(CpuId cpu, Use use, Mode mode, VirtAddr va, MachineAddr at, Cycles now) override;
  Cycles uncached(CpuId cpu, Use use, Mode mode, MachineAddr at, Cycles now) override;
  Done hit_invalidate(CpuId cpu, cpu::CacheName cache, VirtAddr va, MachineAddr at,
                      Cycles now) override;
  Cycles index_invalidate(CpuId cpu, cpu::CacheName cache, VirtAddr va, Cycles now) override;
  Tag index_load_tag(CpuId cpu, cpu::CacheName cache, VirtAddr va) override;

 private:
  numa::MemorySystem system_;
};

}  // namespace machine
