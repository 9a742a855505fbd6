#include "measure/episodes/episodes.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/check.hpp"
#include "hardware/board/direct_windows.hpp"
#include "hardware/r10000/exceptions.hpp"

namespace measure {
namespace {

using hardware::ExceptionCode, hardware::number_of, hardware::is_tlb_exception;
constexpr std::size_t kMostSteps = 20'000;
constexpr std::size_t kMostFlows = 96;
constexpr std::size_t kMostSuspended = 4096;
constexpr unsigned kV0Unknown = 0;

constexpr ClassInfo kClasses[kEpisodeClasses] = {
    {"user-refill", "user refill",
     "a user program's refill miss that was answered with a valid translation"},
    {"page-fault", "refill, then page fault",
     "a user program's refill miss that ended in the kernel's general exception entry: demand "
     "zero, copy on write, or a bad address"},
    {"invalid", "TLB invalid",
     "a TLB invalid exception: the pair was in the TLB, the page not valid"},
    {"modified", "TLB modified", "a store to a page that the TLB holds as clean"},
    {"direct-window", "direct window",
     "a guest kernel's miss in the part of its address space that stands for unmapped memory"},
    {"kernel-mapped", "kernel, mapped", "any other miss taken in a kernel"},
    {"interrupted", "interrupted",
     "a miss during which an interrupt was served; the interrupt's cycles are not counted"},
    {"preempted", "pre-empted",
     "a miss during which another process or virtual machine ran; its cycles are not counted"},
    {"unfinished", "unfinished",
     "a miss whose instruction never retired because the process or the run ended"},
    {"syscall", "system call",
     "a system call, from exception entry to the return to the instruction behind it"},
    {"syscall-switched", "system call, switched",
     "a system call that was interrupted, or during which another process or virtual machine ran"},
    {"syscall-unfinished", "system call, no return",
     "a system call that did not return: exit, exec, or the end of the run"},
};

MissKind kind_of(const ExceptionEvent& e) {
  if (e.is_store) return MissKind::kStore;
  return e.is_fetch ? MissKind::kFetch : MissKind::kLoad;
}

/// Where the interrupted program goes on: a delay slot does with its branch.
VirtAddr resumption_of(const ExceptionEvent& e) { return e.in_delay_slot ? e.pc - 4 : e.pc; }

}  // namespace

const ClassInfo& info_of(EpisodeClass which) { return kClasses[static_cast<std::size_t>(which)]; }

std::string_view name_of(Who who) {
  constexpr std::string_view kNames[] = {"user", "kernel", "monitor", "idle"};
  return kNames[static_cast<std::size_t>(who)];
}

EpisodeTracker::EpisodeTracker(const TrackerSetup& setup, ObservationControl& control)
    : setup_{setup}, control_{control} {
  own_.stats_.random_indices.resize(setup.tlb_entries);
  next_candidate_.fill(1);
}

EpisodeTracker::Account& EpisodeTracker::own_account() { return own_; }

// What is open stands still while another account's events come; what was to be seen of it step by
// step is no example any more.
void EpisodeTracker::switch_to(Account& account, Cycles now) {
  settle(now);
  if (&account == account_) return;
  cancel_watch();
  for (Open& episode : account_->current_) {
    episode.preempted = true;
    if (episode.flow == nullptr) continue;
    episode.flow.reset();
    stop_capture();
  }
  // What was charged until now stays what it was charged as.
  entry_cycles_.fill(0);
  account_ = &account;
}

void EpisodeTracker::close(Account& account) {
  Account* const running = std::exchange(account_, &account);
  close_all();
  account_ = running;
}

// --- cycles
// ---------------------------------------------------------------------------------------

Who EpisodeTracker::who_of(Mode mode) const {
  switch (mode) {
    case Mode::kUser: return Who::kUser;
    case Mode::kSupervisor: return Who::kKernel;
    case Mode::kKernel: return setup_.virtualised ? Who::kMonitor : Who::kKernel;
    case Mode::kIdle: break;
  }
  return Who::kIdle;
}

void EpisodeTracker::charge_cycles(std::uint64_t cycles, Mode mode) {
  if (cycles == 0) return;
  const Who who = who_of(mode);
  account_->stats_.cycles[static_cast<std::size_t>(mode)] += cycles;
  const std::size_t cell = operation_ * kMostBuckets + bucket_;
  account_->stats_.cost.by_who[static_cast<std::size_t>(who)] += cycles;
  if (who == Who::kMonitor) {
    account_->stats_.cost.by_cell[cell] += cycles;
    entry_cycles_[bucket_] += cycles;
  }
  for (Open& episode : account_->current_) {
    episode.cost->by_who[static_cast<std::size_t>(who)] += cycles;
    if (who == Who::kMonitor) episode.cost->add_cell(cell, cycles);
  }
}

void EpisodeTracker::enter_monitor(const ExceptionEvent& e) {
  bucket_ = 0;
  entry_cycles_.fill(0);
  operation_ = kOtherUntold;
  if (is_tlb_exception(e.code)) operation_ = kShortTlbPath;
  if (e.code == ExceptionCode::kCpU) operation_ = emulation_of(e.pc);
}

// A kernel's privileged instructions are few, and the same every time.
std::size_t EpisodeTracker::emulation_of(VirtAddr pc) {
  if (!setup_.virtualised || !setup_.operation_of || !setup_.read_word) return kPrivilegedUntold;
  const auto known = account_->emulations_.find(pc.bits());
  if (known != account_->emulations_.end()) return known->second;
  const std::uint32_t word = setup_.read_word(pc);
  const std::size_t operation = word == 0 ? kPrivilegedUntold : setup_.operation_of(word);
  if (word != 0) account_->emulations_.emplace(pc.bits(), operation);
  return operation;
}

// What it did until now was part of the operation, although it could not know yet. An episode that
// was opened by this very entry has the same cycles in its own account.
void EpisodeTracker::tell_operation(std::size_t operation) {
  if (operation == operation_) return;
  for (std::size_t b = 0; b < kMostBuckets; ++b) {
    const std::uint64_t cycles = entry_cycles_[b];
    if (cycles == 0) continue;
    const std::size_t from = operation_ * kMostBuckets + b, to = operation * kMostBuckets + b;
    account_->stats_.cost.by_cell[from] -= cycles;
    account_->stats_.cost.by_cell[to] += cycles;
    for (Open& episode : account_->current_) {
      episode.cost->add_cell(from, std::uint64_t{0} - cycles);
      episode.cost->add_cell(to, cycles);
    }
  }
  operation_ = operation;
}

void EpisodeTracker::OpenCost::add_cell(std::size_t cell, std::uint64_t cycles) {
  std::uint64_t& word = touched[cell / 64];
  const std::uint64_t bit = std::uint64_t{1} << (cell % 64);
  by_cell[cell] = (word & bit) != 0 ? by_cell[cell] + cycles : cycles;
  word |= bit;
}

void EpisodeTracker::OpenCost::add_to(Cost& sum) const {
  for (std::size_t i = 0; i < kWho; ++i) sum.by_who[i] += by_who[i];
  for (std::size_t i = 0; i < touched.size(); ++i) {
    for (std::uint64_t word = touched[i]; word != 0; word &= word - 1) {
      const std::size_t cell = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
      sum.by_cell[cell] += by_cell[cell];
    }
  }
}

std::unique_ptr<EpisodeTracker::OpenCost> EpisodeTracker::take_cost() {
  if (free_costs_.empty()) return std::make_unique<OpenCost>();
  std::unique_ptr<OpenCost> cost = std::move(free_costs_.back());
  free_costs_.pop_back();
  cost->by_who.fill(0);
  cost->touched.fill(0);
  return cost;
}

void EpisodeTracker::charge(Cycles to, Mode mode) {
  if (to <= settled_) return;
  charge_cycles((to - settled_).count(), mode);
  settled_ = to;
}

void EpisodeTracker::settle(Cycles now) { charge(now, mode_); }

// --- exceptions
// -----------------------------------------------------------------------------------

bool EpisodeTracker::is_direct(VirtAddr va) const {
  if (!setup_.virtualised) return false;
  return hardware::is_direct(va.bits());
}

void EpisodeTracker::count(const ExceptionEvent& e, MissKind kind, bool is_miss) {
  ++account_->stats_.exceptions[number_of(e.code)];
  ++account_->stats_.exceptions_from[static_cast<std::size_t>(e.from)];
  if (!is_miss) return;
  if (e.code == ExceptionCode::kMod) {
    ++account_->stats_.modifieds;
  } else if (e.is_refill) {
    ++account_->stats_.refills[static_cast<std::size_t>(e.from)];
    ++account_->stats_.refills_by_kind[static_cast<std::size_t>(kind)];
  } else {
    ++account_->stats_.invalids;
  }
}

void EpisodeTracker::on_exception(const ExceptionEvent& e) {
  charge(e.at.cycle - e.entry_cost, e.from);
  const bool was_watching = watching_;
  cancel_watch();
  const bool is_miss = is_tlb_exception(e.code);
  const MissKind kind = kind_of(e);
  count(e, kind, is_miss);
  const Place at{resumption_of(e), e.from, e.asid};

  // The instruction that missed was fetched or went on at last, and now traps for a reason of its
  // own (a system call, a privileged instruction of a guest's kernel): the miss is over.
  if (was_watching && !is_miss && e.code != ExceptionCode::kInt && !account_->current_.empty() &&
      !account_->current_.back().system_call && account_->current_.back().resume == at) {
    close_top(true);
  }

  if (e.code == ExceptionCode::kInt) {
    for (Open& episode : account_->current_) episode.interrupted = true;
    if (!account_->current_.empty()) suspend(at, false);
  } else if (!account_->current_.empty() && !account_->current_.back().system_call) {
    Open& miss = account_->current_.back();
    ++miss.traps;
    if (is_miss && at == miss.resume) {
      ++account_->stats_.again;  // the instruction's second page, or what was loaded is not valid
      if (!e.is_refill) miss.faulted = true;
    } else if (is_miss) {
      ++account_->stats_.nested;
      ++miss.nested;
    }
  } else if (is_miss || (e.code == ExceptionCode::kSys && e.from == Mode::kUser)) {
    for (Open& episode : account_->current_) ++episode.traps;
    open(e, kind, is_miss);
  } else {
    for (Open& episode : account_->current_) ++episode.traps;
  }
  note_step({.kind = FlowStep::Kind::kException,
             .mode = e.from,
             .code = number_of(e.code),
             .word = stepping_ && setup_.read_word ? setup_.read_word(e.pc) : 0,
             .id = static_cast<std::uint32_t>(e.vector),
             .pc = e.pc,
             .value = e.bad_vaddr.bits(),
             .cycles = e.entry_cost.count()});
  mode_ = Mode::kKernel;
  enter_monitor(e);
  charge(e.at.cycle, mode_);
}

void EpisodeTracker::open(const ExceptionEvent& e, MissKind kind, bool is_miss) {
  // A user's system call while one is open: the open one is a process that will not come back.
  if (!is_miss && !account_->current_.empty()) abandon_stack();
  Open episode;
  episode.cost = take_cost();
  episode.kind = kind;
  episode.began = (e.at.cycle - e.entry_cost).count();
  episode.traps = 1;
  episode.resume = {resumption_of(e), e.from, e.asid};
  if (is_miss) {
    ++account_->stats_.opened;
    episode.modified = e.code == ExceptionCode::kMod;
    episode.invalid = !episode.modified && !e.is_refill;
    episode.direct = is_direct(e.bad_vaddr);
  } else {
    episode.system_call = true;
    episode.resume.pc = episode.resume.pc + 4;
    episode.number = setup_.read_v0 ? setup_.read_v0() : kV0Unknown;
  }
  start_capture(episode);
  account_->current_.push_back(std::move(episode));
}

// --- returns
// --------------------------------------------------------------------------------------

void EpisodeTracker::on_eret(const EretEvent& e) {
  charge(e.at.cycle, mode_);
  ++account_->stats_.erets;
  mode_ = e.to;
  note_step({.kind = FlowStep::Kind::kEret, .mode = e.to, .pc = e.target});
  const Place place{e.target, e.to, e.asid};

  if (e.to == Mode::kUser) leave_other_context(place);
  if (account_->current_.empty() || account_->current_.back().resume != place) {
    if (!resume_at(place)) return;
    // Resumed in the middle of it: it goes on until its own place is reached.
    if (account_->current_.back().resume != place) return;
  }
  if (account_->current_.back().system_call) return close_top(true);
  control_.watch_retirement();
  watching_ = true;
}

// The CPU goes to a user program at `place`. Open episodes that do not go on there stand still from
// now on if another process runs, and will never end if their own does.
void EpisodeTracker::leave_other_context(const Place& place) {
  while (!account_->current_.empty() && account_->current_.back().resume.mode != Mode::kUser)
    close_top(false);
  if (!account_->current_.empty() && account_->current_.back().resume != place) {
    const Place resume = account_->current_.back().resume;
    if (place.asid == resume.asid) {
      abandon_stack();
    } else {
      suspend(resume, true);
    }
  }
  for (Suspended& other : account_->suspended_) {
    if (other.resume.asid == place.asid) continue;
    for (Open& episode : other.stack) episode.preempted = true;
  }
}

bool EpisodeTracker::resume_at(const Place& place) {
  // The latest first: a process is interrupted again only after it went on.
  for (std::size_t i = account_->suspended_.size(); i-- > 0;) {
    if (account_->suspended_[i].resume != place) continue;
    abandon_stack();
    account_->current_ = std::move(account_->suspended_[i].stack);
    account_->suspended_.erase(account_->suspended_.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

void EpisodeTracker::suspend(const Place& resume, bool preempted) {
  if (preempted) {
    for (Open& episode : account_->current_) episode.preempted = true;
  }
  // A flow that something else interrupts is no example of anything.
  for (Open& episode : account_->current_) {
    if (episode.flow == nullptr) continue;
    episode.flow.reset();
    stop_capture();
  }
  if (account_->suspended_.size() == kMostSuspended) {
    Stack saved = std::move(account_->current_);
    account_->current_ = std::move(account_->suspended_.front().stack);
    account_->suspended_.erase(account_->suspended_.begin());
    abandon_stack();
    account_->current_ = std::move(saved);
  }
  account_->suspended_.push_back({resume, std::move(account_->current_)});
  account_->current_.clear();
}

void EpisodeTracker::on_retirement(const InstructionEvent& e) {
  watching_ = false;
  charge(e.at.cycle, e.mode);
  if (!account_->current_.empty() && !account_->current_.back().system_call) close_top(true);
}

void EpisodeTracker::cancel_watch() {
  if (!watching_) return;
  watching_ = false;
  control_.cancel_retirement();
}

EpisodeClass EpisodeTracker::classify(const Open& e, bool finished) const {
  if (e.system_call) {
    if (!finished) return EpisodeClass::kSystemCallUnfinished;
    return e.interrupted || e.preempted ? EpisodeClass::kSystemCallSwitched
                                        : EpisodeClass::kSystemCall;
  }
  if (!finished) return EpisodeClass::kUnfinished;
  if (e.preempted) return EpisodeClass::kPreempted;
  if (e.interrupted) return EpisodeClass::kInterrupted;
  if (e.resume.mode != Mode::kUser) {
    return e.direct ? EpisodeClass::kDirectWindow : EpisodeClass::kKernelMapped;
  }
  if (e.modified) return EpisodeClass::kModified;
  if (e.invalid) return EpisodeClass::kInvalid;
  return e.faulted ? EpisodeClass::kPageFault : EpisodeClass::kUserRefill;
}

void EpisodeTracker::close_top(bool finished) {
  Open episode = std::move(account_->current_.back());
  account_->current_.pop_back();
  const EpisodeClass which = classify(episode, finished);
  ClassStats& stats = account_->stats_.classes[static_cast<std::size_t>(which)];
  if (!episode.system_call) ++account_->stats_.closed;
  ++stats.count;
  if (!episode.system_call) ++stats.by_kind[static_cast<std::size_t>(episode.kind)];
  ++stats.by_mode[static_cast<std::size_t>(episode.resume.mode)];
  stats.reflected += episode.reflected ? 1 : 0;
  stats.nested += episode.nested;
  stats.traps += episode.traps;
  const std::uint64_t cycles = episode.cost->total();
  episode.cost->add_to(stats.cost);
  stats.cycles.add(cycles);
  free_costs_.push_back(std::move(episode.cost));
  if (episode.flow == nullptr) return;
  episode.flow->which = which;
  episode.flow->cycles = cycles;
  episode.flow->began = episode.began;
  episode.flow->number = episode.number;
  episode.flow->reflected = episode.reflected;
  episode.flow->account = account_->number();
  // The event of an ERET comes before that of its instruction, a system call's last.
  if (which == EpisodeClass::kSystemCall) {
    returning_ = std::move(episode.flow);
    return;
  }
  stop_capture();
  if (which == EpisodeClass::kUserRefill) flows_.push_back(std::move(*episode.flow));
}

void EpisodeTracker::stop_capture() {
  control_.set_instruction_events(false);
  stepping_ = false;
}

void EpisodeTracker::abandon_stack() {
  while (!account_->current_.empty()) close_top(false);
}

void EpisodeTracker::finish(Cycles now) {
  settle(now);
  cancel_watch();
  close_all();
}

void EpisodeTracker::close_all() {
  abandon_stack();
  while (!account_->suspended_.empty()) {
    account_->current_ = std::move(account_->suspended_.back().stack);
    account_->suspended_.pop_back();
    abandon_stack();
  }
}

// --- other events
// ---------------------------------------------------------------------------------

void EpisodeTracker::on_mode(const ModeEvent& e) {
  charge(e.at.cycle, e.from);
  mode_ = e.to;
}

void EpisodeTracker::on_mark(const MarkEvent& e) {
  charge(e.at.cycle, e.mode);
  if (e.id >= kMonitorMark) {
    if (e.mode != Mode::kKernel) return;  // the guest has text at the same addresses
    const std::size_t phase = e.id - kMonitorMark;
    CHECK(phase < setup_.marks.size());
    const TrackerSetup::Meaning& meaning = setup_.marks[phase];
    if (meaning.event != 0) {
      ++account_->stats_.monitor_events[meaning.event - 1u];
      return;
    }
    if (meaning.operation != 0) {
      tell_operation(meaning.operation);
    } else {
      bucket_ = meaning.bucket;
    }
    note_step({.kind = FlowStep::Kind::kMark,
               .mode = e.mode,
               .id = static_cast<std::uint32_t>(phase),
               .pc = e.pc});
    return;
  }
  if (e.id == kGuestRefill) ++account_->stats_.guest_refills;
  if (account_->current_.empty() || account_->current_.back().system_call) return;
  Open& miss = account_->current_.back();
  if (miss.resume.mode != Mode::kUser) return;  // its own vectors are what missed
  if (e.id == kGuestGeneral) miss.faulted = true;
  if (e.id == kGuestRefill) miss.reflected = true;
}

void EpisodeTracker::on_tlb_write(const TlbWriteEvent& e) {
  if (e.is_random) {
    ++account_->stats_.tlb_writes_random;
    auto& indices = account_->stats_.random_indices;
    if (indices.size() != setup_.tlb_entries) indices.resize(setup_.tlb_entries);
    if (e.index < indices.size()) ++indices[e.index];
  } else {
    ++account_->stats_.tlb_writes_indexed;
  }
  note_step({.kind = FlowStep::Kind::kTlbWrite,
             .mode = e.mode,
             .code = static_cast<std::uint8_t>(e.is_random ? 1 : 0),
             .word = 0,
             .id = e.index,
             .pc = VirtAddr{},
             .value = e.entry_hi,
             .cycles = 0});
}

// --- capture
// --------------------------------------------------------------------------------------

void EpisodeTracker::start_capture(Open& episode) {
  const bool user = episode.resume.mode == Mode::kUser;
  if (!capturing_ || stepping_ || !user || episode.invalid || episode.modified) return;
  if (flows_.size() >= kMostFlows) return;
  const std::size_t which = episode.system_call ? 1 : 0;
  if (++candidates_[which] != next_candidate_[which]) return;
  // The first few, then ever wider apart.
  next_candidate_[which] += std::max<std::uint64_t>(1, candidates_[which] / 2);
  episode.flow = std::make_unique<Flow>();
  stepping_ = true;
  control_.set_instruction_events(true);
}

void EpisodeTracker::note_step(const FlowStep& step) {
  if (!stepping_) return;
  for (Open& episode : account_->current_) {
    if (episode.flow == nullptr) continue;
    if (episode.flow->steps.size() < kMostSteps) {
      episode.flow->steps.push_back(step);
    } else {
      episode.flow->truncated = true;
    }
  }
}

void EpisodeTracker::on_instruction(const InstructionEvent& e) {
  const FlowStep step{.kind = FlowStep::Kind::kInstruction,
                      .mode = e.mode,
                      .code = 0,
                      .word = e.word,
                      .id = 0,
                      .pc = e.pc,
                      .value = 0,
                      .cycles = e.cycles.count()};
  if (returning_ == nullptr) return note_step(step);
  returning_->steps.push_back(step);
  flows_.push_back(std::move(*returning_));
  returning_.reset();
  stop_capture();
}

const Flow* EpisodeTracker::nearest_flow(EpisodeClass which, std::uint64_t cycles) const {
  const Flow* best = nullptr;
  const auto distance = [cycles](const Flow& f) {
    return f.cycles > cycles ? f.cycles - cycles : cycles - f.cycles;
  };
  for (const Flow& flow : flows_) {
    if (flow.which != which || flow.truncated) continue;
    if (best == nullptr || distance(flow) < distance(*best)) best = &flow;
  }
  return best;
}

}  // namespace measure
