// Hand-assembled programs and the ELF files around them, so that these tests need no cross
// compiler.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "machine/boot/boot.hpp"

namespace machine::test {

using Words = std::vector<std::uint32_t>;

// Registers by their o32 names.
inline constexpr unsigned kZero = 0, kV0 = 2, kA0 = 4, kA1 = 5, kT0 = 8, kT1 = 9, kT2 = 10,
                          kS0 = 16, kS1 = 17, kS2 = 18, kS3 = 19, kK0 = 26, kK1 = 27;
// CP0 registers.
inline constexpr unsigned kEntryLo0 = 2, kEntryLo1 = 3, kCount = 9, kEntryHi = 10, kCompare = 11,
                          kStatus = 12;

constexpr std::uint32_t immediate(unsigned op, unsigned rs, unsigned rt, std::int32_t value) {
  return op << 26 | rs << 21 | rt << 16 | (static_cast<std::uint32_t>(value) & 0xffff);
}
constexpr std::uint32_t special(unsigned function, unsigned rs, unsigned rt, unsigned rd,
                                unsigned shift = 0) {
  return rs << 21 | rt << 16 | rd << 11 | shift << 6 | function;
}
constexpr std::uint32_t lui(unsigned rt, std::uint32_t value) {
  return immediate(0x0f, 0, rt, static_cast<std::int32_t>(value));
}
constexpr std::uint32_t ori(unsigned rt, unsigned rs, std::int32_t v) {
  return immediate(0x0d, rs, rt, v);
}
constexpr std::uint32_t andi(unsigned rt, unsigned rs, std::int32_t v) {
  return immediate(0x0c, rs, rt, v);
}
constexpr std::uint32_t addiu(unsigned rt, unsigned rs, std::int32_t v) {
  return immediate(0x09, rs, rt, v);
}
constexpr std::uint32_t lw(unsigned rt, std::int32_t at, unsigned base) {
  return immediate(0x23, base, rt, at);
}
constexpr std::uint32_t lbu(unsigned rt, std::int32_t at, unsigned base) {
  return immediate(0x24, base, rt, at);
}
constexpr std::uint32_t sw(unsigned rt, std::int32_t at, unsigned base) {
  return immediate(0x2b, base, rt, at);
}
constexpr std::uint32_t sb(unsigned rt, std::int32_t at, unsigned base) {
  return immediate(0x28, base, rt, at);
}
/// `words` counts from the delay slot.
constexpr std::uint32_t bne(unsigned rs, unsigned rt, std::int32_t words) {
  return immediate(0x05, rs, rt, words);
}
constexpr std::uint32_t beq(unsigned rs, unsigned rt, std::int32_t words) {
  return immediate(0x04, rs, rt, words);
}
constexpr std::uint32_t xor_(unsigned rd, unsigned rs, unsigned rt) {
  return special(0x26, rs, rt, rd);
}
constexpr std::uint32_t addu(unsigned rd, unsigned rs, unsigned rt) {
  return special(0x21, rs, rt, rd);
}
constexpr std::uint32_t sll(unsigned rd, unsigned rt, unsigned n) {
  return special(0x00, 0, rt, rd, n);
}
constexpr std::uint32_t srl(unsigned rd, unsigned rt, unsigned n) {
  return special(0x02, 0, rt, rd, n);
}
constexpr std::uint32_t mfc0(unsigned rt, unsigned rd) { return 0x40000000 | rt << 16 | rd << 11; }
constexpr std::uint32_t mtc0(unsigned rt, unsigned rd) { return 0x40800000 | rt << 16 | rd << 11; }
inline constexpr std::uint32_t kNop = 0, kTlbwr = 0x42000006, kEret = 0x42000018,
                               kHere = 0x1000ffff;  // b .

inline void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// Stores to the power register; clobbers t0 and v0.
inline Words power_off(std::uint32_t exit_code) {
  return {lui(kT0, 0xbc00),
          ori(kT0, kT0, 0x1000),
          addiu(kV0, kZero, static_cast<std::int32_t>(exit_code << 1 | 1)),
          sw(kV0, 0, kT0),
          kHere,
          kNop};
}

inline std::vector<std::byte> big_endian(const Words& words) {
  std::vector<std::byte> bytes;
  for (const std::uint32_t word : words) {
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::byte>(word >> shift));
  }
  return bytes;
}

/// Loaded and entered at 1 MB.
inline BootImage raw_kernel(const Words& words) {
  BootImage image;
  image.kernel = {"test.raw", big_endian(words)};
  return image;
}

/// Writes ELF files, right or wrong.
struct ElfMaker {
  struct Part {
    std::uint64_t address;
    std::vector<std::byte> bytes;
    std::uint64_t memory_bytes;
  };
  struct Name {
    std::string name;
    std::uint64_t value, size;
    unsigned type;      // STT_*
    unsigned bind = 1;  // STB_*
  };
  bool is_64 = true;
  std::uint64_t entry = 0xffffffff80100000;
  unsigned machine = 8, type = 2;
  std::vector<Part> parts;
  std::vector<Name> names;
  std::vector<std::byte> marks;  // contents of .disco.marks

  void add(std::uint64_t address, const Words& words) {
    auto bytes = big_endian(words);
    const std::uint64_t size = bytes.size();
    parts.push_back({address, std::move(bytes), size});
  }
  std::vector<std::byte> make() const;
};

/// Grows a big-endian file field by field.
class FieldWriter {
 public:
  std::vector<std::byte> bytes;
  void put(std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0;) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  void append(const std::vector<std::byte>& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
};

inline std::vector<std::byte> ElfMaker::make() const {
  const unsigned word = is_64 ? 8 : 4;
  const std::uint64_t header_bytes = is_64 ? 64 : 52;
  const std::uint64_t part_header = is_64 ? 56 : 32;
  const std::uint64_t section_header = is_64 ? 64 : 40;
  const std::uint64_t symbol_bytes = is_64 ? 24 : 16;

  std::string strings(1, '\0');
  FieldWriter symbols;
  symbols.bytes.resize(symbol_bytes);
  for (const Name& n : names) {
    const std::uint64_t at = strings.size();
    strings += n.name + '\0';
    symbols.put(at, 4);
    if (!is_64) symbols.put(n.value, 4), symbols.put(n.size, 4);
    symbols.put(n.bind << 4 | n.type, 1), symbols.put(0, 1), symbols.put(0xfff1, 2);
    if (is_64) symbols.put(n.value, 8), symbols.put(n.size, 8);
  }
  const std::string section_names{"\0.symtab\0.strtab\0.disco.marks\0.shstrtab\0", 40};

  std::uint64_t at = header_bytes + part_header * parts.size();
  std::vector<std::uint64_t> offsets;
  for (const Part& part : parts) offsets.push_back(std::exchange(at, at + part.bytes.size()));
  const std::uint64_t symbols_at = at, strings_at = symbols_at + symbols.bytes.size();
  const std::uint64_t marks_at = strings_at + strings.size(), names_at = marks_at + marks.size();
  const std::uint64_t sections_at = names_at + section_names.size();

  FieldWriter out;
  for (const unsigned c : {0x7fU, 0x45U, 0x4cU, 0x46U, is_64 ? 2U : 1U, 2U, 1U, 0U}) out.put(c, 1);
  out.put(0, 8);
  out.put(type, 2), out.put(machine, 2), out.put(1, 4);
  out.put(entry, word), out.put(header_bytes, word), out.put(sections_at, word);
  out.put(0, 4), out.put(header_bytes, 2), out.put(part_header, 2), out.put(parts.size(), 2);
  out.put(section_header, 2), out.put(5, 2), out.put(4, 2);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out.put(1, 4);
    if (is_64) out.put(7, 4);
    out.put(offsets[i], word), out.put(parts[i].address, word), out.put(parts[i].address, word);
    out.put(parts[i].bytes.size(), word), out.put(parts[i].memory_bytes, word);
    if (!is_64) out.put(7, 4);
    out.put(4096, word);
  }
  for (const Part& part : parts) out.append(part.bytes);
  out.append(symbols.bytes);
  for (const char c : strings) out.put(static_cast<unsigned char>(c), 1);
  out.append(marks);
  for (const char c : section_names) out.put(static_cast<unsigned char>(c), 1);

  const auto section = [&](unsigned name, unsigned kind, std::uint64_t offset, std::uint64_t size,
                           unsigned link, std::uint64_t entry_size) {
    out.put(name, 4), out.put(kind, 4), out.put(0, word), out.put(0, word);
    out.put(offset, word), out.put(size, word), out.put(link, 4), out.put(1, 4);
    out.put(1, word), out.put(entry_size, word);
  };
  section(0, 0, 0, 0, 0, 0);
  section(1, 2, symbols_at, symbols.bytes.size(), 2, symbol_bytes);
  section(9, 3, strings_at, strings.size(), 0, 0);
  section(17, 1, marks_at, marks.size(), 0, 0);
  section(30, 3, names_at, section_names.size(), 0, 0);
  return out.bytes;
}

/// A kernel that uses what has state: registers, memory, TLB, Random, timer interrupts, UART. It
/// ends with an exit code that depends on all of it, after about 30 instructions per loop.
inline BootImage busy_kernel(std::int32_t loops) {
  const Words handler{mfc0(kK0, kCount),   addiu(kK0, kK0, 700), mtc0(kK0, kCompare),
                      lui(kK1, 0x8020),    lw(kK0, 0x400, kK1),  addiu(kK0, kK0, 1),
                      sw(kK0, 0x400, kK1), xor_(kS2, kS2, kK0),  kEret};
  Words code{lui(kS0, 0xbc00),    addiu(kS1, kZero, loops), lui(kS2, 0x1234),
             lui(kS3, 0x8020),    mfc0(kT0, kCount),        addiu(kT0, kT0, 500),
             mtc0(kT0, kCompare), ori(kT0, kZero, 0x8001),  mtc0(kT0, kStatus)};
  const Words loop{sll(kT0, kS2, 13),
                   xor_(kS2, kS2, kT0),
                   srl(kT0, kS2, 17),
                   xor_(kS2, kS2, kT0),
                   sll(kT0, kS2, 5),
                   xor_(kS2, kS2, kT0),
                   andi(kT1, kS2, 0xfc),
                   addu(kT1, kT1, kS3),
                   lw(kT2, 0x1000, kT1),
                   addu(kT2, kT2, kS2),
                   sw(kT2, 0x1000, kT1),
                   srl(kT0, kS2, 8),
                   sll(kT0, kT0, 13),
                   mtc0(kT0, kEntryHi),
                   andi(kT0, kS2, 0x3fc0),
                   ori(kT0, kT0, 0x1f),
                   mtc0(kT0, kEntryLo0),
                   mtc0(kZero, kEntryLo1),
                   kTlbwr,
                   andi(kT0, kS1, 0x3f),
                   bne(kT0, kZero, 4),
                   kNop,
                   andi(kT0, kS2, 0x1f),
                   addiu(kT0, kT0, 0x40),
                   sb(kT0, 0, kS0),
                   addiu(kS1, kS1, -1)};
  append(code, loop);
  code.push_back(bne(kS1, kZero, -static_cast<std::int32_t>(loop.size()) - 1));
  code.push_back(kNop);
  append(code, {lui(kT0, 0xbc00), ori(kT0, kT0, 0x1000), andi(kV0, kS2, 0x3f), sll(kV0, kV0, 1),
                ori(kV0, kV0, 1), sw(kV0, 0, kT0), kHere, kNop});
  ElfMaker elf;
  elf.add(0xffffffff80000180, handler);
  elf.add(0xffffffff80100000, code);
  BootImage image;
  image.kernel = {"busy.elf", elf.make()};
  return image;
}

inline MachineConfig small_machine() {
  MachineConfig config;
  config.memory_per_node = 4 * kMiB;
  return config;
}

}  // namespace machine::test
