// Which pieces of a large range of bytes that began as zeros were ever given out to be written. All
// others are still zero, so whoever looks at the whole range (a digest, a snapshot) need not look
// there, and pays for what is used and not for what is configured.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace common {

class UsedPieces {
 public:
  static constexpr unsigned kShift = 16;
  static constexpr std::uint64_t kPiece = std::uint64_t{1} << kShift;  // bytes

  /// Makes the pieces of a range of this many bytes; none is used.
  explicit UsedPieces(std::uint64_t bytes) : bytes_{bytes}, words_((bytes >> kShift) / 64 + 1) {}

  /// Requires: `at` < bytes.
  void mark(std::uint64_t at) { word_of(at) |= bit_of(at); }
  /// Requires: the range lies within the bytes. An empty one marks nothing.
  void mark(std::uint64_t at, std::uint64_t size) {
    if (size == 0) return;
    for (std::uint64_t piece = at >> kShift; piece <= (at + size - 1) >> kShift; ++piece)
      mark(piece << kShift);
  }
  bool is_used(std::uint64_t at) const { return (words_[at >> kShift >> 6] & bit_of(at)) != 0; }

  /// The first byte from `at` on that lies in a used piece; the number of bytes if there is none.
  std::uint64_t next(std::uint64_t at) const {
    if (at >= bytes_) return bytes_;
    const std::uint64_t piece = at >> kShift;
    std::uint64_t word = words_[piece >> 6] >> (piece & 63) << (piece & 63);
    for (std::uint64_t i = piece >> 6;; word = words_[i]) {
      if (word != 0) {
        const auto bit = static_cast<std::uint64_t>(std::countr_zero(word));
        const std::uint64_t found = (i << 6 | bit) << kShift;
        return found > at ? found : at;
      }
      if (++i == words_.size()) return bytes_;
    }
  }

 private:
  static std::uint64_t bit_of(std::uint64_t at) { return std::uint64_t{1} << (at >> kShift & 63); }
  std::uint64_t& word_of(std::uint64_t at) { return words_[at >> kShift >> 6]; }

  std::uint64_t bytes_;
  std::vector<std::uint64_t> words_;  // a bit for each piece
};

}  // namespace common
