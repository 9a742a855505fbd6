// The part of an ELF file that a loader needs: big-endian MIPS executables, 32 or 64 bits, as they
// come (hostile or not) from whoever built the guest. Parsing checks everything; loading then
// cannot fail for a reason inside the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/address.hpp"

namespace disco {
using namespace common;

struct ElfSegment {
  PhysAddr at;                       // p_paddr, masked to guest-physical
  std::span<const std::byte> bytes;  // from the file
  std::uint64_t memory_bytes = 0;    // >= bytes.size(); the rest is zero
};

class ElfImage {
 public:
  static constexpr unsigned kMaxSegments = 16;

  /// `why` receives a clause for the report when nothing is returned. `file` outlives the image.
  static std::optional<ElfImage> parse(std::span<const std::byte> file, const char*& why);

  std::uint64_t entry() const { return entry_; }
  std::span<const ElfSegment> segments() const { return {segments_, count_}; }

 private:
  std::uint64_t entry_ = 0;
  unsigned count_ = 0;
  ElfSegment segments_[kMaxSegments];
};

/// What a linker means by a load address: compatibility addresses of csseg are masked to 28 bits,
/// of KSEG0/1 to 29, those of xkphys and xsseg to 40; others are physical.
PhysAddr load_address(std::uint64_t address);

}  // namespace disco
