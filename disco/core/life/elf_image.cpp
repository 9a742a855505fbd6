#include "disco/core/life/elf_image.hpp"

#include "hardware/board/direct_windows.hpp"

namespace disco {
using namespace hardware;

namespace {

constexpr std::uint32_t kLoad = 1;
constexpr std::uint16_t kMachineMips = 8, kTypeExecutable = 2;

/// Big-endian fields. Requires: the field lies within the file.
struct Reader {
  std::span<const std::byte> file;
  std::uint64_t field(std::uint64_t at, unsigned bytes) const {
    std::uint64_t value = 0;
    for (unsigned n = 0; n < bytes; ++n)
      value = value << 8 | std::to_integer<std::uint64_t>(file[at + n]);
    return value;
  }
};

/// Where the two classes keep the same things.
struct Layout {
  unsigned header_bytes, entry_at, phoff_at, word;  // word: bytes of an address
  unsigned phentsize_at, phnum_at, ph_bytes;
  unsigned ph_offset, ph_paddr, ph_filesz, ph_memsz;
};
constexpr Layout kElf32{52, 24, 28, 4, 42, 44, 32, 4, 12, 16, 20};
constexpr Layout kElf64{64, 24, 32, 8, 54, 56, 56, 8, 24, 32, 40};

const char* header_fault(std::span<const std::byte> file) {
  constexpr std::byte kMagic[] = {std::byte{0x7f}, std::byte{'E'}, std::byte{'L'}, std::byte{'F'}};
  if (file.size() < kElf32.header_bytes) return "it is too short for an ELF file";
  for (unsigned n = 0; n < 4; ++n) {
    if (file[n] != kMagic[n]) return "it is not an ELF file";
  }
  const auto cls = std::to_integer<unsigned>(file[4]);
  if (cls != 1 && cls != 2) return "its ELF class is neither 32 nor 64";
  if (cls == 2 && file.size() < kElf64.header_bytes) return "it is too short for an ELF file";
  if (std::to_integer<unsigned>(file[5]) != 2) return "it is not big-endian";
  const Reader read{file};
  if (read.field(18, 2) != kMachineMips) return "it is not for MIPS";
  if (read.field(16, 2) != kTypeExecutable) return "it is not an executable";
  return nullptr;
}

std::uint64_t address(std::uint64_t value, const Layout& layout) {
  return layout.word == 4 ? sign_extended_word(value) : value;
}

}  // namespace

PhysAddr load_address(std::uint64_t address) {
  if (address >= kCsseg && address < kCssegEnd) return PhysAddr{csseg_physical(address)};
  if (is_kseg0_or_1(address)) return PhysAddr{address & kKsegPhysical};
  const std::uint64_t region = address >> kRegionShift;
  if (region == kXssegRegion || region == kXkphysRegion) return PhysAddr{address & kPhysicalMask};
  return PhysAddr{address};
}

std::optional<ElfImage> ElfImage::parse(std::span<const std::byte> file, const char*& why) {
  why = header_fault(file);
  if (why != nullptr) return std::nullopt;
  const Layout& layout = std::to_integer<unsigned>(file[4]) == 2 ? kElf64 : kElf32;
  const Reader read{file};
  const std::uint64_t table = read.field(layout.phoff_at, layout.word);
  const std::uint64_t entry_bytes = read.field(layout.phentsize_at, 2),
                      count = read.field(layout.phnum_at, 2);
  if (count != 0 && entry_bytes != layout.ph_bytes) {
    why = "its program headers have another size than the format's";
    return std::nullopt;
  }
  if (table > file.size() || count * entry_bytes > file.size() - table) {
    why = "its program headers lie outside the file";
    return std::nullopt;
  }
  ElfImage image;
  image.entry_ = address(read.field(layout.entry_at, layout.word), layout);
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::uint64_t at = table + n * entry_bytes;
    if (read.field(at, 4) != kLoad) continue;
    const std::uint64_t offset = read.field(at + layout.ph_offset, layout.word);
    const std::uint64_t bytes = read.field(at + layout.ph_filesz, layout.word);
    const std::uint64_t memory = read.field(at + layout.ph_memsz, layout.word);
    if (memory == 0) continue;
    if (offset > file.size() || bytes > file.size() - offset || bytes > memory) {
      why = "a segment lies outside the file";
      return std::nullopt;
    }
    if (image.count_ == kMaxSegments) {
      why = "it has more than 16 segments";
      return std::nullopt;
    }
    image.segments_[image.count_++] = {
        .at = load_address(address(read.field(at + layout.ph_paddr, layout.word), layout)),
        .bytes = file.subspan(offset, bytes),
        .memory_bytes = memory};
  }
  if (image.count_ == 0) {
    why = "it has nothing to load";
    return std::nullopt;
  }
  return image;
}

}  // namespace disco
