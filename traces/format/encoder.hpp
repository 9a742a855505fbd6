// Records to bytes, one block at a time. It knows nothing of files.
//
// Requires: begin() with the state of every CPU before anything else; records in global order, with
// every Place as it was. Context and VCPU changes and mappings are found by comparing and need no
// calls.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"
#include "traces/format/lane.hpp"
#include "traces/format/record.hpp"

namespace traces {

class Encoder final : public RecordSink {
 public:
  explicit Encoder(std::uint32_t cpus);

  /// Starts an empty block.
  void begin(const std::vector<StateRecord>& states);
  /// Ends it: fetches that still wait for a record are written.
  void finish();

  void reference(const ReferenceRecord& r) override;
  void tlb_write(const TlbWriteRecord& r) override;
  void tlb_operation(const TlbOperationRecord& r) override;
  void exception(const ExceptionRecord& r) override;
  void eret(const EretRecord& r) override;
  void dma(const DmaRecord& r) override;
  void cache_operation(const CacheOperationRecord& r) override;
  void mark(const MarkRecord& r) override;

  std::span<const std::uint8_t> bytes() const { return out_.bytes(); }
  std::uint64_t instructions() const { return instructions_; }
  std::uint64_t records() const { return records_; }
  std::uint64_t first_cycle() const { return first_cycle_; }
  std::uint64_t last_cycle() const { return last_cycle_; }
  /// Everything but the TLB that the next block has to restate of a CPU.
  StateRecord resume_state(CpuId cpu) const;

 private:
  Lane& select(const Place& place);
  void open(Code code);
  void put_state(const StateRecord& state);
  void put_vcpu(const Lane& lane);
  void put_context(Lane& lane, const Place& place);
  void put_time(Lane& lane, const Time& at, std::uint64_t expected_retired);
  void know(Lane& lane, const ReferenceRecord& r);
  void fetch(Lane& lane, const ReferenceRecord& r);
  void data(Lane& lane, const ReferenceRecord& r);
  void attempt(Lane& lane, const ReferenceRecord& r);
  void note_cycle(std::uint64_t cycle);

  std::vector<std::unique_ptr<Lane>> lanes_;
  Lane* current_ = nullptr;
  std::uint64_t pending_ = 0;  // sequential fetches of the current lane not yet written
  std::uint64_t dma_at_ = 0;
  std::uint64_t instructions_ = 0, records_ = 0, first_cycle_ = 0, last_cycle_ = 0;
  ByteSink out_;
  ByteSink part_;
};

}  // namespace traces
