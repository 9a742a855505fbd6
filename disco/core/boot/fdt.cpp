#include "disco/core/boot/fdt.hpp"

#include <cstring>

namespace disco {

namespace {

constexpr std::uint32_t kMagic = 0xd00dfeed, kHeaderBytes = 40;
constexpr std::uint32_t kVersion = 17;        // before, the blocks' sizes do not count
constexpr std::uint32_t kOldestVersion = 16;  // before, nodes were named by whole paths

std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < 4; ++n)
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + n]);
  return value;
}

constexpr std::uint64_t aligned(std::uint64_t at) { return (at + 3) & ~std::uint64_t{3}; }

bool matches(std::string_view name, std::string_view component) {
  if (name == component) return true;
  return component.find('@') == std::string_view::npos && name.size() > component.size() &&
         name.substr(0, component.size()) == component && name[component.size()] == '@';
}

}  // namespace

std::optional<std::uint32_t> Fdt::size_of(std::span<const std::byte> bytes) {
  if (bytes.size() < 8 || big_endian(bytes, 0) != kMagic) return std::nullopt;
  return big_endian(bytes, 4);
}

std::optional<Fdt> Fdt::open(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const auto total = size_of(bytes);
  if (!total || *total < kHeaderBytes || *total > bytes.size()) return std::nullopt;
  Fdt tree;
  tree.bytes_ = bytes.first(*total);
  tree.struct_at_ = big_endian(bytes, 8);
  tree.strings_at_ = big_endian(bytes, 12);
  tree.reserve_at_ = big_endian(bytes, 16);
  const std::uint32_t last_compatible = big_endian(bytes, 24);
  const std::uint32_t version = big_endian(bytes, 20);
  const auto end_of = [&](std::uint32_t begin, std::size_t size_at) {
    return version < kVersion ? *total : std::uint64_t{begin} + big_endian(bytes, size_at);
  };
  const std::uint64_t strings_end = end_of(tree.strings_at_, 32);
  const std::uint64_t struct_end = end_of(tree.struct_at_, 36);
  if (version < kOldestVersion || last_compatible > kVersion || tree.struct_at_ % 4 != 0 ||
      tree.reserve_at_ % 8 != 0 || strings_end > *total || struct_end > *total ||
      tree.reserve_at_ > *total || tree.struct_at_ > *total || tree.strings_at_ > *total) {
    return std::nullopt;
  }
  tree.strings_end_ = static_cast<std::uint32_t>(strings_end);
  tree.struct_end_ = static_cast<std::uint32_t>(struct_end);
  return tree;
}

std::uint32_t Fdt::u32(std::uint32_t at) const { return big_endian(bytes_, at); }

std::optional<std::string_view> Fdt::text(std::uint32_t at, std::uint32_t limit) const {
  if (at >= limit) return std::nullopt;
  const char* begin = reinterpret_cast<const char*>(bytes_.data()) + at;
  const void* end = std::memchr(begin, 0, limit - at);
  if (end == nullptr) return std::nullopt;
  return std::string_view{begin, static_cast<std::size_t>(static_cast<const char*>(end) - begin)};
}

Fdt::Token Fdt::token(std::uint32_t at, std::uint32_t& next) const {
  next = struct_end_;
  if (std::uint64_t{at} + 4 > struct_end_) return kEnd;
  const std::uint32_t word = u32(at);
  std::uint64_t end = std::uint64_t{at} + 4;
  if (word == kBeginNode) {
    const auto label = text(at + 4, struct_end_);
    if (!label) return kEnd;
    end = aligned(end + label->size() + 1);
  } else if (word == kProperty) {
    if (end + 8 > struct_end_) return kEnd;
    end = aligned(end + 8 + u32(at + 4));
  } else if (word != kEndNode && word != kNop) {
    return kEnd;
  }
  if (end > struct_end_) return kEnd;
  next = static_cast<std::uint32_t>(end);
  return static_cast<Token>(word);
}

std::uint32_t Fdt::body(Node node) const {
  std::uint32_t next = 0;
  return token(node.at, next) == kBeginNode ? next : struct_end_;
}

std::string_view Fdt::name(Node node) const { return text(node.at + 4, struct_end_).value_or(""); }

std::optional<Fdt::Node> Fdt::root() const {
  std::uint32_t at = struct_at_, next = 0;
  Token t = token(at, next);
  while (t == kNop) t = token(at = next, next);
  return t == kBeginNode ? std::optional{Node{at}} : std::nullopt;
}

std::optional<Fdt::Node> Fdt::first_child(Node node) const {
  std::uint32_t next = 0;
  for (std::uint32_t at = body(node);; at = next) {
    const Token t = token(at, next);
    if (t == kBeginNode) return Node{at};
    if (t == kEndNode || t == kEnd) return std::nullopt;
  }
}

std::optional<Fdt::Node> Fdt::next_sibling(Node node) const {
  std::uint32_t next = 0;
  unsigned depth = 1;
  for (std::uint32_t at = body(node);; at = next) {
    const Token t = token(at, next);
    if (t == kEnd) return std::nullopt;
    if (depth == 0) {
      if (t == kBeginNode) return Node{at};
      if (t == kEndNode) return std::nullopt;
    } else if (t == kBeginNode) {
      ++depth;
    } else if (t == kEndNode) {
      --depth;
    }
  }
}

std::optional<Fdt::Node> Fdt::find(std::string_view path) const {
  std::optional<Node> here = root();
  while (here && !path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    std::optional<Node> child = first_child(*here);
    while (child && !matches(name(*child), component)) child = next_sibling(*child);
    here = child;
  }
  return here;
}

std::optional<std::span<const std::byte>> Fdt::property(Node node, std::string_view wanted) const {
  std::uint32_t next = 0;
  for (std::uint32_t at = body(node);; at = next) {
    const Token t = token(at, next);
    if (t == kNop) continue;
    if (t != kProperty) return std::nullopt;  // properties come before children
    const std::uint64_t label_at = std::uint64_t{strings_at_} + u32(at + 8);
    if (label_at >= strings_end_) continue;
    const auto label = text(static_cast<std::uint32_t>(label_at), strings_end_);
    if (label && *label == wanted) return bytes_.subspan(at + 12, u32(at + 4));
  }
}

std::optional<std::uint64_t> Fdt::number(Node node, std::string_view wanted) const {
  const auto value = property(node, wanted);
  if (!value) return std::nullopt;
  if (value->size() == 4) return big_endian(*value, 0);
  if (value->size() == 8) return std::uint64_t{big_endian(*value, 0)} << 32 | big_endian(*value, 4);
  return std::nullopt;
}

std::optional<std::uint64_t> Fdt::cell64(Node node, std::string_view wanted, unsigned index) const {
  const auto value = property(node, wanted);
  if (!value || value->size() / 8 <= index) return std::nullopt;
  const std::size_t at = std::size_t{index} * 8;
  return std::uint64_t{big_endian(*value, at)} << 32 | big_endian(*value, at + 4);
}

}  // namespace disco
