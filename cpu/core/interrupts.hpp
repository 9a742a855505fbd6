// What happens between instructions, by priority (R10000 UM table 17-3): NMI and soft reset, a
// Watch exception that waited, interrupts; and dozing, which ends with the first of them that is
// not masked.
#pragma once

#include "cpu/core/core.hpp"
#include "cpu/core/exceptions.hpp"

namespace cpu {

class Interrupts {
 public:
  Interrupts(Core& core, Exceptions& exceptions) : core_{core}, exceptions_{exceptions} {}

  /// Takes what is due before the instruction at the pc; returns whether something was.
  bool take();
  /// Whether take() would take something other than a reset.
  bool is_something_due() const {
    return core_.watch.is_due(core_.state.regs.status) || core_.is_interrupt_due();
  }

  /// Begins to doze, unless an unmasked interrupt is pending already.
  void enter_doze();
  /// Ends it if an unmasked interrupt, NMI or soft reset wants that, whatever IE and EXL say.
  void wake_if_wanted();

 private:
  Core& core_;
  Exceptions& exceptions_;
};

}  // namespace cpu
