// Bytes on their way from the machine's console to a VM's serial port. One CPU puts, one takes.
#pragma once

#include <cstdint>
#include <optional>

#include "disco/core/memory/atomic.hpp"

namespace disco {

class InputQueue {
 public:
  static constexpr unsigned kBytes = 64;

  bool has_room() const { return read_shared(put_) - read_shared(taken_) < kBytes; }
  /// Requires: has_room().
  void put(std::uint8_t byte) {
    const std::uint64_t n = read_shared(put_);
    bytes_[n % kBytes] = byte;
    write_shared(put_, n + 1);
  }
  std::optional<std::uint8_t> take() {
    const std::uint64_t n = read_shared(taken_);
    if (n == read_shared(put_)) return std::nullopt;
    const std::uint8_t byte = bytes_[n % kBytes];
    write_shared(taken_, n + 1);
    return byte;
  }
  /// Nothing more will come.
  void end() { write_shared(ended_, 1); }
  bool has_ended() const {
    return read_shared(ended_) != 0 && read_shared(taken_) == read_shared(put_);
  }

 private:
  std::uint64_t put_ = 0, taken_ = 0, ended_ = 0;
  std::uint8_t bytes_[kBytes] = {};
};

}  // namespace disco
