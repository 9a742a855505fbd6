// What comes to the processor from outside and is acted on between instructions: interrupt lines,
// NMI, soft reset, the request to doze, the request to stop. Remembers; what happens then is
// decided elsewhere (Interrupts, and the loop of whoever executes).
#pragma once

#include <cstdint>
#include <utility>

#include "common/check.hpp"
#include "common/state.hpp"
#include "cpu/core/registers.hpp"

namespace cpu {
using namespace common;

class Signals {
 public:
  /// Requires: ip is 2 to 6.
  void set_line(unsigned ip, bool level) {
    check(ip >= 2 && ip <= 6, "an interrupt line is one of IP2 to IP6");
    const auto bit = static_cast<std::uint8_t>(1u << ip);
    lines_ = static_cast<std::uint8_t>(level ? lines_ | bit : lines_ & ~bit);
  }
  /// The lines as Cause shows them.
  std::uint64_t in_cause() const { return std::uint64_t{lines_} << cause::kIpShift; }

  void request_nmi() { nmi_requested_ = true; }
  void request_soft_reset() { soft_reset_requested_ = true; }
  bool is_reset_pending() const { return nmi_requested_ || soft_reset_requested_; }
  /// Both requests end; returns whether it is a soft reset, which comes first and drops an NMI.
  bool take_reset() {
    nmi_requested_ = false;
    return std::exchange(soft_reset_requested_, false);
  }

  void request_doze() { doze_requested_ = true; }
  /// Whether the loop around blocks has something to do for any of these.
  bool wants_attention() const {
    return doze_requested_ || is_dozing_ || stop_requested_ || is_reset_pending();
  }
  bool take_doze() { return std::exchange(doze_requested_, false); }
  bool is_dozing() const { return is_dozing_; }
  void set_dozing(bool dozing) { is_dozing_ = dozing; }

  void request_stop() { stop_requested_ = true; }
  bool take_stop() { return std::exchange(stop_requested_, false); }

  /// Interrupt lines stay: they are whoever's who drives them. So does a request to stop.
  void reset() {
    is_dozing_ = false;
    doze_requested_ = false;
    take_reset();
  }

  // Two, for the order that snapshots have.
  void visit_lines(StateVisitor& v) {
    v.field("lines", lines_);
    v.field("dozing", is_dozing_);
    v.field("doze_requested", doze_requested_);
  }
  void visit_resets(StateVisitor& v) {
    v.field("nmi_requested", nmi_requested_);
    v.field("soft_reset_requested", soft_reset_requested_);
  }

 private:
  std::uint8_t lines_ = 0;  // by number of IP bit
  bool is_dozing_ = false, doze_requested_ = false, stop_requested_ = false;
  bool nmi_requested_ = false, soft_reset_requested_ = false;
};

}  // namespace cpu
