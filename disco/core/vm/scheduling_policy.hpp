// Which VCPU runs where: the interface that a scheduling policy has, and no more. A policy moves
// VCPUs between the queues of processors; running, parking and waking are not its business.
#pragma once

#include <cstdint>

#include "disco/core/vm/processor.hpp"
#include "disco/core/vm/vcpu.hpp"

namespace disco {

class SchedulingPolicy {
 public:
  /// Takes out of some queue what CPU `here` is to run next, with state kRunning and queue_cpu
  /// `here`; nullptr if there is nothing that it may run.
  virtual Vcpu* take_next(Processor& here) = 0;
  /// Puts a VCPU that can run into a queue; `here` is the CPU that executes, and may be the one.
  virtual void put(Vcpu& vcpu, Processor& here) = 0;

 protected:
  ~SchedulingPolicy() = default;
};

}  // namespace disco
