#include "machine/loaders/load_elf.hpp"

#include <gelf.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "hardware/board/direct_windows.hpp"
#include "machine/loaders/load_libelf.hpp"

namespace machine {

namespace {

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

Failure<Error> refuse(std::string where, std::string what, std::string remedy) {
  return Failure{Error{ErrorCode::kInput, std::move(where), std::move(what), std::move(remedy)}};
}

Result<Segment, Error> read_segment(const std::string& name, std::span<const std::byte> file,
                                    const GElf_Phdr& header, std::size_t number, bool is_32bit) {
  Segment segment;
  segment.where = "program header " + std::to_string(number);
  const std::string where = name + ", " + segment.where;
  if (header.p_offset > file.size() || header.p_filesz > file.size() - header.p_offset) {
    return refuse(where,
                  "its contents (offset " + hex(header.p_offset) + ", " + hex(header.p_filesz) +
                      " bytes) lie beyond the end of the file",
                  "the file is truncated or damaged: build or copy it again");
  }
  if (header.p_memsz < header.p_filesz) {
    return refuse(where, "it is larger in the file than in memory", "link the image again");
  }
  const std::uint64_t address =
      is_32bit ? hardware::sign_extended_word(header.p_paddr) : header.p_paddr;
  const auto at = physical_of(VirtAddr{address});
  if (!at) {
    return refuse(where, "its load address " + hex(address) + " is not in an unmapped segment",
                  "link it in KSEG0, XKPHYS or a direct window, see docs/machine.md");
  }
  // No wrap-around: the sum below stays under 2^41.
  if (header.p_memsz > hardware::kPhysicalMask + 1 - at->bits()) {
    return refuse(where, "it is " + hex(header.p_memsz) + " bytes long, more than can be addressed",
                  "the file is damaged: build or copy it again");
  }
  segment.at = *at;
  segment.bytes = file.subspan(header.p_offset, header.p_filesz);
  segment.memory_bytes = header.p_memsz;
  return segment;
}

// Which of two would be there in the end nothing says.
Result<Nothing, Error> check_apart(const std::string& name, const Image& image) {
  std::vector<const Segment*> sorted;
  for (const Segment& segment : image.segments) sorted.push_back(&segment);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Segment* a, const Segment* b) { return a->at < b->at; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const Segment &before = *sorted[i - 1], &behind = *sorted[i];
    if (before.at + before.memory_bytes <= behind.at) continue;
    return refuse(name + ", " + behind.where,
                  "it overlaps " + before.where + " in memory, at " + hex(behind.at.bits()),
                  "link the image again, with one place for each segment");
  }
  return Nothing{};
}

}  // namespace

std::optional<PhysAddr> physical_of(VirtAddr linked) {
  const std::uint64_t address = linked.bits();
  if (address <= hardware::kPhysicalMask) return PhysAddr{address};
  if (hardware::is_kseg0_or_1(address)) return PhysAddr{address & hardware::kKsegPhysical};
  if (hardware::is_in_csseg_window(address)) return PhysAddr{hardware::csseg_physical(address)};
  const std::uint64_t region = address >> hardware::kRegionShift;
  if (region == hardware::kXssegRegion || region == hardware::kXkphysRegion)
    return PhysAddr{address & hardware::kPhysicalMask};
  return std::nullopt;
}

PhysAddr Image::begin() const {
  PhysAddr least{hardware::kPhysicalMask};
  for (const Segment& segment : segments) least = std::min(least, segment.at);
  return least;
}

PhysAddr Image::end() const {
  PhysAddr most;
  for (const Segment& s : segments) most = std::max(most, s.at + s.memory_bytes);
  return most;
}

bool is_elf(std::span<const std::byte> file) {
  return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

Result<Image, Error> read_elf(const std::string& name, std::span<const std::byte> file) {
  const auto opened = ElfFile::open(name, file);
  if (!opened) return Failure{opened.error()};
  const ElfFile& elf = *opened;
  if (elf.header().e_type != ET_EXEC) {
    return refuse(
        name, "is not an executable ELF file (type " + std::to_string(elf.header().e_type) + ")",
        "link it statically, without -r, -shared or -pie");
  }

  std::size_t count = 0;
  if (elf_getphdrnum(elf.get(), &count) != 0 || count == 0) {
    return refuse(name, "has no program headers, so nothing says what to load",
                  "link the image, or boot it as a raw image");
  }
  // libelf takes it for what the format says, other readers for what the file says.
  const std::size_t header_bytes = elf.is_32bit() ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
  if (elf.header().e_phentsize != header_bytes) {
    return refuse(name,
                  "has program headers of " + std::to_string(elf.header().e_phentsize) +
                      " bytes, not " + std::to_string(header_bytes),
                  "the file is damaged: build or copy it again");
  }
  Image image;
  image.entry = VirtAddr{elf.is_32bit() ? hardware::sign_extended_word(elf.header().e_entry)
                                        : elf.header().e_entry};
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(elf.get(), static_cast<int>(i), &header) == nullptr) {
      return refuse(name + ", program header " + std::to_string(i), "cannot be read",
                    "the file is truncated or damaged: build or copy it again");
    }
    if (header.p_type != PT_LOAD || header.p_memsz == 0) continue;
    auto segment = read_segment(name, file, header, i, elf.is_32bit());
    if (!segment) return Failure{segment.error()};
    image.segments.push_back(std::move(*segment));
  }
  if (image.segments.empty()) {
    return refuse(name, "has no segment to load", "link the image again");
  }
  if (const auto apart = check_apart(name, image); !apart) return Failure{apart.error()};
  return image;
}

Image raw_image(std::span<const std::byte> file) {
  Image image;
  image.entry = VirtAddr{hardware::kKseg0 + kRawImageAt.bits()};
  image.segments.push_back({"raw image", kRawImageAt, file, file.size()});
  return image;
}

}  // namespace machine
