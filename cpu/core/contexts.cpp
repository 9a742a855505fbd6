// How the numbers of translation contexts are given out.
#include "cpu/core/contexts.hpp"

#include <algorithm>

namespace cpu {

bool ContextNumbers::give(std::uint64_t key) {
  const bool are_used_up = next_ == kContexts - 1;  // the last is kLinkedContext
  if (are_used_up) {
    std::fill(numbers_.begin(), numbers_.end(), std::uint16_t{0});
    next_ = 1;
  }
  numbers_[key] = next_++;
  return are_used_up;
}

}  // namespace cpu
