// What a trace contains: counts by kind, mode and address space, events, and the pages touched.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "traces/format/record.hpp"

namespace traces {

/// References by kind (fetch, load, store, LL, SC).
struct KindCounts {
  std::uint64_t of[5] = {};
  std::uint64_t all() const { return of[0] + of[1] + of[2] + of[3] + of[4]; }
};

/// A 4 KB page of one address space, and how often each kind of reference touched it.
struct PageHeat {
  VirtAddr page;
  Asid asid{};  // 0 for unmapped pages, which all spaces share
  bool mapped = false;
  KindCounts references;
};

class Summary final : public RecordSink {
 public:
  explicit Summary(std::uint64_t from = 0, std::uint64_t to = ~std::uint64_t{0})
      : from_{from}, to_{to} {}

  KindCounts by_mode[3];
  std::map<unsigned, KindCounts> by_asid;
  std::map<std::int32_t, KindCounts> by_vm;  // -1: not known
  KindCounts mapped, in_refill;
  std::uint64_t refused = 0;                         // attempts
  std::map<std::uint8_t, std::uint64_t> exceptions;  // by ExcCode
  std::uint64_t erets = 0, tlb_writes_random = 0, tlb_writes_indexed = 0, probes = 0, dmas = 0;
  std::uint64_t mappings = 0, marks = 0;

  /// Pages touched: through the TLB, and all.
  std::uint64_t mapped_pages() const;
  std::uint64_t pages() const { return pages_.size(); }
  /// The hottest first; ties by address, so that the order is the same everywhere.
  std::vector<PageHeat> hottest(std::size_t count) const;

  void reference(const ReferenceRecord& r) override;
  void mapping(const MappingRecord& r) override;
  void tlb_write(const TlbWriteRecord& r) override;
  void tlb_operation(const TlbOperationRecord& r) override;
  void exception(const ExceptionRecord& r) override;
  void eret(const EretRecord& r) override;
  void dma(const DmaRecord& r) override;
  void mark(const MarkRecord& r) override;

 private:
  bool counts(std::uint64_t instruction) const { return instruction >= from_ && instruction < to_; }

  std::uint64_t from_, to_;
  std::unordered_map<std::uint64_t, PageHeat> pages_;
};

}  // namespace traces
