#include "measure/identities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace measure {
namespace {

using Names = std::vector<std::string>;

Names with_prefix(const Tally& tally, std::string_view prefix) {
  Names names;
  for (const auto& [name, value] : tally) {
    if (std::string_view{name}.starts_with(prefix)) names.push_back(name);
  }
  return names;
}

Names joined(Names a, const Names& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Identities {
 public:
  Identities(const Tally& tally, const IdentityScope& scope) : tally_{tally}, scope_{scope} {}

  std::vector<Identity> run() {
    time();
    exceptions();
    misses();
    episodes();
    if (scope_.virtualised && !scope_.cuts_traps) monitor();
    return std::move(list_);
  }

 private:
  void claim(const std::string& name, const std::string& text, const Names& left,
             const Names& right) {
    Identity one{name, text, left, right, sum(left), sum(right), false};
    one.holds = one.left_value == one.right_value;
    list_.push_back(std::move(one));
  }
  std::uint64_t sum(const Names& names) const {
    std::uint64_t total = 0;
    for (const std::string& name : names) {
      const auto found = tally_.find(name);
      if (found != tally_.end()) total += found->second;
    }
    return total;
  }
  Names all(std::string_view prefix) const { return with_prefix(tally_, prefix); }
  // One identity for each counter behind `prefix`: the same word behind `other`.
  void each(const std::string& name, const std::string& text, std::string_view prefix,
            std::string_view other) {
    for (const std::string& counter : all(prefix)) {
      const std::string word = counter.substr(prefix.size());
      claim(name + "-" + word, fmt::format("{} ({})", text, word), {counter},
            {std::string{other} + word});
    }
  }

  void time() {
    claim(
        "elapsed",
        "the processors' cycles by mode, idle counted while dozing, add up to the time that passed",
        all("cpu.cycles."), {"clock.cycles"});
    claim("instructions", "instructions by mode add up to those the machine retired",
          all("cpu.instructions."), {"clock.instructions"});
    each("cycles", "cycles in a mode, counted by the processor and between events", "cpu.cycles.",
         "events.cycles.");
    claim("spent", "cycles by who spent them add up to the time that passed", all("spent."),
          {"clock.cycles"});
    if (all("accounts.").empty()) return;
    claim("accounts", "cycles of all VCPUs, and of processors that had none, add up",
          all("accounts.cycles."), {"clock.cycles"});
    claim("accounts-instructions",
          "instructions of all VCPUs, and of processors that had none, add up",
          all("accounts.instructions."), {"clock.instructions"});
  }

  void exceptions() {
    each("exceptions", "exceptions counted by the processor and seen as events", "cpu.exceptions.",
         "events.exceptions.code.");
    claim("exceptions-by-mode", "exception events by mode and by cause",
          all("events.exceptions.from."), all("events.exceptions.code."));
    claim("interrupts", "interrupts are exceptions with code Int", {"cpu.interrupts"},
          {"events.exceptions.code.Int"});
    claim("erets", "ERETs counted by the processor and seen as events", {"cpu.erets"},
          {"events.erets"});
  }

  void misses() {
    each("refills", "refill misses counted by the processor and seen as events",
         "cpu.refills.mode.", "events.refills.mode.");
    each("refill-kinds", "refill misses by kind of access", "cpu.refills.kind.",
         "events.refills.kind.");
    claim("refills-by-kind", "refill misses by mode and by kind of access",
          all("cpu.refills.mode."), all("cpu.refills.kind."));
    claim("invalids", "TLB invalid exceptions", {"cpu.invalids"}, {"events.invalids"});
    claim("modifieds", "TLB modified exceptions", {"cpu.modifieds"}, {"events.modifieds"});
    claim("tlb-exceptions", "refills, invalids and modifieds are the exceptions Mod, TLBL and TLBS",
          joined(all("cpu.refills.mode."), {"cpu.invalids", "cpu.modifieds"}),
          {"events.exceptions.code.Mod", "events.exceptions.code.TLBL",
           "events.exceptions.code.TLBS"});
    claim("tlbwi", "TLB entries written by tlbwi", {"cpu.tlb_writes.indexed"},
          {"events.tlb_writes.indexed"});
    claim("tlbwr", "TLB entries written by tlbwr", {"cpu.tlb_writes.random"},
          {"events.tlb_writes.random"});
    if (scope_.guest_handlers && !scope_.virtualised) {
      claim("handler-entries",
            "every refill miss entered the kernel's handlers, and nothing else did",
            {"events.guest_refills"}, all("cpu.refills.mode."));
    }
  }

  void episodes() {
    claim("episodes-open", "every TLB exception began an episode or belongs to one",
          joined(all("events.refills.mode."), {"events.invalids", "events.modifieds"}),
          {"episodes.opened", "episodes.nested", "episodes.again"});
    Names classes;
    for (const std::string& name : all("episodes.class.")) {
      if (name.find(".syscall") == std::string::npos) classes.push_back(name);
    }
    claim("episodes-classes", "every episode that ended is in one class", classes,
          {"episodes.closed"});
    if (scope_.whole_run)
      claim("episodes-closed", "every episode that began has ended", {"episodes.opened"},
            {"episodes.closed"});
    each("episode-cycles",
         "cycles of the episodes of a class, in the histogram and by who spent them",
         "episodes.cycles.", "episodes.spent.");
    if (scope_.whole_run) {
      claim("syscalls", "every system call is an episode",
            {"episodes.class.syscall", "episodes.class.syscall-switched",
             "episodes.class.syscall-unfinished"},
            {"cpu.exceptions.Sys"});
    }
  }

  void monitor() {
    const Names fast = all("monitor.refills_fast_");
    const Names traps = all("monitor.traps_");
    claim("monitor-refills",
          "the guests' refill misses, counted by the monitor and by the processor",
          joined({"monitor.refills_slow"}, fast),
          {"cpu.refills.mode.user", "cpu.refills.mode.supervisor"});
    claim("monitor-answers", "every refill that came to the slow path was answered in one place",
          {"monitor.refills_slow"},
          {"monitor.refills_direct", "monitor.refills_virtual_tlb", "monitor.refills_l2tlb",
           "monitor.refills_reflected", "monitor.refills_monitor"});
    claim("monitor-tlb-traps", "slow entries for the TLB are refills, invalids and modifieds",
          {"monitor.traps_tlb"}, {"monitor.refills_slow", "monitor.invalids", "monitor.modifieds"});
    claim("monitor-invalids", "TLB invalid exceptions of guests", {"monitor.invalids"},
          {"cpu.invalids"});
    claim("monitor-modifieds", "TLB modified exceptions of guests", {"monitor.modifieds"},
          {"cpu.modifieds"});
    claim("monitor-entries", "every exception from a guest is one entry into the monitor",
          joined(traps, fast),
          {"events.exceptions.from.user", "events.exceptions.from.supervisor"});
    claim("monitor-syscalls", "system calls of guests", {"monitor.traps_syscall"},
          {"cpu.exceptions.Sys"});
    each("monitor-did",
         "what the monitor counted that it did, and where its program counter came by",
         "events.monitor.", "monitor.");
    // Accesses to devices come as TLB misses, not as privileged instructions.
    Names emulated = all("monitor.emulated_");
    std::erase(emulated, "monitor.emulated_device");
    claim("monitor-emulated", "every privileged instruction was emulated as one kind",
          {"monitor.traps_privileged"}, emulated);
    // Other exceptions are delivered or not, as their kind wants: with any of them this sum says
    // nothing.
    if (sum({"monitor.traps_other"}) == 0) {
      claim(
          "monitor-delivered",
          "exceptions delivered to the guest, altogether and by what they were",
          {"monitor.reflected"},
          {"monitor.refills_reflected", "monitor.invalids_reflected", "monitor.modifieds_reflected",
           "monitor.reflected_interrupt", "monitor.reflected_syscall"});
    }
    if (scope_.guest_handlers) {
      claim("handler-entries",
            "refills delivered through the guest's refill vectors entered its handlers",
            {"monitor.reflected_refill"}, {"events.guest_refills"});
    }
  }

  const Tally& tally_;
  const IdentityScope& scope_;
  std::vector<Identity> list_;
};

}  // namespace

std::vector<Identity> check_identities(const Tally& tally, const IdentityScope& scope) {
  return Identities{tally, scope}.run();
}

std::vector<std::string> covered_counters(const Tally& tally, const IdentityScope& scope) {
  std::set<std::string> names;
  for (const Identity& one : check_identities(tally, scope)) {
    names.insert(one.left.begin(), one.left.end());
    names.insert(one.right.begin(), one.right.end());
  }
  return {names.begin(), names.end()};
}

}  // namespace measure
