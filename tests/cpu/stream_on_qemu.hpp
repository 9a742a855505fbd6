// Random streams on QEMU's user mode emulator, which knows nothing of our table: programs of one or
// many streams, and the comparison of what they leave.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cpu/isa_stream.hpp"

namespace cpu::test {

// The last 1024 bytes of the data hold the registers, before and after: $1 .. $31, HI, LO, FCSR,
// $f0 .. $f31.
constexpr std::int32_t kRegisters = 1024;  // from the pointer
constexpr std::int32_t kHiAt = kRegisters + 8 * 31, kLoAt = kHiAt + 8, kFcsrAt = kLoAt + 8,
                       kFprAt = kFcsrAt + 8;
constexpr std::int32_t gpr_at(unsigned r) {
  return kRegisters + 8 * (static_cast<std::int32_t>(r) - 1);
}
constexpr unsigned kP = Stream::kPointer;

/// Code around streams: for each one after the other, loads the registers, runs it, stores them,
/// writes the data to standard output; then exits. Code lies above data or below, all of it within
/// a megabyte.
class StreamProgram {
 public:
  explicit StreamProgram(const std::vector<Stream>& streams) {
    for (const Stream& stream : streams) {
      begin_ = std::min({begin_, stream.place.code - 4 * kPrologueWords, stream.place.data});
      end_ = std::max({end_, stream.place.code + 4 * (stream.words.size() + kPrologueWords),
                       stream.place.data + Stream::kDataSize});
    }
    begin_ = begin_ / 0x1000 * 0x1000 - 0x1000;
    image_.resize(end_ - begin_, '\0');
    for (std::size_t i = 0; i < streams.size(); ++i) {
      const std::uint64_t next = i + 1 < streams.size() ? entry_of(streams[i + 1]) : 0;
      put_stream(streams[i], next);
    }
    entry_ = entry_of(streams.front());
  }

  /// An ELF64 executable of one segment.
  std::string elf() const {
    constexpr std::uint64_t kHeaders = 64 + 56;
    const std::uint64_t kLoadAt = begin_, size = image_.size();
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
    return file + image_.substr(kHeaders);
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
  static std::uint64_t entry_of(const Stream& stream) {
    return stream.place.code - 4 * kPrologueWords;
  }

  void put_stream(const Stream& stream, std::uint64_t next) {
    words_.clear();
    const std::uint64_t pointer = stream.start.gpr[kP];
    // In front of the stream, which must start at its own address.
    add(Insn::lui, {.rt = kP, .imm = static_cast<std::int32_t>(pointer >> 16)});
    add(Insn::ori, {.rs = kP, .rt = kP, .imm = static_cast<std::int32_t>(pointer & 0xffff)});
    load_registers();
    words_.insert(words_.begin(), kPrologueWords - words_.size(), 0);
    words_.insert(words_.end(), stream.words.begin(), stream.words.end());
    store_registers();
    call(5001, 1, true);  // write(1, data, 4096)
    if (next != 0) {
      words_.push_back(0x08000000 | static_cast<std::uint32_t>(next >> 2));  // j
      words_.push_back(0);
    } else {
      call(5058, 0, false);  // exit(0)
    }
    std::string code;
    for (const std::uint32_t word : words_) append_big_endian(code, word, 4);
    image_.replace(entry_of(stream) - begin_, code.size(), code);
    const NaiveMachine data = with_registers(stream.start);
    std::copy(data.memory.begin(), data.memory.end(),
              image_.begin() + static_cast<std::ptrdiff_t>(stream.place.data - begin_));
  }
  void add(Insn insn, const Fields& fields) { words_.push_back(encode(insn, fields)); }
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

  /// Room before a stream for what loads the registers, and behind it for what stores them.
  static constexpr std::size_t kPrologueWords = 96;

  std::vector<std::uint32_t> words_;
  std::string image_;
  std::uint64_t begin_ = ~std::uint64_t{0}, end_ = 0, entry_ = 0;
};

struct Outcome {
  std::string data;  // 4096 bytes for each stream
  int signal = 0;    // that ended it
  std::string errors;
};

inline Outcome run_on_qemu(const std::vector<Stream>& streams) {
  const TemporaryDirectory directory;
  write_file(directory.file("program"), StreamProgram{streams}.elf());
  const std::string command =
      "ulimit -c 0; chmod +x " + directory.file("program").string() + "; exec " + DISCO_QEMU_USER +
      " -cpu MIPS64R2-generic " + directory.file("program").string() + " > " +
      directory.file("data").string() + " 2> " + directory.file("errors").string();
  const int status = std::system(command.c_str());
  Outcome outcome{read_file(directory.file("data")), 0, read_file(directory.file("errors"))};
  if (WIFSIGNALED(status))
    outcome.signal = WTERMSIG(status);
  else if (WEXITSTATUS(status) > 128)
    outcome.signal = WEXITSTATUS(status) - 128;
  return outcome;
}

/// The first place where a machine with its registers in its data differs from what QEMU wrote.
inline std::string first_difference(const std::vector<std::uint8_t>& ours,
                                    std::string_view theirs) {
  if (theirs.size() != ours.size()) return "QEMU wrote " + std::to_string(theirs.size()) + " bytes";
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (static_cast<std::uint8_t>(theirs[i]) == ours[i]) continue;
    const auto at = static_cast<std::int32_t>(i) - 2048;
    if (at < kRegisters) return "memory at pointer " + std::to_string(at);
    const std::int32_t number = (at - kRegisters) / 8;
    if (at < kHiAt) return "$" + std::to_string(number + 1);
    return at < kFprAt ? "HI, LO or FCSR" : "$f" + std::to_string((at - kFprAt) / 8);
  }
  return {};
}

}  // namespace cpu::test
