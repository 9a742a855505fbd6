#include "tests/fuzz/mutation.hpp"

#include <algorithm>

namespace fuzz {
namespace {

constexpr std::size_t kPiece = 64;  // longest piece moved, most of the time

std::size_t short_length(Random& random) {
  return random.one_in(16) ? 1 + random.below(4096) : 1 + random.below(kPiece);
}

auto at_offset(Bytes& bytes, std::size_t at) {
  return bytes.begin() + static_cast<std::ptrdiff_t>(at);
}

}  // namespace

std::uint64_t get(const Bytes& bytes, Field field, ByteOrder order) {
  std::uint64_t value = 0;
  if (field.at > bytes.size() || field.size > bytes.size() - field.at) return 0;
  for (unsigned i = 0; i < field.size; ++i) {
    const unsigned k = order == ByteOrder::kBig ? i : field.size - 1 - i;
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[field.at + k]);
  }
  return value;
}

void put(Bytes& bytes, Field field, ByteOrder order, std::uint64_t value) {
  if (field.at > bytes.size() || field.size > bytes.size() - field.at) return;
  for (unsigned i = 0; i < field.size; ++i) {
    const unsigned k = order == ByteOrder::kLittle ? i : field.size - 1 - i;
    bytes[field.at + k] = static_cast<std::byte>(value >> (8 * i));
  }
}

std::uint64_t interesting(Random& random, std::uint64_t size, std::uint64_t old) {
  const std::uint64_t power = std::uint64_t{1} << random.below(64);
  switch (random.below(12)) {
    case 0: return random.below(9);
    case 1: return ~std::uint64_t{0} - random.below(9);
    case 2: return power;
    case 3: return power - 1;
    case 4: return 0 - power;
    case 5: return size + random.below(5) - 2;
    case 6: return size - random.below(static_cast<std::size_t>(size) + 1);
    case 7: return old + 1;
    case 8: return old - 1;
    case 9: return old ^ power;
    case 10: return old + power;
    default: return random.next();
  }
}

unsigned how_many(Random& random) {
  unsigned count = 1;
  while (count < 16 && random.one_in(2)) ++count;
  return count;
}

Bytes piece_of(const Bytes& from, Random& random, std::size_t longest) {
  const std::size_t at = random.below(from.size());
  const std::size_t length = std::min({random.below(longest) + 1, from.size() - at, longest});
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(at);
  return {begin, begin + static_cast<std::ptrdiff_t>(length)};
}

void ByteMutator::insert(Bytes& bytes, std::size_t at, const Bytes& piece) const {
  if (bytes.size() + piece.size() > longest_) return;
  bytes.insert(at_offset(bytes, at), piece.begin(), piece.end());
}

void ByteMutator::change_field(Bytes& bytes, Random& random, const Sample& sample) const {
  const Field field = random.pick(sample.fields);
  const std::uint64_t old = get(bytes, field, order_);
  // What another field says, so that two of them agree about something impossible.
  const bool copies = random.one_in(4);
  const std::uint64_t value = copies ? get(bytes, random.pick(sample.fields), order_)
                                     : interesting(random, bytes.size(), old);
  put(bytes, field, order_, value);
}

void ByteMutator::mutate(Bytes& bytes, Random& random, const Sample& sample,
                         const std::vector<Sample>& others) const {
  const bool knows_fields = !sample.fields.empty() && !random.one_in(3);
  if (knows_fields) return change_field(bytes, random, sample);
  mutate_anywhere(bytes, random, others);
}

void ByteMutator::mutate_anywhere(Bytes& bytes, Random& random,
                                  const std::vector<Sample>& others) const {
  const std::size_t at = random.below(bytes.size());
  const std::size_t length = std::min(short_length(random), bytes.size() - at);
  switch (random.below(10)) {
    case 0:  // one bit
      if (!bytes.empty()) bytes[at] ^= std::byte{1} << static_cast<int>(random.below(8));
      return;
    case 1:  // one byte
      if (!bytes.empty()) bytes[at] = static_cast<std::byte>(random.next());
      return;
    case 2:  // noise
      for (std::size_t i = 0; i < length; ++i)
        bytes[at + i] = static_cast<std::byte>(random.next());
      return;
    case 3: {  // an aligned number
      const unsigned size = 1U << random.below(4);
      const Field field{at / size * size, size};
      put(bytes, field, order_, interesting(random, bytes.size(), get(bytes, field, order_)));
      return;
    }
    case 4:  // a piece less
      bytes.erase(at_offset(bytes, at), at_offset(bytes, at + length));
      return;
    case 5: {  // the end missing, or far too much of it
      if (random.one_in(4)) return insert(bytes, bytes.size(), Bytes(short_length(random)));
      bytes.resize(at);
      return;
    }
    case 6:  // a piece twice
      return insert(bytes, at, piece_of(bytes, random, kPiece));
    case 7: {  // noise in between
      Bytes noise(std::min<std::size_t>(short_length(random), 256));
      for (std::byte& b : noise) b = static_cast<std::byte>(random.next());
      return insert(bytes, at, noise);
    }
    case 8: {  // a piece elsewhere
      const Bytes piece = piece_of(bytes, random, kPiece);
      for (std::size_t i = 0; i < piece.size() && at + i < bytes.size(); ++i)
        bytes[at + i] = piece[i];
      return;
    }
    default: {  // a piece of another file over this one, or its whole rest
      const Bytes& other = random.pick(others).bytes;
      if (random.one_in(4)) {
        const std::size_t cut = std::min(at, other.size());
        bytes.resize(cut);
        bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(cut), other.end());
        bytes.resize(std::min(bytes.size(), longest_));
        return;
      }
      const Bytes piece = piece_of(other, random, kPiece);
      for (std::size_t i = 0; i < piece.size() && at + i < bytes.size(); ++i)
        bytes[at + i] = piece[i];
      return;
    }
  }
}

}  // namespace fuzz
