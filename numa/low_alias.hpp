// The low alias: while a CPU has it on, physical addresses below its size on node 0 mean the same
// offsets of the CPU's own node, so that each node has its own vectors and monitor text. It is
// applied before the caches; everything behind it sees the real address.
#pragma once

#include <cstdint>
#include <vector>

#include "common/address.hpp"
#include "common/state.hpp"
#include "numa/address_map.hpp"

namespace numa {

class LowAlias {
 public:
  explicit LowAlias(const Topology& topology);

  /// Where an address of `cpu` really is. Bits above the 40th are ignored.
  MachineAddr resolve(CpuId cpu, PhysAddr pa) const {
    const std::uint64_t bits = pa.bits() & kPhysicalMask;
    return bits < limit_[index_of(cpu)] ? machine_addr(topology_.node_of(cpu), bits)
                                        : MachineAddr{bits};
  }

  bool is_on(CpuId cpu) const { return limit_[index_of(cpu)] != 0; }
  void set_on(CpuId cpu, bool on);

  /// Of a node: all its CPUs share the size. Bytes, a multiple of 4 KB up to kMaxAliasBytes.
  std::uint64_t size(NodeId node) const { return size_[index_of(node)]; }
  void set_size(NodeId node, std::uint64_t bytes);

  void visit(StateVisitor& v);

 private:
  Topology topology_;
  std::vector<std::uint64_t> size_;   // by node
  std::vector<std::uint64_t> limit_;  // by CPU: size of the alias, 0 while it is off
};

}  // namespace numa
