// Popek and Goldberg's question, asked of every row of the table by executing it: is each sensitive
// instruction privileged? Each row runs with random operands in kernel, supervisor and user mode
// under the Status that the monitor gives its guests. docs/instruction-classes.md is what came out;
// the test compares (DISCO_UPDATE_DOCS=1 rewrites it).
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

using namespace cpu;
using namespace cpu::test;

namespace {

constexpr std::uint64_t kCodeVa = 0x4000, kDataVa = 0x8000;  // useg, reachable from every mode
constexpr std::uint64_t kCodePa = 0x1000, kDataPa = 0x6000;
// CU1, XX, FR, KX, SX, UX as for a guest (docs/monitor.md); KSU is added.
constexpr std::uint64_t kGuestStatus = 0x80000000 | 0x20000000 | 0x04000000 | 0xe0;
constexpr int kSamples = 48;

// CP0 registers that an instruction may change without being noticed, and why that is harmless:
// Random and Count move by themselves, LL leaves its address in LLAddr, where only diagnostics
// look.
bool is_compared(unsigned number) { return number != 1 && number != 9 && number != 17; }

struct Snapshot {
  std::vector<std::uint64_t> user;        // GPRs, HI, LO, FPRs, FCSR, pc
  std::vector<std::uint64_t> privileged;  // CP0 and TLB
  std::vector<std::byte> memory;
  ExceptionCode exception{};
  bool trapped = false;
  unsigned coprocessor = 0;
};

struct Sample {
  std::uint32_t word = 0;
  std::uint64_t seed = 0;
};

Snapshot take(Rig& rig) {
  Snapshot s;
  for (unsigned n = 0; n < 32; ++n) {
    s.user.push_back(rig.gpr(n));
    s.user.push_back(rig.cpu.debug().read_register(RegisterClass::kFpr, n));
    if (is_compared(n)) s.privileged.push_back(rig.cp0(n));
  }
  s.user.push_back(rig.cpu.debug().read_register(RegisterClass::kHi, 0));
  s.user.push_back(rig.cpu.debug().read_register(RegisterClass::kLo, 0));
  s.user.push_back(rig.cpu.debug().read_register(RegisterClass::kFcr, 31));
  s.user.push_back(rig.pc());
  for (std::uint32_t i = 0; i < rig.cpu.tlb().entries(); ++i) {
    const mmu::TlbImage image = rig.cpu.tlb().read(i);
    s.privileged.insert(s.privileged.end(), {image.entry_hi, image.entry_lo0, image.entry_lo1});
  }
  s.memory.assign(rig.memory.ram.begin() + kDataPa, rig.memory.ram.begin() + kDataPa + 0x1000);
  return s;
}

/// Runs one instruction in a mode; `cp0_seed` fills the CP0 registers that do not decide how it
/// runs.
Snapshot execute(const Sample& sample, Mode mode, std::uint64_t cp0_seed, Snapshot* before) {
  Rig rig;
  map(rig, 0, kCodeVa, kCodePa);
  map(rig, 1, kDataVa, kDataPa);
  Random random{sample.seed};
  for (unsigned n = 1; n < 32; ++n) {
    const bool address = random() % 2 == 0;
    rig.set_gpr(n, address ? kDataVa + random() % 0x200 * 8 : random());
    rig.cpu.debug().write_register(RegisterClass::kFpr, n, random());
  }
  Random cp0_random{cp0_seed};
  for (const unsigned number : {0u, 2u, 3u, 4u, 11u, 14u, 28u, 29u, 30u}) {
    rig.set_cp0(number, number == 0 ? 2 + cp0_random() % 60 : cp0_random());
  }
  rig.memory.put(kCodePa + 0x800, {sample.word, 0, 0});
  const std::uint64_t ksu = mode == Mode::kUser ? 2 : mode == Mode::kSupervisor ? 1 : 0;
  rig.set_cp0(kEntryHi, 0);
  rig.set_cp0(kStatus, kGuestStatus | ksu << 3);
  rig.set_pc(kCodeVa + 0x800);
  if (before != nullptr) *before = take(rig);
  rig.cpu.set_instruction_limit(rig.cpu.retired() + 1);
  rig.cpu.run(rig.cpu.now() + Cycles{1});
  Snapshot after = take(rig);
  after.trapped = (rig.cp0(kStatus) & 2) != 0;
  after.exception = rig.exception_code();
  after.coprocessor = static_cast<unsigned>(rig.cp0(kCause) >> 28 & 3);
  return after;
}

struct Verdict {
  bool changes = false;  // kernel mode: CP0, the TLB or the mode is changed
  bool depends = false;  // kernel mode: what it leaves in registers depends on CP0 or the TLB
  bool differs = false;  // it completes in a lower mode, but differently than in kernel mode
  bool traps = true;     // every sample traps in supervisor and user mode, and not for its operands
  bool reserved = true;  // every sample is a reserved instruction in every mode

  bool sensitive() const { return changes || depends || differs; }
  const char* name() const {
    if (reserved) return "reserved";
    if (traps) return sensitive() ? "privileged, sensitive" : "privileged";
    return sensitive() ? "SENSITIVE BUT NOT PRIVILEGED" : "innocuous";
  }
};

Verdict judge(Insn insn, Random& random) {
  Verdict v;
  for (int i = 0; i < kSamples; ++i) {
    const Sample sample{random_word_of(row_of(insn), random), random()};
    if (decode(sample.word) != insn) continue;  // a row above takes this word
    Snapshot before;
    const Snapshot kernel = execute(sample, Mode::kKernel, 1, &before);
    v.reserved &=
        kernel.trapped && (kernel.exception == ExceptionCode::kRi ||
                           (kernel.exception == ExceptionCode::kCpU && kernel.coprocessor == 2));
    if (!kernel.trapped) {
      v.changes |= kernel.privileged != before.privileged;
      const Snapshot other = execute(sample, Mode::kKernel, 2, nullptr);
      v.depends |= kernel.user != other.user || kernel.memory != other.memory;
    }
    for (const Mode mode : {Mode::kSupervisor, Mode::kUser}) {
      const Snapshot lower = execute(sample, mode, 1, nullptr);
      const bool privileged =
          lower.trapped && lower.exception == ExceptionCode::kCpU && lower.coprocessor == 0;
      v.traps &= privileged;
      if (privileged || kernel.trapped) continue;
      v.differs |= lower.trapped || lower.user != kernel.user || lower.memory != kernel.memory;
    }
  }
  return v;
}

std::string table_of_classes(std::uint64_t seed, int* failures) {
  std::string out =
      "# Instruction classes\n\n"
      "Generated by `engine_tests \"Classes*\"`, which executes every row of the instruction table "
      "in kernel, supervisor\n"
      "and user mode with random operands, under the Status that a guest runs with. *Sensitive*: "
      "changes CP0, the TLB or\n"
      "the mode, or leaves something that depends on them. *Privileged*: traps (Coprocessor "
      "Unusable, 0) in supervisor and\n"
      "user mode. A machine can be virtualised by trap and emulate if every sensitive instruction "
      "is privileged.\n\n"
      "| instruction | class | changes state | depends on state |\n|---|---|---|---|\n";
  Random random{seed};
  for (std::size_t row = 0; row < kRowCount; ++row) {
    const Insn insn = insn_at(row);
    const Verdict v = judge(insn, random);
    if (v.sensitive() && !v.traps) {
      ++*failures;
      UNSCOPED_INFO(mnemonic_of(insn) << " is sensitive and does not trap: changes " << v.changes
                                      << " depends " << v.depends << " differs " << v.differs);
    }
    out += fmt::format("| {} | {} | {} | {} |\n", mnemonic_of(insn), v.name(),
                       v.changes ? "yes" : "", v.depends ? "yes" : "");
  }
  return out;
}

}  // namespace

TEST_CASE(
    "Classes: every sensitive instruction is privileged, as docs/instruction-classes.md lists",
    "[cpu]") {
  const std::uint64_t seed = seed_or(1974);
  std::cout << "seed " << seed << "\n";
  int failures = 0;
  const std::string table = table_of_classes(seed, &failures);
  const std::string path = std::string{DISCO_SOURCE} + "/docs/instruction-classes.md";
  if (std::getenv("DISCO_UPDATE_DOCS") != nullptr) std::ofstream{path} << table;
  std::ifstream file{path};
  std::ostringstream written;
  written << file.rdbuf();
  CHECK(failures == 0);
  CHECK(written.str() == table);
}
