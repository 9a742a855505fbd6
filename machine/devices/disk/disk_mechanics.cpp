#include "machine/devices/disk/disk_mechanics.hpp"

#include <algorithm>

#include "common/check.hpp"

namespace machine {

namespace {

/// The largest r with r * r <= n: floating point would leave the last digit to the host's library.
std::uint64_t integer_root(std::uint64_t n) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
    const std::uint64_t more = root | bit;
    if (more * more <= n) root = more;
  }
  return root;
}

std::uint64_t divided_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

DiskMechanics::DiskMechanics(const DiskTiming& timing, std::uint64_t sectors) : timing_{timing} {
  CHECK(sectors > 0 && timing.rpm > 0 && timing.heads > 0 && timing.sectors_per_track > 0);
  cylinders_ = divided_up(sectors, std::uint64_t{timing.heads} * timing.sectors_per_track);
  revolution_ = 60'000'000'000 / timing.rpm;
  const auto skew = [this](numa::Nanoseconds span) {
    const std::uint64_t slots = divided_up(span * timing_.sectors_per_track, revolution_);
    return static_cast<std::uint32_t>(slots % timing_.sectors_per_track);
  };
  track_skew_ = skew(timing.head_switch);
  cylinder_skew_ = skew(seek(0, 1));
}

DiskMechanics::Place DiskMechanics::place_of(std::uint64_t sector) const {
  const std::uint64_t track = sector / timing_.sectors_per_track;
  return {track / timing_.heads, static_cast<std::uint32_t>(track % timing_.heads),
          static_cast<std::uint32_t>(sector % timing_.sectors_per_track)};
}

numa::Nanoseconds DiskMechanics::seek(std::uint64_t from, std::uint64_t to) const {
  const std::uint64_t distance = from < to ? to - from : from - to;
  if (distance == 0) return 0;
  if (distance >= timing_.long_seek_from)
    return timing_.long_seek_base + timing_.long_seek_per_cylinder * distance;
  // The root to a millionth: of distance * 10^12.
  const std::uint64_t root = integer_root(distance * 1'000'000'000'000);
  return timing_.short_seek_base + timing_.short_seek_root * root / 1'000'000;
}

numa::Nanoseconds DiskMechanics::from_cache(std::uint64_t bytes) const {
  if (timing_.is_instant) return kInstant;
  return timing_.overhead + bytes * 1'000'000'000 / timing_.bus_bytes_per_second;
}

// Changing cylinders includes choosing a head.
numa::Nanoseconds DiskMechanics::positioning(const Place& from, const Place& to) const {
  if (from.cylinder != to.cylinder) return seek(from.cylinder, to.cylinder);
  return from.head != to.head ? timing_.head_switch : 0;
}

// The slot of the revolution in which the sector begins.
std::uint32_t DiskMechanics::angle_of(const Place& place) const {
  const std::uint64_t skewed =
      place.sector +
      std::uint64_t{track_skew_} * (place.head + place.cylinder * (timing_.heads - 1)) +
      std::uint64_t{cylinder_skew_} * place.cylinder;
  return static_cast<std::uint32_t>(skewed % timing_.sectors_per_track);
}

// Of the beginning of a slot since the index mark; slots do not drift however often it turns.
numa::Nanoseconds DiskMechanics::angle_time(std::uint64_t slot) const {
  return divided_up(slot * revolution_, timing_.sectors_per_track);
}

numa::Nanoseconds DiskMechanics::wait_for(std::uint32_t slot, numa::Nanoseconds at) const {
  const numa::Nanoseconds now = at % revolution_, wanted = angle_time(slot);
  return wanted >= now ? wanted - now : wanted + revolution_ - now;
}

DiskMechanics::Access DiskMechanics::access(Place& arm, std::uint64_t first, std::uint64_t count,
                                            numa::Nanoseconds start) const {
  CHECK(count > 0);
  if (timing_.is_instant) return {0, 0, kInstant};
  Access sum;
  numa::Nanoseconds at = start;
  for (std::uint64_t done = 0; done < count;) {
    const Place to = place_of(first + done);
    CHECK(to.cylinder < cylinders_);
    const numa::Nanoseconds move = positioning(arm, to);
    const numa::Nanoseconds wait = wait_for(angle_of(to), at + move);
    // At a boundary inside the transfer both are the transfer's.
    (done == 0 ? sum.positioning : sum.transfer) += move;
    (done == 0 ? sum.rotation : sum.transfer) += wait;
    const std::uint64_t here =
        std::min<std::uint64_t>(count - done, timing_.sectors_per_track - to.sector);
    const std::uint64_t begin = angle_of(to);
    const numa::Nanoseconds passing = angle_time(begin + here) - angle_time(begin);
    sum.transfer += passing;
    at += move + wait + passing;
    arm = to;
    arm.sector += static_cast<std::uint32_t>(here - 1);
    done += here;
  }
  return sum;
}

}  // namespace machine
