// Who spends the cycles of a TLB miss, from the events of one CPU.
//
// A miss episode runs from exception entry to the retirement of the instruction that missed, in the
// same context, or to the exception that this instruction takes instead. Misses on the way (a
// kernel's own, the same instruction's second) belong to it. While an interrupt is served or
// another process runs, the episode stands still: those cycles are not its own, and it is put into
// a class of its own. A system call episode runs from exception entry to the return to the
// instruction behind it; a miss of the kernel inside is an episode too.
//
// The tracker needs only events: it does not read memory, and what it counts can be compared with
// what the CPU and the monitor count by themselves.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/observer.hpp"
#include "measure/episodes/histogram.hpp"

namespace measure {
using namespace common;

/// What an episode turned out to be.
enum class EpisodeClass : std::uint8_t {
  kUserRefill,    // a user's refill miss, answered with a valid translation and nothing else
  kPageFault,     // a user's refill miss that the kernel's general vector had to deal with
  kInvalid,       // began as a TLB invalid exception: the translation was there, not valid
  kModified,      // began as a TLB modified exception
  kDirectWindow,  // a guest kernel's miss in the windows that replace unmapped segments
  kKernelMapped,  // another miss of a kernel
  kInterrupted,   // a miss during which an interrupt was served
  kPreempted,     // a miss during which another process ran
  kUnfinished,    // a miss whose instruction never retired: the process ended, or the run did
  kSystemCall,
  kSystemCallSwitched,    // interrupted, or another process ran before it returned
  kSystemCallUnfinished,  // never returned: exit, exec, or the run ended
};
inline constexpr std::size_t kEpisodeClasses = 12;
struct ClassInfo {
  std::string_view name;   // "user-refill": in files
  std::string_view title;  // in reports
  std::string_view what;   // definition, one sentence
};
const ClassInfo& info_of(EpisodeClass which);

enum class MissKind : std::uint8_t { kFetch, kLoad, kStore };
inline constexpr std::size_t kMissKinds = 3;

/// Whose cycles they are.
enum class Who : std::uint8_t { kUser, kKernel /* of the guest */, kMonitor, kIdle };
inline constexpr std::size_t kWho = 4;
std::string_view name_of(Who who);

/// Inside the monitor: what a phase between its marks counts as, and what it was entered for.
/// Number 0 of each is "not told yet": before the first mark after an entry.
inline constexpr std::size_t kMostBuckets = 24, kMostOperations = 32;
/// What the monitor does and its marks tell.
inline constexpr std::size_t kMostMonitorEvents = 48;

struct Cost {
  std::array<std::uint64_t, kWho> by_who{};
  /// The monitor's cycles by operation * kMostBuckets + bucket.
  std::array<std::uint64_t, kMostOperations * kMostBuckets> by_cell{};
  std::uint64_t total() const { return by_who[0] + by_who[1] + by_who[2] + by_who[3]; }
  std::uint64_t bucket(std::size_t which) const;
  std::uint64_t operation(std::size_t which) const;
  void add(const Cost& more);
  Cost since(const Cost& earlier) const;
};

struct ClassStats {
  std::uint64_t count = 0;
  std::array<std::uint64_t, kMissKinds> by_kind{};  // of misses; a system call has none
  std::array<std::uint64_t, kModes> by_mode{};      // in which the episode began
  std::uint64_t reflected = 0;  // of them, episodes in which the guest's own refill handler ran
  std::uint64_t nested = 0;     // misses that were part of them
  std::uint64_t traps = 0;      // exceptions taken in them, the first included
  Cost cost;
  Histogram cycles;
  void add(const ClassStats& more);
  ClassStats since(const ClassStats& earlier) const;
};

/// Monotonic; a phase is the difference of two.
struct EpisodeStats {
  std::array<ClassStats, kEpisodeClasses> classes;
  std::array<std::uint64_t, kModes> cycles{};           // by mode, from events alone
  Cost cost;                                            // of everything
  std::array<std::uint64_t, 32> exceptions{};           // events by ExcCode
  std::array<std::uint64_t, kModes> exceptions_from{};  // the same, by mode
  std::array<std::uint64_t, kModes> refills{};          // events, by the mode that missed
  std::array<std::uint64_t, kMissKinds> refills_by_kind{};
  std::uint64_t erets = 0, invalids = 0, modifieds = 0;
  std::uint64_t nested = 0,
                again = 0;  // misses inside an episode: of others, of the same instruction
  std::uint64_t opened = 0, closed = 0;  // miss episodes
  std::uint64_t guest_refills = 0;       // times a guest kernel's refill handler was entered
  std::uint64_t tlb_writes_indexed = 0, tlb_writes_random = 0;
  std::array<std::uint64_t, kMostMonitorEvents> monitor_events{};
  std::vector<std::uint64_t> random_indices;  // how often tlbwr wrote each
  void add(const EpisodeStats& more);
  EpisodeStats since(const EpisodeStats& earlier) const;
};

/// One step of a captured episode.
struct FlowStep {
  enum class Kind : std::uint8_t { kInstruction, kException, kEret, kTlbWrite, kMark } kind{};
  Mode mode{};               // in which the step ran; of an exception: from which
  std::uint8_t code = 0;     // of an exception: ExcCode; of a TLB write: 1 = tlbwr
  std::uint32_t word = 0;    // instruction
  std::uint32_t id = 0;      // vector, TLB index, or mark
  VirtAddr pc{};             // of an ERET: its target
  std::uint64_t value = 0;   // BadVAddr, or EntryHi
  std::uint64_t cycles = 0;  // that it cost
};

struct Flow {
  EpisodeClass which{};
  std::uint64_t cycles = 0;
  std::uint64_t began = 0;    // cycle
  std::uint64_t number = 0;   // of a system call: v0
  std::uint32_t account = 0;  // the number of the one that it belongs to
  bool reflected = false;
  bool truncated = false;
  std::vector<FlowStep> steps;
};

struct TrackerSetup {
  /// Under a monitor the guest's kernel runs in supervisor mode; otherwise the kernel is in kernel
  /// mode.
  bool virtualised = false;
  std::uint32_t tlb_entries = 64;
  /// What each of the monitor's marks (id - kMonitorMark) means: cycles behind it belong to this
  /// bucket, or the entry is for this operation, or this event happens. One is not 0; events count
  /// from 1.
  struct Meaning {
    std::uint8_t bucket = 0, operation = 0, event = 0;
  };
  std::vector<Meaning> marks;
  /// Reads v0 of the observed CPU: number of a system call. Optional.
  std::function<std::uint64_t()> read_v0;
  /// Reads the instruction at an address, 0 if it cannot be read: what a captured exception hit.
  /// Optional.
  std::function<std::uint32_t(VirtAddr)> read_word;
  /// The operation that emulating this instruction is; kPrivilegedUntold if it is none. Optional.
  std::function<std::size_t(std::uint32_t word)> operation_of;
};

class EpisodeTracker : public Observer {
 public:
  // Ids of the marks that the tracker understands; whoever sets it up adds them to the CPU.
  static constexpr std::uint32_t kGuestGeneral = 1;  // the kernel's general entry
  static constexpr std::uint32_t kGuestRefill = 2;   // the kernel's refill handlers
  static constexpr std::uint32_t kMonitorMark = 0x10000;

  // Operations of a monitor's entry that no mark tells apart, by the exception that made it.
  static constexpr std::size_t kShortTlbPath = 0, kPrivilegedUntold = 1, kOtherUntold = 2;
  static constexpr std::size_t kFirstTold = 3;  // the monitor's own numbers begin here

  EpisodeTracker(const TrackerSetup& setup, ObservationControl& control);
  EpisodeTracker(const EpisodeTracker&) = delete;
  EpisodeTracker& operator=(const EpisodeTracker&) = delete;

  /// What the events of one stream of execution come to: of all that a CPU does, or of a VCPU
  /// wherever it runs. Belongs to one tracker at a time.
  class Account;
  /// The one that a tracker begins with.
  Account& own_account();
  /// What comes from `now` on belongs to `account`; episodes that are open in the other one have
  /// been pre-empted. At a mark or between instructions.
  void switch_to(Account& account, Cycles now);
  /// What is open in an account that no tracker has any more becomes unfinished.
  void close(Account& account);

  /// Brings the cycles up to `now` (a phase begins or ends between events).
  void settle(Cycles now);
  /// Of the account that it has now.
  const EpisodeStats& stats() const;
  /// The end of the run: what is still open becomes unfinished.
  void finish(Cycles now);

  /// While on, episodes are candidates for capture: the first ones and ever fewer later.
  void set_capture(bool on) { capturing_ = on; }
  const std::vector<Flow>& flows() const { return flows_; }
  /// The captured episode of this class whose cost is nearest to `cycles`; nullptr if none was
  /// captured.
  const Flow* nearest_flow(EpisodeClass which, std::uint64_t cycles) const;

  void on_exception(const ExceptionEvent& e) override;
  void on_eret(const EretEvent& e) override;
  void on_mode(const ModeEvent& e) override;
  void on_mark(const MarkEvent& e) override;
  void on_tlb_write(const TlbWriteEvent& e) override;
  void on_retirement(const InstructionEvent& e) override;
  void on_instruction(const InstructionEvent& e) override;

 private:
  struct Place {
    VirtAddr pc{};
    Mode mode{};
    Asid asid{};
    bool operator==(const Place&) const = default;
  };
  /// The costs of an open episode: only cells that were touched are ever cleared or added.
  struct OpenCost {
    std::array<std::uint64_t, kWho> by_who{};
    std::array<std::uint64_t, kMostOperations * kMostBuckets> by_cell;
    std::array<std::uint64_t, (kMostOperations * kMostBuckets + 63) / 64> touched{};
    void add_cell(std::size_t cell, std::uint64_t cycles);
    void add_to(Cost& sum) const;
    std::uint64_t total() const { return by_who[0] + by_who[1] + by_who[2] + by_who[3]; }
  };
  struct Open {
    bool system_call = false;
    bool invalid = false, modified = false;   // how it began
    bool direct = false;                      // address in a direct window
    bool faulted = false, reflected = false;  // what came of it
    bool interrupted = false, preempted = false;
    MissKind kind{};
    Place resume;  // where it goes on when it is served
    std::uint64_t nested = 0, traps = 0, began = 0, number = 0;
    std::unique_ptr<OpenCost> cost;
    std::unique_ptr<Flow> flow;
  };
  using Stack = std::vector<Open>;  // at most a system call and a miss in it
  struct Suspended {
    Place resume;
    Stack stack;
  };

 public:
  class Account {
   public:
    /// `number` is what flows are known by.
    explicit Account(std::uint32_t number = 0) : number_{number} {}
    const EpisodeStats& stats() const { return stats_; }
    std::uint32_t number() const { return number_; }

   private:
    friend class EpisodeTracker;
    std::uint32_t number_;
    EpisodeStats stats_;
    Stack current_;
    std::vector<Suspended> suspended_;
    std::unordered_map<std::uint64_t, std::size_t> emulations_;  // by pc of the guest's instruction
  };

 private:
  std::unique_ptr<OpenCost> take_cost();
  void enter_monitor(const ExceptionEvent& e);
  std::size_t emulation_of(VirtAddr pc);
  void tell_operation(std::size_t operation);
  Who who_of(Mode mode) const;
  bool is_direct(VirtAddr va) const;
  void charge(Cycles to, Mode mode);
  void charge_cycles(std::uint64_t cycles, Mode mode);
  void count(const ExceptionEvent& e, MissKind kind, bool is_miss);
  void open(const ExceptionEvent& e, MissKind kind, bool is_miss);
  void start_capture(Open& episode);
  void stop_capture();
  void note_step(const FlowStep& step);
  void suspend(const Place& resume, bool preempted);
  void leave_other_context(const Place& place);
  bool resume_at(const Place& place);
  EpisodeClass classify(const Open& episode, bool finished) const;
  void close_top(bool finished);
  void abandon_stack();
  void close_all();
  void cancel_watch();

  TrackerSetup setup_;
  ObservationControl& control_;
  Account own_;
  Account* account_ = &own_;
  std::vector<Flow> flows_;
  std::unique_ptr<Flow> returning_;  // a system call's, complete but for its ERET
  std::vector<std::unique_ptr<OpenCost>> free_costs_;
  Mode mode_ = Mode::kKernel;
  Cycles settled_;
  std::size_t bucket_ = 0, operation_ = kOtherUntold;  // of the monitor, since it was entered
  /// Cycles by bucket since then: they move to the operation as soon as it is told.
  std::array<std::uint64_t, kMostBuckets> entry_cycles_{};
  bool watching_ = false, capturing_ = false, stepping_ = false;
  std::array<std::uint64_t, 2> candidates_{}, next_candidate_{};  // misses, system calls
};

inline const EpisodeStats& EpisodeTracker::stats() const { return account_->stats(); }

}  // namespace measure
