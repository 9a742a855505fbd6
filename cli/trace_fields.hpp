// Records of a trace as JSON objects, for programs: the fields of traces/format/record.hpp by name.
// Addresses and TLB words, which JSON's numbers cannot hold, are texts "0x0123456789abcdef".
#pragma once

#include <cstdint>
#include <functional>

#include "common/json.hpp"
#include "traces/analysis/view.hpp"
#include "traces/format/record.hpp"

namespace cli {
using namespace common;

class TraceFields final : public traces::RecordSink {
 public:
  using Record = std::function<void(Json)>;
  /// Gives the fields of the records that traces::View shows with these options.
  TraceFields(const traces::ViewOptions& options, Record record,
              traces::View::Disassembler disassembler);

  void state(const traces::StateRecord& r) override;
  void reference(const traces::ReferenceRecord& r) override;
  void mapping(const traces::MappingRecord& r) override;
  void tlb_write(const traces::TlbWriteRecord& r) override;
  void tlb_operation(const traces::TlbOperationRecord& r) override;
  void exception(const traces::ExceptionRecord& r) override;
  void eret(const traces::EretRecord& r) override;
  void dma(const traces::DmaRecord& r) override;
  void mark(const traces::MarkRecord& r) override;
  void cache_operation(const traces::CacheOperationRecord& r) override;

 private:
  bool shows(std::uint64_t instruction) const {
    return instruction >= options_.from && instruction < options_.to;
  }

  traces::ViewOptions options_;
  Record record_;
  traces::View::Disassembler disassembler_;
};

}  // namespace cli
