// The DebugPort of a processor and the engine that executes on it.
#pragma once

#include "cpu/debug_port.hpp"
#include "cpu/interpreter/interpreter.hpp"

namespace cpu {

class Debugger final : public DebugPort {
 public:
  Debugger(Processor& processor, MemoryPort& memory, StoreWatch& watch, Interpreter& engine)
      : p_{processor}, memory_{memory}, watch_{watch}, engine_{engine} {}

  std::uint64_t read_register(RegisterClass which, unsigned number) const override;
  void write_register(RegisterClass which, unsigned number, std::uint64_t value) override;
  std::size_t read_virtual(VirtAddr va, std::span<std::byte> out) override;
  std::size_t write_virtual(VirtAddr va, std::span<const std::byte> in) override;
  std::size_t read_physical(PhysAddr pa, std::span<std::byte> out) override;
  std::size_t write_physical(PhysAddr pa, std::span<const std::byte> in) override;
  void add_breakpoint(VirtAddr pc) override { p_.core.observation.add_breakpoint(pc); }
  void remove_breakpoint(VirtAddr pc) override { p_.core.observation.remove_breakpoint(pc); }
  void step() override { engine_.step(); }

 private:
  Processor& p_;
  MemoryPort& memory_;
  StoreWatch& watch_;
  Interpreter& engine_;
};

}  // namespace cpu
