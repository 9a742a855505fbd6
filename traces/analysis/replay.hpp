// Walks the records of a trace and drives a TLB with them. There is no TLB in here: whoever replays
// implements ReplayTarget with the machine's own (cli/ does).
//
// Whether a reference hit when it was recorded is never used to count: every mapped reference and
// every attempt is put to the target, and its answers are counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/format/record.hpp"
#include "traces/recorder.hpp"

namespace traces {

enum class TlbOutcome : std::uint8_t { kHit, kRefill, kInvalid, kModified };

struct TlbAnswer {
  TlbOutcome outcome{};
  PhysAddr pa;  // on a hit
};

/// The TLBs of the CPUs of a replayed machine.
class ReplayTarget {
 public:
  virtual ~ReplayTarget() = default;
  /// Entries of each CPU's TLB.
  virtual std::uint32_t entries() const = 0;
  virtual void restore(CpuId cpu, const TlbState& state) = 0;
  virtual TlbState state(CpuId cpu) const = 0;
  virtual TlbAnswer access(const Place& place, ReferenceKind kind, VirtAddr va) = 0;
  virtual void write(CpuId cpu, std::uint32_t index, const TlbWords& entry) = 0;
  /// Returns the index written. `retired` as Tlb::write_random wants it: before the tlbwr.
  virtual std::uint32_t write_random(CpuId cpu, const TlbWords& entry, std::uint64_t retired) = 0;
  virtual void set_wired(CpuId cpu, std::uint32_t wired, std::uint64_t retired) = 0;
  virtual std::uint32_t wired(CpuId cpu) const = 0;
  virtual std::optional<std::uint32_t> probe(CpuId cpu, std::uint64_t entry_hi) const = 0;
  /// The kernel executed tlbr.
  virtual void was_read(CpuId, std::uint32_t /*index*/) {}
  virtual TlbWords read(CpuId cpu, std::uint32_t index) const = 0;
};

struct ReplayCounts {
  std::uint64_t references = 0;  // put to the TLB
  std::uint64_t tlb_writes = 0;
  LiveMisses misses;
  // Another geometry only:
  std::uint64_t dropped = 0;      // references inside recorded refill handlers
  std::uint64_t synthesised = 0;  // refills done without a handler
  std::uint64_t unresolved = 0;   // misses for which the trace never showed a translation
};

/// Where a replay first behaved otherwise than the recorded run.
struct Divergence {
  std::uint64_t instruction = 0;
  CpuId cpu{};
  std::string what;
};

/// The recorded geometry: every record is obeyed, so hits, misses and replacements are those of the
/// run.
class ExactReplay final : public RecordSink {
 public:
  /// Counts from instruction `from` on; what comes before only brings the TLBs up to date.
  explicit ExactReplay(ReplayTarget& target, std::uint64_t from = 0)
      : target_{target}, from_{from} {}

  const ReplayCounts& counts() const { return counts_; }
  const std::optional<Divergence>& divergence() const { return divergence_; }

  void state(const StateRecord& r) override;
  void reference(const ReferenceRecord& r) override;
  void tlb_write(const TlbWriteRecord& r) override;
  void tlb_operation(const TlbOperationRecord& r) override;

 private:
  void diverged(const Place& place, std::string what);

  ReplayTarget& target_;
  std::uint64_t from_;
  ReplayCounts counts_;
  std::optional<Divergence> divergence_;
  std::vector<bool> restored_;  // by CPU
};

/// Adds the outcome of an access.
void count_outcome(LiveMisses& misses, Mode mode, ReferenceKind kind, TlbOutcome outcome);

}  // namespace traces
