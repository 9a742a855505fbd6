// Big-endian guest memory through host pointers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cpu {

static_assert(std::endian::native == std::endian::little, "hosts are little-endian");

template <class T>
std::uint64_t load_big(const std::byte* at) {
  T raw;
  std::memcpy(&raw, at, sizeof raw);
  if constexpr (sizeof(T) == 1) return raw;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(raw);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(raw);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(raw);
}

template <class T>
void store_big(std::byte* at, std::uint64_t value) {
  T raw = static_cast<T>(value);
  if constexpr (sizeof(T) == 2) raw = __builtin_bswap16(raw);
  if constexpr (sizeof(T) == 4) raw = __builtin_bswap32(raw);
  if constexpr (sizeof(T) == 8) raw = __builtin_bswap64(raw);
  std::memcpy(at, &raw, sizeof raw);
}

/// `size` is 1, 2, 4 or 8.
inline std::uint64_t load_host(const std::byte* at, unsigned size) {
  switch (size) {
    case 1: return load_big<std::uint8_t>(at);
    case 2: return load_big<std::uint16_t>(at);
    case 4: return load_big<std::uint32_t>(at);
    default: return load_big<std::uint64_t>(at);
  }
}

inline void store_host(std::byte* at, unsigned size, std::uint64_t value) {
  switch (size) {
    case 1: return store_big<std::uint8_t>(at, value);
    case 2: return store_big<std::uint16_t>(at, value);
    case 4: return store_big<std::uint32_t>(at, value);
    default: return store_big<std::uint64_t>(at, value);
  }
}

}  // namespace cpu
