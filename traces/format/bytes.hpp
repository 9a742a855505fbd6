// Numbers in bytes: LEB128, zigzag, little-endian words. Reading past the end or an overlong number
// makes the source fail for good; nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.hpp"

namespace traces {
using namespace common;

constexpr std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}
constexpr std::uint64_t unzigzag(std::uint64_t coded) { return coded >> 1 ^ (0 - (coded & 1)); }

class ByteSink {
 public:
  void byte(unsigned value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<unsigned>(value & 0x7f) | 0x80);
    byte(static_cast<unsigned>(value));
  }
  /// `value` - `expected`, modulo 2^64.
  void relative(std::uint64_t value, std::uint64_t expected) { number(zigzag(value - expected)); }
  void relative(VirtAddr value, VirtAddr expected) { relative(value.bits(), expected.bits()); }
  void word32(std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) byte(value >> (8 * i) & 0xff);
  }
  void word64(std::uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) byte(static_cast<unsigned>(value >> (8 * i) & 0xff));
  }
  void append(std::span<const std::uint8_t> more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }

  void clear() { bytes_.clear(); }
  std::size_t size() const { return bytes_.size(); }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

class ByteSource {
 public:
  explicit ByteSource(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}

  bool failed() const { return failed_; }
  bool at_end() const { return at_ == bytes_.size(); }
  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

  std::uint8_t byte() {
    if (at_ == bytes_.size()) return fail();
    return bytes_[at_++];
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      if (shift == 63 && b > 1) return fail();
      value |= std::uint64_t{b & 0x7fu} << shift;
      if (b < 0x80) return value;
    }
    return fail();
  }
  std::uint64_t relative(std::uint64_t expected) { return expected + unzigzag(number()); }
  VirtAddr relative(VirtAddr expected) { return expected + unzigzag(number()); }
  std::uint32_t word32() {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{byte()} << (8 * i);
    return value;
  }
  std::uint64_t word64() {
    const std::uint64_t low = word32();
    return low | std::uint64_t{word32()} << 32;
  }
  /// The next `n` bytes as a source of their own.
  ByteSource take(std::uint64_t n) {
    if (n > left()) {
      fail();
      return ByteSource{{}};
    }
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(n));
    at_ += static_cast<std::size_t>(n);
    return ByteSource{part};
  }

 private:
  std::uint8_t fail() {
    failed_ = true;
    at_ = bytes_.size();
    return 0;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace traces
