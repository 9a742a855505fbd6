#include "tests/fuzz/elf_corpus.hpp"

#include <algorithm>
#include <span>

#include "common/check.hpp"
#include "machine/loaders/load_file.hpp"
#include "tests/machine/machine_program.hpp"

namespace fuzz {
namespace {

using machine::test::ElfMaker;

constexpr std::uint32_t kSymbolTable = 2;
constexpr std::size_t kSymbols = 24;  // looked at per table: there are hundreds, all alike

/// Sizes of the fields of each kind of record, in order (elf(5)).
struct Layout {
  std::span<const unsigned> file, segment, section, symbol;
  unsigned word;
  std::size_t segments_at, sections_at, segment_count_at, section_count_at;
  std::size_t type_in_section, offset_in_section, size_in_section;
};

constexpr unsigned kFile32[] = {2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2};
constexpr unsigned kFile64[] = {2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2};
constexpr unsigned kSegment32[] = {4, 4, 4, 4, 4, 4, 4, 4};
constexpr unsigned kSegment64[] = {4, 4, 8, 8, 8, 8, 8, 8};
constexpr unsigned kSection32[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
constexpr unsigned kSection64[] = {4, 4, 8, 8, 8, 8, 4, 4, 8, 8};
constexpr unsigned kSymbol32[] = {4, 4, 4, 1, 1, 2};
constexpr unsigned kSymbol64[] = {4, 1, 1, 2, 8, 8};
constexpr Layout kElf32{kFile32, kSegment32, kSection32, kSymbol32, 4, 28, 32, 44, 48, 4, 16, 20};
constexpr Layout kElf64{kFile64, kSegment64, kSection64, kSymbol64, 8, 32, 40, 56, 60, 4, 24, 32};

std::size_t size_of(std::span<const unsigned> record) {
  std::size_t size = 0;
  for (const unsigned field : record) size += field;
  return size;
}

void add_record(std::vector<Field>& fields, std::size_t at, std::span<const unsigned> record) {
  for (const unsigned size : record) {
    fields.push_back({at, size});
    at += size;
  }
}

Sample sample(std::string name, Bytes bytes, ElfParts parts) {
  auto fields = elf_fields(bytes, parts);
  return {std::move(name), std::move(bytes), std::move(fields)};
}

/// 32 or 64 bits, several segments in several windows, symbols of all kinds, a section of marks.
ElfMaker written(bool is_64) {
  ElfMaker elf;
  elf.is_64 = is_64;
  elf.add(0xffffffff80100000, machine::test::power_off(0));
  elf.parts[0].memory_bytes = 0x3000;
  elf.add(0xffffffffa0200000, {1, 2, 3});
  if (is_64) elf.add(0x9800000000210000, {4, 5});
  elf.names = {{"start", 0xffffffff80100000, 8, 2},
               {"loop", 0xffffffff80100004, 0, 0},
               {"table", 0xffffffff80101000, 0x100, 1},
               {"table_end", 0xffffffff80101100, 0, 0},
               {"disco_phase_mark", 0xffffffff80100008, 8, 2}};
  for (unsigned i = 0; i < 32; ++i) elf.marks.push_back(static_cast<std::byte>(i * 37));
  return elf;
}

}  // namespace

std::vector<Field> elf_fields(const Bytes& bytes, ElfParts parts) {
  const bool is_64 = bytes.at(4) == std::byte{2};
  const Layout& layout = is_64 ? kElf64 : kElf32;
  const auto number = [&bytes](std::size_t at, unsigned size) {
    return static_cast<std::size_t>(get(bytes, {at, size}, ByteOrder::kBig));
  };
  std::vector<Field> fields{{4, 1}, {5, 1}};
  add_record(fields, 16, layout.file);
  const std::size_t segments = number(layout.segments_at, layout.word);
  for (std::size_t i = 0; i < number(layout.segment_count_at, 2); ++i) {
    add_record(fields, segments + i * size_of(layout.segment), layout.segment);
  }
  if (parts == ElfParts::kWhatLoads) return fields;
  // Sections and symbols are many: as many changes again to what loads.
  for (std::size_t i = fields.size(), n = 4 * i; i < n; ++i) fields.push_back(fields[i % (n / 4)]);
  const std::size_t sections = number(layout.sections_at, layout.word);
  for (std::size_t i = 0; i < number(layout.section_count_at, 2); ++i) {
    const std::size_t at = sections + i * size_of(layout.section);
    add_record(fields, at, layout.section);
    if (number(at + layout.type_in_section, 4) != kSymbolTable) continue;
    const std::size_t symbols = number(at + layout.offset_in_section, layout.word);
    const std::size_t count =
        number(at + layout.size_in_section, layout.word) / size_of(layout.symbol);
    const std::size_t step = std::max<std::size_t>(1, count / kSymbols);
    for (std::size_t k = 0; k < count; k += step) {
      add_record(fields, symbols + k * size_of(layout.symbol), layout.symbol);
    }
  }
  return fields;
}

std::vector<Sample> elf_corpus(ElfParts parts) {
  std::vector<Sample> corpus;
  for (const char* name : {"bare/hello.elf", "bare/crc.elf", "bare/tlb.elf", "tinyix-native.elf",
                           "bin/hello", "bin/hello32"}) {
    auto file = machine::read_blob(std::string{DISCO_GUESTS} + "/" + name);
    if (!file) continue;  // told by the corpus's size; the guests may not be built
    corpus.push_back(sample(name, std::move(file->bytes), parts));
  }
  for (const bool is_64 : {false, true}) {
    corpus.push_back(
        sample(is_64 ? "written, 64 bits" : "written, 32 bits", written(is_64).make(), parts));
  }
  corpus.push_back(sample("busy kernel", machine::test::busy_kernel(50).kernel.bytes, parts));
  return corpus;
}

}  // namespace fuzz
