// The two performance counters with their control registers (R10000 UM 14.20): what counts when, and when
// they interrupt. Which instruction is which event is isa/performance_events.hpp's business; when cycles have
// passed is the engine's, which must settle them before anything here changes.
#pragma once

#include <array>
#include <cstdint>

#include "common/state.hpp"
#include "cpu/core/registers.hpp"
#include "cpu/isa/performance_events.hpp"

namespace cpu {

class PerformanceCounters {
 public:
  /// Registers by the low bits of their move instructions: control 0, counter 0, control 1, counter 1.
  static constexpr unsigned kRegisters = 4;
  static constexpr std::uint32_t kOverflow = 0x80000000;

  /// As of the last settled cycle. Other numbers read as zero and ignore writes.
  std::uint32_t read(unsigned number) const {
    if (number >= kRegisters) return 0;
    return number % 2 == 0 ? control_[number / 2] : counter_[number / 2];
  }
  void write(unsigned number, std::uint32_t value) {
    if (number >= kRegisters) return;
    (number % 2 == 0 ? control_ : counter_)[number / 2] =
        number % 2 == 0 ? value & kControlBits : value;
  }

  /// Looks up what is counted under this Status; until the next call that is watched().
  void watch(std::uint64_t status) {
    watched_ = 0;
    for (unsigned n = 0; n < 2; ++n) {
      if (counts_in(control_[n], status))
        watched_ |= EventSet{1} << (16 * n + (control_[n] >> kEventShift));
    }
  }
  EventSet watched() const { return watched_; }

  /// One event each of `happened`, an instruction's; `twice`: it graduates as two.
  void count(EventSet happened, bool twice) {
    for (unsigned n = 0; n < 2; ++n) {
      const EventSet hit = happened & (EventSet{0xffff} << 16 * n);
      if (hit != 0) counter_[n] += twice && (hit & events::kGraduated) != 0 ? 2 : 1;
    }
  }
  void count_cycles(std::uint64_t cycles) {
    for (unsigned n = 0; n < 2; ++n) counter_[n] = after(n, cycles);
  }

  /// A register's value, and whether the counters interrupt, so many cycles after the last settled one.
  std::uint32_t read_after(unsigned number, std::uint64_t cycles) const {
    return number < kRegisters && number % 2 != 0 ? after(number / 2, cycles) : read(number);
  }
  bool interrupts_after(std::uint64_t cycles) const {
    return ((control_[0] & kInterruptEnable) != 0 && (after(0, cycles) & kOverflow) != 0) ||
           ((control_[1] & kInterruptEnable) != 0 && (after(1, cycles) & kOverflow) != 0);
  }
  bool can_interrupt() const { return ((control_[0] | control_[1]) & kInterruptEnable) != 0; }
  /// Cycles from `cycles` after the last settled one until bit 31 of a counter that counts them and may
  /// interrupt changes; never for none.
  std::uint64_t cycles_to_change(std::uint64_t cycles) const {
    std::uint64_t least = ~std::uint64_t{0};
    for (unsigned n = 0; n < 2; ++n) {
      if ((control_[n] & kInterruptEnable) == 0 || !counts_cycles(n)) continue;
      const std::uint64_t left = kOverflow - (after(n, cycles) & (kOverflow - 1));
      least = left < least ? left : least;
    }
    return least;
  }

  /// The manual resets the event fields only; what it leaves undefined is zero.
  void reset() {
    control_ = {};
    counter_ = {};
    watched_ = 0;
  }
  void visit(StateVisitor& v) {
    for (unsigned n = 0; n < 2; ++n) {
      v.field("control", control_[n]);
      v.field("counter", counter_[n]);
      control_[n] &= kControlBits;
    }
  }

 private:
  // Control: event[8:5], IE[4], U[3], S[2], K[1], EXL[0].
  static constexpr unsigned kEventShift = 5;
  static constexpr std::uint32_t kControlBits = 0x1ff, kInterruptEnable = 1u << 4, kUser = 1u << 3,
                                 kSupervisor = 1u << 2, kKernel = 1u << 1, kException = 1u << 0;

  static bool counts_in(std::uint32_t control, std::uint64_t status) {
    if ((status & status::kErl) != 0) return false;
    if ((status & status::kExl) != 0) return (control & kException) != 0;
    switch (status >> status::kKsuShift & 3) {
      case status::kKsuKernel: return (control & kKernel) != 0;
      case status::kKsuSupervisor: return (control & kSupervisor) != 0;
      default: return (control & kUser) != 0;
    }
  }
  bool counts_cycles(unsigned n) const { return (watched_ >> 16 * n & 1) != 0; }
  std::uint32_t after(unsigned n, std::uint64_t cycles) const {
    return counter_[n] + (counts_cycles(n) ? static_cast<std::uint32_t>(cycles) : 0);
  }

  std::array<std::uint32_t, 2> control_{}, counter_{};
  EventSet watched_ = 0;
};

}  // namespace cpu
