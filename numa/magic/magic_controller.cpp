#include "numa/magic/magic_controller.hpp"

namespace numa {

MagicController::MagicController(const Facts& facts, LowAlias& alias, ProcessorControl& control,
                                 SourceLine hot_pages)
    : facts_{facts},
      alias_{alias},
      control_{control},
      name_{"magic_controller" + std::to_string(index_of(facts.node))},
      hot_{hot_pages},
      counters_{facts.topology, facts.node, facts.memory_bytes, hot_},
      page_registers_{facts.topology, counters_, hot_} {}

std::uint64_t MagicController::alias_enable() const {
  std::uint64_t mask = 0;
  for (std::uint32_t local = 0; local < facts_.topology.cpus_per_node; ++local) {
    if (alias_.is_on(facts_.topology.cpu_of(facts_.node, local))) mask |= std::uint64_t{1} << local;
  }
  return mask;
}

void MagicController::set_alias_enable(std::uint64_t mask) {
  for (std::uint32_t local = 0; local < facts_.topology.cpus_per_node; ++local) {
    alias_.set_on(facts_.topology.cpu_of(facts_.node, local), (mask >> local & 1) != 0);
  }
}

void MagicController::tell_cpus() {
  for (std::uint32_t local = 0; local < facts_.topology.cpus_per_node; ++local) {
    control_.alias_changed(facts_.topology.cpu_of(facts_.node, local));
  }
}

ReadResult MagicController::read(const Requester& by, std::uint64_t offset, unsigned size) {
  if (offset >= controller::kPageRegisters) return page_registers_.read(by, offset, size);
  const auto part = register_part(offset, size);
  if (!part) return Failure{BusError{}};
  switch (part->offset) {
    case controller::kFeatures: return part->extract(controller::kHasPageCounters);
    case controller::kNodes: return part->extract(facts_.topology.nodes);
    case controller::kCpusPerNode: return part->extract(facts_.topology.cpus_per_node);
    case controller::kNode: return part->extract(index_of(facts_.node));
    case controller::kMemoryBytes: return part->extract(facts_.memory_bytes);
    case controller::kClockHz: return part->extract(facts_.clock_hz);
    case controller::kAliasSize: return part->extract(alias_.size(facts_.node));
    case controller::kAliasEnable: return part->extract(alias_enable());
    default: break;
  }
  if (part->offset >= controller::kDistance &&
      part->offset < controller::kDistance + 8 * facts_.topology.nodes) {
    const std::uint64_t other = (part->offset - controller::kDistance) / 8;
    return part->extract(other == index_of(facts_.node) ? controller::kLocalDistance
                                                        : facts_.remote_distance);
  }
  return Failure{BusError{}};
}

WriteResult MagicController::write(const Requester& by, std::uint64_t offset, unsigned size,
                                   std::uint64_t value) {
  if (offset >= controller::kPageRegisters) return page_registers_.write(by, offset, size, value);
  const auto part = register_part(offset, size);
  if (!part) return Failure{BusError{}};
  switch (part->offset) {
    case controller::kAliasSize:
      alias_.set_size(facts_.node, part->insert(alias_.size(facts_.node), value));
      tell_cpus();
      return Nothing{};
    case controller::kAliasEnable:
      set_alias_enable(part->insert(alias_enable(), value));
      tell_cpus();
      return Nothing{};
    default: break;
  }
  // The rest is read-only: stores to what exists are ignored, others are bus errors.
  return read(by, offset, size) ? WriteResult{Nothing{}} : WriteResult{Failure{BusError{}}};
}

void MagicController::visit(StateVisitor& v) {
  hot_.visit(v);
  counters_.visit(v);
  page_registers_.visit(v);
}

}  // namespace numa
