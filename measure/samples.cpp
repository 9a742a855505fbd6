#include "measure/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

namespace measure {
namespace {

/// A column is the sum of all counters whose names begin like this.
struct Column {
  SampleColumn info;
  std::string_view prefix;
};

constexpr Column kColumns[] = {
    {{"instructions", "count", "instructions retired, all processors"}, "clock.instructions"},
    {{"cycles.user", "cycles", "cycles in user mode"}, "cpu.cycles.user"},
    {{"cycles.supervisor", "cycles", "cycles in supervisor mode"}, "cpu.cycles.supervisor"},
    {{"cycles.kernel", "cycles", "cycles in kernel mode"}, "cpu.cycles.kernel"},
    {{"cycles.idle", "cycles", "cycles dozing"}, "cpu.cycles.idle"},
    {{"refills", "count", "TLB refill misses"}, "cpu.refills.mode."},
    {{"exceptions", "count", "exceptions of every kind"}, "cpu.exceptions."},
    {{"interrupts", "count", "interrupts taken"}, "cpu.interrupts"},
    {{"l1.misses", "count", "references that missed in a primary cache"},
     "machine.cache.primary.misses."},
    {{"l2.served", "count", "references served by the secondary cache"},
     "machine.memory.references.secondary."},
    {{"local.served", "count", "references served by the memory of the processor's own node"},
     "machine.memory.references.local."},
    {{"remote.served", "count", "references served by another node's memory"},
     "machine.memory.references.remote."},
    {{"dirty.served", "count", "references that needed another node's cache"},
     "machine.memory.references.dirty."},
    {{"l2.stall", "cycles", "cycles waiting for the secondary cache"},
     "machine.memory.stall.secondary."},
    {{"local.stall", "cycles", "cycles waiting for the memory of the processor's own node"},
     "machine.memory.stall.local."},
    {{"remote.stall", "cycles", "cycles waiting for another node's memory"},
     "machine.memory.stall.remote."},
    {{"dirty.stall", "cycles", "cycles waiting for another node's cache"},
     "machine.memory.stall.dirty."},
    {{"uncached.stall", "cycles", "cycles waiting for uncached accesses"},
     "machine.memory.stall.uncached."},
    {{"queued", "cycles", "the part of all waiting that was in queues"},
     "machine.memory.stall.queued."},
    {{"disk.sectors", "count", "sectors that disks read or wrote"}, "machine.disk.sectors_"},
    {{"uart.sent", "bytes", "bytes that the serial port transmitted"}, "machine.uart.sent"},
};

constexpr std::size_t kMostAutomatic = 200, kMostAsked = 10'000;
constexpr std::uint64_t kFirstPeriod = 10'000;  // nanoseconds

std::uint64_t cycles_in(std::uint64_t nanoseconds, std::uint64_t clock_hz) {
  const auto cycles = static_cast<double>(nanoseconds) * 1e-9 * static_cast<double>(clock_hz);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(cycles));
}

}  // namespace

std::vector<SampleColumn> sample_columns() {
  std::vector<SampleColumn> columns;
  for (const Column& column : kColumns) columns.push_back(column.info);
  return columns;
}

Samples::Samples(std::uint64_t period, std::uint64_t clock_hz)
    : clock_hz_{clock_hz},
      period_{cycles_in(period == 0 ? kFirstPeriod : period, clock_hz)},
      next_{period_},
      most_{period == 0 ? kMostAutomatic : kMostAsked} {}

void Samples::take_last(std::uint64_t cycle, const Tally& tally) {
  if (!rows_.empty() && rows_.back().cycle == cycle) rows_.pop_back();
  Row row{cycle, {}};
  for (const Column& column : kColumns) row.counts.push_back(sum_of(tally, column.prefix));
  rows_.push_back(std::move(row));
}

void Samples::take(std::uint64_t cycle, const Tally& tally) {
  take_last(cycle, tally);
  if (rows_.size() >= most_) {
    // Those at whole multiples of the doubled period stay: the second, the fourth ...
    for (std::size_t i = 0; 2 * i + 1 < rows_.size(); ++i) rows_[i] = std::move(rows_[2 * i + 1]);
    rows_.resize(rows_.size() / 2);
    period_ *= 2;
  }
  next_ = (cycle / period_ + 1) * period_;
}

std::vector<std::size_t> Samples::used_columns() const {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < std::size(kColumns); ++i) {
    if (!rows_.empty() && rows_.back().counts[i] != 0) used.push_back(i);
  }
  return used;
}

std::string Samples::csv() const {
  const auto used = used_columns();
  std::string text = "cycle,seconds";
  for (const std::size_t i : used) text += fmt::format(",{}", kColumns[i].info.name);
  text += "\n";
  for (const Row& row : rows_) {
    text += fmt::format("{},{:.9f}", row.cycle,
                        static_cast<double>(row.cycle) / static_cast<double>(clock_hz_));
    for (const std::size_t i : used) text += fmt::format(",{}", row.counts[i]);
    text += "\n";
  }
  return text;
}

Json Samples::json() const {
  const auto used = used_columns();
  Json columns = Json::array(), rows = Json::array();
  for (const std::size_t i : used) columns.push_back(kColumns[i].info.name);
  for (const Row& row : rows_) {
    Json line = {row.cycle};
    for (const std::size_t i : used) line.push_back(row.counts[i]);
    rows.push_back(std::move(line));
  }
  return {{"period", period_}, {"columns", columns}, {"rows", rows}};
}

}  // namespace measure
