// What an observer of a processor can see. Observation is free: nothing an observer does changes
// simulated time or state (SimOS called these annotations). A CPU without an observer pays nothing;
// events are rare next to instructions, except InstructionEvent and Reference, which come from a
// separate instantiation of the interpreter and only while asked for.
#pragma once

#include <cstdint>
#include <optional>

#include "common/address.hpp"
#include "common/units.hpp"
#include "hardware/r10000/exceptions.hpp"

namespace common {

/// When and where an event happened. `cycle` is the time after which the event takes effect.
struct Moment {
  CpuId cpu{};
  Cycles cycle;
  std::uint64_t retired = 0;  // instructions retired by this CPU before the event
};

/// Which vector an exception went to (R10000 UM 17.2; offsets with BEV = 0 in parentheses).
enum class Vector : std::uint8_t {
  kTlbRefill /*000*/,
  kXtlbRefill /*080*/,
  kCacheError /*100*/,
  kGeneral /*180*/,
  kReset
};

struct ExceptionEvent {
  Moment at;
  Mode from{};  // mode at the faulting instruction; the exception leads to kernel mode
  Vector vector{};
  hardware::ExceptionCode code{};
  bool in_delay_slot = false;
  bool nested = false;  // Status.EXL was already set: EPC keeps its older value
  bool is_store = false;
  bool is_fetch = false;
  bool is_refill = false;  // of a TLB exception: no entry matched (whatever vector it went to)
  VirtAddr pc;             // of the instruction that did not complete
  VirtAddr bad_vaddr;      // meaningful for address and TLB exceptions
  Asid asid{};
  Cycles entry_cost;  // cycles charged for the entry itself, already in at.cycle
};

struct EretEvent {
  Moment at;  // after the ERET
  Mode to{};
  VirtAddr target;
  Asid asid{};
};

/// Mode changes that are neither exception nor ERET (mtc0 Status), and doze / wake-up.
struct ModeEvent {
  Moment at;
  Mode from{};
  Mode to{};
};

/// A marked program counter was reached; the instruction there has not executed yet.
struct MarkEvent {
  Moment at;
  Mode mode{};
  VirtAddr pc;
  std::uint32_t id = 0;  // as given to ObservationControl::add_mark
  Asid asid{};
};

struct TlbWriteEvent {
  Moment at;
  Mode mode{};
  bool is_random = false;  // tlbwr
  std::uint32_t index = 0;
  std::uint64_t entry_hi = 0, entry_lo0 = 0, entry_lo1 = 0, page_mask = 0;
};

enum class TlbOperation : std::uint8_t { kProbe, kRead, kWired };

/// tlbp, tlbr, or a write to Wired. None changes an entry; a trace needs them to be replayed.
struct TlbOperationEvent {
  Moment at;
  Mode mode{};
  TlbOperation operation{};
  std::uint64_t value = 0;  // kProbe: EntryHi; kRead: the index; kWired: what was written
  std::optional<std::uint32_t> index;  // kProbe: the entry that matched
};

/// An instruction completed. `at` is after it; `cycles` is what it cost.
struct InstructionEvent {
  Moment at;
  Mode mode{};
  VirtAddr pc;
  std::uint32_t word = 0;
  Cycles cycles;
};

enum class ReferenceKind : std::uint8_t { kFetch, kLoad, kStore, kLoadLinked, kStoreConditional };

/// One reference that reached memory (translation succeeded). In fidelity `memory` it is told when
/// the caches are asked: a fetch may be told some time before its instruction executes, or without
/// that following.
struct Reference {
  CpuId cpu{};
  Cycles cycle;
  ReferenceKind kind{};
  Mode mode{};
  Asid asid{};
  std::uint8_t size = 0;             // bytes; 0: a store-conditional that stored nothing
  std::uint8_t cache_attribute = 0;  // the 3-bit algorithm of the page or segment
  bool mapped = false;               // went through the TLB
  VirtAddr va;
  PhysAddr pa;
};

/// A CACHE instruction that did not fault.
struct CacheOperationEvent {
  Moment at;
  Mode mode{};
  std::uint8_t operation = 0;  // the instruction's op field (R10000 UM 10)
  VirtAddr va;
  std::optional<PhysAddr> pa;  // of hit operations
};

/// A device moves data from or to memory.
struct DmaEvent {
  MachineAddr at;
  std::uint64_t bytes = 0;
  bool is_write = false;  // into memory
};

/// The default of every method is to look away.
class Observer {
 public:
  virtual ~Observer() = default;
#define OBSERVER_EVENT(method, Event) \
  virtual void method(const Event&) {}
#include "common/observer_events.def"
#undef OBSERVER_EVENT
};

/// What an observer may ask of the CPU that it observes. May be called from within an event, and
/// then takes effect with the next instruction; at a mark that is the marked one, unless it sits in
/// a delay slot.
class ObservationControl {
 public:
  virtual ~ObservationControl() = default;
  /// Report MarkEvent{id} whenever the instruction at virtual address `pc` is about to execute.
  virtual void add_mark(VirtAddr pc, std::uint32_t id) = 0;
  virtual void remove_mark(VirtAddr pc) = 0;
  /// One on_retirement() for the next instruction that completes. If that instruction takes an
  /// exception the watch stays on; cancel_retirement() drops it.
  virtual void watch_retirement() = 0;
  virtual void cancel_retirement() = 0;
  virtual void set_instruction_events(bool on) = 0;
  virtual void set_references(bool on) = 0;
};

}  // namespace common
