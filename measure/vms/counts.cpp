#include "measure/vms/counts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "numa/coherence/memory_system.hpp"

namespace measure {
namespace {

static_assert(std::is_trivially_copyable_v<cpu::CpuCounters>);
using Words = std::array<std::uint64_t, sizeof(cpu::CpuCounters) / sizeof(std::uint64_t)>;
static_assert(sizeof(Words) == sizeof(cpu::CpuCounters));

Words words_of(const cpu::CpuCounters& counters) {
  Words words;
  std::memcpy(words.data(), &counters, sizeof words);
  return words;
}

void add_all(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& now,
             const std::vector<std::uint64_t>& earlier) {
  to.resize(std::max(to.size(), now.size()));
  for (std::size_t i = 0; i < now.size(); ++i)
    to[i] += now[i] - (i < earlier.size() ? earlier[i] : 0);
}

class Values final : public CounterSink {
 public:
  explicit Values(std::vector<std::uint64_t>& to) : to_{to} {}
  void counter(const CounterInfo&, std::uint64_t value) override { to_.push_back(value); }

 private:
  std::vector<std::uint64_t>& to_;
};

}  // namespace

void Counts::add(const Counts& now, const Counts& earlier) {
  cycles += now.cycles - earlier.cycles;
  retired += now.retired - earlier.retired;
  Words sum = words_of(cpu);
  const Words to = words_of(now.cpu), from = words_of(earlier.cpu);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += to[i] - from[i];
  std::memcpy(static_cast<void*>(&cpu), sum.data(), sizeof cpu);
  add_all(memory, now.memory, earlier.memory);
  add_all(monitor, now.monitor, earlier.monitor);
}

Counts read_counts(const machine::Machine& machine, const cpu::Cpu& cpu, const Moment* at,
                   Mode mode, std::optional<MachineAddr> monitor, std::size_t monitor_counters) {
  Counts counts;
  counts.cycles = cpu.now().count();
  counts.retired = cpu.retired();
  counts.cpu = cpu.counters();
  const CpuId id = cpu.config().id;
  if (at != nullptr && at->cpu == id) {
    counts.cpu.cycles[static_cast<std::size_t>(mode)] += at->cycle.count() - counts.cycles;
    counts.cpu.instructions[static_cast<std::size_t>(mode)] += at->retired - counts.retired;
    counts.cycles = at->cycle.count();
    counts.retired = at->retired;
  }
  if (const numa::MemorySystem* const memory = machine.memory_system()) {
    Values values{counts.memory};
    memory->counters(id, values);
    for (unsigned m = 0; m < kModes; ++m) memory->counters(id, static_cast<Mode>(m), values);
  }
  if (monitor) {
    counts.monitor.reserve(monitor_counters);
    for (std::size_t i = 0; i < monitor_counters; ++i)
      counts.monitor.push_back(machine.read_word(*monitor + 8 * i).value_or(0));
  }
  return counts;
}

}  // namespace measure
