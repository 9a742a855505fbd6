#include "disco/core/memory/memmap.hpp"

namespace disco {

std::optional<MachineAddr> Memmap::take(unsigned wanted, unsigned order, PageState state,
                                        Hardware& hardware) const {
  for (unsigned n = 0; n < count_; ++n) {
    const unsigned node = wanted + n < count_ ? wanted + n : wanted + n - count_;
    if (const auto at = nodes_[node]->take(order, state, hardware)) return at;
  }
  return std::nullopt;
}

std::optional<MachineAddr> Memmap::take_for_monitor(unsigned wanted, std::uint64_t pages,
                                                    Hardware& hardware) const {
  for (unsigned n = 0; n < count_; ++n) {
    const unsigned node = wanted + n < count_ ? wanted + n : wanted + n - count_;
    if (const auto at = nodes_[node]->take_for_monitor(pages, hardware)) return at;
  }
  return std::nullopt;
}

void Memmap::give_back(MachineAddr at, std::uint64_t pages, Hardware& hardware) const {
  node_of(at).give_back(at, pages, hardware);
}

bool Memmap::reserve(std::uint64_t pages) {
  std::uint64_t left = read_shared(unreserved_);
  do {
    if (left < pages) return false;
  } while (!compare_and_swap(unreserved_, left, left - pages));
  return true;
}

}  // namespace disco
