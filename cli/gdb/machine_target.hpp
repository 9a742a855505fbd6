// A config::Machine as the gdb stub's target.
#pragma once

#include "cli/gdb/execution.hpp"
#include "cli/gdb/stub.hpp"
#include "machine/machine.hpp"

namespace cli::gdb {
using namespace common;

class MachineTarget final : public Target {
 public:
  MachineTarget(machine::Machine& machine, Execution& execution)
      : machine_{machine}, execution_{execution} {}

  std::uint32_t cpu_count() const override { return machine_.cpu_count(); }
  cpu::DebugPort& debug(CpuId cpu) override { return machine_.cpu(cpu).debug(); }
  std::string describe_cpu(CpuId cpu) override;
  std::string monitor_command(std::string_view command, CpuId cpu) override;

 private:
  std::string show_tlb(CpuId cpu);
  std::string show_memory(std::string_view arguments);
  std::string step_exceptions(std::string_view argument);

  machine::Machine& machine_;
  Execution& execution_;
};

}  // namespace cli::gdb
