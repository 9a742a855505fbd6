// What other CPUs ask of one: to drop a guest's page from its TLB. Requests are numbered; a CPU
// answers by the number up to which it has served, so "served" also says that it holds no
// translation that is older. Its own CPU takes no lock to serve (docs/monitor.md, Locks).
#pragma once

#include <cstdint>

#include "disco/core/memory/atomic.hpp"
#include "disco/core/tlb/drop_page.hpp"

namespace disco {

class Mailbox {
 public:
  static constexpr unsigned kSlots = 16;

  /// Leaves a request; returns its number. Of any CPU.
  std::uint64_t post(const DropRequest& request, Hardware& hardware) {
    const LockGuard guard{lock_, hardware};
    const std::uint64_t number = read_shared(posted_) + 1;
    if (number - read_shared(served_) > kSlots) {
      write_shared(flush_from_, number);  // there is no room: everything goes
    } else {
      slots_[number % kSlots] = request;
    }
    write_shared(posted_, number);
    return number;
  }
  bool has_served(std::uint64_t number) const { return read_shared(served_) >= number; }

  /// Serves what was posted; returns how many requests. Of its own CPU.
  unsigned serve(Hardware& hardware, Counters& counters) {
    const std::uint64_t last = read_shared(posted_), first = read_shared(served_) + 1;
    if (last < first) return 0;
    if (read_shared(flush_from_) >= first) {
      drop_page({{Backmap::kMany}, PhysAddr{}}, hardware, counters);
    } else {
      for (std::uint64_t n = first; n <= last; ++n)
        drop_page(slots_[n % kSlots], hardware, counters);
    }
    write_shared(served_, last);
    return static_cast<unsigned>(last - first + 1);
  }

 private:
  SpinLock lock_;
  std::uint64_t posted_ = 0, served_ = 0, flush_from_ = 0;
  DropRequest slots_[kSlots] = {};
};

}  // namespace disco
