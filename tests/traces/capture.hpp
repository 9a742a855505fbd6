// Records kept in a list, so that tests can compare whole traces.
#pragma once

#include <variant>
#include <vector>

#include "traces/format/record.hpp"

namespace test {

using AnyRecord = std::variant<traces::StateRecord, traces::ReferenceRecord, traces::MappingRecord,
                               traces::TlbWriteRecord, traces::TlbOperationRecord,
                               traces::ExceptionRecord, traces::EretRecord, traces::DmaRecord,
                               traces::MarkRecord, traces::CacheOperationRecord>;

class Capture final : public traces::RecordSink {
 public:
  void state(const traces::StateRecord& r) override { records.emplace_back(r); }
  void reference(const traces::ReferenceRecord& r) override { records.emplace_back(r); }
  void mapping(const traces::MappingRecord& r) override { records.emplace_back(r); }
  void tlb_write(const traces::TlbWriteRecord& r) override { records.emplace_back(r); }
  void tlb_operation(const traces::TlbOperationRecord& r) override { records.emplace_back(r); }
  void exception(const traces::ExceptionRecord& r) override { records.emplace_back(r); }
  void eret(const traces::EretRecord& r) override { records.emplace_back(r); }
  void dma(const traces::DmaRecord& r) override { records.emplace_back(r); }
  void mark(const traces::MarkRecord& r) override { records.emplace_back(r); }
  void cache_operation(const traces::CacheOperationRecord& r) override { records.emplace_back(r); }

  std::vector<AnyRecord> records;
};

}  // namespace test
