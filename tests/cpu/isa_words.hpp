// Random instruction words drawn from the table, and the host's tools that judge them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "cpu/isa/decode.hpp"

namespace cpu::test {

using Random = std::mt19937_64;

inline std::uint32_t random_word(Random& random) { return static_cast<std::uint32_t>(random()); }

/// A word of this row with random fields. Every other field is sparse or dense, so that zeros, ones
/// and equal registers turn up.
inline std::uint32_t random_word_of(const Row& row, Random& random) {
  std::uint32_t fields = random_word(random);
  switch (random() % 4) {
    case 0: fields &= random_word(random) & random_word(random); break;
    case 1: fields |= random_word(random) | random_word(random); break;
    default: break;
  }
  return (fields & ~row.pattern.mask) | row.pattern.match;
}

/// The operand fields by their place in the word; a row uses those it has.
struct Fields {
  std::uint32_t rs = 0, rt = 0, rd = 0, sa = 0;
  std::int32_t imm = 0;  // low 16 bits
  std::uint32_t target = 0;
};
inline std::uint32_t encode(Insn insn, const Fields& f) {
  const Pattern pattern = row_of(insn).pattern;
  const std::uint32_t fields = f.rs << 21 | f.rt << 16 | f.rd << 11 | f.sa << 6 |
                               (static_cast<std::uint32_t>(f.imm) & 0xffff) | f.target;
  return (fields & ~pattern.mask) | pattern.match;
}

/// All rows that are instructions.
inline std::vector<Insn> instructions() {
  std::vector<Insn> all;
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (!is_reserved(insn_at(i))) all.push_back(insn_at(i));
  return all;
}

/// Seeds are fixed so that a failure repeats; DISCO_TEST_SEED tries another one.
inline std::uint64_t seed_or(std::uint64_t fallback) {
  const char* text = std::getenv("DISCO_TEST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : fallback;
}

/// A directory that goes away with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "disco-isa-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void append_big_endian(std::string& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream out{path, std::ios::binary};
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

}  // namespace cpu::test
