// A disk drive: requests one after the other, each at the time that mechanics and write cache give
// it, and destaging while none waits (docs/devices.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/state.hpp"
#include "machine/devices/disk/disk_mechanics.hpp"
#include "machine/devices/disk/disk_medium.hpp"
#include "machine/devices/disk/write_cache.hpp"
#include "numa/clock.hpp"
#include "numa/event_queue.hpp"

namespace machine {
using namespace common;

struct DiskRequest {
  enum class Kind : std::uint8_t { kRead, kWrite, kFlush } kind{};
  std::uint64_t sector = 0, count = 0;  // of a flush: 0
  std::uint64_t tag = 0;                // the client's
};

class DiskClient {
 public:
  virtual ~DiskClient() = default;
  /// The request takes effect now: the client reads or writes its sectors through the drive.
  virtual void disk_done(const DiskRequest& request, Cycles at) = 0;
};

struct DiskStatistics {
  std::uint64_t reads = 0, writes = 0, flushes = 0, sectors_read = 0, sectors_written = 0;
  std::uint64_t cache_answers = 0;  // requests that did not need the medium
  std::uint64_t destages = 0, sectors_destaged = 0;
  numa::Nanoseconds positioning = 0, rotation = 0,
                    transfer = 0;  // on the medium, requests and destaging
};

class DiskDrive final : public numa::EventTarget {
 public:
  /// As many requests as a virtqueue has descriptors, and one that was abandoned while it was
  /// served.
  static constexpr std::uint32_t kMostRequests = 257;

  struct Setup {
    DiskTiming timing;
    std::uint32_t cache_sectors = 256;  // 0 .. 65,536
  };
  DiskDrive(const Setup& setup, DiskMedium medium, numa::Clock clock, numa::EventQueue& events,
            DiskClient& client);
  DiskDrive(const DiskDrive&) = delete;
  DiskDrive& operator=(const DiskDrive&) = delete;

  std::uint64_t sectors() const { return medium_.sectors(); }
  bool is_read_only() const { return medium_.is_read_only(); }
  const DiskMechanics& mechanics() const { return mechanics_; }
  bool has_write_cache() const { return caching_; }
  /// Requests that begin from now on use it or not. Nothing happens where the drive has none.
  void set_write_cache(bool on) { caching_ = on && cache_.capacity() > 0; }

  /// False if kMostRequests wait already. Requires: the sectors are on the disk.
  bool submit(const DiskRequest& request, Cycles at);
  /// The client no longer waits for anything: requests that did not complete never will. Not inside
  /// disk_done.
  void abandon();

  /// Inside disk_done: the content of the request's sectors, from the cache where it has them.
  void read(std::uint64_t sector, std::span<std::byte> out) const;
  /// Inside disk_done of a write: to where the request was going.
  void write(std::uint64_t sector, std::span<const std::byte> in);

  /// An orderly end: what is cached reaches the medium.
  void settle();
  /// The power fails (DiskMedium has what survives).
  void lose_power(std::uint64_t seed);

  const DiskMedium& medium() const { return medium_; }
  const DiskStatistics& statistics() const { return statistics_; }
  void visit(StateVisitor& v);

  void on_event(Cycles at, std::uint64_t argument) override;

 private:
  enum class Activity : std::uint8_t { kIdle, kServing, kDestaging };
  const DiskRequest& front() const { return waiting_[first_]; }
  void begin(Cycles at);
  bool must_destage_before(const DiskRequest& request) const;
  bool goes_to_cache(const DiskRequest& request) const;
  bool is_cached(const DiskRequest& request) const;
  numa::Nanoseconds service(const DiskRequest& request, Cycles at);
  void begin_destaging(Cycles at);
  numa::Nanoseconds access_medium(std::uint64_t sector, std::uint64_t count, numa::Nanoseconds at);
  void schedule(Activity activity, Cycles at, numa::Nanoseconds duration);
  void complete(Cycles at);
  void mend();

  DiskMechanics mechanics_;
  DiskMedium medium_;
  WriteCache cache_;
  numa::Clock clock_;
  numa::EventQueue& events_;
  numa::EventQueue::Source source_;
  DiskClient& client_;

  std::array<DiskRequest, kMostRequests> waiting_{};
  std::uint32_t first_ = 0, count_ = 0;
  Activity activity_ = Activity::kIdle;
  bool caching_;
  bool to_cache_ = false;   // the write being served
  bool abandoned_ = false;  // nobody waits for the request being served
  WriteCache::Run run_;     // being destaged
  DiskMechanics::Place arm_;
  DiskStatistics statistics_;
};

}  // namespace machine
