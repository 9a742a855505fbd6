// fpu_judge: floating-point instructions on the processor against MPFR.
//
//   fpu_judge [--op add.d|all] [--cases N] [--seed S]
//
// Each case sets registers and FCSR, executes one instruction and compares all floating-point
// registers, FCSR and what exception there was. Exit code 1: a difference, or something that can
// occur never did.
#include <array>
#include <bit>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "tests/cpu/engine_rig.hpp"
#include "tests/cpu/fpu/operands.hpp"
#include "tests/cpu/fpu/reference.hpp"
#include "tests/cpu/fpu/tally.hpp"
#include "tests/cpu/isa_words.hpp"

namespace fpu_judge {
namespace {

using cpu::RegisterClass;
using cpu::test::Rig;

constexpr unsigned kVariants = 64;  // of an instruction, with other registers
constexpr std::uint64_t kCode = 0x2000;
constexpr std::uint64_t kStatus = 0x20000000;  // CU1; kernel mode may do the rest
constexpr std::uint64_t kStatusFr = 0x04000000;

struct Numbers {
  unsigned fd, fs, ft, fr, cc;
};

cpu::Insn row_of_mnemonic(const std::string& mnemonic) {
  for (std::size_t i = 0; i < cpu::kRowCount; ++i) {
    if (cpu::mnemonic_of(cpu::insn_at(i)) == mnemonic) return cpu::insn_at(i);
  }
  std::fprintf(stderr, "fpu_judge: no row %s in the table\n", mnemonic.c_str());
  std::exit(2);
}

std::uint32_t encode(const Operation& op, const Numbers& n) {
  const cpu::Pattern pattern = cpu::row_of(row_of_mnemonic(op.mnemonic)).pattern;
  std::uint32_t fields = n.fs << 11;
  if (op.operands > 1) fields |= n.ft << 16;
  if (op.is_multiply_add()) fields |= n.fr << 21;
  fields |= op.is_comparison() ? n.cc << 8 : n.fd << 6;
  return (fields & ~pattern.mask) | pattern.match;
}

/// The registers of one machine, as the program sees them.
class Registers {
 public:
  Registers(std::array<std::uint64_t, 32>& raw, bool fr) : raw_{raw}, fr_{fr} {}
  void put(FormatLetter format, unsigned n, std::uint64_t value, bool clears) {
    if (is_wide(format)) {
      raw_[fr_ ? n : n & 30] = value;
    } else if (fr_) {
      raw_[n] = clears ? value : (raw_[n] & 0xffffffff00000000) | value;
    } else {
      const unsigned shift = n % 2 * 32;
      std::uint64_t& pair = raw_[n & 30];
      pair = (pair & ~(std::uint64_t{0xffffffff} << shift)) | value << shift;
    }
  }
  std::uint64_t get(FormatLetter format, unsigned n) const {
    if (is_wide(format)) return raw_[fr_ ? n : n & 30];
    return fr_ ? raw_[n] & 0xffffffff : raw_[n & 30] >> (n % 2 * 32) & 0xffffffff;
  }

 private:
  std::array<std::uint64_t, 32>& raw_;
  bool fr_;
};

class Judge {
 public:
  /// Operations have their own sequences, each the same whether or not the others are judged too.
  Judge(const Operation& op, std::uint64_t seed, std::uint64_t number)
      : op_{op}, random_{seed * 1000 + number}, seed_{seed} {
    for (int completes = 0; completes < 2; ++completes) {
      cpu::CpuConfig config;
      config.fp_unimplemented =
          completes != 0 ? cpu::FpUnimplemented::kComplete : cpu::FpUnimplemented::kTrap;
      rigs_[completes] = std::make_unique<Rig>(config);
    }
    for (unsigned v = 0; v < kVariants; ++v) {
      numbers_[v] = draw_numbers(v);
      for (auto& rig : rigs_) rig->memory.put(kCode + v * 4, {encode(op, numbers_[v])});
    }
  }

  /// Returns the number of differences.
  std::uint64_t run(std::uint64_t cases) {
    std::uint64_t differences = 0;
    for (std::uint64_t i = 0; i < cases; ++i) {
      if (!one_case(i)) ++differences;
    }
    return differences;
  }
  const Tally& tally() const { return tally_; }

 private:
  Numbers draw_numbers(unsigned variant) {
    const auto any = [this] { return static_cast<unsigned>(random_() % 32); };
    Numbers n{any(), any(), any(), any(), static_cast<unsigned>(random_() % 8)};
    if (variant % 8 == 0) n.fd = n.fs;
    if (variant % 8 == 1) n.ft = n.fs;
    if (variant % 8 == 2) n.fd = n.fr;
    return n;
  }

  Setting draw_setting(std::uint32_t& fcsr) {
    fcsr = static_cast<std::uint32_t>(random_()) & 0xfe800000;  // conditions
    Setting s;
    s.mode = random_() % 2 != 0 ? kNearest : static_cast<Mode>(random_() % 4);
    s.flush = random_() % 4 == 0;
    if (random_() % 4 == 0) s.enables = static_cast<unsigned>(random_()) & random_() & 31;
    if (random_() % 16 == 0) s.enables = 1u << random_() % 5;
    s.completes = random_() % 2 != 0;
    fcsr |= s.mode | s.enables << 7 | (s.flush ? 1u << 24 : 0);
    fcsr |= static_cast<std::uint32_t>(random_()) & (0x1fu << 12);                       // causes
    if (random_() % 2 != 0) fcsr |= static_cast<std::uint32_t>(random_()) & (31u << 2);  // flags
    return s;
  }

  bool one_case(std::uint64_t index) {
    const unsigned variant = static_cast<unsigned>(random_() % kVariants);
    const Numbers& n = numbers_[variant];
    std::uint32_t fcsr = 0;
    const Setting s = draw_setting(fcsr);
    Rig& rig = *rigs_[s.completes ? 1 : 0];
    const bool fr = random_() % 4 != 0;
    for (auto& raw : before_) raw = random_();
    std::uint64_t v[3] = {};
    draw_operands(op_, random_, v);
    Registers registers{before_, fr};
    const unsigned number[3] = {n.fs, n.ft, n.fr};
    for (unsigned i = 0; i < op_.operands; ++i) registers.put(op_.from, number[i], v[i], false);
    for (unsigned i = 0; i < op_.operands; ++i) v[i] = registers.get(op_.from, number[i]);

    execute(rig, variant, fr, fcsr);

    const Answer answer = answer_of(op_, v, s);
    const bool traps = (answer.causes & (s.enables | kE)) != 0;
    std::array<std::uint64_t, 32> expected = before_;
    std::uint32_t fcsr_after = (fcsr & ~(0x3fu << 12)) | answer.causes << 12;
    if (!traps) {
      fcsr_after |= answer.causes << 2;
      const unsigned bit = n.cc == 0 ? 23 : 24 + n.cc;
      if (op_.is_comparison()) {
        fcsr_after = (fcsr_after & ~(1u << bit)) | static_cast<std::uint32_t>(answer.value) << bit;
      } else {
        Registers{expected, fr}.put(op_.to, n.fd, answer.value, true);
      }
    }
    tally_.note(op_, v, s, answer, traps);
    const bool agrees = compare(rig, variant, traps, expected, fcsr_after);
    if (!agrees && ++reported_ <= 5) report(index, v, s, answer, n);
    if (traps) rig.set_cp0(cpu::kStatus, 0);  // leave the exception
    return agrees;
  }

  void execute(Rig& rig, unsigned variant, bool fr, std::uint32_t fcsr) {
    auto& debug = rig.cpu.debug();
    const std::uint64_t status = kStatus | (fr ? kStatusFr : 0);
    if (rig.cp0(cpu::kStatus) != status) rig.set_cp0(cpu::kStatus, status);
    for (unsigned f = 0; f < 32; ++f) debug.write_register(RegisterClass::kFpr, f, before_[f]);
    debug.write_register(RegisterClass::kFcr, 31, fcsr);
    rig.set_pc(cpu::test::kKseg0 + kCode + variant * 4);
    debug.step();
  }

  bool compare(Rig& rig, unsigned variant, bool traps,
               const std::array<std::uint64_t, 32>& expected, std::uint32_t fcsr) {
    auto& debug = rig.cpu.debug();
    const std::uint64_t at = cpu::test::kKseg0 + kCode + variant * 4;
    for (unsigned f = 0; f < 32; ++f) {
      after_[f] = debug.read_register(RegisterClass::kFpr, f);
    }
    fcsr_after_ = static_cast<std::uint32_t>(debug.read_register(RegisterClass::kFcr, 31));
    fcsr_expected_ = fcsr;
    register_expected_ = expected;
    if (after_ != expected || fcsr_after_ != fcsr) return false;
    if (!traps) return rig.pc() == at + 4;
    return rig.pc() == cpu::test::kKseg0 + 0x180 &&
           rig.exception_code() == cpu::ExceptionCode::kFpe && rig.cp0(cpu::kEpc) == at;
  }

  void report(std::uint64_t index, const std::uint64_t v[3], const Setting& s, const Answer& answer,
              const Numbers& n) const {
    std::printf("DIFFERENCE %s case %" PRIu64 " seed %" PRIu64 ": operands %016" PRIx64
                " %016" PRIx64 " %016" PRIx64
                " mode %u FS %d enables %02x %s registers %u %u %u %u\n",
                op_.mnemonic.c_str(), index, seed_, v[0], v[1], v[2], static_cast<unsigned>(s.mode),
                s.flush, s.enables, s.completes ? "complete" : "trap", n.fd, n.fs, n.ft, n.fr);
    std::printf("  expected %016" PRIx64 " causes %02x; FCSR is %08x, should be %08x\n",
                answer.value, answer.causes, fcsr_after_, fcsr_expected_);
    for (unsigned f = 0; f < 32; ++f) {
      if (after_[f] != register_expected_[f]) {
        std::printf("  $f%u is %016" PRIx64 ", should be %016" PRIx64 "\n", f, after_[f],
                    register_expected_[f]);
      }
    }
  }

  const Operation& op_;
  Random random_;
  std::uint64_t seed_;
  std::unique_ptr<Rig> rigs_[2];
  std::array<Numbers, kVariants> numbers_{};
  std::array<std::uint64_t, 32> before_{}, after_{}, register_expected_{};
  std::uint32_t fcsr_after_ = 0, fcsr_expected_ = 0;
  Tally tally_;
  int reported_ = 0;
};

struct Options {
  std::string op = "all";
  std::uint64_t cases = 20000, seed = 1997;
};

[[noreturn]] void usage() {
  std::fprintf(stderr, "usage: fpu_judge [--op MNEMONIC|all] [--cases N] [--seed S]\n");
  std::exit(2);
}

Options options_of(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc + 1; i += 2) {
    const std::string key = argv[i];
    if (i + 1 >= argc) usage();
    const std::string value = argv[i + 1];
    if (key == "--op") {
      o.op = value;
      continue;
    }
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size()) usage();
    if (key == "--cases") {
      o.cases = number;
    } else if (key == "--seed") {
      o.seed = number;
    } else {
      usage();
    }
  }
  return o;
}

int run(const Options& o) {
  std::uint64_t number = 0, judged = 0, differences = 0, gaps = 0;
  Tally::print_head();
  for (const Operation& op : all_operations()) {
    ++number;
    if (o.op != "all" && o.op != op.mnemonic) continue;
    Judge judge{op, o.seed, number};
    const std::uint64_t found = judge.run(o.cases);
    judge.tally().print(op, found);
    gaps += judge.tally().print_gaps(op);
    differences += found;
    ++judged;
  }
  if (judged == 0) {
    std::fprintf(stderr, "fpu_judge: no operation is called %s\n", o.op.c_str());
    return 2;
  }
  std::printf("%" PRIu64 " operations, %" PRIu64 " cases each, seed %" PRIu64 ": %" PRIu64
              " differences, %" PRIu64 " things that never occurred\n",
              judged, o.cases, o.seed, differences, gaps);
  return differences == 0 && gaps == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fpu_judge

int main(int argc, char** argv) { return fpu_judge::run(fpu_judge::options_of(argc, argv)); }
