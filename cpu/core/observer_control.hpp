// ObservationControl of a processor: an observer's wishes, and the code that must be decoded anew
// for them.
#pragma once

#include "common/observer.hpp"
#include "cpu/core/core.hpp"

namespace cpu {
using namespace common;

class ObserverControl final : public ObservationControl {
 public:
  explicit ObserverControl(Core& core) : core_{core} {}

  void add_observer(Observer& observer);
  void remove_observer(Observer& observer);

  void add_mark(VirtAddr pc, std::uint32_t id) override;
  void remove_mark(VirtAddr pc) override;
  void watch_retirement() override;
  void cancel_retirement() override { core_.observation.watch_retirement(false); }
  void set_instruction_events(bool on) override;
  void set_references(bool on) override;

  /// What Observation puts off for breakpoints, before instructions are executed.
  void catch_up() {
    if (core_.observation.is_outdated()) marks_changed();
  }

 private:
  void marks_changed();
  void wishes_changed();

  Core& core_;
};

}  // namespace cpu
