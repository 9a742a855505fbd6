#include "measure/vms/timeline.hpp"

#include <algorithm>

namespace measure {
namespace {

/// A CPU's segments with those shorter than `least` joined to a neighbour that is as short.
void join_short(const std::vector<Timeline::Segment>& row, std::uint64_t least,
                std::vector<Timeline::Segment>& out) {
  const std::size_t begin = out.size();
  for (const Timeline::Segment& one : row) {
    const bool is_short = one.to - one.from < least;
    if (out.size() > begin) {
      Timeline::Segment& last = out.back();
      // What was joined ends when it is as long as what may stand alone.
      const bool may_grow = last.to - last.from < least && last.to == one.from;
      if (may_grow && is_short) {
        if (last.vm != one.vm) last.vm = Timeline::kSeveral;
        last.to = one.to;
        continue;
      }
    }
    out.push_back(one);
  }
}

}  // namespace

void Timeline::ran(std::uint32_t cpu, std::int32_t vm, std::uint64_t from, std::uint64_t to) {
  if (to <= from) return;
  if (rows_.size() <= cpu) rows_.resize(cpu + 1);
  auto& row = rows_[cpu];
  if (!row.empty() && row.back().vm == vm && row.back().to == from) {
    row.back().to = to;
    return;
  }
  if (held_ == most_) {
    ++left_out_;
    return;
  }
  ++held_;
  row.push_back({cpu, vm, from, to});
}

std::vector<Timeline::Segment> Timeline::segments() const {
  std::vector<Segment> all;
  for (const auto& row : rows_) all.insert(all.end(), row.begin(), row.end());
  return all;
}

std::vector<Timeline::Segment> Timeline::thinned(std::size_t most) const {
  if (held_ <= most) return segments();
  std::uint64_t least = 1;
  std::vector<Segment> all;
  do {
    least *= 2;
    all.clear();
    for (const auto& row : rows_) join_short(row, least, all);
  } while (all.size() > most && least < std::uint64_t{1} << 62);
  return all;
}

}  // namespace measure
