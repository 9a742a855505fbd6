// A phase is the difference of two readings of monotonic counters; a machine is the sum of its
// CPUs.
#include "measure/episodes/episodes.hpp"

namespace measure {
namespace {

template <class T, std::size_t N>
std::array<T, N> minus(const std::array<T, N>& now, const std::array<T, N>& earlier) {
  std::array<T, N> difference{};
  for (std::size_t i = 0; i < N; ++i) difference[i] = now[i] - earlier[i];
  return difference;
}

template <class T, std::size_t N>
void add_to(std::array<T, N>& sum, const std::array<T, N>& more) {
  for (std::size_t i = 0; i < N; ++i) sum[i] += more[i];
}

constexpr std::uint64_t EpisodeStats::*kPlain[] = {&EpisodeStats::erets,
                                                   &EpisodeStats::invalids,
                                                   &EpisodeStats::modifieds,
                                                   &EpisodeStats::nested,
                                                   &EpisodeStats::again,
                                                   &EpisodeStats::opened,
                                                   &EpisodeStats::closed,
                                                   &EpisodeStats::guest_refills,
                                                   &EpisodeStats::tlb_writes_indexed,
                                                   &EpisodeStats::tlb_writes_random};
constexpr std::uint64_t ClassStats::*kPlainOfClass[] = {&ClassStats::count, &ClassStats::reflected,
                                                        &ClassStats::nested, &ClassStats::traps};

}  // namespace

std::uint64_t Cost::bucket(std::size_t which) const {
  std::uint64_t sum = 0;
  for (std::size_t op = 0; op < kMostOperations; ++op) sum += by_cell[op * kMostBuckets + which];
  return sum;
}

std::uint64_t Cost::operation(std::size_t which) const {
  std::uint64_t sum = 0;
  for (std::size_t b = 0; b < kMostBuckets; ++b) sum += by_cell[which * kMostBuckets + b];
  return sum;
}

void Cost::add(const Cost& more) {
  add_to(by_who, more.by_who);
  add_to(by_cell, more.by_cell);
}

Cost Cost::since(const Cost& earlier) const {
  return {minus(by_who, earlier.by_who), minus(by_cell, earlier.by_cell)};
}

void ClassStats::add(const ClassStats& more) {
  for (const auto member : kPlainOfClass) this->*member += more.*member;
  add_to(by_kind, more.by_kind);
  add_to(by_mode, more.by_mode);
  cost.add(more.cost);
  cycles.add(more.cycles);
}

ClassStats ClassStats::since(const ClassStats& earlier) const {
  ClassStats d;
  for (const auto member : kPlainOfClass) d.*member = this->*member - earlier.*member;
  d.by_kind = minus(by_kind, earlier.by_kind);
  d.by_mode = minus(by_mode, earlier.by_mode);
  d.cost = cost.since(earlier.cost);
  d.cycles = cycles.since(earlier.cycles);
  return d;
}

void EpisodeStats::add(const EpisodeStats& more) {
  for (const auto member : kPlain) this->*member += more.*member;
  for (std::size_t i = 0; i < kEpisodeClasses; ++i) classes[i].add(more.classes[i]);
  add_to(cycles, more.cycles);
  cost.add(more.cost);
  add_to(exceptions, more.exceptions);
  add_to(exceptions_from, more.exceptions_from);
  add_to(refills, more.refills);
  add_to(refills_by_kind, more.refills_by_kind);
  add_to(monitor_events, more.monitor_events);
  if (random_indices.size() < more.random_indices.size())
    random_indices.resize(more.random_indices.size());
  for (std::size_t i = 0; i < more.random_indices.size(); ++i)
    random_indices[i] += more.random_indices[i];
}

EpisodeStats EpisodeStats::since(const EpisodeStats& earlier) const {
  EpisodeStats d;
  for (const auto member : kPlain) d.*member = this->*member - earlier.*member;
  for (std::size_t i = 0; i < kEpisodeClasses; ++i)
    d.classes[i] = classes[i].since(earlier.classes[i]);
  d.cycles = minus(cycles, earlier.cycles);
  d.cost = cost.since(earlier.cost);
  d.exceptions = minus(exceptions, earlier.exceptions);
  d.exceptions_from = minus(exceptions_from, earlier.exceptions_from);
  d.refills = minus(refills, earlier.refills);
  d.refills_by_kind = minus(refills_by_kind, earlier.refills_by_kind);
  d.monitor_events = minus(monitor_events, earlier.monitor_events);
  d.random_indices = random_indices;
  for (std::size_t i = 0; i < earlier.random_indices.size(); ++i) {
    d.random_indices[i] -= earlier.random_indices[i];
  }
  return d;
}

}  // namespace measure
