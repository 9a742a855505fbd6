// The scheduling policy that is built in.
#pragma once

#include "disco/core/vm/scheduling_policy.hpp"

namespace disco {

/// Round robin: a queue a CPU, in the order of coming; a VCPU stays where it ran; a CPU without
/// work takes from the longest queue.
class RoundRobin final : public SchedulingPolicy {
 public:
  Vcpu* take_next(Processor& here) override;
  void put(Vcpu& vcpu, Processor& here) override;
};

}  // namespace disco
