#include "machine/devices/rtc.hpp"

namespace machine {

numa::ReadResult Rtc::read(const numa::Requester& by, std::uint64_t offset, unsigned size) {
  const std::uint64_t now = clock_.nanoseconds(by.at);
  if (size == 8) return now;
  if (size != 4) return Failure{numa::BusError{}};

  Latch& latch = latches_[index_of(by.cpu)];
  if (offset == 0) {
    latch = {true, static_cast<std::uint32_t>(now)};
    return now >> 32;
  }
  const std::uint32_t low = latch.is_set ? latch.low : static_cast<std::uint32_t>(now);
  latch = {};
  return std::uint64_t{low};
}

numa::WriteResult Rtc::write(const numa::Requester&, std::uint64_t, unsigned, std::uint64_t) {
  return Failure{numa::BusError{}};
}

void Rtc::visit(StateVisitor& v) {
  for (Latch& latch : latches_) {
    v.field("is_set", latch.is_set);
    v.field("low", latch.low);
  }
}

}  // namespace machine
