// The processor: registers, TLB, time, exceptions, and the loop that runs decoded blocks.
//
// Invariants
//   1. Between blocks `regs.pc`, `cycle_` and `retired_` are exact. Inside a block they are those of its
//      start and the current instruction's own are entry plus Decoded's static offsets.
//   2. Grouping into blocks is invisible: an interrupt, timer, stop or budget end is acted on at the same
//      instruction whether code runs in blocks or singly. A branch and its delay slot are never parted,
//      except by an exception in the slot.
//   3. A memory stall moves `cycle_`, the start of the block, so offsets stay good. Every instruction is a fetch,
//      but only the first of a block asks the caches: a block lies in one line of the primary instruction cache
//      and is left when that line is no longer its set's most recent one. Uncached code runs one by one.
//   4. SoftTlb and FetchTlb only hold what translate() would answer; every change of the TLB, of Status or
//      of the memory map that could make an entry wrong drops it.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/observer.hpp"
#include "cpu/cache_port.hpp"
#include "cpu/cpu.hpp"
#include "cpu/cpu_config.hpp"
#include "cpu/interpreter/block.hpp"
#include "cpu/memory/soft_tlb.hpp"
#include "cpu/memory_port.hpp"
#include "cpu/core/performance.hpp"
#include "cpu/core/registers.hpp"
#include "cpu/semantics/ops.hpp"
#include "cpu/memory/store_watch.hpp"
#include "mmu/translate.hpp"

namespace cpu {

/// What an instruction that could not complete leaves for the exception logic.
struct PendingFault {
  ExceptionCode code{};
  std::uint64_t bad_vaddr = 0;
  bool is_address = false;  // BadVAddr is set
  bool is_tlb = false;      // Context, XContext and EntryHi are set
  bool is_refill = false;
  bool extended = false;    // a refill for the XTLB vector
  bool is_store = false;
  bool is_fetch = false;
  std::uint8_t coprocessor = 0;
};

enum class Variant : std::uint8_t;

class Engine final : public StoreWatchClient, public ObservationControl {
 public:
  Engine(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch);

  void reset();
  void start(VirtAddr pc, std::uint64_t a0, std::uint64_t a1, std::uint64_t sp, std::uint64_t gp);
  Stop run(Cycles until);
  /// One instruction (a branch with its slot); breakpoints at the pc do not count.
  void step();

  Cycles now() const;
  Cycles next_timer() const { return Cycles{next_deadline()}; }
  std::uint64_t retired() const { return accessing_ != nullptr ? retired_at(accessing_) : retired_; }
  void limit_run(Cycles until);
  void set_instruction_limit(std::uint64_t retired) { instruction_limit_ = retired; }
  void set_interrupt_line(unsigned ip, bool level);
  void nmi() { nmi_requested_ = true, demand_attention(); }
  void soft_reset() { soft_reset_requested_ = true, demand_attention(); }
  bool is_reset_pending() const { return nmi_requested_ || soft_reset_requested_; }
  void doze();
  bool is_dozing() const { return dozing_; }
  void request_stop() { stop_requested_ = true, demand_attention(); }
  void forget_host_pointers();
  void set_fidelity(Fidelity fidelity);
  void visit(StateVisitor& v);

  const CpuConfig& config() const { return config_; }
  /// Brings the by-mode counters up to now.
  const CpuCounters& counters();
  void set_observer(Observer* observer);

  // ObservationControl
  void add_mark(VirtAddr pc, std::uint32_t id) override;
  void remove_mark(VirtAddr pc) override;
  void watch_retirement() override { retirement_watch_ = true, demand_attention(); }
  void cancel_retirement() override { retirement_watch_ = false; }
  void set_instruction_events(bool on) override;
  void set_references(bool on) override;

  void add_breakpoint(VirtAddr pc);
  void remove_breakpoint(VirtAddr pc);

  // StoreWatchClient
  void revoke_write(MachineAddr page) override { soft_.revoke_write(page); }
  bool code_written(MachineAddr at, std::uint64_t size) override;
  bool has_link(MachineAddr page) const override;
  void break_link(MachineAddr at, std::uint64_t size) override;

  /// The registers, for the debug port. After writing CP0 through here call context_changed().
  Registers& registers() { return regs; }
  const mmu::Tlb& tlb() const { return tlb_; }
  void context_changed();
  mmu::AddressSpace address_space() const;
  MemoryPort& memory() { return memory_; }
  StoreWatch& store_watch() { return watch_; }
  std::uint64_t cp0_value(unsigned number) const;
  void set_cp0_value(unsigned number, std::uint64_t value);
  /// The registers behind CP0 register 25, as PerformanceCounters numbers them.
  std::uint32_t performance_value(unsigned number) const;
  void set_performance_value(unsigned number, std::uint32_t value);

 private:
  template <Variant kVariant>
  friend class InterpOps;
  template <Variant kVariant>
  friend struct RowHandlers;
  friend struct PseudoHandlers;

  struct FetchEntry {
    std::uint64_t tag = SoftEntry::kNoTag;
    DecodeContext context = 0;
    CodePage* page = nullptr;
    std::uint64_t physical = 0;  // of the page, for Reference
    std::uint8_t cache_attribute = 0;
    bool mapped = false;
    bool cached = false;       // in fidelity kMemory: fetches go through the primary instruction cache
  };
  static constexpr std::size_t kFetchEntries = 256;
  static constexpr std::size_t kContextKeys = 1u << 14;
  /// Hashed, so that programs and kernels at round addresses do not collide with the vectors.
  FetchEntry& fetch_slot(std::uint64_t va) {
    return fetch_[va / kPageSize * 0x9e3779b97f4a7c15 >> 56];
  }

  // engine.cpp: the loop
  Stop execute_until(std::uint64_t until);
  void execute_blocks();
  void execute_single();
  void publish_link();
  /// The block to execute next, decoded if it must be; nothing when the fetch raised an exception.
  const Block* find_block(bool single);
  /// The usual case of it: not a delay slot, not instrumented, executed before. Nothing otherwise.
  const Block* known_block() {
    const FetchEntry& entry = fetch_slot(regs.pc);
    const bool is_usual = !slot_pending_ && (decode_context_ & kDecodeInstrumented) == 0 &&
                          entry.tag == SoftTlb::tag(regs.pc, 4, context_) &&
                          entry.context == decode_context_;
    return is_usual ? entry.page->starts[regs.pc / 4 % kWordsPerPage] : nullptr;
  }
  void run_block(const Block& block);
  void leave_block(const Decoded& d);
  const FetchEntry* fetch_page();
  const FetchEntry* fill_fetch_entry(FetchEntry& entry, std::uint64_t tag);
  void idle_until(std::uint64_t cycle);
  void enter_doze();
  void leave_doze();
  void demand_attention() { attention_ = true, leave_ |= kLeaveAfter; }
  void forget_code();
  void report_retirement(std::uint64_t pc, std::uint64_t cycles_before, std::uint32_t word, Mode mode);

  // decode.cpp
  Block* decode_block(const CodePage& page, std::size_t start, bool single);
  void note_marked_offsets();

  // exceptions.cpp
  void take_exception(const PendingFault& fault, std::uint64_t pc, bool in_slot);
  void take_interrupt();
  bool take_asynchronous();
  void take_reset();
  bool is_delayed_watch_due() const;
  void record_tlb_registers(std::uint64_t va);
  void count_exception(const PendingFault& fault, Mode from);
  void return_from_exception(const Decoded* d);
  bool has_unmasked_interrupt() const;
  bool interrupt_is_due() const;

  // memory.cpp: the slow paths
  template <bool kInstrumented>
  std::optional<std::uint64_t> load_slow(const Decoded* d, std::uint64_t va, unsigned size,
                                         ReferenceKind kind);
  template <bool kInstrumented>
  bool store_slow(const Decoded* d, std::uint64_t va, unsigned size, std::uint64_t value,
                  ReferenceKind kind);
  std::optional<std::uint64_t> load_containing(const Decoded* d, std::uint64_t va, unsigned size);
  bool store_containing(const Decoded* d, std::uint64_t va, unsigned size, std::uint64_t value,
                        std::uint64_t mask);
  std::optional<mmu::Mapped> translate_data(std::uint64_t va, unsigned size, mmu::Access access);
  bool takes_watch(PhysAddr at, mmu::Access access);
  bool is_reversed() const { return (decode_context_ & kDecodeReversed) != 0; }
  void fill_soft_entry(std::uint64_t va, const mmu::Mapped& mapped, const RamPage& page);
  void record_address_fault(const mmu::Fault& fault, std::uint64_t va, mmu::Access access);
  void report_fetch(const Decoded* d);
  void report_cache_operation(const Decoded* d, unsigned op, std::uint64_t va,
                              std::optional<PhysAddr> pa);
  void report_fetch_from(const Decoded* d, std::uint64_t va);
  bool is_linked_to(MachineAddr at) const {
    return link_ && at.aligned_down(kLinkLine) == link_line_;
  }
  void report_instruction(const Decoded* d, Mode mode);
  void begin_instruction(const Decoded* d);
  void instruction_completed(const Decoded* d, Mode mode);
  void report_reference(const Decoded* d, ReferenceKind kind, std::uint64_t va,
                        const mmu::Mapped& mapped, unsigned size);
  std::optional<std::uint64_t> load_linked(const Decoded* d, std::uint64_t va, unsigned size);
  std::optional<std::uint64_t> store_conditional(const Decoded* d, std::uint64_t va, unsigned size,
                                                 std::uint64_t value);
  void cache_operation(const Decoded* d, unsigned op, std::uint64_t va);
  bool hit_operation(const Decoded* d, CacheName cache, std::uint64_t va, const mmu::Mapped& mapped);
  void index_operation(const Decoded* d, unsigned kind, CacheName cache, std::uint64_t va);
  void load_cache_tag(CacheName cache, std::uint64_t va);
  /// The CPU's own loads and stores, SYNC, CACHE and prefetches end an LL/SC sequence too (R10000 UM 1.8).
  void drop_link() { link_ = false, data_context_ = context_; }

  // caching.cpp: fidelity kMemory
  void use_caches();
  bool fetch_line(bool is_slot);
  bool fetch_line_slow(bool is_slot);
  void fetch_slot_line(const Decoded* d);
  Cycles fetch_stall(std::uint64_t pc, std::uint64_t machine, std::uint64_t cycle);
  bool is_cached(std::uint8_t attribute, const RamPage& page) const;
  /// A data reference to `page`, or to a device where that is null.
  void note_reference(const Decoded* d, CachePort::Use use, std::uint64_t va, const mmu::Mapped& mapped, const RamPage* page);
  void note_cached(const Decoded* d, CachePort::Use use, std::uint64_t va, MachineAddr at);
  /// What the soft TLB answered.
  void note_load(const Decoded* d, std::uint64_t va, const SoftEntry& entry) {
    const std::uint64_t machine = entry.machine | va % kPageSize;
    if (!data_tags_.may_read(va, machine)) note_cached(d, CachePort::Use::kLoad, va, MachineAddr{machine});
  }
  void note_store(const Decoded* d, std::uint64_t va, const SoftEntry& entry) {
    const std::uint64_t machine = entry.machine | va % kPageSize;
    if (!data_tags_.may_write(va, machine)) note_cached(d, CachePort::Use::kStore, va, MachineAddr{machine});
  }
  void stall(Cycles cycles);

  // cp0.cpp
  void write_cp0(const Decoded* d, unsigned number, std::uint64_t value);
  void write_status(std::uint64_t value, const Decoded* d);
  std::uint64_t read_cp0(const Decoded* d, unsigned number) const;
  void store_cp0(unsigned number, std::uint64_t value);
  void set_watch();
  void tlb_read(const Decoded* d);
  void tlb_probe(const Decoded* d);
  void report_tlb_operation(const Decoded* d, TlbOperation operation, std::uint64_t value,
                            std::optional<std::uint32_t> index);
  void tlb_write(const Decoded* d, bool random);
  void forget_translation(const mmu::TlbImage& image);
  std::uint32_t count_at(std::uint64_t cycle) const;
  void set_timer();
  void fire_timer();

  // performance.cpp
  std::uint32_t read_performance(const Decoded* d, unsigned number) const;
  void write_performance(const Decoded* d, unsigned number, std::uint64_t value);
  void count_instruction(const Decoded* d);
  void count_tlb_miss();
  void count_misses(CachePort::Use use, const CachePort::Outcome& met);
  std::uint64_t unsettled(std::uint64_t cycle) const { return cycle > accounted_cycle_ ? cycle - accounted_cycle_ : 0; }
  bool overflow_interrupts(std::uint64_t cycle) const {
    return performance_.can_interrupt() && performance_.interrupts_after(unsettled(cycle));
  }
  void set_overflow_deadline();
  std::uint64_t next_deadline() const { return std::min(timer_at_, overflow_at_); }
  void account(std::uint64_t cycle, std::uint64_t retired);
  Mode mode_of_status() const;
  void update_context();
  void flush_translations();

  void fault(const PendingFault& fault) { fault_ = fault, leave_ |= kLeaveFault; }
  std::uint64_t cycle_at(const Decoded* d) const { return cycle_ + d->cycles_before; }
  std::uint64_t retired_at(const Decoded* d) const { return retired_ + d->retired_before; }
  std::uint64_t pc_at(const Decoded* d) const { return regs.pc + d->offset; }
  Moment moment(std::uint64_t cycle, std::uint64_t retired) const {
    return Moment{config_.id, Cycles{cycle}, retired};
  }

  // ---- hot
  Registers regs;
  std::uint64_t context_ = 0;        // shifted number of the current context (SoftTlb)
  std::uint64_t data_context_ = 0;   // the same, but none while linked: the next reference must take the slow path
  DecodeContext decode_context_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t retired_ = 0;
  std::uint64_t branch_target_ = 0;  // where control goes after the delay slot
  static constexpr std::uint8_t kLeaveFault = 1, kLeaveAfter = 2, kLeaveBefore = 4;
  std::uint8_t leave_ = 0;           // the current block must not go on past this instruction
  bool attention_ = false;           // the outer loop has something to look at
  bool slot_pending_ = false;        // pc is the delay slot of a branch on the page before
  bool annulled_ = false;            // a branch-likely was not taken
  const Decoded* left_at_ = nullptr; // where a block was left early
  std::uint64_t limit_ = 0;          // cycle at which execute_blocks returns
  CachePort* caches_ = nullptr;      // null unless the fidelity is kMemory
  PrimaryTags data_tags_, instruction_tags_;
  std::uint64_t block_cycles_ = 0;   // static cycles of the block under way
  std::uint64_t fetch_machine_ = 0;  // machine address of its first instruction
  bool fetch_cached_ = false;
  SoftTlb soft_;
  std::array<FetchEntry, kFetchEntries> fetch_{};

  // ---- rarely touched
  const CpuConfig config_;
  Fidelity fidelity_;
  MemoryPort& memory_;
  StoreWatch& watch_;
  const StoreWatch::Client watched_as_;
  mmu::Tlb tlb_;
  CodeCache code_;
  PendingFault fault_;
  Mode mode_ = Mode::kKernel;
  std::uint64_t until_ = 0, timer_at_ = 0, count_base_ = 0;
  PerformanceCounters performance_;
  EventSet counted_ = 0;             // events that the instruction under way may be
  bool conditional_store_failed_ = false;  // the last one
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  std::uint64_t overflow_at_ = kNever;  // when a counter of cycles raises or lowers IP7
  static constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
  std::uint64_t watch_page_ = kNoPage;  // physical page that WatchLo and WatchHi watch
  bool watch_delayed_ = false;          // a Watch exception waits for EXL and ERL to be clear
  bool nmi_requested_ = false, soft_reset_requested_ = false;
  std::uint64_t instruction_limit_ = ~std::uint64_t{0};
  std::uint8_t lines_ = 0;           // IP2..IP6 as driven from outside, in Cause.IP positions
  bool dozing_ = false, doze_requested_ = false, stop_requested_ = false;
  bool link_ = false;
  MachineAddr link_line_;
  std::uint64_t fetched_pc_ = 1;     // an instruction whose fetch is paid for but that has not executed; 1: none
  bool fetch_reported_ = false;      // its fetch was told to the observer when it was paid for
  std::uint64_t fetch_stall_ = 0;    // of the instruction to execute next, for observers
  std::uint64_t began_ = 0;          // cycle at which the instruction under way began, its fetch included
  const Decoded* accessing_ = nullptr;  // a device is being accessed by this instruction

  Observer* observer_ = nullptr;
  bool retirement_watch_ = false, instruction_events_ = false, references_ = false;
  std::unordered_map<std::uint64_t, std::uint32_t> marks_;
  std::unordered_map<std::uint64_t, bool> breakpoints_;
  std::bitset<kWordsPerPage> marked_offsets_;  // words of any page at which a mark or breakpoint may be
  // Noted before the next instruction: of a debugger's hundreds only once.
  bool breakpoints_changed_ = false;
  std::uint64_t skip_breakpoint_ = 1;  // a pc to pass once; 1 is no pc
  bool at_breakpoint_ = false;
  /// An instruction about to be executed. It identifies one arrival at a mark.
  struct Arrival {
    std::uint64_t pc = 1, retired = 0;
    bool operator==(const Arrival&) const = default;
  };
  Arrival reported_;  // a mark that the observer knows and whose instruction has not executed yet

  CpuCounters counters_;
  std::uint64_t accounted_cycle_ = 0, accounted_retired_ = 0;
  std::vector<std::uint16_t> context_numbers_;  // by context key; 0: none yet
  std::uint16_t next_context_ = 1;
  std::vector<Decoded> decoding_;               // scratch of decode_block
  FetchEntry executing_from_;                   // where the current instrumented block came from
};

}  // namespace cpu
