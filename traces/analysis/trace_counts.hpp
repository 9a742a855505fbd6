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
  TextLines lines() const;

  void reference(const ReferenceRecord& r) override;
  void tlb_write(const TlbWriteRecord&) override { ++tlb_writes_; }
  void exception(const ExceptionRecord& r) override;
  void eret(const EretRecord&) override { ++erets_; }
  void dma(const DmaRecord&) override { ++dmas_; }
  void cache_operation(const CacheOperationRecord&) override { ++cache_operations_; }

 private:
  std::uint64_t references_[5] = {}, exceptions_ = 0, erets_ = 0, tlb_writes_ = 0, dmas_ = 0,
                cache_operations_ = 0;
  LiveMisses live_;
  std::vector<ReferenceKind> attempted_;  // by CPU: of the last attempt
};

}  // namespace traces
