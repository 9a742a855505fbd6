#include "numa/low_alias.hpp"

#include <algorithm>

namespace numa {

LowAlias::LowAlias(const Topology& topology)
    : topology_{topology}, size_(topology.nodes, kMaxAliasBytes), limit_(topology.cpus(), 0) {}

void LowAlias::set_on(CpuId cpu, bool on) {
  limit_[index_of(cpu)] = on ? size(topology_.node_of(cpu)) : 0;
}

void LowAlias::set_size(NodeId node, std::uint64_t bytes) {
  size_[index_of(node)] = std::min(bytes & ~(kPageSize - 1), kMaxAliasBytes);
  for (std::uint32_t local = 0; local < topology_.cpus_per_node; ++local) {
    const CpuId cpu = topology_.cpu_of(node, local);
    if (is_on(cpu)) set_on(cpu, true);
  }
}

void LowAlias::visit(StateVisitor& v) {
  const StateSection section{v, "low_alias"};
  for (std::uint64_t& size : size_) v.word("size", size);
  for (std::uint64_t& limit : limit_) v.word("limit", limit);
}

}  // namespace numa
