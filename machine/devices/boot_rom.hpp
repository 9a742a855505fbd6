// The boot ROM: 64 KB that a cold reset and exceptions with Status.BEV = 1 lead to. Loaders start
// kernels directly, so what is in it by default only ends the run of a kernel that took such an
// exception, with an exit code of its own. It is memory, not a device: CPUs execute from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/state.hpp"
#include "hardware/board/address_map.hpp"

namespace machine {
using namespace common;

class BootRom {
 public:
  /// What the default ROM's program stores as exit code.
  static constexpr std::uint32_t kUnexpectedEntry = 98;

  BootRom();
  /// Requires: at most kRomBytes; the rest reads as zero.
  explicit BootRom(std::span<const std::byte> image);

  /// Host address of an offset in the node; nullptr outside the ROM. CPUs must not store there.
  std::byte* host(std::uint64_t offset) {
    return offset >= hardware::kRomAt && offset < hardware::kRomAt + hardware::kRomBytes
               ? bytes_.data() + (offset - hardware::kRomAt)
               : nullptr;
  }
  /// Puts bytes into it. Requires: [offset, offset + bytes.size()) lies within the ROM.
  void load(std::uint64_t offset, std::span<const std::byte> bytes);
  void visit(StateVisitor& v) { v.bytes("rom", bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace machine
