// A drive's volatile write cache: sectors that were acknowledged and are not on the medium yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/state.hpp"
#include "machine/devices/disk/disk_medium.hpp"

namespace machine {
using namespace common;

class WriteCache {
 public:
  static constexpr std::uint32_t kMost = 65'536;
  /// Requires: capacity in sectors, at most kMost. Nothing is allocated later.
  explicit WriteCache(std::uint32_t capacity);

  std::uint32_t capacity() const { return capacity_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(held_.size()); }
  bool is_empty() const { return held_.empty(); }

  /// The newest content of a sector, or nullptr.
  const std::byte* find(std::uint64_t sector) const;
  /// How many of the sectors it does not hold yet: the room that writing them takes.
  std::uint32_t room_for(std::uint64_t sector, std::uint64_t count) const;
  std::uint32_t free() const { return static_cast<std::uint32_t>(free_.size()); }
  /// Requires: room for it.
  void write(std::uint64_t sector, std::span<const std::byte> data);
  /// What is held of these sectors is no longer true.
  void drop(std::uint64_t sector, std::uint64_t count);

  struct Run {
    std::uint64_t sector = 0, count = 0;
  };
  /// Sectors side by side that begin at or, if there are none, before `from`. Requires: not empty.
  Run run_from(std::uint64_t from) const;
  /// Writes a run to the medium and forgets it.
  void destage(const Run& run, DiskMedium& medium);
  /// The power fails: of each sector a coin decides whether it has reached the medium.
  void lose_power(std::uint64_t seed, DiskMedium& medium);

  /// Restores only sectors below `end`, whatever a damaged state says.
  void visit(StateVisitor& v, std::uint64_t end);

 private:
  struct Held {
    std::uint64_t sector = 0;
    std::uint32_t buffer = 0;
  };
  std::vector<Held>::const_iterator first_from(std::uint64_t sector) const;
  std::span<std::byte> buffer(std::uint32_t index) {
    return {buffers_.data() + index * kSectorBytes, kSectorBytes};
  }
  void forget(std::uint64_t sector, std::uint64_t count);

  std::uint32_t capacity_;
  std::vector<Held> held_;           // by sector
  std::vector<std::uint32_t> free_;  // buffers
  std::vector<std::byte> buffers_;
};

}  // namespace machine
