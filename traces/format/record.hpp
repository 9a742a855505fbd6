// What a trace says, unpacked: one struct per kind of record, and the interface of whoever takes
// them in order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/address.hpp"
#include "common/observer.hpp"
#include "common/units.hpp"

namespace traces {
using namespace common;

/// Where in the trace a record is and what was running. `instruction` is the number, over all CPUs,
/// of the last instruction fetched up to here (a fetch's own number; 0 before the first).
struct Place {
  CpuId cpu{};
  Mode mode = Mode::kKernel;
  Asid asid{};
  bool in_refill = false;  // inside a TLB refill handler
  std::int32_t vm = -1;    // -1: not known, or none
  std::int32_t vcpu = -1;
  std::uint64_t instruction = 0;
  bool operator==(const Place&) const = default;
};

/// A CPU's clock and retired instructions after what the record tells of.
struct Time {
  std::uint64_t cycle = 0;
  std::uint64_t retired = 0;
  bool operator==(const Time&) const = default;
};

/// A fetch or data reference. Not `translated`: the TLB refused it (there is no pa, no
/// cache_attribute), an exception follows.
struct ReferenceRecord {
  Place place{};
  ReferenceKind kind{};
  std::uint8_t size =
      0;  // bytes; 0: not known; of a translated store-conditional: it stored nothing
  std::uint8_t cache_attribute = 0;
  bool mapped = false;  // through the TLB
  bool translated = true;
  VirtAddr va{};
  PhysAddr pa{};
  bool operator==(const ReferenceRecord&) const = default;
};

/// EntryHi, EntryLo0, EntryLo1, PageMask.
struct TlbWords {
  std::uint64_t hi = 0, lo0 = 0, lo1 = 0, mask = 0;
  bool operator==(const TlbWords&) const = default;
};

struct TlbWriteRecord {
  Place place{};
  Time at{};
  bool is_random = false;
  std::uint32_t index = 0;
  TlbWords entry{};
  bool operator==(const TlbWriteRecord&) const = default;
};

struct TlbOperationRecord {
  Place place{};
  Time at{};
  TlbOperation operation{};
  std::uint64_t value = 0;
  std::optional<std::uint32_t> index{};
  bool operator==(const TlbOperationRecord&) const = default;
};

/// `place` is where the exception came from.
struct ExceptionRecord {
  Place place{};
  Time at{};
  Vector vector{};
  std::uint8_t code = 0;
  bool in_delay_slot = false, nested = false, is_store = false;
  bool enters_refill = false;  // what follows is inside a refill handler
  VirtAddr pc{};
  std::optional<VirtAddr> bad_vaddr{};
  bool operator==(const ExceptionRecord&) const = default;
};

struct EretRecord {
  Place place{};
  Time at{};
  Mode to{};
  bool stays_in_refill = false;
  VirtAddr target{};
  bool operator==(const EretRecord&) const = default;
};

/// A translation of a 4 KB page that the references below use and that was not known, or was
/// another.
struct MappingRecord {
  Place place{};
  VirtAddr page{};
  PhysAddr frame{};
  std::uint8_t cache_attribute = 0;
  bool mapped = false;
  bool operator==(const MappingRecord&) const = default;
};

struct DmaRecord {
  std::uint32_t device = 0;
  std::uint64_t size = 0;
  bool is_write = false;  // into memory
  PhysAddr pa{};
  std::uint64_t instruction = 0;
  bool operator==(const DmaRecord&) const = default;
};

/// A CACHE instruction. `pa`: of hit operations.
struct CacheOperationRecord {
  Place place{};
  std::uint8_t operation = 0;  // the instruction's op field
  VirtAddr va{};
  std::optional<PhysAddr> pa{};
  bool operator==(const CacheOperationRecord&) const = default;
};

struct MarkRecord {
  Place place{};
  Time at{};
  std::uint32_t id = 0;
  VirtAddr pc{};
  bool operator==(const MarkRecord&) const = default;
};

/// A CPU's TLB and all that decides which entries its tlbwr will replace.
struct TlbState {
  struct Entry {
    std::uint32_t index = 0;
    TlbWords words;
    bool operator==(const Entry&) const = default;
  };
  std::uint32_t wired = 0;
  std::uint64_t random_base = 0;
  std::uint64_t lfsr = 0;
  std::vector<Entry> entries{};  // those that can match, by index
  bool operator==(const TlbState&) const = default;
};

/// A CPU at the start of a block.
struct StateRecord {
  Place place{};
  Time at{};
  VirtAddr next{};  // where its next sequential fetch would be
  VirtAddr epc{};
  TlbState tlb{};
  bool operator==(const StateRecord&) const = default;
};

/// Takes records in the trace's order. The default of every method is to look away.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void state(const StateRecord&) {}
  virtual void reference(const ReferenceRecord&) {}
  virtual void mapping(const MappingRecord&) {}
  virtual void tlb_write(const TlbWriteRecord&) {}
  virtual void tlb_operation(const TlbOperationRecord&) {}
  virtual void exception(const ExceptionRecord&) {}
  virtual void eret(const EretRecord&) {}
  virtual void dma(const DmaRecord&) {}
  virtual void mark(const MarkRecord&) {}
  virtual void cache_operation(const CacheOperationRecord&) {}
};

}  // namespace traces
