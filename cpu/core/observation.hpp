// What an observer and a debugger want of a processor: events, marked program counters,
// breakpoints. Holds wishes and answers questions; who changes them must see to it that code is
// decoded anew (ObserverControl). Nothing here is simulated state.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/address.hpp"
#include "common/observer.hpp"
#include "common/observer_list.hpp"

namespace cpu {
using namespace common;

class Observation {
 public:
  /// Whom to tell of events; nullptr: nobody.
  Observer* observer() const { return observer_; }
  void add_observer(Observer& observer) {
    observers_.add(observer);
    observer_ = observers_.face();
  }
  void remove_observer(Observer& observer) {
    observers_.remove(observer);
    observer_ = observers_.face();
  }

  void set_instruction_events(bool on) { instruction_events_ = on; }
  void set_references(bool on) { references_ = on; }
  bool wants_instructions() const { return observer_ != nullptr && instruction_events_; }
  bool wants_references() const { return observer_ != nullptr && references_; }

  void watch_retirement(bool on) { retirement_watch_ = on; }
  bool watches_retirement() const { return retirement_watch_; }

  // ---- marks and breakpoints

  void add_mark(VirtAddr pc, std::uint32_t id) { marks_[pc.bits()] = id; }
  void remove_mark(VirtAddr pc) { marks_.erase(pc.bits()); }
  std::optional<std::uint32_t> mark_at(VirtAddr pc) const;

  void add_breakpoint(VirtAddr pc) { is_outdated_ |= breakpoints_.insert(pc.bits()).second; }
  void remove_breakpoint(VirtAddr pc) { is_outdated_ |= breakpoints_.erase(pc.bits()) != 0; }
  /// Breakpoints changed since note_offsets(), which is put off until the next instruction: of a
  /// debugger's hundreds only once.
  bool is_outdated() const { return is_outdated_; }
  /// Looks up at which words of which pages there is something, for whoever decodes next.
  void note_offsets();
  /// The number of the page of `at` among the virtual pages that have marks or breakpoints, from 1
  /// on; 0: it has none. Numbers are those of the last note_offsets().
  std::uint32_t page_number(VirtAddr at) const {
    if (numbers_.empty()) return 0;
    const auto found = numbers_.find(at.aligned_down(kPageSize).bits());
    return found != numbers_.end() ? found->second : 0;
  }
  bool may_be_at(std::uint32_t page_number, std::size_t word_of_page) const {
    return page_number != 0 && offsets_[page_number - 1].test(word_of_page);
  }

  /// The breakpoint at this pc does not count; nothing: all do.
  void pass(std::optional<VirtAddr> pc) { passed_ = pc; }
  bool breaks_at(VirtAddr pc) const { return passed_ != pc && breakpoints_.count(pc.bits()) != 0; }
  void note_breakpoint() { at_breakpoint_ = true; }
  bool is_at_breakpoint() const { return at_breakpoint_; }
  bool take_breakpoint() { return std::exchange(at_breakpoint_, false); }

  /// An instruction about to be executed: one arrival at a mark.
  struct Arrival {
    VirtAddr pc;
    std::uint64_t retired = 0;
    bool operator==(const Arrival&) const = default;
  };
  /// The observer knows of this arrival, and its instruction has not executed yet.
  bool has_reported(const Arrival& arrival) const { return reported_ == arrival; }
  void note_reported(const Arrival& arrival) { reported_ = arrival; }

  /// The state was replaced: no arrival is known, no breakpoint passed.
  void forget_progress() {
    passed_.reset();
    reported_.reset();
  }

 private:
  void note_offset(VirtAddr pc);

  ObserverList observers_;
  Observer* observer_ = nullptr;  // their face
  bool retirement_watch_ = false, instruction_events_ = false, references_ = false;
  std::unordered_map<std::uint64_t, std::uint32_t> marks_;    // ids by pc
  std::unordered_set<std::uint64_t> breakpoints_;             // pcs
  std::unordered_map<std::uint64_t, std::uint32_t> numbers_;  // by virtual page
  std::vector<std::bitset<kPageSize / 4>> offsets_;           // by number - 1
  bool is_outdated_ = false;
  std::optional<VirtAddr> passed_;
  bool at_breakpoint_ = false;
  std::optional<Arrival> reported_;
};

}  // namespace cpu
