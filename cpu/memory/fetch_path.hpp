// From a program counter to the code of its page, and what fetching costs. The table before the TLB
// holds only what mmu::translate() would answer, for one context each; faults are recorded, not
// raised.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/state.hpp"
#include "cpu/core/core.hpp"
#include "cpu/memory/cache_timing.hpp"
#include "cpu/memory/code_pages.hpp"
#include "cpu/memory/soft_tlb.hpp"
#include "cpu/memory_port.hpp"

namespace cpu {

class FetchPath {
 public:
  struct Entry {
    std::uint64_t tag = SoftEntry::kNoTag;
    DecodeContext context = 0;
    std::uint8_t cache_attribute = 0;
    bool mapped = false;
    bool cached = false;  // in fidelity kMemory: fetches go through the primary instruction cache
    CodePage* code = nullptr;
    MachineAddr at;     // of the page
    PhysAddr physical;  // of the page, for observers
  };

  FetchPath(Core& core, MemoryPort& memory, CacheTiming& timing, CodePages& code)
      : core_{core}, memory_{memory}, timing_{timing}, code_{code} {}

  // `state` is the core's, which whoever runs blocks has at hand.

  /// The page of the pc, where that is known already; nullptr: find() it.
  const Entry* known(const CpuState& state) const {
    const VirtAddr pc = state.regs.pc;
    const Entry& entry = slot(pc);
    const bool is_known =
        entry.tag == SoftTlb::tag(pc, 4, state.context) && entry.context == state.decode_context;
    return is_known ? &entry : nullptr;
  }
  /// The page of the pc; nullptr: the fault is in CpuState::fault.
  const Entry* find() {
    const Entry* const entry = known(core_.state);
    return entry != nullptr ? entry : fill();
  }
  /// Before an instrumented block of the page executes.
  void execute_from(const Entry& entry) { executing_from_ = entry; }

  // ---- time, in fidelity kMemory

  /// Fetches the first instruction of the block at the pc, which find() has found. Returns whether
  /// it may execute now: not where the wait for it went past the limit, which is looked at between
  /// a fetch and its instruction, too. It is not fetched again then.
  bool fetch_line(bool is_slot);
  /// The delay slot of the branch under way is in another line.
  void fetch_slot(const InstructionSite& slot);
  /// The instruction at the pc is fetched, and something keeps it from executing now.
  void keep_fetched() { fetched_ = core_.state.regs.pc; }
  bool has_fetched(VirtAddr pc) const { return fetched_ == pc; }
  bool has_fetched_any() const { return fetched_.has_value(); }
  /// What the instruction about to execute waited for its fetch; told once.
  std::uint64_t take_stall() { return std::exchange(stall_, 0); }

  // ---- observers

  /// The fetch of an instruction that is about to execute, unless it was told when it was paid for.
  void report(const InstructionSite& site) {
    if (!std::exchange(is_reported_, false)) report_from(&site, core_.state.pc_at(site));
  }

  /// For generated code, which looks into the table itself: number_of() says where.
  const Entry* entries() const { return entries_.data(); }
  static constexpr std::uint64_t kHash = 0x9e3779b97f4a7c15;
  static constexpr unsigned kHashShift = 56;

  void flush() { entries_.fill(Entry{}); }
  void flush_page(VirtAddr va) {
    Entry& entry = slot(va);
    if (entry.tag / kPageSize == va.bits() / kPageSize) entry = Entry{};
  }

  void visit(StateVisitor& v);

 private:
  static constexpr std::size_t kEntries = 256;

  /// Hashed, so that programs and kernels at round addresses do not collide with the vectors.
  static std::size_t number_of(VirtAddr va) { return va.bits() / kPageSize * kHash >> kHashShift; }
  Entry& slot(VirtAddr va) { return entries_[number_of(va)]; }
  const Entry& slot(VirtAddr va) const { return entries_[number_of(va)]; }
  const Entry* fill();
  const Entry* refuse(const PendingFault& fault);
  bool fetch_line_slow(bool is_slot);
  void report_from(const InstructionSite* site, VirtAddr va);

  Core& core_;
  MemoryPort& memory_;
  CacheTiming& timing_;
  CodePages& code_;
  std::array<Entry, kEntries> entries_{};
  std::optional<VirtAddr>
      fetched_;               // an instruction whose fetch is paid for but that has not executed
  bool is_reported_ = false;  // its fetch was told to the observer when it was paid for
  std::uint64_t stall_ = 0;   // of the instruction to execute next
  Entry executing_from_;      // where the current instrumented block came from
};

}  // namespace cpu
