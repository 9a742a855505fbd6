// Random programs that keep a processor busy with everything at once: user, supervisor and kernel
// code on the same pages, TLB churn, exceptions in delay slots and across pages, self-modifying
// code, devices.
//
// The general handler takes each exception as an occasion to start something new: it loads a whole
// context (Status, EPC, TLB registers, general registers) from a table and returns into it. The
// refill handlers write an entry from another table.
#pragma once

#include <vector>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_words.hpp"

namespace cpu::test {

/// Layout of the RAM, in physical addresses.
inline constexpr std::uint64_t kCounters = 0x600, kHandler = 0x200, kCodeStart = 0x1000,
                               kCodeEnd = 0x9000, kContexts = 0x20000, kEntries = 0x30000;

/// Writes to these offsets of the device page do something.
inline constexpr std::uint64_t kLineRegister = 0x100, kDozeRegister = 0x108, kStopRegister = 0x110,
                               kLimitRegister = 0x118;

class LockstepProgram {
 public:
  explicit LockstepProgram(std::uint64_t seed) : random_{seed}, rows_{instructions()} {}

  void write(FlatMemory& memory) {
    for (std::uint64_t pa = kCodeStart; pa < kCodeEnd; pa += 4) memory.put(pa, {instruction()});
    for (std::uint64_t pa = kCodeStart; pa < kCodeEnd; pa += 0x80 + pick(32) * 4)
      write_idiom(memory, pa);
    write_handlers(memory);
    memory.boot_rom.resize(kPageSize);
    for (std::size_t at = 0; at < kPageSize;
         at += 16) {  // whatever the vector: go on in RAM's general one
      for (const std::uint32_t word :
           {word::lui(27, 0x8000), word::addiu(27, 27, 0x180), word::jr(27), word::nop()}) {
        store_big<std::uint32_t>(memory.boot_rom.data() + at, word);
        at += 4;
      }
      at -= 16;
    }
    for (unsigned i = 0; i < 64; ++i) write_context(memory, kContexts + i * 0x200);
    for (std::uint64_t at = kEntries; at < kEntries + 64 * 32; at += 32) {
      put64(memory, at, entry_lo());
      put64(memory, at + 8, entry_lo());
      put64(memory, at + 16, page_mask());
    }
  }

  Random& random() { return random_; }
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return pick(n) == 0; }

  /// An instruction that tends to matter.
  std::uint32_t instruction() {
    switch (pick(32)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return branch();
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
      case 10:
      case 11:
      case 12: return reference();
      case 13: return cp0_move();
      case 14: return one_in(2) ? system() : 0x00000034 /* teq $0, $0 */;
      case 15: return word::jr(address_register());
      case 16: return 0x0000000c;  // syscall
      case 17: return one_in(2) ? 0 : word::add(any_register(), any_register(), any_register());
      case 18: {
        std::uint32_t w = random_word(random_);
        if (one_in(2)) w = (w & 0x03ffffff) | (one_in(2) ? 0x44000000 : 0x4c000000);  // COP1, COP1X
        return (row_of(decode(w)).effects & effects::kReserved) != 0 ? w : 0;
      }
      default: {
        const Insn insn = rows_[pick(rows_.size())];
        const std::uint32_t w = random_word_of(row_of(insn), random_);
        const bool moves_to_cp0 = insn == Insn::mtc0 || insn == Insn::dmtc0 || insn == Insn::mtps;
        return moves_to_cp0 || insn == Insn::j || insn == Insn::jal ? instruction() : w;
      }
    }
  }

  /// A virtual address that some segment or entry makes interesting.
  std::uint64_t address() {
    static constexpr std::uint64_t kBases[] = {0,
                                               0,
                                               0x4000,
                                               0x7fffe000,
                                               0xffffffffc0000000,
                                               0xffffffffc0004000,
                                               0xc000000000000000,
                                               0xc0000fffc0000000,
                                               0x4000000000000000,
                                               0x00000fffffffe000,
                                               0xffffffff80000000,
                                               0xffffffff80004000,
                                               0x9000000000000000,
                                               0x9800000000004000,
                                               0xffffffffffffe000,
                                               0x0000012300004000,
                                               0xffffffff00004000,
                                               0x8000000000004000};
    return kBases[pick(std::size(kBases))] + pick(8) * 0x1000;
  }

  std::uint64_t program_counter() {
    std::uint64_t pc = one_in(3) ? 0xffffffff80000000 + kCodeStart + pick(8) * 0x1000 : address();
    if (!idioms_.empty() && one_in(3)) return 0xffffffff80000000 + idioms_[pick(idioms_.size())];
    pc += one_in(4) ? 0xff0 + pick(4) * 4 : pick(1024) * 4;
    return one_in(50) ? pc + 2 : pc;
  }

  std::uint64_t status() {
    std::uint64_t s = random_() & (0xe0 | 0xff00 | 1);  // KX SX UX, IM, IE
    s |= pick(4) << 3;                                  // KSU
    s |= one_in(16) ? 4 : 0;                            // ERL
    s |= one_in(4) ? 1u << 28 : 0;
    s |= one_in(2) ? 1u << 29 : 0;
    s |= one_in(8) ? 1u << 30 : 0;
    s |= one_in(2) ? 1u << 31 : 0;
    s |= one_in(2) ? 1u << 26 : 0;  // FR
    s |= one_in(8) ? 1u << 25 : 0;  // RE
    s |= one_in(8) ? 1u << 22 : 0;  // BEV
    return s;
  }

 private:
  static void put64(FlatMemory& memory, std::uint64_t at, std::uint64_t value) {
    store_big<std::uint64_t>(memory.ram.data() + at, value);
  }

  unsigned address_register() { return 8 + static_cast<unsigned>(pick(16)); }
  unsigned any_register() { return static_cast<unsigned>(pick(32)); }

  std::uint64_t entry_lo() {
    const std::uint64_t pfn = one_in(16) ? kDevicePage >> 12 : one_in(24) ? 0x4000 : 1 + pick(8);
    const std::uint64_t flags = (one_in(8) ? 0 : 2) | (one_in(3) ? 0 : 4) | (one_in(3) ? 1 : 0);
    return pfn << 6 | pick(8) << 3 | flags;
  }
  std::uint64_t page_mask() {
    static constexpr std::uint64_t kMasks[] = {0,       0,       0,         0x6000,
                                               0x1e000, 0x7e000, 0x1ffe000, 0x2000};
    return one_in(3) ? kMasks[pick(std::size(kMasks))] : 0;
  }

  /// A WatchLo: a doubleword that programs use, code or data.
  std::uint64_t watched() {
    const std::uint64_t at =
        one_in(4) ? kCounters : kCodeStart + pick(8) * 0x1000 + (one_in(2) ? 0 : pick(64) * 8);
    return (at & ~std::uint64_t{7}) | pick(4);
  }

  void write_context(FlatMemory& memory, std::uint64_t at) {
    const std::uint64_t s = status();
    const bool is_user = (s >> 4 & 1) != 0;
    put64(memory, at, s | 2);  // EXL until the ERET
    put64(memory, at + 8, is_user && !one_in(4) ? pick(0x6000) / 4 * 4 : program_counter());
    put64(memory, at + 16, program_counter());
    const std::uint64_t entry_hi = address() / 0x2000 * 0x2000 + pick(3);
    put64(memory, at + 24, entry_hi);
    const std::uint64_t lo[2] = {entry_lo(), entry_lo()}, mapped = pick(0x2000) / 8 * 8;
    put64(memory, at + 32, lo[0]);
    put64(memory, at + 40, lo[1]);
    put64(memory, at + 48, page_mask());
    put64(memory, at + 56, pick(64));
    put64(memory, at + 64, pick(6));
    put64(memory, at + 72, pick(6000));
    // WatchLo: what the idioms use below, if the entry above is a small page; or something at
    // random.
    const std::uint64_t used = lo[mapped / 0x1000] >> 6 << 12 | mapped % 0x1000 | 3;
    put64(memory, at + kMoreOfContext, one_in(2) ? used : one_in(3) ? watched() : 0);
    put64(memory, at + kMoreOfContext + 8, one_in(32) ? random_() : 0);  // FrameMask
    for (unsigned n = 0; n < 2; ++n) {
      put64(memory, at + kMoreOfContext + 16 + 16 * n, one_in(4) ? random_() : 0);
      put64(memory, at + kMoreOfContext + 24 + 16 * n,
            one_in(2) ? 0x80000000 - pick(300) : random_());
    }
    for (unsigned n = 8; n < 26; ++n) {
      std::uint64_t value = one_in(6) ? 0xffffffffa0000000 + kDevicePage : address();
      switch (pick(6)) {
        case 0: value = random_(); break;
        case 1: value = program_counter(); break;
        case 2: value += pick(0x1000); break;
        case 3: value += pick(64) * 8; break;
        default: break;
      }
      put_register(memory, at, n, value);
    }
    // What the idioms work with: an address that the TLB entry above maps, a new entry, an
    // instruction.
    put_register(memory, at, kMapped, entry_hi / 0x2000 * 0x2000 + mapped);
    put_register(memory, at, kEntryLoEven, entry_lo());
    put_register(memory, at, kEntryLoOdd, entry_lo());
    put_register(memory, at, kFreshWord, instruction());
  }
  static void put_register(FlatMemory& memory, std::uint64_t context, unsigned n,
                           std::uint64_t value) {
    put64(memory, context + 0x50 + (n - 8) * 8, value);
  }

  /// Sequences that random instructions would not find: a page that is used, remapped and used
  /// again, a store to what follows in the same block, and LL/SC with something between.
  void write_idiom(FlatMemory& memory, std::uint64_t at) {
    idioms_.push_back(at);
    if (one_in(3)) {
      const int line = one_in(4) ? 128 : 0;
      memory.put(at, {word::ll(10, 0, kMapped), one_in(2) ? between_links() : instruction(),
                      word::sc(11, 4 + line, kMapped)});
    } else if (one_in(2)) {
      memory.put(
          at, {word::lw(10, 0, kMapped), word::sw(10, 4, kMapped), dmtc0(kEntryLoEven, kEntryLo0),
               dmtc0(kEntryLoOdd, kEntryLo1), word::tlbwi(), word::lw(11, 0, kMapped),
               word::sw(10, 4, kMapped), word::lw(12, 4, kMapped)});
    } else {
      const std::uint32_t link_to_next_but_one = 0x04110001;  // bgezal $0
      memory.put(at, {link_to_next_but_one, word::nop(),
                      word::sw(kFreshWord, 4 + static_cast<int>(pick(6)) * 4, 31)});
    }
  }

  /// What ends an LL/SC sequence and what does not.
  std::uint32_t between_links() {
    constexpr unsigned kPref = 51, kCache = 47;
    const std::uint32_t choice[] = {word::nop(),
                                    word::addu(10, 10, 11),
                                    word::lw(12, 64, kMapped),
                                    word::sw(12, 256, kMapped),
                                    0x0000000f /* sync */,
                                    word::i(kPref, 0, kMapped, 0),
                                    word::i(kCache, 0b10101, kMapped, 0)};
    return choice[pick(std::size(choice))];
  }

  std::uint32_t branch() {
    static constexpr unsigned kOpcodes[] = {4, 5, 6, 7, 20, 21, 22, 23, 1};
    const unsigned opcode = kOpcodes[pick(std::size(kOpcodes))];
    const int distance =
        one_in(8) ? static_cast<int>(pick(600)) - 300 : static_cast<int>(pick(12)) - 3;
    const unsigned rs = any_register();
    if (opcode == 1) {
      static constexpr unsigned kConditions[] = {0, 1, 2, 3, 16, 17, 18, 19};
      return word::i(1, kConditions[pick(8)], rs, distance);
    }
    const bool compares_two = opcode == 4 || opcode == 5 || opcode == 20 || opcode == 21;
    return word::i(opcode, compares_two ? (one_in(2) ? rs : any_register()) : 0, rs, distance);
  }

  std::uint32_t reference() {
    static constexpr unsigned kOpcodes[] = {26, 27, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
                                            44, 45, 46, 48, 52, 55, 56, 60, 63, 49, 53, 57, 61, 47};
    unsigned opcode = kOpcodes[pick(std::size(kOpcodes))];
    int offset = one_in(3)   ? static_cast<int>(pick(0x80)) * 8
                 : one_in(8) ? static_cast<int>(pick(0x1000))
                             : 0;
    if (one_in(4)) opcode = 43, offset = static_cast<int>(kLineRegister + pick(4) * 8);
    return word::i(opcode, any_register(), address_register(), offset);
  }

  std::uint32_t cp0_move() {
    static constexpr unsigned kWritten[] = {0,  2,  3,  5,  6,  9,  10, 11, 13,
                                            14, 16, 18, 19, 20, 21, 4,  30, 12};
    const unsigned reg = kWritten[pick(std::size(kWritten))];
    if (one_in(2)) return word::mfc0(any_register(), static_cast<unsigned>(pick(32)));
    if (reg == 12 && !one_in(8)) return word::mtc0(0, kCause);
    const std::uint32_t doubleword = one_in(2) ? 1u << 21 : 0;
    return word::mtc0(any_register(), reg) | doubleword;
  }

  std::uint32_t system() {
    static constexpr std::uint32_t kWords[] = {0x42000001, 0x42000002, 0x42000006, 0x42000008,
                                               0x42000018};
    return kWords[pick(std::size(kWords))];
  }

  static void write_handlers(FlatMemory& memory) {
    // Refill: the entry pair number (counter) of the table; Random chooses the place.
    for (const std::uint64_t vector : {0x000u, 0x080u}) {
      memory.put(vector,
                 {word::lui(26, 0x8000), word::lw(27, kCounters + 8, 26), word::addiu(27, 27, 1),
                  word::sw(27, kCounters + 8, 26), 0x337b003f /* andi k1, k1, 63 */,
                  0x001bd940 /* sll k1, k1, 5 */, word::addu(26, 26, 27), word::lui(27, 3),
                  word::addu(26, 26, 27), word::ld(27, 0, 26), dmtc0(27, kEntryLo0),
                  word::ld(27, 8, 26), dmtc0(27, kEntryLo1), word::ld(27, 16, 26),
                  dmtc0(27, kPageMask), word::tlbwr(), word::eret()});
    }
    memory.put(0x180,
               {0x08000000u | kHandler / 4, word::lui(26, 0x8000)});  // j; the slot does a part
    std::vector<std::uint32_t> code = {word::lw(27, kCounters, 26),
                                       word::addiu(27, 27, 1),
                                       word::sw(27, kCounters, 26),
                                       0x337b003f /* andi k1, k1, 63 */,
                                       0x001bda40 /* sll k1, k1, 9 */,
                                       word::addu(26, 26, 27),
                                       word::lui(27, 2),
                                       word::addu(26, 26, 27)};
    static constexpr unsigned kRegisters[] = {12, 14, 30, 10, 2, 3, 5, 0, 6, 11};
    for (unsigned i = 0; i < std::size(kRegisters); ++i) {
      code.push_back(word::ld(27, static_cast<int>(i) * 8, 26));
      code.push_back(dmtc0(27, kRegisters[i]));
      if (kRegisters[i] == 0) code.push_back(word::tlbwi());
    }
    code.insert(code.end(), {word::ld(27, kMoreOfContext, 26), dmtc0(27, kWatchLo),
                             word::ld(27, kMoreOfContext + 8, 26), dmtc0(27, kFrameMask)});
    for (unsigned n = 0; n < 4; ++n) {
      code.push_back(word::ld(27, kMoreOfContext + 16 + 8 * static_cast<int>(n), 26));
      code.push_back(word::mtc0(27, kPerformance) | n);
    }
    for (unsigned n = 8; n < 26; ++n)
      code.push_back(word::ld(n, 0x50 + (static_cast<int>(n) - 8) * 8, 26));
    code.push_back(word::eret());
    for (std::size_t i = 0; i < code.size(); ++i) memory.put(kHandler + i * 4, {code[i]});
  }
  static std::uint32_t dmtc0(unsigned rt, unsigned reg) { return word::mtc0(rt, reg) | 1u << 21; }

  static constexpr int kMoreOfContext = 0x180;  // WatchLo, FrameMask, controls and counters
  static constexpr unsigned kMapped = 8, kEntryLoEven = 23, kEntryLoOdd = 24, kFreshWord = 25;

  Random random_;
  std::vector<Insn> rows_;
  std::vector<std::uint64_t> idioms_;  // physical addresses
};

}  // namespace cpu::test
