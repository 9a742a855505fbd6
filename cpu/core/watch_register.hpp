// WatchHi and WatchLo: a physical doubleword whose loads or stores raise the Watch exception
// (R10000 UM 14.16, 17). Where EXL or ERL is set the reference happens, and the exception waits
// until both are clear.
//
// Invariant: no fast table has the watched page (whoever fills one asks is_on_page()).
#pragma once

#include <cstdint>
#include <optional>

#include "common/address.hpp"
#include "common/state.hpp"
#include "cpu/core/cp0_table.hpp"
#include "cpu/core/registers.hpp"
#include "mmu/translate.hpp"

namespace cpu {
using namespace common;

class WatchRegister {
 public:
  /// After a change of WatchHi or WatchLo.
  void follow(const Registers& regs) {
    const bool is_on = (regs.watch_lo & (kWatchLoad | kWatchStore)) != 0;
    page_ = is_on ? std::optional{watched(regs).aligned_down(kPageSize)} : std::nullopt;
  }
  bool is_on_page(PhysAddr at) const { return page_ && *page_ == at.aligned_down(kPageSize); }

  /// Whether a data reference raises the exception now. One that may not yet is noted.
  bool stops(const Registers& regs, PhysAddr at, mmu::Access access) {
    if (!is_on_page(at)) return false;
    const std::uint64_t wanted = access == mmu::Access::kStore ? kWatchStore : kWatchLoad;
    if (at.aligned_down(8) != watched(regs) || (regs.watch_lo & wanted) == 0) return false;
    if (may_raise(regs.status)) return true;
    is_delayed_ = true;
    return false;
  }
  /// Whether an exception that waited can be taken.
  bool is_due(std::uint64_t status) const { return is_delayed_ && may_raise(status); }
  /// What waited is taken, or dropped by a reset or a write of WatchLo.
  void forget_delayed() { is_delayed_ = false; }

  void visit(StateVisitor& v) { v.field("watch_delayed", is_delayed_); }

 private:
  static bool may_raise(std::uint64_t status) {
    return (status & (status::kExl | status::kErl)) == 0;
  }
  static PhysAddr watched(const Registers& regs) {
    return PhysAddr{regs.watch_hi << 32 | regs.watch_lo}.aligned_down(8);
  }

  std::optional<PhysAddr> page_;
  bool is_delayed_ = false;
};

}  // namespace cpu
