#include "numa/rtc.hpp"

namespace numa {

ReadResult Rtc::read(const Requester& by, std::uint64_t offset, unsigned size) {
  const std::uint64_t now = clock_.nanoseconds(by.at);
  if (size == 8) return now;
  if (size != 4) return Failure{BusError{}};

  Latch& latch = latches_[index_of(by.cpu)];
  if (offset == 0) {
    latch = {true, static_cast<std::uint32_t>(now)};
    return now >> 32;
  }
  const std::uint32_t low = latch.is_set ? latch.low : static_cast<std::uint32_t>(now);
  latch = {};
  return std::uint64_t{low};
}

WriteResult Rtc::write(const Requester&, std::uint64_t, unsigned, std::uint64_t) {
  return Failure{BusError{}};
}

void Rtc::visit(StateVisitor& v) {
  for (Latch& latch : latches_) {
    v.field("is_set", latch.is_set);
    v.field("low", latch.low);
  }
}

}  // namespace numa
