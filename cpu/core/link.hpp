// LL and SC (R10000 UM 1.8): one line that the processor is linked to, until something ends the
// sequence. The processor's own loads and stores, SYNC, CACHE, prefetches, exceptions and ERET do,
// and stores of others to the line.
//
// Invariant: while linked, data references are looked up with kLinkedContext, which no fast table
// answers, so the next one takes a slow path and ends the sequence there.
#pragma once

#include <cstdint>

#include "common/address.hpp"
#include "common/state.hpp"
#include "cpu/core/cpu_state.hpp"

namespace cpu {
using namespace common;

/// LL/SC watch a secondary cache line.
inline constexpr std::uint64_t kLinkLine = 128;

class Link {
 public:
  explicit Link(CpuState& state) : state_{state} {}

  bool is_set() const { return is_set_; }
  MachineAddr page() const { return line_.aligned_down(kPageSize); }
  bool is_to(MachineAddr at) const { return is_set_ && at.aligned_down(kLinkLine) == line_; }
  bool is_in(MachineAddr page) const { return is_set_ && this->page() == page; }

  void set(MachineAddr at) {
    is_set_ = true;
    line_ = at.aligned_down(kLinkLine);
    follow_context();
  }
  void drop() {
    is_set_ = false;
    follow_context();
  }
  /// [at, at + size) was written by somebody else, or lost.
  void drop_if_met(MachineAddr at, std::uint64_t size) {
    if (is_set_ && at < line_ + kLinkLine && line_ < at + size) drop();
  }
  /// After a change of CpuState::context.
  void follow_context() { state_.data_context = is_set_ ? kLinkedContext : state_.context; }

  void visit(StateVisitor& v) {
    v.field("link", is_set_);
    v.field("link_line", line_);
  }

 private:
  CpuState& state_;
  bool is_set_ = false;
  MachineAddr line_;
};

}  // namespace cpu
