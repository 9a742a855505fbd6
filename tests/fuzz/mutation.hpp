// Mutations of files made of bytes: anywhere, and at the places where a format keeps its numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/random.hpp"
#include "tests/fuzz/subject.hpp"

namespace fuzz {

enum class ByteOrder : std::uint8_t { kBig, kLittle };

/// A number within a file.
struct Field {
  std::size_t at = 0;
  unsigned size = 4;  // bytes, 1 .. 8
};

/// A valid file, and where its numbers are.
struct Sample {
  std::string name;
  Bytes bytes;
  std::vector<Field> fields{};
};

std::uint64_t get(const Bytes& bytes, Field field, ByteOrder order);
/// Does nothing where the field does not lie within the bytes.
void put(Bytes& bytes, Field field, ByteOrder order, std::uint64_t value);

/// A number at which readers go wrong: powers of two and their neighbours, all ones, small ones,
/// and what lies around `size`, `old`.
std::uint64_t interesting(Random& random, std::uint64_t size, std::uint64_t old);

/// How many mutations an input gets: mostly one or two, so that they reach deep.
unsigned how_many(Random& random);

class ByteMutator {
 public:
  /// `longest`: files do not grow beyond it.
  ByteMutator(ByteOrder order, std::size_t longest) : order_{order}, longest_{longest} {}

  /// One mutation of `bytes`, which began as `sample`; `others` are what pieces are taken from.
  void mutate(Bytes& bytes, Random& random, const Sample& sample,
              const std::vector<Sample>& others) const;
  /// One of those that pay no heed to the format.
  void mutate_anywhere(Bytes& bytes, Random& random, const std::vector<Sample>& others) const;

 private:
  void change_field(Bytes& bytes, Random& random, const Sample& sample) const;
  void insert(Bytes& bytes, std::size_t at, const Bytes& piece) const;

  ByteOrder order_;
  std::size_t longest_;
};

/// A piece of `from`, at most `longest` bytes.
Bytes piece_of(const Bytes& from, Random& random, std::size_t longest);

}  // namespace fuzz
