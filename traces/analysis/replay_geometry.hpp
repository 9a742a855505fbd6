// Replay with another geometry than the recorded one (more or fewer entries, another Random).
//
// The kernel would have taken other misses, so the trace cannot simply be obeyed:
//   1. References inside recorded refill handlers are dropped.
//   2. A miss is refilled at once with the translation that the trace has shown for the page, and
//   costs
//      `refill_cycles`. If it has shown none, the recorded run missed here too: its handler's write
//      follows and is taken then.
//   3. What the kernel writes outside refill handlers is done where it concerns this TLB: entries
//   below Wired
//      stay below Wired; a translation that changed is changed where it is resident; a new one is
//      installed.
//   4. Invalidations: tlbwi of a parked entry over another drops that translation here too; a probe
//      that found nothing outside a refill handler drops what a larger TLB would have found; parked
//      writes over all entries from Wired up drop everything.
// docs/traces.md says what these rules miss.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "traces/analysis/replay.hpp"
#include "traces/analysis/translations.hpp"

namespace traces {

class OtherReplay final : public RecordSink {
 public:
  /// `recorded_entries`: of the trace's header.
  OtherReplay(ReplayTarget& target, std::uint32_t recorded_entries, std::uint64_t refill_cycles,
              std::uint64_t from = 0);

  const ReplayCounts& counts() const { return counts_; }
  /// What the synthesised refills cost, at the stated price.
  std::uint64_t cycles() const { return counts_.synthesised * refill_cycles_; }

  void state(const StateRecord& r) override;
  void reference(const ReferenceRecord& r) override;
  void tlb_write(const TlbWriteRecord& r) override;
  void tlb_operation(const TlbOperationRecord& r) override;

 private:
  struct Cpu {
    bool known = false;
    Translations translations;
    std::vector<std::optional<TlbWords>> recorded;  // what each index of the recorded TLB holds
    std::vector<bool> parked;                       // since the last write that was not
    std::uint32_t recorded_wired = 0;
    std::uint64_t retired = 0;
    struct Miss {
      VirtAddr va;
      Asid asid{};
      bool counted = false;
    };
    std::optional<Miss> waiting;  // missed here, and the trace has not shown the translation yet
  };
  Cpu& cpu_of(CpuId id);
  void refill(CpuId id, Cpu& cpu, const TlbWords& entry, bool counted);
  void park(CpuId id, Cpu& cpu, std::uint32_t recorded_index);
  void drop(CpuId id, const TlbWords& entry);
  void drop_all(CpuId id);
  void note_recorded(Cpu& cpu, std::uint32_t index, const TlbWords& entry);

  ReplayTarget& target_;
  std::uint32_t recorded_entries_;
  std::uint64_t refill_cycles_, from_;
  std::vector<Cpu> cpus_;
  ReplayCounts counts_;
};

}  // namespace traces
