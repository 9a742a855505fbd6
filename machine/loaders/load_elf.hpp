// Executable images: what an ELF file (ELF32 or ELF64, big-endian MIPS) or a raw image puts where
// in physical memory. Files are taken for hostile: whatever they hold, the answer is an image or an
// error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/address.hpp"
#include "common/error.hpp"
#include "common/result.hpp"

namespace machine {
using namespace common;

/// Where loaders put an address of an unmapped or direct-window segment; nothing for any other.
/// KSEG0 and KSEG1 lose all but 29 bits, csseg (0xc0000000 .. 0xcfffffff, where the monitor shows a
/// guest its memory) all but 28, XKPHYS and xsseg all but 40; below 2^40 an address is physical
/// already.
std::optional<PhysAddr> physical_of(VirtAddr linked);

struct Segment {
  std::string where;  // for errors: "program header 2"
  PhysAddr at;
  std::span<const std::byte> bytes;  // into the file
  std::uint64_t memory_bytes = 0;    // at least bytes.size(); the rest is zero
};

/// Valid as long as the bytes that it was read from.
struct Image {
  VirtAddr entry;  // sign-extended for ELF32
  std::vector<Segment> segments;

  PhysAddr begin() const;  // of the lowest segment
  PhysAddr end() const;    // behind the highest one
};

bool is_elf(std::span<const std::byte> file);

/// `name` names the file in errors.
Result<Image, Error> read_elf(const std::string& name, std::span<const std::byte> file);

/// A raw image is one segment at 1 MB, entered at its beginning in KSEG0.
inline constexpr PhysAddr kRawImageAt{0x100000};
Image raw_image(std::span<const std::byte> file);

}  // namespace machine
