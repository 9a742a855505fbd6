// The RAM of one node: zero at power-on, big-endian bytes as the CPUs see them, with a hole in its
// addresses where the I/O window is. Its size need not be a power of two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/state.hpp"
#include "common/used_pieces.hpp"
#include "numa/address_map.hpp"
#include "numa/reserved_memory.hpp"

namespace numa {

/// How far into a node's RAM an offset lies, the I/O window left out; nothing inside the window.
constexpr std::optional<std::uint64_t> ram_position(std::uint64_t offset) {
  if (offset < kIoBegin) return offset;
  if (offset < kIoEnd) return std::nullopt;
  return offset - (kIoEnd - kIoBegin);
}
/// The other way round.
constexpr std::uint64_t ram_offset(std::uint64_t position) {
  return position < kIoBegin ? position : position + (kIoEnd - kIoBegin);
}

class NodeMemory {
 public:
  /// Requires: bytes is a multiple of 4 KB, at most kMaxNodeRam. Host memory is reserved, not
  /// touched.
  explicit NodeMemory(std::uint64_t bytes);

  std::uint64_t size() const { return memory_.size(); }
  /// First offset behind the RAM (the hole not counted).
  std::uint64_t end() const { return size() <= kIoBegin ? size() : size() + kHole; }

  /// Host address of an offset in the node; nullptr where there is no RAM. Stays valid for the life
  /// of the memory; what follows it is contiguous up to the next 4 KB boundary at least. Whoever
  /// gets it may write there, up to that boundary.
  std::byte* host(std::uint64_t offset) {
    const auto position = ram_position(offset);
    if (!position || *position >= size()) return nullptr;
    used_.mark(*position);
    return memory_.data() + *position;
  }

  /// Copies; false, and nothing copied, if a part of the range is not RAM.
  bool read(std::uint64_t offset, std::span<std::byte> out) const;
  bool write(std::uint64_t offset, std::span<const std::byte> in);

  void visit(StateVisitor& v) { v.sparse_bytes("ram", {memory_.data(), size()}, used_); }

 private:
  static constexpr std::uint64_t kHole = kIoEnd - kIoBegin;

  bool is_ram(std::uint64_t offset, std::uint64_t size) const;

  ReservedMemory memory_;
  UsedPieces used_;
};

}  // namespace numa
