// Records as lines of text, for people.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "traces/format/record.hpp"

namespace traces {

struct ViewOptions {
  std::uint64_t from = 0;  // instructions
  std::uint64_t to = ~std::uint64_t{0};
  bool fetches = true;  // single fetches, not only data references and events
};

class View final : public RecordSink {
 public:
  using Line = std::function<void(const std::string&)>;
  /// The text of the instruction at an address; empty where it is not known.
  using Disassembler = std::function<std::string(VirtAddr pc, PhysAddr at)>;

  View(const ViewOptions& options, Line line, Disassembler disassembler = {});

  void state(const StateRecord& r) override;
  void reference(const ReferenceRecord& r) override;
  void mapping(const MappingRecord& r) override;
  void tlb_write(const TlbWriteRecord& r) override;
  void tlb_operation(const TlbOperationRecord& r) override;
  void exception(const ExceptionRecord& r) override;
  void eret(const EretRecord& r) override;
  void dma(const DmaRecord& r) override;
  void mark(const MarkRecord& r) override;
  void cache_operation(const CacheOperationRecord& r) override;

 private:
  bool shows(std::uint64_t instruction) const {
    return instruction >= options_.from && instruction < options_.to;
  }
  void say(const Place& place, const std::string& what);

  ViewOptions options_;
  Line line_;
  Disassembler disassembler_;
};

/// "refill", "syscall" ...: Cause.ExcCode for people; the number where it has no name.
std::string exception_name(std::uint8_t code);

}  // namespace traces
