// Random streams on the naive machine and on QEMU, which knows nothing of our table: all registers
// and all memory agree at the end, and what traps here traps there.

#include <sys/wait.h>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>

#include "tests/cpu/isa_stream.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::append_big_endian;
using test::encode;
using test::NaiveMachine;
using test::Stream;

// The last 1024 bytes of the data hold the registers, before and after: $1 .. $31, HI, LO, FCSR,
// $f0 .. $f31.
constexpr std::int32_t kRegisters = 1024;  // from the pointer
constexpr std::int32_t kHiAt = kRegisters + 8 * 31, kLoAt = kHiAt + 8, kFcsrAt = kLoAt + 8,
                       kFprAt = kFcsrAt + 8;
constexpr std::int32_t gpr_at(unsigned r) {
  return kRegisters + 8 * (static_cast<std::int32_t>(r) - 1);
}
constexpr unsigned kP = Stream::kPointer;

/// Code around a stream: loads the registers, runs it, stores them, writes the data to standard
/// output, exits.
class Program {
 public:
  explicit Program(const Stream& stream) {
    const std::uint64_t pointer = stream.start.gpr[kP];
    // In front of the stream, which must start at its own address.
    add(Insn::lui, {.rt = kP, .imm = static_cast<std::int32_t>(pointer >> 16)});
    add(Insn::ori, {.rs = kP, .rt = kP, .imm = static_cast<std::int32_t>(pointer & 0xffff)});
    load_registers();
    entry_ = Stream::kCode - 4 * words_.size();
    words_.insert(words_.end(), stream.words.begin(), stream.words.end());
    store_registers();
    call(5001, 1, true);   // write(1, data, 4096)
    call(5058, 0, false);  // exit(0)
  }

  /// An ELF64 executable of one segment.
  std::string elf(const Stream& stream) const {
    constexpr std::uint64_t kHeaders = 64 + 56, kLoadAt = Stream::kCode - 0x1000;
    const std::uint64_t size = Stream::kData + Stream::kDataSize - kLoadAt;
    std::string file{
        "\x7f"
        "ELF\2\2\1",
        7};
    file.resize(16, '\0');
    for (const auto& [value, bytes] : std::initializer_list<std::pair<std::uint64_t, unsigned>>{
             {2, 2},     {8, 2},  {1, 4}, {entry_, 8},  {64, 8},      {0, 8},    {0x8000'0000, 4},
             {64, 2},    {56, 2}, {1, 2}, {0, 2},       {0, 2},       {0, 2},  // file header
             {1, 4},     {7, 4},  {0, 8}, {kLoadAt, 8}, {kLoadAt, 8}, {size, 8}, {size, 8},
             {0x1000, 8}})  // segment
      append_big_endian(file, value, bytes);
    REQUIRE(file.size() == kHeaders);
    file.resize(entry_ - kLoadAt, '\0');
    for (const std::uint32_t word : words_) append_big_endian(file, word, 4);
    REQUIRE(file.size() <= Stream::kData - kLoadAt);
    file.resize(Stream::kData - kLoadAt, '\0');
    const NaiveMachine data = with_registers(stream.start);
    file.append(data.memory.begin(), data.memory.end());
    return file;
  }

  /// The machine with its registers also in its data, as this program leaves them.
  static NaiveMachine with_registers(NaiveMachine m) {
    const std::uint64_t pointer = m.gpr[kP];
    const auto put = [&m, pointer](std::int32_t at, std::uint64_t value) {
      m.poke(pointer + static_cast<std::uint64_t>(std::int64_t{at}), value, 8);
    };
    for (unsigned r = 1; r < 32; ++r) put(gpr_at(r), m.gpr[r]);
    put(kHiAt, m.hi);
    put(kLoAt, m.lo);
    put(kFcsrAt, NaiveMachine::sext32(m.fcsr));
    for (unsigned f = 0; f < 32; ++f) put(kFprAt + 8 * static_cast<std::int32_t>(f), m.fpr[f]);
    return m;
  }

 private:
  void add(Insn insn, const test::Fields& fields) { words_.push_back(encode(insn, fields)); }
  void load_registers() {
    add(Insn::ld, {.rs = kP, .rt = 1, .imm = kHiAt});
    add(Insn::mthi, {.rs = 1});
    add(Insn::ld, {.rs = kP, .rt = 1, .imm = kLoAt});
    add(Insn::mtlo, {.rs = 1});
    add(Insn::ld, {.rs = kP, .rt = 1, .imm = kFcsrAt});
    add(Insn::ctc1, {.rt = 1, .rd = 31});
    for (unsigned f = 0; f < 32; ++f)
      add(Insn::ldc1, {.rs = kP, .rt = f, .imm = kFprAt + 8 * static_cast<std::int32_t>(f)});
    for (unsigned r = 1; r < 32; ++r)
      if (r != kP) add(Insn::ld, {.rs = kP, .rt = r, .imm = gpr_at(r)});
  }
  void store_registers() {
    for (unsigned r = 1; r < 32; ++r) add(Insn::sd, {.rs = kP, .rt = r, .imm = gpr_at(r)});
    for (unsigned f = 0; f < 32; ++f)
      add(Insn::sdc1, {.rs = kP, .rt = f, .imm = kFprAt + 8 * static_cast<std::int32_t>(f)});
    add(Insn::mfhi, {.rd = 1});
    add(Insn::sd, {.rs = kP, .rt = 1, .imm = kHiAt});
    add(Insn::mflo, {.rd = 1});
    add(Insn::sd, {.rs = kP, .rt = 1, .imm = kLoAt});
    add(Insn::cfc1, {.rt = 1, .rd = 31});
    add(Insn::sd, {.rs = kP, .rt = 1, .imm = kFcsrAt});
  }
  void call(std::int32_t number, std::int32_t a0, bool with_data) {
    add(Insn::addiu, {.rt = 2, .imm = number});
    add(Insn::addiu, {.rt = 4, .imm = a0});
    if (with_data) add(Insn::addiu, {.rs = kP, .rt = 5, .imm = -2048});
    if (with_data) add(Insn::addiu, {.rt = 6, .imm = Stream::kDataSize});
    add(Insn::syscall, {});
  }

  std::vector<std::uint32_t> words_;
  std::uint64_t entry_ = 0;
};

struct Outcome {
  std::string data;
  int signal = 0;  // that ended it
};

Outcome run_on_qemu(const Stream& stream) {
  const test::TemporaryDirectory directory;
  test::write_file(directory.file("program"), Program{stream}.elf(stream));
  const std::string command =
      "ulimit -c 0; chmod +x " + directory.file("program").string() + "; exec " + DISCO_QEMU_USER +
      " -cpu MIPS64R2-generic " + directory.file("program").string() + " > " +
      directory.file("data").string() + " 2> " + directory.file("errors").string();
  const int status = std::system(command.c_str());
  Outcome outcome{test::read_file(directory.file("data")), 0};
  if (WIFSIGNALED(status))
    outcome.signal = WTERMSIG(status);
  else if (WEXITSTATUS(status) > 128)
    outcome.signal = WEXITSTATUS(status) - 128;
  else if (WEXITSTATUS(status) != 0)
    FAIL("QEMU: " << test::read_file(directory.file("errors")));
  return outcome;
}

/// The first place where the machines differ, in words.
std::string first_difference(const NaiveMachine& ours, const std::string& theirs) {
  if (theirs.size() != ours.memory.size())
    return "QEMU wrote " + std::to_string(theirs.size()) + " bytes";
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (static_cast<std::uint8_t>(theirs[i]) == ours.memory[i]) continue;
    const auto at = static_cast<std::int32_t>(i) - 2048;
    if (at < kRegisters) return "memory at pointer " + std::to_string(at);
    const std::int32_t number = (at - kRegisters) / 8;
    if (at < kHiAt) return "$" + std::to_string(number + 1);
    return at < kFprAt ? "HI, LO or FCSR" : "$f" + std::to_string((at - kFprAt) / 8);
  }
  return {};
}

/// Returns the rows that the streams executed.
std::set<Insn> compare_streams(std::uint64_t seed, int count, std::size_t length) {
  std::set<Insn> executed;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t stream_seed = seed + static_cast<std::uint64_t>(i);
    const Stream stream = test::StreamMaker{stream_seed}.make(length, false);
    const Outcome outcome = run_on_qemu(stream);
    INFO("stream " << stream_seed);
    REQUIRE(outcome.signal == 0);
    REQUIRE(first_difference(Program::with_registers(stream.end), outcome.data) == "");
    executed.insert(stream.executed.begin(), stream.executed.end());
  }
  return executed;
}
void compare_traps(std::uint64_t seed, int count) {
  for (int i = 0; i < count; ++i) {
    const std::uint64_t stream_seed = seed + static_cast<std::uint64_t>(i);
    const Stream stream = test::StreamMaker{stream_seed}.make(20, true);
    const Outcome outcome = run_on_qemu(stream);
    INFO("stream " << stream_seed << ", word " << std::hex << stream.words.back());
    REQUIRE((outcome.signal == SIGFPE || outcome.signal == SIGTRAP));
  }
}

TEST_CASE("Semantics: random streams leave the same state on QEMU", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x9e0);
  CAPTURE(seed);
  const std::set<Insn> executed = compare_streams(seed, 40, 1500);
  for (const Insn insn : test::stream_instructions()) {
    INFO(row_of(insn).name);
    CHECK(executed.count(insn) == 1);
  }
}

TEST_CASE("Semantics: what traps here traps on QEMU", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x9e1);
  CAPTURE(seed);
  compare_traps(seed, 30);
}

TEST_CASE("Semantics: many random streams leave the same state on QEMU", "[.][isa]") {
  const std::uint64_t seed = test::seed_or(0x9e2000);
  CAPTURE(seed);
  compare_streams(seed, 1000, 5000);
  compare_traps(seed, 1000);
}

}  // namespace
}  // namespace cpu
