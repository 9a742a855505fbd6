// A second R10000, as plain as possible: fetch, translate, decode, execute, one instruction at a
// time, nothing remembered from one to the next. CP0, exceptions, timer, TLB and LL/SC are written
// from the manual and docs/cpu.md; only the bodies of single instructions are the interpreter's
// (QEMU judges those). It exists to be compared with the engine (naive_lockstep_test.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/observer.hpp"
#include "cpu/core/registers.hpp"
#include "mmu/translate.hpp"
#include "tests/cpu/isa_machine.hpp"
#include "tests/mmu/naive_tlb.hpp"
#include "tests/mmu/naive_translate.hpp"

namespace cpu::test {
using namespace common;

class NaiveCpu;
inline constexpr std::uint64_t kRom = 0x1fc00000;

/// What the CPUs of a test machine share.
struct NaiveBoard {
  std::vector<std::byte> ram;
  std::vector<std::byte> boot_rom;  // at 0x1fc00000
  std::uint64_t device_page = 0;    // physical; reads give the address
  std::vector<NaiveCpu*> cpus;

  std::uint64_t load(std::uint64_t at, unsigned size) const;
  /// A store by `by`, or by a device (nullptr).
  void store(std::uint64_t at, std::uint64_t value, unsigned size, const NaiveCpu* by);
};

struct NaiveReference {
  ReferenceKind kind{};
  std::uint64_t va = 0, pa = 0;
  unsigned size = 0;
  bool operator==(const NaiveReference&) const = default;
};

class NaiveCpu : public NaiveMachine {
 public:
  struct Config {
    std::uint32_t tlb_entries = 64;  // Random counts down (R10000 UM 14.2)
    bool latencies = true;           // false: every instruction one cycle, exceptions free
  };
  NaiveCpu(const Config& config, NaiveBoard& board);

  /// As cpu::Cpu::start() leaves the processor.
  void start(std::uint64_t pc);
  /// As cpu::Cpu::run().
  void run(std::uint64_t until, std::uint64_t instruction_limit = ~std::uint64_t{0});
  /// As DebugPort::step(): wakes or interrupts if that is due, then one instruction with its slot.
  void step();

  void set_interrupt_line(unsigned ip, bool level);
  void nmi() { nmi_pending_ = true; }
  void soft_reset() { soft_reset_pending_ = true; }
  void doze() { doze_requested_ = true; }
  void request_stop() { stop_requested_ = true; }
  void limit_run(std::uint64_t until) { until_ = std::min(until_, until); }
  /// Somebody else wrote there.
  void break_link(std::uint64_t at, std::uint64_t size);

  /// What mfc0 would give in full width.
  std::uint64_t read_cp0(unsigned number) const;
  ::test::NaiveTlb& tlb() { return tlb_; }

  std::uint64_t cycle = 0, retired = 0;
  std::array<std::uint32_t, 4> performance{};  // control 0, counter 0, control 1, counter 1
  std::uint64_t exceptions[32] = {};
  bool dozing = false;
  std::function<void(std::uint64_t offset, std::uint64_t value)> on_device_write;
  std::function<void(std::uint64_t pc, std::uint32_t word)> on_retired;
  std::function<void(const NaiveReference&)> on_reference;

  // ---- Ops that differ from NaiveMachine's
  Word lane(Word ea) const { return is_reversed() ? ea ^ 7 : ea; }
  Word read_performance(unsigned n) const;
  void write_performance(unsigned n, Word v);
  std::optional<Word> load8(Word ea) { return load(ea, 1, ReferenceKind::kLoad); }
  std::optional<Word> load16(Word ea) { return load(ea, 2, ReferenceKind::kLoad); }
  std::optional<Word> load32(Word ea) { return load(ea, 4, ReferenceKind::kLoad); }
  std::optional<Word> load64(Word ea) { return load(ea, 8, ReferenceKind::kLoad); }
  std::optional<Word> load_containing32(Word ea) { return load_containing(ea, 4); }
  std::optional<Word> load_containing64(Word ea) { return load_containing(ea, 8); }
  std::optional<Word> load_linked32(Word ea) { return load_linked(ea, 4); }
  std::optional<Word> load_linked64(Word ea) { return load_linked(ea, 8); }
  bool store8(Word ea, Word v) { return store(ea, v, 1); }
  bool store16(Word ea, Word v) { return store(ea, v, 2); }
  bool store32(Word ea, Word v) { return store(ea, v, 4); }
  bool store64(Word ea, Word v) { return store(ea, v, 8); }
  bool store_containing32(Word ea, Word v, Word mask) { return store_containing(ea, v, mask, 4); }
  bool store_containing64(Word ea, Word v, Word mask) { return store_containing(ea, v, mask, 8); }
  std::optional<Word> store_conditional32(Word ea, Word v) { return store_conditional(ea, v, 4); }
  std::optional<Word> store_conditional64(Word ea, Word v) { return store_conditional(ea, v, 8); }
  void cache(unsigned op, Word ea);
  void prefetch(unsigned, Word) { linked_line_.reset(); }
  void sync() { linked_line_.reset(); }
  void branch(Cond c, Word target) { next_ = c ? target : pc_now + 8, has_slot_ = true; }
  void branch_likely(Cond c, Word target) { next_ = c ? target : pc_now + 8, has_slot_ = c; }
  void jump(Word target) { next_ = target, has_slot_ = true; }
  void write_cp0(unsigned number, Word value);
  void tlb_read();
  void tlb_write_indexed();
  void tlb_write_random();
  void tlb_probe();
  void eret();
  Word read_fcr(unsigned n) const;
  void write_fcr(unsigned n, Word v);

 private:
  enum class Privilege { kUser, kSupervisor, kKernel };
  struct Place {
    std::uint64_t at = 0;
    bool is_ram = false;
  };

  bool wakes_or_returns();
  bool is_reset_pending() const { return nmi_pending_ || soft_reset_pending_; }
  bool take_asynchronous();
  void take_reset();
  void take(ExceptionCode code);
  void instruction_with_slot();
  bool one_instruction(bool in_slot);
  std::optional<ExceptionCode> forbidden(Insn insn);
  bool is_refused_by_fpu(std::uint32_t word) const;
  void enter_exception(std::uint64_t pc, bool in_slot);
  void pass(std::uint64_t cycles);
  bool interrupt_is_pending() const;
  Privilege privilege() const;
  bool is_reversed() const { return privilege() == Privilege::kUser && (cp0[12] >> 25 & 1) != 0; }
  bool watch_hits(std::uint64_t pa, mmu::Access access);
  using Counted = std::array<int, 2>;  // the event of each performance counter, -1: none
  int counting(unsigned counter) const;
  void count_events(std::uint32_t word, const Counted& counted);
  void pass_counting(std::uint64_t cycles, const Counted& counted);
  void tlb_write(std::uint32_t index);
  mmu::AddressSpace space() const;
  void set_double_numbering() { fr = (cp0[12] >> 26 & 1) != 0; }

  std::optional<std::uint64_t> translate(Word va, unsigned size, mmu::Access access);
  void note(ReferenceKind kind, Word va, std::uint64_t pa, unsigned size) const;
  bool is_ram(std::uint64_t pa) const { return pa < board_.ram.size(); }
  bool is_memory(std::uint64_t pa) const {
    return is_ram(pa) || pa - kRom < board_.boot_rom.size();
  }
  bool is_device(std::uint64_t pa) const { return pa / 4096 * 4096 == board_.device_page; }
  std::optional<Word> load(Word ea, unsigned size, ReferenceKind kind);
  bool store(Word ea, Word value, unsigned size);
  std::optional<Word> load_containing(Word ea, unsigned size);
  bool store_containing(Word ea, Word value, Word mask, unsigned size);
  std::optional<Word> load_linked(Word ea, unsigned size);
  std::optional<Word> store_conditional(Word ea, Word value, unsigned size);

  Config config_;
  NaiveBoard& board_;
  ::test::NaiveTlb tlb_;
  std::vector<::test::SegmentRow> segments_ = ::test::segment_rows();

  std::uint64_t until_ = 0;
  std::uint64_t count_offset_ = 0;  // Count = cycle / 2 + this
  unsigned lines_ = 0;              // IP6..IP2 from outside
  bool doze_requested_ = false, stop_requested_ = false;
  std::optional<std::uint64_t> linked_line_;
  bool nmi_pending_ = false, soft_reset_pending_ = false, watch_waits_ = false;

  // ---- of the instruction under way
  std::uint64_t next_ = 0;  // where control goes after it, or after its delay slot
  bool has_slot_ = false;
  unsigned coprocessor_ = 0;
  bool conditional_store_failed_ = false;
  int counter_written_ = -1;  // by mtpc
  bool sets_bad_address_ = false, sets_tlb_registers_ = false;
  char refill_ = ' ';           // R: vector 000; X: vector 080
  std::uint64_t compared_ = 0;  // the address as the TLB saw it
};

}  // namespace cpu::test
