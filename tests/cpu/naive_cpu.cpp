#include "tests/cpu/naive_cpu.hpp"

#include <utility>

namespace cpu::test {

namespace {

constexpr std::uint64_t kIe = 1, kExl = 2, kErl = 4;
constexpr std::uint64_t kTimerPending = 0x8000;

/// What software can change in a CP0 register (R10000 UM 14, the figures); nothing where it can
/// write nothing or the write has other effects.
std::optional<std::uint64_t> writable_bits(unsigned number) {
  switch (number) {
    case 2:
    case 3: return 0xc0000003ffffffff;   // EntryLo
    case 4: return 0xffffffffff800000;   // Context.PTEBase
    case 5: return 0x01ffe000;           // PageMask
    case 10: return 0xc0000fffffffe0ff;  // EntryHi
    case 14:
    case 30: return ~std::uint64_t{0};   // EPC, ErrorEPC
    case 16: return 7;                   // Config.K0
    case 17: return 0xffffffff;          // LLAddr
    case 19: return 0xff;                // WatchHi
    case 21: return 0xffff;              // FrameMask
    case 20: return 0xffffffe000000000;  // XContext.PTEBase
    case 22: return 0x30000;             // Diagnostic.BPMode
    case 26: return 0x3ff;               // ECC
    case 28:
    case 29: return 0xffffffff;  // TagLo, TagHi
    default: return std::nullopt;
  }
}

}  // namespace

std::uint64_t NaiveBoard::load(std::uint64_t at, unsigned size) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i)
    value = value << 8 |
            std::to_integer<std::uint64_t>(at < ram.size() ? ram[at + i] : boot_rom[at - kRom + i]);
  return value;
}

void NaiveBoard::store(std::uint64_t at, std::uint64_t value, unsigned size, const NaiveCpu* by) {
  for (unsigned i = size; i-- > 0; value >>= 8) ram[at + i] = static_cast<std::byte>(value);
  for (NaiveCpu* cpu : cpus) {
    if (cpu != by) cpu->break_link(at, size);
  }
}

NaiveCpu::NaiveCpu(const Config& config, NaiveBoard& board)
    : NaiveMachine{0, 0}, config_{config}, board_{board}, tlb_{config.tlb_entries, true} {
  board_.cpus.push_back(this);
  tlb_.start_at_top();
}

void NaiveCpu::start(std::uint64_t pc) {
  pc_now = pc;
  // Primary caches of 32 KB, secondary of 1 MB with lines of 128 bytes, big-endian, KSEG0 cached.
  cp0[16] = 0x6c11a783;  // UM 14.14: IC 3, DC 3, SCClkDiv 2, SS 1, BE, SB, SysClkDiv 3, PM 3, K0 3
  set_double_numbering();
}

// ---- running

void NaiveCpu::run(std::uint64_t until, std::uint64_t instruction_limit) {
  until_ = until;
  for (;;) {
    if (wakes_or_returns()) return;
    if (dozing) {
      pass(1);
    } else if (retired >= instruction_limit) {
      return;
    } else if (!take_asynchronous()) {
      instruction_with_slot();
    }
  }
}

/// Requests that are acted on between instructions. Returns whether run() is over.
bool NaiveCpu::wakes_or_returns() {
  if (stop_requested_) {
    stop_requested_ = false;
    return true;
  }
  if (doze_requested_) dozing = !interrupt_is_pending();
  doze_requested_ = false;
  if (interrupt_is_pending() || is_reset_pending()) dozing = false;
  return cycle >= until_;
}

void NaiveCpu::step() {
  if (interrupt_is_pending() || is_reset_pending()) dozing = false;
  if (dozing) return;
  take_asynchronous();
  instruction_with_slot();
  if (doze_requested_) dozing = !interrupt_is_pending();
  doze_requested_ = false;
}

/// In the order of the manual's table 17-3.
bool NaiveCpu::take_asynchronous() {
  const bool masked = (cp0[12] & (kExl | kErl)) != 0;
  if (is_reset_pending()) {
    take_reset();
  } else if (watch_waits_ && !masked) {
    watch_waits_ = false;
    take(ExceptionCode::kWatch);
  } else if (!masked && (cp0[12] & kIe) != 0 && interrupt_is_pending()) {
    take(ExceptionCode::kInt);
  } else {
    return false;
  }
  return true;
}

void NaiveCpu::take(ExceptionCode code) {
  exception = code;
  sets_bad_address_ = sets_tlb_registers_ = false;
  refill_ = ' ';
  coprocessor_ = 0;
  enter_exception(pc_now, false);
}

void NaiveCpu::take_reset() {
  cp0[30] = pc_now;
  cp0[12] &= ~std::uint64_t{0x280000};  // TS, NMI
  cp0[12] |= 0x500004;                  // BEV, SR, ERL
  if (soft_reset_pending_) {
    watch_waits_ = false;
  } else {
    cp0[12] |= 0x80000;
  }
  nmi_pending_ = soft_reset_pending_ = false;
  linked_line_.reset();
  pc_now = 0xffffffffbfc00000;
  pass(config_.latencies ? 5 : 0);
}

void NaiveCpu::instruction_with_slot() {
  if (!one_instruction(false)) return;
  const std::uint64_t target = next_;
  if (!has_slot_) {
    pc_now = target;
    return;
  }
  pc_now += 4;
  // A branch, jump or ERET in the slot takes the place of the branch before it.
  next_ = target;
  if (one_instruction(true)) pc_now = next_;
}

/// Returns false after an exception, and when the instruction cannot be executed.
bool NaiveCpu::one_instruction(bool in_slot) {
  exception.reset();
  sets_bad_address_ = sets_tlb_registers_ = false;
  refill_ = ' ';
  coprocessor_ = 0;
  has_slot_ = false;
  if (!in_slot) next_ = pc_now + 4;

  const Counted counted = {counting(0), counting(1)};
  counter_written_ = -1;
  conditional_store_failed_ = false;
  const auto at = translate(pc_now, 4, mmu::Access::kFetch);
  if (at && !is_memory(*at)) exception = ExceptionCode::kIbe;
  if (exception) return enter_exception(pc_now, in_slot), false;
  const auto word = static_cast<std::uint32_t>(board_.load(*at, 4));
  note(ReferenceKind::kFetch, pc_now, *at, 4);

  const Insn insn = decode(word);
  exception = forbidden(insn);
  if (!exception && is_refused_by_fpu(word)) {
    fcsr = (fcsr & 0xfffc0fff) | 0x20000;
    exception = ExceptionCode::kFpe;
  }
  if (!exception) {
    switch (insn) {
#define INSN(name, bits, operands, effects, cycles) \
  case Insn::name:                                  \
    semantics::name(*this, operands{word});         \
    break;
#include "cpu/isa/mips4.def"
#undef INSN
    }
    gpr[32] = 0;
  }
  if (exception) return enter_exception(pc_now, in_slot), false;

  const std::uint64_t cost =
      config_.latencies ? cycles_of(row_of(insn).cycles) + (insn == Insn::eret ? 3 : 0) : 1;
  count_events(word, counted);
  pass_counting(cost, counted);
  ++retired;
  tlb_.retire_one();
  if (on_retired) on_retired(pc_now, word);
  return true;
}

void NaiveCpu::pass(std::uint64_t cycles) {
  counter_written_ = -1;
  pass_counting(cycles, {counting(0), counting(1)});
}

void NaiveCpu::pass_counting(std::uint64_t cycles, const Counted& counted) {
  for (; cycles > 0; --cycles) {
    ++cycle;
    for (unsigned n = 0; n < 2; ++n) {
      if (counted[n] == 0 && counter_written_ != static_cast<int>(n)) ++performance[2 * n + 1];
    }
    const auto count = static_cast<std::uint32_t>(cycle / 2 + count_offset_);
    if (cycle % 2 == 0 && count == static_cast<std::uint32_t>(cp0[11])) cp0[13] |= kTimerPending;
  }
}

// ---- performance counters (R10000 UM 14.20)

/// The event that a counter counts in the present mode; nothing: -1.
int NaiveCpu::counting(unsigned n) const {
  const std::uint64_t control = performance[2 * n], status = cp0[12];
  if ((status & kErl) != 0) return -1;
  const std::uint64_t user = 8, supervisor = 4, kernel = 2, exl = 1;
  const std::uint64_t wanted = (status & kExl) != 0                    ? exl
                               : privilege() == Privilege::kUser       ? user
                               : privilege() == Privilege::kSupervisor ? supervisor
                                                                       : kernel;
  return (control & wanted) != 0 ? static_cast<int>(control >> 5 & 15) : -1;
}

/// What an instruction adds to the two counters, from the manual's text and the opcode map.
void NaiveCpu::count_events(std::uint32_t word, const Counted& counted) {
  const unsigned opcode = word >> 26, function = word & 63;
  const bool special = opcode == 0, cop1x = opcode == 0x13;
  const bool jump = opcode == 2 || opcode == 3 || (special && (function == 8 || function == 9));
  const bool regimm_branch = opcode == 1 && (word >> 19 & 1) == 0;
  const bool bc1 = opcode == 0x11 && (word >> 21 & 31) == 8;
  const bool branch =
      regimm_branch || (opcode >= 4 && opcode <= 7) || (opcode >= 20 && opcode <= 23) || bc1;
  const bool load = opcode == 0x1a || opcode == 0x1b || (opcode >= 0x20 && opcode <= 0x27) ||
                    opcode == 0x2f || (opcode >= 0x30 && opcode <= 0x37) ||
                    (special && function == 15) ||
                    (cop1x && (function == 0 || function == 1 || function == 15));
  const bool store = (opcode >= 0x28 && opcode <= 0x2e) || opcode >= 0x38 ||
                     (cop1x && (function == 8 || function == 9));
  const bool conditional = opcode == 0x38 || opcode == 0x3c;
  const bool multiplies_or_divides = special && function >= 24 && function <= 31;
  const bool fp_moves = function == 6 || (function >= 17 && function <= 19);
  const bool fp =
      (opcode == 0x11 && (word >> 25 & 1) != 0 && !fp_moves) || (cop1x && function >= 32);
  const bool unissued =
      word == 0 || jump || bc1 || opcode == 16 || (special && (function == 12 || function == 13));
  const unsigned graduated = multiplies_or_divides ? 2 : 1;

  const unsigned first[16] = {0,           unissued ? 0u : 1u,
                              load,        store,
                              conditional, conditional_store_failed_,
                              branch,      0,
                              0,           0,
                              0,           0,
                              0,           0,
                              0,           graduated};
  const unsigned second[16] = {0, graduated, load, store, conditional, fp};
  if (counted[0] >= 0 && counter_written_ != 0)
    performance[1] += first[static_cast<unsigned>(counted[0])];
  if (counted[1] >= 0 && counter_written_ != 1)
    performance[3] += second[static_cast<unsigned>(counted[1])];
}

NaiveCpu::Word NaiveCpu::read_performance(unsigned n) const { return n < 4 ? performance[n] : 0; }

void NaiveCpu::write_performance(unsigned n, Word v) {
  if (n >= 4) return;
  performance[n] = static_cast<std::uint32_t>(n % 2 == 0 ? v & 0x1ff : v);
  if (n % 2 != 0) counter_written_ = static_cast<int>(n / 2);
}

// ---- exceptions (R10000 UM 17)

std::optional<ExceptionCode> NaiveCpu::forbidden(Insn insn) {
  using namespace effects;
  const Flags needs = row_of(insn).effects;
  const Privilege mode = privilege();
  const std::uint64_t status = cp0[12];
  const auto is_set = [&](unsigned bit) { return (status >> bit & 1) != 0; };
  const bool has_mips4 = mode != Privilege::kUser || is_set(31);
  const bool has_64 = mode == Privilege::kKernel || is_set(mode == Privilege::kSupervisor ? 6 : 5);
  const bool is_cop1x = row_of(insn).pattern.match >> 26 == 0b010011;
  if (is_cop1x && !has_mips4) return ExceptionCode::kRi;
  const bool usable[3] = {mode == Privilege::kKernel || is_set(28), is_set(29), is_set(30)};
  for (unsigned unit = 0; unit < 3; ++unit) {
    if ((needs & (kCp0 << unit)) == 0 || usable[unit]) continue;
    coprocessor_ = unit;
    return ExceptionCode::kCpU;
  }
  if ((needs & k64Bit) != 0 && !has_64) return ExceptionCode::kRi;
  const bool is_cop1 = row_of(insn).pattern.match >> 26 == 0b010001;
  if ((needs & kMipsIv) != 0 && !has_mips4 && !is_cop1) return ExceptionCode::kRi;
  return std::nullopt;
}

/// What the FPU, which is usable, does not know without MIPS III or IV (R10000 UM 14.13, 17.4), by
/// the encodings of MIPS IV appendix B.
bool NaiveCpu::is_refused_by_fpu(std::uint32_t word) const {
  const Privilege mode = privilege();
  const bool has_mips4 = mode != Privilege::kUser || (cp0[12] >> 31 & 1) != 0;
  const unsigned sixty_four = mode == Privilege::kSupervisor ? 6 : 5;
  const bool has_64 = mode == Privilege::kKernel || (cp0[12] >> sixty_four & 1) != 0;
  const unsigned format = word >> 21 & 31, function = word & 63;
  if (word >> 26 != 0b010001) return false;
  if (format == 8) return (word >> 18 & 7) != 0 && !has_mips4;  // BC1
  if (format < 16) return false;
  const bool is_long = format == 21 || (function >= 8 && function <= 11) || function == 37;
  const bool is_mips4 =
      (function >= 17 && function <= 22) || (function >= 48 && (word >> 8 & 7) != 0);
  return (is_long && !has_64) || (is_mips4 && !has_mips4);
}

void NaiveCpu::enter_exception(std::uint64_t pc, bool in_slot) {
  const bool nested = (cp0[12] & kExl) != 0;
  const auto code = static_cast<std::uint64_t>(*exception);
  ++exceptions[code];
  if (refill_ != ' ' && counting(1) == 7) ++performance[3];
  if (sets_bad_address_) cp0[8] = bad_address;
  if (sets_tlb_registers_) {
    cp0[4] = cp0[4] / 0x800000 * 0x800000 + compared_ / 8192 % 0x80000 * 16;
    cp0[20] = (cp0[20] & 0xffffffe000000000) + (compared_ >> 62 << 35) +
              compared_ / 8192 % 0x80000000 * 16;
    cp0[10] = cp0[10] % 256 + (compared_ >> 62 << 62) + compared_ / 8192 % 0x80000000 * 8192;
  }
  cp0[13] = (cp0[13] & 0x8000ff00) | code << 2 | std::uint64_t{coprocessor_} << 28;
  if (!nested) {
    cp0[14] = in_slot ? pc - 4 : pc;
    cp0[13] = (cp0[13] & 0x7fffffff) | (in_slot ? 0x80000000 : 0);
  }
  cp0[12] |= kExl;
  linked_line_.reset();
  pc_now = (cp0[12] >> 22 & 1) != 0 ? 0xffffffffbfc00200 : 0xffffffff80000000;
  pc_now += nested || refill_ == ' ' ? 0x180 : refill_ == 'X' ? 0x80 : 0;
  pass(config_.latencies ? 5 : nested ? 1 : 0);  // the clock goes on when a handler faults for ever
}

void NaiveCpu::eret() {
  if ((cp0[12] & kErl) != 0) {
    next_ = cp0[30];
    cp0[12] &= ~kErl;
  } else {
    next_ = cp0[14];
    cp0[12] &= ~kExl;
  }
  linked_line_.reset();
}

void NaiveCpu::set_interrupt_line(unsigned ip, bool level) {
  lines_ = level ? lines_ | 1u << ip : lines_ & ~(1u << ip);
}

bool NaiveCpu::interrupt_is_pending() const { return (read_cp0(13) & cp0[12] & 0xff00) != 0; }

NaiveCpu::Privilege NaiveCpu::privilege() const {
  if ((cp0[12] & (kExl | kErl)) != 0) return Privilege::kKernel;
  const unsigned ksu = cp0[12] >> 3 & 3;
  return ksu == 0 ? Privilege::kKernel : ksu == 1 ? Privilege::kSupervisor : Privilege::kUser;
}

// ---- addresses and memory

mmu::AddressSpace NaiveCpu::space() const {
  const Privilege mode = privilege();
  return {.mode = mode == Privilege::kKernel       ? Mode::kKernel
                  : mode == Privilege::kSupervisor ? Mode::kSupervisor
                                                   : Mode::kUser,
          .kx = (cp0[12] & 0x80) != 0,
          .sx = (cp0[12] & 0x40) != 0,
          .ux = (cp0[12] & 0x20) != 0,
          .erl = (cp0[12] & kErl) != 0,
          .asid = Asid{static_cast<std::uint8_t>(cp0[10])},
          .kseg0_attribute = static_cast<std::uint8_t>(cp0[16] & 7)};
}

/// The physical address, or nothing after the exception is recorded.
std::optional<std::uint64_t> NaiveCpu::translate(Word va, unsigned size, mmu::Access access) {
  const bool store = access == mmu::Access::kStore;
  const mmu::AddressSpace s = space();
  const auto answer = va % size != 0 ? ::test::NaiveAnswer{'A'}
                                     : ::test::naive_translate(segments_, tlb_, s, va, access);
  if (answer.what == '=') {
    const std::uint64_t at = is_reversed() ? answer.physical ^ (8 - size) : answer.physical;
    if (access != mmu::Access::kFetch && watch_hits(at, access)) return std::nullopt;
    return at;
  }
  bad_address = va;
  sets_bad_address_ = true;
  sets_tlb_registers_ = answer.what != 'A';
  // 32-bit user data references do not see the upper half of an address.
  const bool narrow = s.mode == Mode::kUser && !s.ux && access != mmu::Access::kFetch;
  compared_ = narrow ? va % (std::uint64_t{1} << 32) : va;
  if (answer.what == 'A') {
    exception = store ? ExceptionCode::kAdES : ExceptionCode::kAdEL;
  } else if (answer.what == 'M') {
    exception = ExceptionCode::kMod;
  } else {
    exception = store ? ExceptionCode::kTlbS : ExceptionCode::kTlbL;
    if (answer.what != 'I') refill_ = answer.what;
  }
  return std::nullopt;
}

/// Whether the Watch exception stops this reference; under EXL or ERL it only waits.
bool NaiveCpu::watch_hits(std::uint64_t pa, mmu::Access access) {
  const bool wanted = (cp0[18] >> (access == mmu::Access::kStore ? 0 : 1) & 1) != 0;
  if (!wanted || pa / 8 != (cp0[19] << 29 | cp0[18] >> 3)) return false;
  if ((cp0[12] & (kExl | kErl)) != 0) {
    watch_waits_ = true;
    return false;
  }
  exception = ExceptionCode::kWatch;
  return true;
}

void NaiveCpu::note(ReferenceKind kind, Word va, std::uint64_t pa, unsigned size) const {
  if (on_reference) on_reference({kind, va, pa, size});
}

std::optional<NaiveCpu::Word> NaiveCpu::load(Word ea, unsigned size, ReferenceKind kind) {
  linked_line_.reset();
  const auto at = translate(ea, size, mmu::Access::kLoad);
  if (!at) return std::nullopt;
  note(kind, ea, *at, size);
  if (is_memory(*at)) return board_.load(*at, size);
  if (is_device(*at)) return *at;
  exception = ExceptionCode::kDbe;
  return std::nullopt;
}

bool NaiveCpu::store(Word ea, Word value, unsigned size) {
  linked_line_.reset();
  const auto at = translate(ea, size, mmu::Access::kStore);
  if (!at) return false;
  note(ReferenceKind::kStore, ea, *at, size);
  if (is_ram(*at)) {
    board_.store(*at, value, size, this);
  } else if (is_device(*at)) {
    if (on_device_write) on_device_write(*at % 4096, value);
  } else {
    exception = ExceptionCode::kDbe;
  }
  return !exception;
}

std::optional<NaiveCpu::Word> NaiveCpu::load_containing(Word ea, unsigned size) {
  linked_line_.reset();
  const auto at = translate(ea, 1, mmu::Access::kLoad);
  if (!at) return std::nullopt;
  note(ReferenceKind::kLoad, ea, *at, size);
  if (is_memory(*at)) return board_.load(*at / size * size, size);
  exception = ExceptionCode::kDbe;
  return std::nullopt;
}

bool NaiveCpu::store_containing(Word ea, Word value, Word mask, unsigned size) {
  linked_line_.reset();
  const auto at = translate(ea, 1, mmu::Access::kStore);
  if (!at) return false;
  note(ReferenceKind::kStore, ea, *at, size);
  if (!is_ram(*at)) {
    exception = ExceptionCode::kDbe;
    return false;
  }
  const std::uint64_t first = *at / size * size;
  board_.store(first, (board_.load(first, size) & ~mask) | (value & mask), size, this);
  return true;
}

std::optional<NaiveCpu::Word> NaiveCpu::load_linked(Word ea, unsigned size) {
  const auto at = translate(ea, size, mmu::Access::kLoad);
  if (!at) return std::nullopt;
  note(ReferenceKind::kLoadLinked, ea, *at, size);
  if (!is_memory(*at)) {
    exception = ExceptionCode::kDbe;
    return std::nullopt;
  }
  linked_line_ = *at / 128;
  cp0[17] = *at / 16 % (std::uint64_t{1} << 32);
  return board_.load(*at, size);
}

std::optional<NaiveCpu::Word> NaiveCpu::store_conditional(Word ea, Word value, unsigned size) {
  const auto at = translate(ea, size, mmu::Access::kStore);
  if (!at) return std::nullopt;
  const bool linked = is_ram(*at) && linked_line_ == *at / 128;
  note(ReferenceKind::kStoreConditional, ea, *at, linked ? size : 0);
  if (!is_ram(*at)) {
    exception = ExceptionCode::kDbe;
    return std::nullopt;
  }
  linked_line_.reset();
  conditional_store_failed_ = !linked;
  if (linked) board_.store(*at, value, size, this);
  return from_cond(linked);
}

void NaiveCpu::break_link(std::uint64_t at, std::uint64_t size) {
  if (linked_line_ && at / 128 <= *linked_line_ && *linked_line_ <= (at + size - 1) / 128) {
    linked_line_.reset();
  }
}

void NaiveCpu::cache(unsigned op, Word ea) {
  linked_line_.reset();
  // Hit operations are 4 and 5 in bits 4:2, except the cache barrier 10100; the rest are by index.
  const bool by_address = (op >> 2 == 4 || op >> 2 == 5) && op != 0b10100;
  const Word watch = std::exchange(cp0[18], 0);  // CACHE never causes a Watch exception
  translate(ea, 1, mmu::Access::kLoad);
  cp0[18] = watch;
  if (!by_address && sets_tlb_registers_) {
    exception.reset();
    sets_bad_address_ = sets_tlb_registers_ = false;
    refill_ = ' ';
  }
  if (exception) return;
  // Caches without lines: Index Load Tag and Index Load Data give zeros, operations of the
  // secondary cache by address miss.
  if (op >> 2 == 1 || op >> 2 == 6) cp0[28] = cp0[29] = 0;
  if (op >> 2 == 6) cp0[26] = 0;
  if (by_address && op % 4 == 3) cp0[12] &= ~std::uint64_t{0x40000};
}

// ---- coprocessor 0 (R10000 UM 14)

std::uint64_t NaiveCpu::read_cp0(unsigned number) const {
  switch (number) {
    case 1: return tlb_.random();
    case 6: return tlb_.wired();
    case 9: return static_cast<std::uint32_t>(cycle / 2 + count_offset_);
    case 13: {
      const bool overflow = (performance[0] & 16 & performance[1] >> 27) != 0 ||
                            (performance[2] & 16 & performance[3] >> 27) != 0;
      return cp0[13] | std::uint64_t{lines_} << 8 | (overflow ? kTimerPending : 0);
    }
    case 15: return 0x0930;
    case 25: return performance[0];
    case 7:
    case 23:
    case 24:
    case 27:
    case 31: return 0;
    default: return cp0[number];
  }
}

void NaiveCpu::write_cp0(unsigned number, Word value) {
  if (const auto bits = writable_bits(number)) {
    cp0[number] = (cp0[number] & ~*bits) | (value & *bits);
    return;
  }
  switch (number) {
    case 0: cp0[0] = (cp0[0] & 0x80000000) | value % 512; break;
    case 6: tlb_.set_wired(static_cast<std::uint32_t>(value)); break;
    case 9: count_offset_ = value % (std::uint64_t{1} << 32) - cycle / 2; break;
    case 11:
      cp0[11] = value % (std::uint64_t{1} << 32);
      cp0[13] &= ~kTimerPending;
      break;
    case 12:
      cp0[12] = value & 0xf67fffff;
      set_double_numbering();
      break;
    case 13: cp0[13] = (cp0[13] & ~std::uint64_t{0x300}) | (value & 0x300); break;
    case 18:
      cp0[18] = value & 0xfffffffb;
      watch_waits_ = false;
      break;
    case 25: write_performance(0, value); break;
    default: break;
  }
}

void NaiveCpu::tlb_read() {
  const mmu::TlbImage image = tlb_.read(static_cast<std::uint32_t>(cp0[0] & 0x1ff));
  cp0[10] = image.entry_hi;
  cp0[2] = image.entry_lo0;
  cp0[3] = image.entry_lo1;
  cp0[5] = image.page_mask;
}

void NaiveCpu::tlb_write_indexed() { tlb_write(static_cast<std::uint32_t>(cp0[0] & 0x1ff)); }
void NaiveCpu::tlb_write_random() { tlb_write(tlb_.random()); }

void NaiveCpu::tlb_write(std::uint32_t index) {
  // FrameMask's 16 bits stand below the uppermost 16 of the 28 of PFN, which ends at bit 33.
  const std::uint64_t passes = ~(cp0[21] << (34 - 16));
  const std::uint64_t overlapping =
      tlb_.write(index, {cp0[10], cp0[2] & passes, cp0[3] & passes, cp0[5]});
  cp0[12] &= ~std::uint64_t{0x200000};
  if (overlapping > 0) cp0[12] |= 0x200000;
}

void NaiveCpu::tlb_probe() {
  const auto index = tlb_.probe(cp0[10]);
  cp0[0] = index ? *index : 0x80000000;
}

// ---- coprocessor 1

NaiveCpu::Word NaiveCpu::read_fcr(unsigned n) const {
  return n == 31 ? fcsr : n == 0 ? kFcr0Value : 0;
}

void NaiveCpu::write_fcr(unsigned n, Word v) { NaiveMachine::write_fcr(n, v & kFcr31Mask); }

}  // namespace cpu::test
