// Counts of the records of a trace what its recorder counted of the machine.
#pragma once

#include <cstdint>
#include <vector>

#include "traces/format/record.hpp"
#include "traces/format/text.hpp"
#include "traces/recorder.hpp"

namespace traces {

class TraceCounts final : public RecordSink {
 public:
  explicit TraceCounts(std::uint32_t cpus) : attempted_(cpus) {}

  /// total.NAME and live.NAME, as Recorder::totals().
  TextLines lines() const { return totals_.lines(); }

  void reference(const ReferenceRecord& r) override;
  void tlb_write(const TlbWriteRecord&) override { ++totals_.tlb_writes; }
  void exception(const ExceptionRecord& r) override;
  void eret(const EretRecord&) override { ++totals_.erets; }
  void dma(const DmaRecord&) override { ++totals_.dmas; }
  void cache_operation(const CacheOperationRecord&) override { ++totals_.cache_operations; }

 private:
  TraceTotals totals_;
  std::vector<ReferenceKind> attempted_;  // by CPU: of the last attempt
};

}  // namespace traces
