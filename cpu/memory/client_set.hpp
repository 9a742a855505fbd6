// A set of a machine's CPUs by number. The first 64 take no memory of their own; walking it costs
// what is in it (and a word for every 64 CPUs).
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace cpu {

class ClientSet {
 public:
  bool empty() const {
    for (const std::uint64_t word : more_) {
      if (word != 0) return false;
    }
    return first_ == 0;
  }

  bool contains(std::uint32_t number) const {
    if (number < 64) return (first_ >> number & 1) != 0;
    const std::size_t word = number / 64 - 1;
    return word < more_.size() && (more_[word] >> number % 64 & 1) != 0;
  }

  void insert(std::uint32_t number) { word_of(number) |= bit_of(number); }
  void erase(std::uint32_t number) {
    if (contains(number)) word_of(number) &= ~bit_of(number);
  }
  void clear() {
    first_ = 0;
    more_.clear();
  }

  /// In ascending order. `visit(number)` may erase that number.
  template <class Visit>
  void for_each(Visit visit) const {
    walk(first_, 0, visit);
    for (std::size_t word = 0; word < more_.size(); ++word) {
      walk(more_[word], static_cast<std::uint32_t>(word + 1) * 64, visit);
    }
  }

 private:
  static std::uint64_t bit_of(std::uint32_t number) { return std::uint64_t{1} << number % 64; }
  std::uint64_t& word_of(std::uint32_t number) {
    if (number < 64) return first_;
    if (more_.size() < number / 64) more_.resize(number / 64, 0);
    return more_[number / 64 - 1];
  }
  template <class Visit>
  static void walk(std::uint64_t word, std::uint32_t base, Visit& visit) {
    for (; word != 0; word &= word - 1) {
      visit(base + static_cast<std::uint32_t>(std::countr_zero(word)));
    }
  }

  std::uint64_t first_ = 0;
  std::vector<std::uint64_t> more_;  // of 64 CPUs each
};

}  // namespace cpu
