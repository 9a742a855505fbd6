// Judge: random user-level programs on our processor and on QEMU's, compared every thousand
// instructions: all registers and all memory that they can reach. Prints how often each row of the
// table was executed; rows that it cannot judge are printed with who does.
//
//   random_programs [--seed S] [--instructions N] [--least N]
//
// Exit code 1 at the first difference (prints how to repeat it), or if a row was executed fewer
// than --least times.
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>

#include "cpu/isa/disassemble.hpp"
#include "tests/cpu/stream_on_engine.hpp"
#include "tests/cpu/stream_on_qemu.hpp"

namespace cpu::test {
namespace {

constexpr std::uint64_t kStreams = 48;            // in one program for QEMU
constexpr std::size_t kStreamInstructions = 960;  // and what ends a stream: below a thousand

struct Arguments {
  std::uint64_t seed = 1, instructions = 200'000, least = 0;
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  const std::map<std::string, std::uint64_t*> options = {
      {"--seed", &a.seed}, {"--instructions", &a.instructions}, {"--least", &a.least}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto found = options.find(argv[i]);
    if (found == options.end()) {
      std::cerr << "random_programs [--seed S] [--instructions N] [--least N]\n";
      std::exit(2);
    }
    *found->second = std::strtoull(argv[i + 1], nullptr, 0);
  }
  return a;
}

/// Runs a stream on the processor and returns its data with the registers in it, or what went
/// wrong.
Result<std::vector<std::uint8_t>, std::string> run_on_engine(Rig& rig, const Stream& stream) {
  load(rig, stream);
  const VirtAddr end{stream.place.code + 4 * stream.words.size()};
  rig.cpu.debug().add_breakpoint(end);
  const Stop stop = rig.cpu.run(rig.cpu.now() + Cycles{1'000'000});
  rig.cpu.debug().remove_breakpoint(end);
  if (stop != Stop::kBreakpoint || rig.pc() != end.bits())
    return Failure{std::string{"our processor left the path"}};
  if (const std::string where = first_difference(rig, stream.end); !where.empty()) {
    return Failure{"our processor and the naive machine differ in " + where};
  }
  return StreamProgram::with_registers(stream.end).memory;
}

/// The first `count` words of a stream, nops where branches out of them end, and of registers that
/// were just given a word only the word (StreamMaker::add_word_write).
Stream prefix_of(const Stream& whole, std::size_t count) {
  constexpr std::size_t kFarthestBranch = 8;
  Stream part = whole;
  part.words.resize(count);
  part.words.resize(count + kFarthestBranch, 0);
  for (std::size_t i = count > 3 ? count - 3 : 0; i < count; ++i) {
    const std::uint64_t written = effects_of(whole.words[i], VirtAddr{0}).fpr_written;
    if (!writes_word_to_fpr(decode(whole.words[i])) || written == 0) continue;
    const auto f = static_cast<unsigned>(std::countr_zero(written));
    part.words.push_back(encode(Insn::mfc1, {.rt = 1, .rd = f}));
    part.words.push_back(encode(Insn::dmtc1, {.rt = 1, .rd = f}));
  }
  part.end = part.start;
  while (part.end.pc_now != part.place.code + 4 * part.words.size()) {
    part.end.execute(part.words[(part.end.pc_now - part.place.code) / 4]);
  }
  return part;
}

/// The shortest part of a stream after which QEMU is elsewhere than we: its last word, and what
/// differs.
std::string locate(std::uint64_t seed) {
  const Stream stream = StreamMaker{seed}.make(kStreamInstructions, false);
  const auto difference_after = [&](std::size_t count) {
    const Stream part = prefix_of(stream, count);
    return first_difference(StreamProgram::with_registers(part.end).memory,
                            run_on_qemu({part}).data);
  };
  std::size_t good = 0, bad = stream.words.size();
  if (difference_after(bad).empty()) return "not alone";
  while (bad - good > 1) {
    const std::size_t middle = (good + bad) / 2;
    (difference_after(middle).empty() ? good : bad) = middle;
  }
  const std::uint32_t word = stream.words[bad - 1];
  std::ostringstream text;
  text << "first after word " << bad - 1 << ", " << std::hex << word << " ("
       << Disassembler{}.text(word, VirtAddr{stream.place.code + 4 * (bad - 1)})
       << "): " << difference_after(bad);
  const NaiveMachine before = prefix_of(stream, bad - 1).end, after = prefix_of(stream, bad).end;
  const EffectList effects = effects_of(word, VirtAddr{0});
  for (unsigned f = 0; f < 32; ++f) {
    if ((effects.fpr_read >> f & 1) != 0)
      text << "; $f" << std::dec << f << std::hex << " = " << before.fpr[f];
  }
  for (unsigned f = 0; f < 32; ++f) {
    if ((effects.fpr_written >> f & 1) != 0) text << "; ours gives " << after.fpr[f];
  }
  text << "; FCSR " << before.fcsr << " to " << after.fcsr;
  return text.str();
}

/// Empty, or the first difference of a batch.
std::string compare_batch(std::uint64_t seed, RowCounts& executed) {
  std::vector<Stream> streams;
  Rig rig{stream_config()};
  for (std::uint64_t i = 0; i < kStreams; ++i) {
    const StreamPlace place{0x88000 + i * 0x2000, 0x50000 + i * 0x1000};
    streams.push_back(StreamMaker{seed + i, place}.make(kStreamInstructions, false));
  }
  const Outcome outcome = run_on_qemu(streams);
  if (outcome.signal != 0)
    return "QEMU ended with signal " + std::to_string(outcome.signal) + " " + outcome.errors;
  for (std::uint64_t i = 0; i < kStreams; ++i) {
    const std::string where = "stream seed " + std::to_string(seed + i) + ": ";
    const auto ours = run_on_engine(rig, streams[i]);
    if (!ours) return where + ours.error();
    if (outcome.data.size() < (i + 1) * Stream::kDataSize) return where + "QEMU wrote too little";
    const std::string_view theirs =
        std::string_view{outcome.data}.substr(i * Stream::kDataSize, Stream::kDataSize);
    if (const std::string what = first_difference(*ours, theirs); !what.empty()) {
      return where + what + ", " + locate(seed + i);
    }
    for (std::size_t row = 0; row < kRowCount; ++row) executed[row] += streams[i].executed[row];
  }
  return {};
}

/// Who judges a row that random programs do not contain; empty: nobody needs to.
std::string other_judge(Insn insn) {
  using namespace effects;
  const Flags flags = row_of(insn).effects;
  if ((flags & kReserved) != 0) return "";
  if (insn == Insn::syscall || insn == Insn::break_)
    return "bare/exceptions on QEMU and on the machine";
  if ((flags & kCp2) != 0)
    return "no QEMU model has coprocessor 2 as the R10000: bare/exceptions, engine_exceptions_test";
  switch (insn) {
    case Insn::mfps:
    case Insn::mfpc:
    case Insn::mtps:
    case Insn::mtpc:
      return "no QEMU model has these counters: engine_performance_test, naive_lockstep_test";
    case Insn::abs_s:
    case Insn::abs_d:
    case Insn::neg_s:
    case Insn::neg_d: return "arithmetic (MIPS IV), but plain moves of bits on QEMU: fpu_judge";
    default: break;
  }
  return (flags & kCp0) != 0 ? "tests/guests/privileged_test.py, naive_lockstep_test" : "";
}

int report(const Arguments& a, const RowCounts& executed) {
  int failures = 0;
  for (const Insn insn : instructions()) {
    const std::uint64_t count = executed[static_cast<std::size_t>(insn)];
    std::cout << mnemonic_of(insn) << " " << count;
    if (count == 0) std::cout << " (" << other_judge(insn) << ")";
    if (count < a.least && (count > 0 || other_judge(insn).empty()))
      ++failures, std::cout << " TOO FEW";
    std::cout << "\n";
  }
  return failures;
}

int main_of(int argc, char** argv) {
  const Arguments a = parse(argc, argv);
  RowCounts executed{};
  std::uint64_t compared = 0, seed = a.seed * 1'000'000;
  for (; compared < a.instructions; seed += kStreams) {
    if (const std::string what = compare_batch(seed, executed); !what.empty()) {
      std::cout << "DIFFERENCE: " << what << "\n";
      return 1;
    }
    compared = 0;
    for (const std::uint64_t count : executed) compared += count;
  }
  const int failures = report(a, executed);
  std::cout << "seed " << a.seed << ": " << compared << " instructions compared, 0 differences, "
            << failures << " rows executed fewer than " << a.least << " times\n";
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cpu::test

int main(int argc, char** argv) { return cpu::test::main_of(argc, argv); }
