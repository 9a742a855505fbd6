#include "cpu/core/observer_control.hpp"

namespace cpu {

void ObserverControl::add_observer(Observer& observer) {
  core_.observation.add_observer(observer);
  wishes_changed();
}

void ObserverControl::remove_observer(Observer& observer) {
  core_.observation.remove_observer(observer);
  wishes_changed();
}

void ObserverControl::add_mark(VirtAddr pc, std::uint32_t id) {
  core_.observation.add_mark(pc, id);
  marks_changed();
}

void ObserverControl::remove_mark(VirtAddr pc) {
  core_.observation.remove_mark(pc);
  marks_changed();
}

void ObserverControl::watch_retirement() {
  core_.observation.watch_retirement(true);
  core_.state.demand_attention();
}

void ObserverControl::set_instruction_events(bool on) {
  core_.observation.set_instruction_events(on);
  wishes_changed();
}

void ObserverControl::set_references(bool on) {
  core_.observation.set_references(on);
  wishes_changed();
}

void ObserverControl::marks_changed() {
  core_.observation.note_offsets();
  core_.forget_code();
}

void ObserverControl::wishes_changed() {
  core_.update_context();
  core_.state.demand_attention();
}

}  // namespace cpu
