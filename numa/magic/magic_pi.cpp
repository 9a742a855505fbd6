#include "numa/magic/magic_pi.hpp"

namespace numa {

ProcessorInterface::ProcessorInterface(CpuId cpu, const Topology& topology, InterruptLines& lines,
                                       ProcessorControl& control)
    : cpu_{cpu}, topology_{topology}, lines_{&lines}, control_{&control} {}

std::uint64_t ProcessorInterface::identity() const {
  return std::uint64_t{index_of(cpu_)} |
         std::uint64_t{index_of(topology_.node_of(cpu_))} << pi::kNodeShift |
         std::uint64_t{topology_.local_of(cpu_)} << pi::kLocalShift;
}

ReadResult ProcessorInterface::read(std::uint64_t offset, unsigned size) const {
  const auto part = register_part(offset, size);
  if (!part) return Failure{BusError{}};
  switch (part->offset) {
    case pi::kPend: return part->extract(pend_);
    case pi::kEnable: return part->extract(enable_);
    case pi::kIpiSet:
    case pi::kIpiClear: return part->extract(ipi_);
    case pi::kLaunchSp: return part->extract(launch_sp_.bits());
    case pi::kLaunchGp: return part->extract(launch_gp_.bits());
    case pi::kLaunchPc: return part->extract(launch_pc_.bits());
    case pi::kDoze:
    case pi::kNmi:
    case pi::kSoftReset: return std::uint64_t{0};
    case pi::kCpuId: return part->extract(identity());
    default: return Failure{BusError{}};
  }
}

WriteResult ProcessorInterface::write(const Requester& by, std::uint64_t offset, unsigned size,
                                      std::uint64_t value) {
  const auto part = register_part(offset, size);
  if (!part) return Failure{BusError{}};
  switch (part->offset) {
    case pi::kPend:
    case pi::kCpuId: break;  // read-only
    case pi::kEnable: enable_ = part->insert(enable_, value); break;
    case pi::kIpiSet: ipi_ |= part->place(value); break;
    case pi::kIpiClear: ipi_ &= ~part->place(value); break;
    case pi::kLaunchSp:
      launch_sp_ = VirtAddr{part->insert_address(launch_sp_.bits(), value)};
      break;
    case pi::kLaunchGp:
      launch_gp_ = VirtAddr{part->insert_address(launch_gp_.bits(), value)};
      break;
    case pi::kLaunchPc:
      launch_pc_ = VirtAddr{part->insert_address(launch_pc_.bits(), value)};
      // The upper half alone is not an address yet.
      if (part->is_whole() || part->is_low_half()) {
        control_->launch(cpu_, {launch_pc_, launch_sp_, launch_gp_});
      }
      break;
    case pi::kDoze:
      // Only a CPU itself knows that it has nothing to do.
      if (by.cpu == cpu_) control_->doze(cpu_);
      break;
    case pi::kNmi:
      if ((part->place(value) & 1) != 0) control_->nmi(cpu_);
      break;
    case pi::kSoftReset:
      if ((part->place(value) & 1) != 0) control_->soft_reset(cpu_);
      break;
    default: return Failure{BusError{}};
  }
  drive_lines();
  return Nothing{};
}

void ProcessorInterface::set_source(unsigned source, bool level) {
  const std::uint64_t bit = std::uint64_t{1} << source;
  const std::uint64_t before = pend_;
  pend_ = level ? pend_ | bit : pend_ & ~bit;
  if (pend_ != before) drive_lines();
}

void ProcessorInterface::drive_lines() {
  lines_->set_line(cpu_, kDeviceIp, (pend_ & enable_) != 0);
  lines_->set_line(cpu_, kIpiIp, ipi_ != 0);
}

void ProcessorInterface::visit(StateVisitor& v) {
  v.word("pend", pend_);
  v.word("enable", enable_);
  v.word("ipi", ipi_);
  v.field("launch_sp", launch_sp_);
  v.field("launch_gp", launch_gp_);
  v.field("launch_pc", launch_pc_);
  // The CPU's own state has the lines, but a changed register must show in them.
  if (v.is_restoring()) drive_lines();
}

ProcessorInterfaces::ProcessorInterfaces(const Topology& topology, InterruptLines& lines,
                                         ProcessorControl& control)
    : topology_{topology} {
  for (std::uint32_t cpu = 0; cpu < topology.cpus(); ++cpu) {
    interfaces_.emplace_back(CpuId{cpu}, topology, lines, control);
  }
}

ReadResult ProcessorInterfaces::read(const Requester&, std::uint64_t offset, unsigned size) {
  const std::uint64_t cpu = offset / kPiBytes;
  if (cpu >= interfaces_.size()) return Failure{BusError{}};
  return interfaces_[cpu].read(offset % kPiBytes, size);
}

WriteResult ProcessorInterfaces::write(const Requester& by, std::uint64_t offset, unsigned size,
                                       std::uint64_t value) {
  const std::uint64_t cpu = offset / kPiBytes;
  if (cpu >= interfaces_.size()) return Failure{BusError{}};
  return interfaces_[cpu].write(by, offset % kPiBytes, size, value);
}

void ProcessorInterfaces::set_source(NodeId node, unsigned source, bool level) {
  for (std::uint32_t local = 0; local < topology_.cpus_per_node; ++local) {
    of(topology_.cpu_of(node, local)).set_source(source, level);
  }
}

void ProcessorInterfaces::visit(StateVisitor& v) {
  for (ProcessorInterface& interface : interfaces_) {
    const StateSection section{v, "cpu"};
    interface.visit(v);
  }
}

}  // namespace numa
