// Little-endian fields in images of bytes: virtio's configuration spaces and headers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace machine {

inline std::uint64_t little(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t n = bytes.size(); n > 0; --n)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[n - 1]);
  return value;
}

/// Requires: the field lies in the image.
template <std::size_t N>
void put_little(std::array<std::byte, N>& image, std::size_t at, std::size_t size,
                std::uint64_t value) {
  for (std::size_t n = 0; n < size; ++n) image[at + n] = static_cast<std::byte>(value >> (8 * n));
}

/// A field of a configuration space: what lies beyond its end reads as zero.
inline std::uint64_t read_field(std::span<const std::byte> image, std::uint64_t offset,
                                unsigned size) {
  if (offset >= image.size()) return 0;
  return little(image.subspan(offset, std::min<std::size_t>(size, image.size() - offset)));
}

}  // namespace machine
