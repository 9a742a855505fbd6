// Turns what CPUs report into a trace. One recorder observes all CPUs of a machine, each of which
// must have references switched on (ObservationControl::set_references).
//
// A reference that the TLB refuses is written as an attempt, from its exception event; the
// handler's references, its TLB write and the repeated reference follow as they happen. What lies
// inside a refill handler is flagged: from the first refill exception until an ERET to the
// instruction that missed, or to a less privileged mode than it ran in. (Under a monitor the
// handler is everything that the monitor and the guest's own handler do for that miss.)
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "common/observer.hpp"
#include "traces/writer.hpp"

namespace traces {

/// What the recorder cannot learn from events. Implemented by whoever owns the machine.
class StateSource {
 public:
  virtual ~StateSource() = default;
  virtual TlbState tlb(CpuId cpu) = 0;
  /// Everything but the TLB, when recording begins. Called between instructions.
  virtual StateRecord context(CpuId cpu) = 0;
};

/// TLB exceptions that the machine took while it was recorded: what a replay is compared with.
struct LiveMisses {
  std::uint64_t refills[3][3] = {};  // by Mode (user, supervisor, kernel) and fetch, load, store
  std::uint64_t invalids = 0;
  std::uint64_t modifieds = 0;

  std::uint64_t all_refills() const;
  /// live.refill.user.load ... live.invalid, live.modified.
  void add_to(TextLines& lines) const;
  /// What add_to() wrote; nothing if a line is missing.
  static std::optional<LiveMisses> parse(const TextLines& lines);
  bool operator==(const LiveMisses&) const = default;
};

/// What a recorder counts of the machine and a reader of the records, each by itself: the lines at
/// the end of a trace, total.NAME and live.NAME.
struct TraceTotals {
  std::uint64_t references[5] = {};  // by ReferenceKind
  std::uint64_t exceptions = 0, erets = 0, tlb_writes = 0, dmas = 0, cache_operations = 0;
  LiveMisses live;

  TextLines lines() const;
};

class Recorder final : public Observer {
 public:
  /// All outlive the recorder. Writes the state of all CPUs at once: call between instructions.
  Recorder(Writer& writer, StateSource& source, std::uint32_t cpus, const StateDigest& digest = {});
  /// Marks are called by what this says instead of by their id.
  void number_marks_by(std::function<std::uint32_t(const MarkEvent&)> number) {
    mark_number_ = std::move(number);
  }

  /// A mark of this id is no record: `runs` then tells the CPU's new VCPU by set_vcpu().
  void follow_vcpus(std::uint32_t mark, std::function<void(CpuId)> runs) {
    vcpu_mark_ = mark;
    vcpu_changed_ = std::move(runs);
  }
  /// From here on `cpu` runs this VCPU (-1, -1: none, or the monitor).
  void set_vcpu(CpuId cpu, std::int32_t vm, std::int32_t vcpu);
  /// A device read or wrote memory. `pa` is a machine address.
  void dma(std::uint32_t device, PhysAddr pa, std::uint64_t size, bool is_write);
  /// Starts a new block. Only between instructions, where a digest can be taken.
  void cut(const StateDigest& digest);

  const LiveMisses& live() const { return totals_.live; }
  /// Lines for Writer::close().
  TextLines totals() const { return totals_.lines(); }

  void on_reference(const Reference& r) override;
  void on_exception(const ExceptionEvent& e) override;
  void on_eret(const EretEvent& e) override;
  void on_tlb_write(const TlbWriteEvent& e) override;
  void on_tlb_operation(const TlbOperationEvent& e) override;
  void on_mark(const MarkEvent& e) override;
  void on_cache_operation(const CacheOperationEvent& e) override;
  void on_dma(const DmaEvent& e) override;

 private:
  struct Cpu {
    Place place;
    bool in_refill = false;
    Mode refill_from{};  // mode of the reference that missed
    VirtAddr refill_epc{};
  };
  Cpu& cpu_of(CpuId id) { return cpus_.at(index_of(id)); }
  void count_miss(const ExceptionEvent& e);
  void enter_refill(Cpu& cpu, const ExceptionEvent& e);

  Writer& writer_;
  StateSource& source_;
  std::vector<Cpu> cpus_;
  TraceTotals totals_;
  std::function<std::uint32_t(const MarkEvent&)> mark_number_;
  std::uint32_t vcpu_mark_ = 0;
  std::function<void(CpuId)> vcpu_changed_;
};

}  // namespace traces
