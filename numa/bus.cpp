#include "numa/bus.hpp"

#include <algorithm>

#include "common/check.hpp"

namespace numa {

void Bus::map(MachineAddr at, std::uint64_t bytes, Device& device) {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), at,
                                      [](MachineAddr a, const Range& r) { return a < r.begin; });
  CHECK(after == ranges_.end() || at + bytes <= after->begin);
  CHECK(after == ranges_.begin() || std::prev(after)->begin + std::prev(after)->bytes <= at);
  ranges_.insert(after, {at, bytes, &device});
}

const Bus::Range* Bus::find(MachineAddr at, unsigned size) const {
  if (!at.is_aligned(size)) return nullptr;
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), at,
                                      [](MachineAddr a, const Range& r) { return a < r.begin; });
  if (after == ranges_.begin()) return nullptr;
  const Range& range = *std::prev(after);
  return at - range.begin + size <= range.bytes ? &range : nullptr;
}

ReadResult Bus::read(const Requester& by, MachineAddr at, unsigned size) {
  const Range* const range = find(at, size);
  if (range == nullptr) return Failure{BusError{}};
  return range->device->read(by, at - range->begin, size);
}

WriteResult Bus::write(const Requester& by, MachineAddr at, unsigned size, std::uint64_t value) {
  const Range* const range = find(at, size);
  if (range == nullptr) return Failure{BusError{}};
  return range->device->write(by, at - range->begin, size, value);
}

void Bus::visit(StateVisitor& v) {
  for (const auto& device : devices_) {
    const StateSection section{v, device->name()};
    device->visit(v);
  }
}

}  // namespace numa
