#include "measure/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "measure/measurement.hpp"

namespace measure {
namespace {

double as_double(std::uint64_t n) { return static_cast<double>(n); }

void put_ratio(Metrics& m, const std::string& name, std::uint64_t part, std::uint64_t whole) {
  if (whole != 0) m[name] = as_double(part) / as_double(whole);
}

void put_class(Metrics& m, const std::string& prefix, const ClassStats& c, std::uint64_t cycles) {
  m[prefix + ".count"] = as_double(c.count);
  put_ratio(m, prefix + ".share", c.cost.total(), cycles);
  if (c.count == 0) return;
  m[prefix + ".mean"] = c.cycles.mean();
  m[prefix + ".p50"] = as_double(c.cycles.quantile(0.50));
  m[prefix + ".p95"] = as_double(c.cycles.quantile(0.95));
  m[prefix + ".p99"] = as_double(c.cycles.quantile(0.99));
  put_ratio(m, prefix + ".traps", c.traps, c.count);
  for (std::size_t w = 0; w < kWho; ++w) {
    put_ratio(m, prefix + "." + std::string{name_of(static_cast<Who>(w))}, c.cost.by_who[w],
              c.count);
  }
}

// One title for one number, everywhere. Misses are those that miss.* is about; exceptions are
// others.
std::string title_of(const MetricInfo& info) {
  static const std::map<std::string, std::string> kTitles = {
      {"cycles", "cycles"},
      {"seconds", "simulated seconds"},
      {"instructions", "instructions"},
      {"cpi", "cycles for each instruction"},
      {"each.mean", "cycles of each virtual machine, mean"},
      {"each.greatest", "cycles of the slowest virtual machine"},
      {"slowdown", "slowdown against the baseline"},
      {"misses", "TLB refill exceptions"},
      {"misses.user", "TLB refill exceptions of user programs"},
      {"direct", "guest instructions executed directly"},
      {"miss.count", "user TLB misses"},
      {"miss.mean", "cycles for each user TLB miss, mean"},
      {"miss.p50", "cycles for each user TLB miss, median"},
      {"miss.p95", "cycles for each user TLB miss, 95 % at most"},
      {"miss.p99", "cycles for each user TLB miss, 99 % at most"},
      {"miss.share", "share of cycles in user TLB misses"},
      {"memory.misses", "references that memory or another cache answered"},
      {"memory.mean", "cycles that such a reference waited, mean"},
      {"syscall.count", "system calls"},
      {"syscall.mean", "cycles for each system call, mean"},
      {"syscall.p50", "cycles for each system call, median"},
  };
  const auto title = kTitles.find(info.name);
  return title == kTitles.end() ? info.what : title->second;
}

std::vector<MetricInfo> make_infos() {
  std::vector<MetricInfo> list = {
      {"cycles", "cycles", "length of the phase"},
      {"seconds", "s", "the same in simulated time"},
      {"instructions", "count", "instructions retired, in every mode"},
      {"cpi", "cycles", "cycles for each instruction"},
      {"each.mean", "cycles", "length of the phase in each kernel that ended it, mean"},
      {"each.greatest", "cycles", "length of the phase in the kernel that it took longest"},
      {"slowdown", "ratio", "cycles, divided by those of the baseline's point"},
      {"misses", "count", "TLB refill exceptions, in every mode"},
      {"misses.user", "count", "TLB refill exceptions of user programs"},
      {"misses.rate", "ratio", "user refill exceptions for each instruction of user programs"},
      {"share.user", "ratio", "share of cycles in user programs"},
      {"share.kernel", "ratio", "share of cycles in the (guest) kernel"},
      {"share.monitor", "ratio", "share of cycles in the monitor"},
      {"share.idle", "ratio", "share of cycles dozing"},
      {"direct", "ratio",
       "share of the guest's instructions that the processor executed directly, not the monitor",
       false},
      {"memory.stall", "ratio", "share of cycles that waited for caches, memory and devices",
       false},
      {"memory.misses", "count", "references that memory or another node's cache answered", false},
      {"memory.mean", "cycles", "what one of them waited", false},
      {"memory.local", "ratio",
       "share of them that the memory of the processor's own node answered", false},
      {"memory.remote", "ratio", "share of them that another node's memory answered", false},
      {"memory.dirty", "ratio", "share of them that needed another node's cache", false},
  };
  const auto add = [&list](const std::string& prefix, const std::string& what) {
    list.push_back({prefix + ".count", "count", what + ": how many"});
    list.push_back({prefix + ".mean", "cycles", what + ": mean cost"});
    list.push_back({prefix + ".p50", "cycles", what + ": median cost"});
    list.push_back({prefix + ".p95", "cycles", what + ": 95 % cost at most this"});
    list.push_back({prefix + ".p99", "cycles", what + ": 99 % cost at most this"});
    list.push_back({prefix + ".share", "ratio", what + ": share of the phase's cycles"});
    list.push_back({prefix + ".traps", "count", what + ": exceptions taken for each"});
    list.push_back({prefix + ".user", "cycles", what + ": mean cycles of user programs"});
    list.push_back({prefix + ".kernel", "cycles", what + ": mean cycles of the (guest) kernel"});
    list.push_back({prefix + ".monitor", "cycles", what + ": mean cycles of the monitor"});
    list.push_back({prefix + ".idle", "cycles", what + ": mean cycles dozing"});
  };
  add("miss", "user refill misses answered with a valid translation");
  add("syscall", "system calls that were not interrupted");
  for (std::size_t c = 0; c < kEpisodeClasses; ++c) {
    const ClassInfo& info = info_of(static_cast<EpisodeClass>(c));
    add("class." + std::string{info.name},
        "episodes of the class \"" + std::string{info.title} + "\"");
  }
  for (MetricInfo& info : list) info.title = title_of(info);
  return list;
}

std::uint64_t value_of(const Tally& tally, std::string_view name) {
  const auto found = tally.find(name);
  return found == tally.end() ? 0 : found->second;
}

/// Of fidelity memory only.
void put_memory(Metrics& m, const Tally& t, std::uint64_t cycles) {
  constexpr std::string_view kAnswers[] = {"local", "remote", "dirty"};
  const std::string references = "machine.memory.references.", stalls = "machine.memory.stall.";
  const std::uint64_t stall = sum_of(t, stalls) - sum_of(t, stalls + "queued.");
  if (stall == 0) return;
  std::uint64_t misses = 0, waited = 0;
  for (const std::string_view answer : kAnswers) {
    misses += sum_of(t, fmt::format("{}{}.", references, answer));
    waited += sum_of(t, fmt::format("{}{}.", stalls, answer));
  }
  put_ratio(m, "memory.stall", stall, cycles);
  m["memory.misses"] = as_double(misses);
  put_ratio(m, "memory.mean", waited, misses);
  for (const std::string_view answer : kAnswers) {
    put_ratio(m, fmt::format("memory.{}", answer),
              sum_of(t, fmt::format("{}{}.", references, answer)), misses);
  }
}

}  // namespace

const std::vector<MetricInfo>& metric_infos() {
  static const std::vector<MetricInfo> infos = make_infos();
  return infos;
}

const MetricInfo* find_metric(const std::string& name) {
  for (const MetricInfo& info : metric_infos()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricInfo& info : metric_infos()) names.push_back(info.name);
  return names;
}

const std::vector<std::string>& shown_metrics() {
  static const std::vector<std::string> names = {"cycles",     "slowdown",     "miss.count",
                                                 "miss.mean",  "miss.p50",     "miss.p99",
                                                 "miss.share", "syscall.mean", "direct"};
  return names;
}

Metrics metrics_of(const PhaseResult& phase, bool virtualised, std::uint64_t clock_hz) {
  Metrics m;
  const Tally& t = phase.tally;
  const std::uint64_t cycles = value_of(t, "clock.cycles");
  m["cycles"] = as_double(phase.cycles());
  m["seconds"] = as_double(phase.cycles()) / as_double(clock_hz);
  m["instructions"] = as_double(phase.instructions);
  put_ratio(m, "cpi", cycles, phase.instructions);
  if (!phase.each.empty()) {
    const auto sum = std::accumulate(phase.each.begin(), phase.each.end(), std::uint64_t{0});
    put_ratio(m, "each.mean", sum, phase.each.size());
    m["each.greatest"] = as_double(*std::max_element(phase.each.begin(), phase.each.end()));
  }

  const std::uint64_t user_misses = value_of(t, "cpu.refills.mode.user");
  m["misses"] = as_double(user_misses + value_of(t, "cpu.refills.mode.supervisor") +
                          value_of(t, "cpu.refills.mode.kernel"));
  m["misses.user"] = as_double(user_misses);
  put_ratio(m, "misses.rate", user_misses, value_of(t, "cpu.instructions.user"));
  for (std::size_t w = 0; w < kWho; ++w) {
    const std::string who{name_of(static_cast<Who>(w))};
    put_ratio(m, "share." + who, phase.episodes.cost.by_who[w], cycles);
  }
  if (virtualised) {
    const std::uint64_t direct =
        value_of(t, "cpu.instructions.user") + value_of(t, "cpu.instructions.supervisor");
    const std::uint64_t emulated =
        value_of(t, "monitor.traps_privileged") + value_of(t, "monitor.emulated_device");
    put_ratio(m, "direct", direct, direct + emulated);
  }
  put_memory(m, t, cycles);
  const auto& classes = phase.episodes.classes;
  put_class(m, "miss", classes[static_cast<std::size_t>(EpisodeClass::kUserRefill)], cycles);
  put_class(m, "syscall", classes[static_cast<std::size_t>(EpisodeClass::kSystemCall)], cycles);
  for (std::size_t c = 0; c < kEpisodeClasses; ++c) {
    put_class(m, "class." + std::string{info_of(static_cast<EpisodeClass>(c)).name}, classes[c],
              cycles);
  }
  return m;
}

}  // namespace measure
