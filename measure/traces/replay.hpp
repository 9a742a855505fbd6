// Replays a trace through the machine's own TLB (mmu::Tlb) and, if asked, with the monitor's own
// L2TLB (disco::L2Policy) behind it. This is the only place where the three meet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "disco/core/tlb/l2_policy.hpp"
#include "mmu/tlb.hpp"
#include "traces/analysis/replay.hpp"
#include "traces/reader.hpp"

namespace measure {
using namespace common;

traces::TlbState state_of(const mmu::Tlb& tlb);

/// How often an L2TLB behind the replayed TLB would have had what missed.
struct L2Counts {
  std::uint64_t hits = 0, misses = 0;
  std::uint64_t inserts = 0, evictions = 0, flushes = 0;
};

/// An L2TLB of one CPU, kept by the monitor's policy (disco/core/tlb/l2_policy.hpp).
class L2Model {
 public:
  /// Requires: disco::L2Tlb::is_valid_size(l2_entries), and not 0.
  L2Model(std::uint32_t l2_entries, std::uint32_t tlb_entries);

  /// A refill miss. `counted`: adds to the counts.
  void missed(VirtAddr va, Asid asid, bool counted);
  /// After the TLB's write; `old` is what the index held.
  void wrote(std::uint32_t index, std::uint32_t wired, const traces::TlbWords& entry,
             const std::optional<traces::TlbWords>& old, bool random);
  void read(std::uint32_t index, std::uint32_t wired) { cover(index, wired); }
  const L2Counts& counts() const { return counts_; }

 private:
  void cover(std::uint32_t index, std::uint32_t wired);

  std::vector<disco::L2Tlb::Entry> storage_;
  disco::L2Policy policy_;
  std::uint32_t tlb_entries_;
  L2Counts counts_;
};

class MmuTarget final : public traces::ReplayTarget {
 public:
  /// `l2_entries`: 0 for none.
  MmuTarget(std::uint32_t cpus, const mmu::TlbConfig& config, std::uint32_t l2_entries = 0);

  /// Whether L2 hits and misses count from here on.
  void set_counting(bool counting) { counting_ = counting; }
  L2Counts l2_counts() const;

  std::uint32_t entries() const override { return config_.entries; }
  void restore(CpuId cpu, const traces::TlbState& state) override;
  traces::TlbState state(CpuId cpu) const override;
  traces::TlbAnswer access(const traces::Place& place, ReferenceKind kind, VirtAddr va) override;
  void write(CpuId cpu, std::uint32_t index, const traces::TlbWords& entry) override;
  std::uint32_t write_random(CpuId cpu, const traces::TlbWords& entry,
                             std::uint64_t retired) override;
  void set_wired(CpuId cpu, std::uint32_t wired, std::uint64_t retired) override;
  std::uint32_t wired(CpuId cpu) const override;
  std::optional<std::uint32_t> probe(CpuId cpu, std::uint64_t entry_hi) const override;
  void was_read(CpuId cpu, std::uint32_t index) override;
  traces::TlbWords read(CpuId cpu, std::uint32_t index) const override;

 private:
  struct Cpu {
    mmu::Tlb tlb;
    std::unique_ptr<L2Model> l2;
  };
  std::optional<traces::TlbWords> live_entry(const Cpu& cpu, std::uint32_t index) const;

  mmu::TlbConfig config_;
  std::vector<Cpu> cpus_;
  bool counting_ = true;
};

struct ReplayOptions {
  std::optional<std::uint32_t> entries;   // nothing: as recorded
  std::optional<mmu::RandomKind> random;  // nothing: as recorded
  std::uint32_t seed = 1;                 // of another geometry's lfsr
  std::uint32_t l2_entries = 0;           // a power of two; 0: none
  std::uint64_t refill_cycles = 20;       // stated cost of a synthesised refill
  std::uint64_t from = 0;                 // instructions of the trace
  std::uint64_t to = ~std::uint64_t{0};   // whole blocks are read
};

struct ReplayReport {
  bool exact = false;  // the recorded geometry
  std::uint32_t entries = 0;
  mmu::RandomKind random{};
  traces::ReplayCounts counts;
  std::optional<traces::Divergence> divergence;  // exact only
  std::optional<traces::LiveMisses>
      live;  // what the machine counted, if all of the trace was replayed
  L2Counts l2;
  std::uint64_t synthesised_cycles = 0;

  /// Exact and complete, and the counts are not the machine's, or the replay took another way.
  bool diverged() const {
    return divergence.has_value() || (live && exact && *live != counts.misses);
  }
};

/// kConfig errors for impossible options, kInput errors for a damaged trace.
Result<ReplayReport, Error> replay_trace(traces::Reader& reader, const ReplayOptions& options);

}  // namespace measure
