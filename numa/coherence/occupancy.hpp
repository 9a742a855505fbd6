// A server that handles one message at a time, first come first served, each for the same time: a
// memory controller, or a node's way into the network.
//
// CPUs are simulated a quantum at a time, so messages are not told to a server in the order of
// their arrival. One that comes late is put where it belongs and pays for all the waiting that it
// causes: its own, and that of those behind it, who have long been told their delay. So the sum of
// all delays is exactly that of the queue, in whatever order it is simulated; only who pays may
// differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/state.hpp"
#include "common/units.hpp"

namespace numa::coherence {
using namespace common;

class OccupancyQueue {
 public:
  /// Messages remembered. One that arrives before all of them counts as arriving with the oldest.
  static constexpr std::size_t kRemembered = 512;

  /// `service`: per message; zero switches the server off.
  explicit OccupancyQueue(Cycles service) : service_{service.count()} {
    if (service_ != 0) jobs_.resize(kRemembered);
  }

  /// A message arrives. Returns how long it, and those that it pushes back, wait.
  Cycles arrive(Cycles at);

  std::uint64_t served() const { return served_; }
  Cycles busy() const { return Cycles{served_ * service_}; }
  Cycles waited() const { return Cycles{waited_}; }

  void visit(StateVisitor& v);

 private:
  struct Job {
    std::uint64_t arrival = 0, start = 0;
  };
  Job& job(std::size_t i) { return jobs_[(first_ + i) % kRemembered]; }
  void forget_oldest();

  std::uint64_t service_;
  std::vector<Job> jobs_;  // a ring, ordered by arrival; empty if the server is off
  std::size_t first_ = 0, count_ = 0;
  std::uint64_t free_at_ = 0;  // when the jobs forgotten are done
  std::uint64_t oldest_ = 0;   // no job forgotten arrived later
  std::uint64_t served_ = 0, waited_ = 0;
};

}  // namespace numa::coherence
