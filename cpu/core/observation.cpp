// Marks and breakpoints by page offset.
#include "cpu/core/observation.hpp"

namespace cpu {

std::optional<std::uint32_t> Observation::mark_at(VirtAddr pc) const {
  const auto found = marks_.find(pc.bits());
  if (found == marks_.end()) return std::nullopt;
  return found->second;
}

void Observation::note_offsets() {
  is_outdated_ = false;
  offsets_.reset();
  for (const auto& [pc, id] : marks_) offsets_.set(VirtAddr{pc}.offset_in(kPageSize) / 4);
  for (const std::uint64_t pc : breakpoints_) offsets_.set(VirtAddr{pc}.offset_in(kPageSize) / 4);
}

}  // namespace cpu
