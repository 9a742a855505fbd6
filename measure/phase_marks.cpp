// What programs' marks make of phases: readings where they begin and end, of the machine and of the
// virtual machine whose program it was, and what is to be timed from then on.
#include <algorithm>

#include "config/prepare.hpp"
#include "measure/measurement.hpp"

namespace measure {
namespace {

constexpr std::size_t kMostMarksSeen = 10'000;

}  // namespace

void Measurement::begin_span(Span& span, const Reading& now) {
  ++span.open;
  span.to.reset();
  if (span.from) return;
  span.from = now;
  span.begun_at = marks_passed_;
  set_capture(span, true);
}

void Measurement::end_span(Span& span, const Reading& now) {
  if (--span.open != 0) return;
  span.to = now;
  set_capture(span, false);
}

void Measurement::on_phase_mark(const MarkEvent& e, std::uint64_t number) {
  const std::uint32_t vm = vm_on(e.at.cpu);
  if (marks_seen_.size() < kMostMarksSeen) {
    marks_seen_.push_back({number, e.at.cycle.count(), e.at.retired});
    if (accounts_) marks_seen_.back().vm = vm;
  }
  const auto begins = [&](const Span& s, const Span::OfVm& own) {
    return !own.from && s.phase.from == number;
  };
  const auto ends = [&](const Span& s, const Span::OfVm& own) {
    return (own.from || s.phase.from == 0) && !own.to && s.phase.to == number;
  };
  const bool is_first_of_vm = accounts_ && first_vm_marks_.count(vm) == 0;
  const bool wanted =
      !first_mark_ || is_first_of_vm || std::any_of(spans_.begin(), spans_.end(), [&](Span& s) {
        return begins(s, s.by_vm[vm]) || ends(s, s.by_vm[vm]);
      });
  if (!wanted) return;
  const Reading now = read_with_pages(&e.at, e.mode);
  const VmReading of_vm = accounts_ ? read_vm(vm, &e.at, e.mode) : VmReading{};
  if (!first_mark_) first_mark_ = now;
  if (is_first_of_vm) first_vm_marks_[vm] = of_vm;
  ++marks_passed_;
  for (Span& span : spans_) {
    Span::OfVm& own = span.by_vm[vm];
    if (begins(span, own)) {
      own.from = of_vm;
      begin_span(span, now);
    } else if (ends(span, own)) {
      own.to = of_vm;
      end_span(span, now);
    }
  }
  choose_fidelity();
}

/// The phase that began last and has not ended decides; of several that began at one mark, the last
/// by name.
void Measurement::choose_fidelity() {
  cpu::Fidelity wanted = booted_.machine->config().fidelity;
  std::uint64_t latest = 0;
  for (const Span& span : spans_) {
    if (!span.from || span.to || span.phase.fidelity == "same" || span.begun_at < latest) continue;
    latest = span.begun_at;
    wanted = config::fidelity_named(span.phase.fidelity);
  }
  if (wanted == booted_.machine->fidelity()) return;
  fidelity_wanted_ = wanted;
  booted_.machine->stop_after_instruction();
}

}  // namespace measure
