// A made-up processor for tests of the tracker: says what happens, and the tracker hears of it with
// the times that a real one would give.
#pragma once

#include "measure/episodes/episodes.hpp"

namespace measure::test {

/// Records what the tracker asks for.
class FakeControl : public ObservationControl {
 public:
  void add_mark(VirtAddr, std::uint32_t) override {}
  void remove_mark(VirtAddr) override {}
  void watch_retirement() override { watching = true; }
  void cancel_retirement() override { watching = false; }
  void set_instruction_events(bool on) override { instructions = on; }
  void set_references(bool) override {}
  bool watching = false, instructions = false;
};

inline constexpr std::uint64_t kEntry = 5;  // cost of an exception

/// Time passes by work(); everything else happens at an instant.
class EventStream {
 public:
  explicit EventStream(bool virtualised, std::vector<TrackerSetup::Meaning> marks = {})
      : tracker{setup(virtualised, std::move(marks)), control} {}

  void work(std::uint64_t cycles) { now_ += cycles; }

  struct Miss {
    std::uint64_t pc = 0, va = 0;
    Mode from = Mode::kUser;
    std::uint8_t asid = 1, code = 2;
    bool refill = true, fetch = false, slot = false;
  };
  void miss(const Miss& m) {
    exception(m.pc, m.from, m.asid, m.code, m.refill ? Vector::kTlbRefill : Vector::kGeneral, m.va,
              m.refill, m.fetch, m.slot);
  }
  void exception(std::uint64_t pc, Mode from, std::uint8_t asid, std::uint8_t code,
                 Vector vector = Vector::kGeneral, std::uint64_t va = 0, bool refill = false,
                 bool fetch = false, bool slot = false) {
    now_ += kEntry;
    mode_ = Mode::kKernel;
    ExceptionEvent e;
    e.at = {CpuId{0}, Cycles{now_}, 0};
    e.from = from;
    e.vector = vector;
    e.code = hardware::ExceptionCode{code};
    e.in_delay_slot = slot;
    e.is_store = code == 3 || code == 1;
    e.is_fetch = fetch;
    e.is_refill = refill;
    e.pc = VirtAddr{pc};
    e.bad_vaddr = VirtAddr{va};
    e.asid = Asid{asid};
    e.entry_cost = Cycles{kEntry};
    tracker.on_exception(e);
  }
  void interrupt(std::uint64_t pc, Mode from = Mode::kUser, std::uint8_t asid = 1) {
    exception(pc, from, asid, 0);
  }
  void syscall(std::uint64_t pc, std::uint8_t asid = 1) { exception(pc, Mode::kUser, asid, 8); }
  void eret(std::uint64_t target, Mode to = Mode::kUser, std::uint8_t asid = 1) {
    mode_ = to;
    EretEvent e;
    e.at = {CpuId{0}, Cycles{now_}, 0};
    e.to = to;
    e.target = VirtAddr{target};
    e.asid = Asid{asid};
    tracker.on_eret(e);
  }
  /// The instruction after an ERET completes; says whether the tracker waited for it.
  bool retire(std::uint64_t cycles = 1) {
    now_ += cycles;
    if (!control.watching) return false;
    control.watching = false;
    InstructionEvent e;
    e.at = {CpuId{0}, Cycles{now_}, 0};
    e.mode = mode_;
    e.cycles = Cycles{cycles};
    tracker.on_retirement(e);
    return true;
  }
  /// An instruction of which the tracker hears while it captures, and what happens in it.
  template <typename Inside>
  void instruction(std::uint64_t cycles, std::uint32_t word, Inside inside) {
    InstructionEvent e;
    e.mode = mode_;
    e.word = word;
    e.cycles = Cycles{cycles};
    now_ += cycles;
    e.at = {CpuId{0}, Cycles{now_}, 0};
    inside();
    if (control.instructions) tracker.on_instruction(e);
  }
  void mark(std::uint32_t id) {
    MarkEvent e;
    e.at = {CpuId{0}, Cycles{now_}, 0};
    e.mode = mode_;
    e.id = id;
    tracker.on_mark(e);
  }
  void doze(std::uint64_t cycles) {
    const Mode mode = mode_;
    tracker.on_mode({{CpuId{0}, Cycles{now_}, 0}, mode, Mode::kIdle});
    now_ += cycles;
    tracker.on_mode({{CpuId{0}, Cycles{now_}, 0}, Mode::kIdle, mode});
  }
  /// Native: a whole user miss in the simplest form. Costs kEntry + handler + 1.
  void simple_miss(std::uint64_t pc, std::uint64_t handler = 10, std::uint8_t asid = 1) {
    miss({.pc = pc, .va = 0x1000, .asid = asid});
    work(handler);
    eret(pc, Mode::kUser, asid);
    retire();
  }

  std::uint64_t now() const { return now_; }
  const ClassStats& of(EpisodeClass which) const {
    return tracker.stats().classes[static_cast<std::size_t>(which)];
  }
  void finish() { tracker.finish(Cycles{now_}); }

  FakeControl control;
  EpisodeTracker tracker;

 private:
  static TrackerSetup setup(bool virtualised, std::vector<TrackerSetup::Meaning> marks) {
    TrackerSetup s;
    s.virtualised = virtualised;
    s.marks = std::move(marks);
    return s;
  }
  std::uint64_t now_ = 0;
  Mode mode_ = Mode::kKernel;
};

}  // namespace measure::test
