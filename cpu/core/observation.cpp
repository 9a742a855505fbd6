// Marks and breakpoints by page and offset.
#include "cpu/core/observation.hpp"

namespace cpu {

std::optional<std::uint32_t> Observation::mark_at(VirtAddr pc) const {
  const auto found = marks_.find(pc.bits());
  if (found == marks_.end()) return std::nullopt;
  return found->second;
}

void Observation::note_offset(VirtAddr pc) {
  const auto next = static_cast<std::uint32_t>(offsets_.size() + 1);
  const auto [found, is_new] = numbers_.try_emplace(pc.aligned_down(kPageSize).bits(), next);
  if (is_new) offsets_.emplace_back();
  offsets_[found->second - 1].set(pc.offset_in(kPageSize) / 4);
}

void Observation::note_offsets() {
  is_outdated_ = false;
  numbers_.clear();
  offsets_.clear();
  for (const auto& [pc, id] : marks_) note_offset(VirtAddr{pc});
  for (const std::uint64_t pc : breakpoints_) note_offset(VirtAddr{pc});
}

}  // namespace cpu
