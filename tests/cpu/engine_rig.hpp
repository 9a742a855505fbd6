// One CPU on flat RAM with a small device page, for tests of the processor without a machine.
#pragma once

#include <cstring>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cpu/core/registers.hpp"
#include "cpu/cpu.hpp"
#include "cpu/memory/host_memory.hpp"
#include "cpu/memory/store_watch.hpp"
#include "cpu/semantics/ops.hpp"
#include "hardware/r10000/segments.hpp"
#include "tests/cpu/small_caches.hpp"
#include "tests/cpu/tested_engine.hpp"

namespace cpu::test {
using hardware::kKseg0;
using hardware::kKseg1;

inline constexpr std::uint64_t kRamBytes = 1 * kMiB;
inline constexpr std::uint64_t kDevicePage =
    0x10000000;  // physical; reads give the address, writes are noted
inline constexpr std::uint64_t kBootRom = 0x1fc00000;  // physical

class FlatMemory final : public MemoryPort {
 public:
  FlatMemory() : ram(kRamBytes) {}

  std::optional<RamPage> ram_page(CpuId, PhysAddr pa) override {
    ++asked;
    if (!boot_rom.empty() && pa.aligned_down(kPageSize).bits() == kBootRom) {
      return RamPage{MachineAddr{kBootRom}, boot_rom.data(), false};
    }
    if (pa.bits() >= kRamBytes) return std::nullopt;
    const std::uint64_t page = pa.aligned_down(kPageSize).bits();
    return RamPage{MachineAddr{page}, ram.data() + page, page != rom_page};
  }
  Result<std::uint64_t, BusError> read_device(CpuId, PhysAddr pa, unsigned) override {
    if (pa.aligned_down(kPageSize).bits() != kDevicePage) return Failure{BusError{}};
    return pa.bits();
  }
  Result<Nothing, BusError> write_device(CpuId, PhysAddr pa, unsigned,
                                         std::uint64_t value) override {
    if (pa.aligned_down(kPageSize).bits() != kDevicePage) return Failure{BusError{}};
    device_writes.emplace_back(pa.offset_in(kPageSize), value);
    if (on_device_write) on_device_write();
    return Nothing{};
  }

  CachePort* caches() override { return &small_caches; }

  void put(std::uint64_t pa, std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words) {
      store_big<std::uint32_t>(ram.data() + pa, word);
      pa += 4;
    }
  }
  std::uint32_t word(std::uint64_t pa) const {
    return static_cast<std::uint32_t>(load_big<std::uint32_t>(ram.data() + pa));
  }

  SmallCaches small_caches;  // of fidelity kMemory
  std::uint64_t asked = 0;   // for pages: what no fast path answered
  std::vector<std::byte> ram;
  std::vector<std::byte> boot_rom;  // a page at kBootRom, or nothing
  std::uint64_t rom_page = ~std::uint64_t{0};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> device_writes;
  std::function<void()> on_device_write;
};

/// Every word of a component's state, in order.
class StateWords final : public StateVisitor {
 public:
  void enter(std::string_view) override {}
  void leave() override {}
  void word(std::string_view, std::uint64_t& value) override { words.push_back(value); }
  void bytes(std::string_view, std::span<std::byte>) override {}
  bool is_restoring() const override { return false; }
  std::vector<std::uint64_t> words;
};

struct Rig {
  explicit Rig(CpuConfig config = {}) : cpu{on_tested_engine(config), memory, watch} {
    cpu.start(VirtAddr{kKseg0 + 0x1000}, 0, 0, 0, 0);
  }

  std::uint64_t gpr(unsigned n) { return cpu.debug().read_register(RegisterClass::kGpr, n); }
  void set_gpr(unsigned n, std::uint64_t v) {
    cpu.debug().write_register(RegisterClass::kGpr, n, v);
  }
  std::uint64_t pc() { return cpu.debug().read_register(RegisterClass::kPc, 0); }
  void set_pc(std::uint64_t v) { cpu.debug().write_register(RegisterClass::kPc, 0, v); }
  std::uint64_t cp0(unsigned n) { return cpu.debug().read_register(RegisterClass::kCp0, n); }
  void set_cp0(unsigned n, std::uint64_t v) {
    cpu.debug().write_register(RegisterClass::kCp0, n, v);
  }
  ExceptionCode exception_code() {
    return static_cast<ExceptionCode>((cp0(kCause) & cause::kExcCode) >> cause::kExcCodeShift);
  }
  /// As a device stores: decoded code notices.
  void put(std::uint64_t pa, std::initializer_list<std::uint32_t> words) {
    memory.put(pa, words);
    watch.stored(MachineAddr{pa}, 4 * words.size(), nullptr);
  }
  /// Runs exactly n instructions from here (a branch brings its delay slot along).
  void run_instructions(std::uint64_t n) {
    cpu.set_instruction_limit(cpu.retired() + n);
    cpu.run(Cycles::never());
    cpu.set_instruction_limit(~std::uint64_t{0});
  }
  std::vector<std::uint64_t> state() {
    StateWords words;
    cpu.visit(words);
    return words.words;
  }

  FlatMemory memory;
  StoreWatch watch;
  Cpu cpu;
};

// A few encodings, so that tests read like assembly.
namespace word {
constexpr std::uint32_t r(unsigned f, unsigned rd, unsigned rs, unsigned rt) {
  return rs << 21 | rt << 16 | rd << 11 | f;
}
constexpr std::uint32_t i(unsigned op, unsigned rt, unsigned rs, int imm) {
  return op << 26 | rs << 21 | rt << 16 | (static_cast<std::uint32_t>(imm) & 0xffff);
}
constexpr std::uint32_t nop() { return 0; }
constexpr std::uint32_t addiu(unsigned rt, unsigned rs, int imm) { return i(9, rt, rs, imm); }
constexpr std::uint32_t daddiu(unsigned rt, unsigned rs, int imm) { return i(25, rt, rs, imm); }
constexpr std::uint32_t lui(unsigned rt, int imm) { return i(15, rt, 0, imm); }
constexpr std::uint32_t ori(unsigned rt, unsigned rs, int imm) { return i(13, rt, rs, imm); }
constexpr std::uint32_t addu(unsigned rd, unsigned rs, unsigned rt) { return r(0x21, rd, rs, rt); }
constexpr std::uint32_t add(unsigned rd, unsigned rs, unsigned rt) { return r(0x20, rd, rs, rt); }
constexpr std::uint32_t ddiv(unsigned rs, unsigned rt) { return r(0x1e, 0, rs, rt); }
constexpr std::uint32_t lw(unsigned rt, int offset, unsigned base) {
  return i(35, rt, base, offset);
}
constexpr std::uint32_t sw(unsigned rt, int offset, unsigned base) {
  return i(43, rt, base, offset);
}
constexpr std::uint32_t ld(unsigned rt, int offset, unsigned base) {
  return i(55, rt, base, offset);
}
constexpr std::uint32_t ll(unsigned rt, int offset, unsigned base) {
  return i(48, rt, base, offset);
}
constexpr std::uint32_t sc(unsigned rt, int offset, unsigned base) {
  return i(56, rt, base, offset);
}
constexpr std::uint32_t beq(unsigned rs, unsigned rt, int words) { return i(4, rt, rs, words); }
constexpr std::uint32_t bne(unsigned rs, unsigned rt, int words) { return i(5, rt, rs, words); }
constexpr std::uint32_t beql(unsigned rs, unsigned rt, int words) { return i(20, rt, rs, words); }
constexpr std::uint32_t jr(unsigned rs) { return r(8, 0, rs, 0); }
constexpr std::uint32_t syscall() { return 12; }
constexpr std::uint32_t mfc0(unsigned rt, unsigned reg) { return 16u << 26 | rt << 16 | reg << 11; }
constexpr std::uint32_t mtc0(unsigned rt, unsigned reg) {
  return 16u << 26 | 4u << 21 | rt << 16 | reg << 11;
}
constexpr std::uint32_t eret() { return 0x42000018; }
constexpr std::uint32_t tlbwi() { return 0x42000002; }
constexpr std::uint32_t tlbwr() { return 0x42000006; }
}  // namespace word

/// Maps the page pair of `va` to the page at `pa`, twice, in a TLB entry; uses the page at 0x3000.
inline void map(Rig& rig, unsigned index, std::uint64_t va, std::uint64_t pa) {
  constexpr std::uint64_t kSetup = 0x3000;
  rig.set_cp0(kIndex, index);
  rig.set_cp0(kEntryHi, va);
  rig.set_cp0(kEntryLo0, (pa >> 12) << 6 | 0x1f);
  rig.set_cp0(kEntryLo1, (pa >> 12) << 6 | 0x1f);
  rig.memory.put(kSetup, {word::tlbwi()});
  rig.set_pc(kKseg0 + kSetup);
  rig.run_instructions(1);
}

}  // namespace cpu::test
