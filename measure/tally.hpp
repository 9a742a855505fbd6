// All counts of a stretch of time under their names, whoever counted: "cpu." by the processors,
// "events." by the tracker from what it saw, "episodes." from what the tracker made of it,
// "monitor." by the monitor in its own memory, "clock." by the machine. Identities compare them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/cpu.hpp"
#include "machine/machine.hpp"
#include "measure/episodes/episodes.hpp"

namespace numa {
class MemorySystem;
}

namespace measure {

using Tally = std::map<std::string, std::uint64_t, std::less<>>;

struct CounterText {
  std::string unit, what;
};
/// Unit and sentence of any name that a tally can contain.
CounterText describe_counter(std::string_view name);
/// Names and, ending in a dot, prefixes of all counters that are not the monitor's.
std::vector<std::string> counter_families();

/// "user", "supervisor", "kernel", "idle".
std::string_view name_of(Mode mode);
/// "load", "store", "fetch".
std::string_view name_of(MissKind kind);
/// "Int", "TLBL", "Sys"; "code14" for codes without a name.
std::string exception_name(unsigned code);

void add_cpu_counters(Tally& tally, const cpu::CpuCounters& counters);
void add_episode_counters(Tally& tally, const EpisodeStats& stats);
/// Adds what fidelity memory counts: a CPU's caches and references, the latter by mode; a node's
/// directory and servers.
void add_memory_counters(Tally& tally, const numa::MemorySystem& memory, CpuId cpu);
void add_memory_counters(Tally& tally, const numa::MemorySystem& memory, NodeId node);
/// The same of a CPU's counts in the order in which the memory system tells them.
void add_memory_counters(Tally& tally, const numa::MemorySystem& memory,
                         const std::vector<std::uint64_t>& values);
/// Adds what devices and the event queue count.
void add_machine_counters(Tally& tally, const machine::Machine& machine);
/// What the monitor did, as its marks told: of a run below the monitor.
void add_monitor_events(Tally& tally, const EpisodeStats& stats);

/// All counters whose names begin so.
std::uint64_t sum_of(const Tally& tally, std::string_view prefix);
/// Name by name; names that only one side has count as 0 on the other.
Tally difference(const Tally& now, const Tally& earlier);

}  // namespace measure
