// MAGIC's processor interface: what one CPU's node controller does for it. Pending device sources
// and their enables (Cause.IP2), interrupts between CPUs (IP3), the launch registers and doze.
// docs/machine.md lists the registers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hardware/board/interrupts.hpp"
#include "hardware/board/magic_registers.hpp"
#include "hardware/board/register64.hpp"
#include "numa/address_map.hpp"
#include "numa/device.hpp"
#include "numa/ports.hpp"

namespace numa {

/// The registers of one CPU. Registers are 64 bits wide; 32-bit halves work, narrower accesses do
/// not.
class ProcessorInterface {
 public:
  ProcessorInterface(CpuId cpu, const Topology& topology, InterruptLines& lines,
                     ProcessorControl& control);

  ReadResult read(std::uint64_t offset, unsigned size) const;
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size, std::uint64_t value);

  /// A device source of this CPU's node rose or fell.
  void set_source(unsigned source, bool level);

  void visit(StateVisitor& v);

 private:
  void drive_lines();
  std::uint64_t identity() const;

  CpuId cpu_;
  Topology topology_;
  InterruptLines* lines_;
  ProcessorControl* control_;

  std::uint64_t pend_ = 0;
  std::uint64_t enable_ = 0;
  std::uint64_t ipi_ = 0;
  VirtAddr launch_sp_, launch_gp_, launch_pc_;
};

/// All processor interfaces of the machine, as a device: CPU c's registers are at kPiBytes * c.
class ProcessorInterfaces : public Device {
 public:
  ProcessorInterfaces(const Topology& topology, InterruptLines& lines, ProcessorControl& control);

  std::string_view name() const override { return "magic_pi"; }
  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) override;
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size,
                    std::uint64_t value) override;
  void visit(StateVisitor& v) override;

  ProcessorInterface& of(CpuId cpu) { return interfaces_[index_of(cpu)]; }
  /// A device of `node` raises or lowers its interrupt source.
  void set_source(NodeId node, unsigned source, bool level);

 private:
  Topology topology_;
  std::vector<ProcessorInterface> interfaces_;  // by CPU
};

/// One device's interrupt source.
struct SourceLine {
  ProcessorInterfaces* interfaces = nullptr;
  NodeId node{};
  unsigned source = 0;
  void set(bool level) const { interfaces->set_source(node, source, level); }
};

/// A window onto `interfaces` that starts at CPU `first`'s registers.
class PiWindow : public Device {
 public:
  PiWindow(ProcessorInterfaces& interfaces, CpuId first, std::string name)
      : interfaces_{interfaces}, base_{kPiBytes * index_of(first)}, name_{std::move(name)} {}

  std::string_view name() const override { return name_; }
  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) override {
    return interfaces_.read(by, base_ + offset, size);
  }
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size,
                    std::uint64_t value) override {
    return interfaces_.write(by, base_ + offset, size, value);
  }
  void visit(StateVisitor&) override {}

 private:
  ProcessorInterfaces& interfaces_;
  std::uint64_t base_;
  std::string name_;
};

/// The window in which every CPU finds its own registers.
class OwnPiWindow : public Device {
 public:
  explicit OwnPiWindow(ProcessorInterfaces& interfaces) : interfaces_{interfaces} {}

  std::string_view name() const override { return "magic_pi_own"; }
  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) override {
    return interfaces_.of(by.cpu).read(offset, size);
  }
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size,
                    std::uint64_t value) override {
    return interfaces_.of(by.cpu).write(by, offset, size, value);
  }
  void visit(StateVisitor&) override {}

 private:
  ProcessorInterfaces& interfaces_;
};

}  // namespace numa
