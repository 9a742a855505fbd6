// How a virtual machine begins and ends: memory reserved, tables made, files loaded; and all of it
// given back to the last page.
#pragma once

#include "disco/core/vm/monitor.hpp"
#include "disco/core/vm/vcpu.hpp"

namespace disco {

/// Puts the slot's VM among those that this CPU starts, at machine time `at`.
void schedule_start(VmSlot& slot, std::uint64_t at, Processor& here);

/// Starts the VMs whose home is `here` and whose time has come. Their VCPUs are given to the
/// scheduling policy. One that cannot be started has ended, with a report. True: it was the last of
/// all.
bool start_due_vms(Processor& here);

/// Ends the VM of a VCPU that was stopped (vcpu.stop, or its power register, says why), with a
/// report if it did not end by itself, and schedules its next start if it has one. Requires: no
/// CPU runs it. True: it was the last of all.
bool end_vm(Vcpu& vcpu, Processor& here);

/// What the machine's power register gets when all VMs have ended.
std::uint32_t final_power_value(const Monitor& monitor);

}  // namespace disco
