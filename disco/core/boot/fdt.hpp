// A reader of flattened device trees (Devicetree Specification 0.4, chapter 5), for the machine's
// tree and for the guests'. Trees may be hostile: every offset is checked, every loop is bounded by
// the size of the structure block, and a damaged tree simply ends early.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace disco {

class Fdt {
 public:
  /// A node, by where its token is in the structure block. Only valid for the Fdt that gave it.
  struct Node {
    std::uint32_t at = 0;
  };

  /// Trees of a machine and of a guest that are larger nobody makes and nobody reads.
  static constexpr std::uint32_t kMostBytes = 1 << 20;

  /// Nothing unless the header is sound and the blocks lie within `bytes`, which outlives this.
  static std::optional<Fdt> open(std::span<const std::byte> bytes);
  /// The size that a header claims; nothing if `bytes` (at least 8 of them) is no tree.
  static std::optional<std::uint32_t> size_of(std::span<const std::byte> bytes);

  std::uint32_t total_size() const { return static_cast<std::uint32_t>(bytes_.size()); }

  std::optional<Node> root() const;
  /// "/soc/serial@1c000000"; a component without "@" also matches a node that has a unit address.
  std::optional<Node> find(std::string_view path) const;
  std::optional<Node> first_child(Node node) const;
  std::optional<Node> next_sibling(Node node) const;
  std::string_view name(Node node) const;

  std::optional<std::span<const std::byte>> property(Node node, std::string_view name) const;
  /// A property of one cell or two, as a number.
  std::optional<std::uint64_t> number(Node node, std::string_view name) const;
  /// Element `index` of a property that is an array of 64-bit cells pairs (reg with two address and
  /// two size cells).
  std::optional<std::uint64_t> cell64(Node node, std::string_view name, unsigned index) const;

  /// Ranges of the memory reservation block, in order; calls `range(address, size)`.
  template <class F>
  void for_each_reservation(F range) const {
    for (std::uint32_t at = reserve_at_; at + 16 <= bytes_.size(); at += 16) {
      const std::uint64_t address = u64(at), size = u64(at + 8);
      if (address == 0 && size == 0) return;
      range(address, size);
    }
  }

 private:
  enum Token : std::uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9 };

  Fdt() = default;
  /// Requires: at + 4 (8) <= bytes_.size().
  std::uint32_t u32(std::uint32_t at) const;
  std::uint64_t u64(std::uint32_t at) const { return std::uint64_t{u32(at)} << 32 | u32(at + 4); }
  /// Zero-terminated text within [at, limit); nothing if it does not end there.
  std::optional<std::string_view> text(std::uint32_t at, std::uint32_t limit) const;
  /// Token at `at` and where the next one is; kEnd for anything damaged.
  Token token(std::uint32_t at, std::uint32_t& next) const;
  /// First token behind the node's name.
  std::uint32_t body(Node node) const;

  std::span<const std::byte> bytes_;
  std::uint32_t struct_at_ = 0, struct_end_ = 0;
  std::uint32_t strings_at_ = 0, strings_end_ = 0;
  std::uint32_t reserve_at_ = 0;
};

}  // namespace disco
