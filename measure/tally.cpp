#include "measure/tally.hpp"

#include <fmt/format.h>

#include "hardware/r10000/exceptions.hpp"
#include "measure/monitor_view.hpp"
#include "numa/coherence/memory_system.hpp"

namespace measure {
namespace {

std::string_view manual_name(unsigned code) {
  return hardware::name_of(static_cast<hardware::ExceptionCode>(code));
}

std::string named(std::string_view prefix, std::string_view name) {
  return fmt::format("{}.{}", prefix, name);
}

struct Described {
  std::string_view prefix;  // everything that begins so
  std::string_view unit, what;
};
// Those that are not in a table of their own; the longest prefix decides.
constexpr Described kDescribed[] = {
    {"clock.cycles", "cycles", "processor cycles that passed, times the number of processors"},
    {"clock.instructions", "count", "instructions that retired, told by the machine"},
    {"clock.cpus", "count", "processors"},
    {"events.cycles.", "cycles", "cycles between the events that enter and leave this mode"},
    {"events.exceptions.code.", "count", "exception events with this ExcCode"},
    {"events.exceptions.from.", "count", "exception events from this mode"},
    {"events.refills.mode.", "count", "refill exception events from this mode"},
    {"events.refills.kind.", "count", "refill exception events of this kind of access"},
    {"events.invalids", "count", "TLB invalid exception events"},
    {"events.modifieds", "count", "TLB modified exception events"},
    {"events.erets", "count", "ERET events"},
    {"events.tlb_writes.", "count", "TLB write events"},
    {"events.monitor.", "count",
     "times the program counter came by where the monitor does what its counter of this name says"},
    {"events.guest_refills", "count",
     "times the program counter entered the guest kernel's refill handlers"},
    {"episodes.opened", "count", "miss episodes that began"},
    {"episodes.closed", "count", "miss episodes that ended"},
    {"episodes.open", "count", "miss episodes under way"},
    {"episodes.nested", "count", "misses that belong to another miss's episode"},
    {"episodes.again", "count", "TLB exceptions of an instruction whose episode was under way"},
    {"episodes.class.", "count", "episodes of this class"},
    {"episodes.cycles.", "cycles", "cycles of all episodes of this class"},
    {"episodes.spent.", "cycles", "the same, added up from who spent them"},
    {"accounts.cycles.vcpus", "cycles", "cycles during which processors had a VCPU"},
    {"accounts.cycles.nobody", "cycles", "cycles during which processors had none"},
    {"accounts.instructions.vcpus", "count", "instructions of processors that had a VCPU"},
    {"accounts.instructions.nobody", "count", "instructions of processors that had none"},
    {"machine.", "count", "counted by devices and the event queue"},
    {"machine.cache.", "count", "what all processors' caches did (fidelity memory)"},
    {"machine.memory.references.", "count",
     "references that a primary cache did not answer, by who did, kind and mode"},
    {"machine.memory.stall.", "cycles", "what they waited, queueing included"},
    {"machine.memory.stall.queued.", "cycles", "the part of it that was waiting in queues"},
    {"machine.home.", "count", "what all nodes' directories did"},
    {"machine.controller.", "cycles", "what all memory controllers were busy, or waited for"},
    {"machine.network.", "cycles",
     "what all nodes' ways into the network were busy, or waited for"},
    {"spent.", "cycles", "cycles of the phase by who spent them"},
};

/// Adds up what the machine counts, under "machine.".
class TallySink final : public CounterSink {
 public:
  explicit TallySink(Tally& tally) : tally_{tally} {}
  void counter(const CounterInfo& info, std::uint64_t value) override {
    tally_[fmt::format("machine.{}{}", info.name, suffix)] += value;
  }
  std::string suffix;

 private:
  Tally& tally_;
};

}  // namespace

std::string_view name_of(Mode mode) {
  constexpr std::string_view kNames[] = {"user", "supervisor", "kernel", "idle"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::string_view name_of(MissKind kind) {
  constexpr std::string_view kNames[] = {"fetch", "load", "store"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string exception_name(unsigned code) {
  if (!manual_name(code).empty()) return std::string{manual_name(code)};
  return fmt::format("code{}", code);
}

CounterText describe_counter(std::string_view name) {
  for (const CounterInfo& info : MonitorView::counter_infos()) {
    if (info.name == name) return {std::string{info.unit}, std::string{info.what}};
  }
  for (const cpu::CpuCounterRow& row : cpu::counter_rows()) {
    if (name.starts_with(row.info.name))
      return {std::string{row.info.unit}, std::string{row.info.what}};
  }
  const Described* best = nullptr;
  for (const Described& row : kDescribed) {
    if (!name.starts_with(row.prefix)) continue;
    if (best == nullptr || row.prefix.size() > best->prefix.size()) best = &row;
  }
  if (best == nullptr) return {"count", ""};
  return {std::string{best->unit}, std::string{best->what}};
}

std::vector<std::string> counter_families() {
  std::vector<std::string> names;
  for (const cpu::CpuCounterRow& row : cpu::counter_rows()) names.emplace_back(row.info.name);
  for (const Described& row : kDescribed) names.emplace_back(row.prefix);
  return names;
}

void add_cpu_counters(Tally& t, const cpu::CpuCounters& c) {
  using Index = cpu::CpuCounterRow::Index;
  for (const cpu::CpuCounterRow& row : cpu::counter_rows()) {
    const auto values = row.values(c);
    for (unsigned i = 0; i < values.size(); ++i) {
      const bool is_code = row.index == Index::kCode;
      if (is_code && values[i] == 0 && manual_name(i).empty()) continue;
      std::string name{row.info.name};
      if (is_code) name += exception_name(i);
      if (row.index == Index::kMode) name += name_of(static_cast<Mode>(i));
      t[name] += values[i];
    }
  }
}

void add_episode_counters(Tally& t, const EpisodeStats& s) {
  for (unsigned m = 0; m < kModes; ++m) {
    const std::string_view mode = name_of(static_cast<Mode>(m));
    t[named("events.cycles", mode)] += s.cycles[m];
    t[named("events.refills.mode", mode)] += s.refills[m];
    t[named("events.exceptions.from", mode)] += s.exceptions_from[m];
  }
  for (unsigned code = 0; code < hardware::kExceptionCodes; ++code) {
    if (s.exceptions[code] != 0 || !manual_name(code).empty()) {
      t[named("events.exceptions.code", exception_name(code))] += s.exceptions[code];
    }
  }
  for (std::size_t k = 0; k < kMissKinds; ++k) {
    t[named("events.refills.kind", name_of(static_cast<MissKind>(k)))] += s.refills_by_kind[k];
  }
  for (std::size_t c = 0; c < kEpisodeClasses; ++c) {
    const std::string_view name = info_of(static_cast<EpisodeClass>(c)).name;
    t[named("episodes.class", name)] += s.classes[c].count;
    t[named("episodes.cycles", name)] += s.classes[c].cycles.sum();
    t[named("episodes.spent", name)] += s.classes[c].cost.total();
  }
  for (std::size_t w = 0; w < kWho; ++w) {
    t[named("spent", name_of(static_cast<Who>(w)))] += s.cost.by_who[w];
  }
  t["events.invalids"] += s.invalids;
  t["events.modifieds"] += s.modifieds;
  t["events.erets"] += s.erets;
  t["events.tlb_writes.indexed"] += s.tlb_writes_indexed;
  t["events.tlb_writes.random"] += s.tlb_writes_random;
  t["events.guest_refills"] += s.guest_refills;
  t["episodes.opened"] += s.opened;
  t["episodes.closed"] += s.closed;
  t["episodes.nested"] += s.nested;
  t["episodes.again"] += s.again;
}

void add_monitor_events(Tally& t, const EpisodeStats& s) {
  const auto& names = MonitorView::event_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    t[named("events.monitor", names[i])] += s.monitor_events[i];
}

void add_memory_counters(Tally& tally, const numa::MemorySystem& memory, CpuId cpu) {
  TallySink sink{tally};
  memory.counters(cpu, sink);
  for (unsigned m = 0; m < kModes; ++m) {
    sink.suffix = fmt::format(".{}", name_of(static_cast<Mode>(m)));
    memory.counters(cpu, static_cast<Mode>(m), sink);
  }
}

void add_memory_counters(Tally& tally, const numa::MemorySystem& memory, NodeId node) {
  TallySink sink{tally};
  memory.counters(node, sink);
}

void add_memory_counters(Tally& tally, const numa::MemorySystem& memory,
                         const std::vector<std::uint64_t>& values) {
  class Named final : public CounterSink {
   public:
    Named(Tally& tally, const std::vector<std::uint64_t>& values)
        : tally_{tally}, values_{values} {}
    void counter(const CounterInfo& info, std::uint64_t) override {
      const std::uint64_t value = next_ < values_.size() ? values_[next_] : 0;
      ++next_;
      tally_[fmt::format("machine.{}{}", info.name, suffix)] += value;
    }
    std::string suffix;

   private:
    Tally& tally_;
    const std::vector<std::uint64_t>& values_;
    std::size_t next_ = 0;
  };
  Named sink{tally, values};
  memory.counters(CpuId{0}, sink);
  for (unsigned m = 0; m < kModes; ++m) {
    sink.suffix = fmt::format(".{}", name_of(static_cast<Mode>(m)));
    memory.counters(CpuId{0}, static_cast<Mode>(m), sink);
  }
}

void add_machine_counters(Tally& tally, const machine::Machine& machine) {
  TallySink sink{tally};
  machine.counters(sink);
}

std::uint64_t sum_of(const Tally& tally, std::string_view prefix) {
  std::uint64_t sum = 0;
  for (auto at = tally.lower_bound(prefix); at != tally.end() && at->first.starts_with(prefix);
       ++at) {
    sum += at->second;
  }
  return sum;
}

Tally difference(const Tally& now, const Tally& earlier) {
  Tally d = now;
  for (const auto& [name, value] : earlier) d[name] -= value;
  return d;
}

}  // namespace measure
