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

  /// Serves what was posted: `serve(request)` for each, with everything to be dropped where there
  /// was no room. Of its own CPU.
  template <class Serve>
  void serve(const Serve& serve) {
    const std::uint64_t last = read_shared(posted_);
    const bool overflowed = read_shared(flush_from_) > served_;
    for (std::uint64_t n = served_ + 1; n <= last; ++n)
      serve(overflowed ? DropRequest{{Backmap::kMany}, PhysAddr{}} : slots_[n % kSlots]);
    write_shared(served_, last);
  }

 private:
  SpinLock lock_;
  std::uint64_t posted_ = 0, served_ = 0, flush_from_ = 0;
  DropRequest slots_[kSlots] = {};
};

}  // namespace disco
