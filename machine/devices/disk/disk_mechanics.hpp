// How long a disk takes: seek, rotation, transfer. Time is the platter's angle, so that equal
// requests at equal times take equal long. docs/devices.md has the formulas; the default figures
// are the HP 97560's.
#pragma once

#include <cstdint>

#include "numa/clock.hpp"

namespace machine {
using namespace common;

inline constexpr std::uint64_t kSectorBytes = 512;

struct DiskTiming {
  bool is_instant = false;               // every request takes kInstant
  std::uint32_t rpm = 4002;              // 60 .. 60,000
  std::uint32_t heads = 19;              // 1 .. 255
  std::uint32_t sectors_per_track = 72;  // 1 .. 4096
  std::uint32_t long_seek_from = 383;    // cylinders; shorter seeks follow the root
  numa::Nanoseconds short_seek_base = 3'240'000;
  numa::Nanoseconds short_seek_root = 400'000;  // times the root of the distance
  numa::Nanoseconds long_seek_base = 8'000'000;
  numa::Nanoseconds long_seek_per_cylinder = 8'000;
  numa::Nanoseconds head_switch = 1'600'000;
  numa::Nanoseconds overhead = 1'100'000;  // of the controller, for each request
  std::uint64_t bus_bytes_per_second = 10'000'000;
};

class DiskMechanics {
 public:
  static constexpr numa::Nanoseconds kInstant = 1000;

  /// Requires: timing within its ranges, sectors > 0.
  DiskMechanics(const DiskTiming& timing, std::uint64_t sectors);

  struct Place {
    std::uint64_t cylinder = 0;
    std::uint32_t head = 0, sector = 0;  // sector: of the track, before skew
    bool operator==(const Place&) const = default;
  };
  Place place_of(std::uint64_t sector) const;
  std::uint64_t cylinders() const { return cylinders_; }
  const DiskTiming& timing() const { return timing_; }

  numa::Nanoseconds revolution() const { return revolution_; }
  /// From one cylinder to another; 0 for no distance.
  numa::Nanoseconds seek(std::uint64_t from, std::uint64_t to) const;
  /// What a request of `bytes` takes that the controller answers from its memory.
  numa::Nanoseconds from_cache(std::uint64_t bytes) const;

  /// What an access to the medium is made of; the sum is its duration.
  struct Access {
    numa::Nanoseconds positioning = 0;  // seek or head switch
    numa::Nanoseconds rotation = 0;
    numa::Nanoseconds transfer = 0;
    numa::Nanoseconds total() const { return positioning + rotation + transfer; }
  };
  /// `count` sectors from `first` on, the arm moving at `start` from where `arm` is, which is then
  /// where the last sector lies. Requires: they are on the disk, count > 0.
  Access access(Place& arm, std::uint64_t first, std::uint64_t count,
                numa::Nanoseconds start) const;

 private:
  numa::Nanoseconds positioning(const Place& from, const Place& to) const;
  std::uint32_t angle_of(const Place& place) const;
  numa::Nanoseconds angle_time(std::uint64_t slot) const;
  numa::Nanoseconds wait_for(std::uint32_t slot, numa::Nanoseconds at) const;

  DiskTiming timing_;
  std::uint64_t cylinders_ = 0;
  numa::Nanoseconds revolution_ = 0;
  std::uint32_t track_skew_ = 0, cylinder_skew_ = 0;  // in sectors
};

}  // namespace machine
