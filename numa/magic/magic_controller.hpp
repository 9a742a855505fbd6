// MAGIC's memory controller of one node: how the machine is built, the low alias, and the page
// counters with their hot-page queue. docs/machine.md and docs/numa.md list the registers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "numa/address_map.hpp"
#include "numa/device.hpp"
#include "numa/low_alias.hpp"
#include "numa/magic/hot_page_queue.hpp"
#include "numa/magic/magic_pi.hpp"
#include "numa/magic/page_counters.hpp"
#include "numa/magic/page_registers.hpp"
#include "numa/ports.hpp"

namespace numa {

class MagicController : public Device {
 public:
  struct Facts {
    Topology topology;
    NodeId node{};
    std::uint64_t memory_bytes = 0;
    std::uint64_t clock_hz = 0;
    std::uint32_t remote_distance =
        30;  // latency of other nodes' memory, 10 being that of one's own
  };

  /// `hot_pages` pends while enough hot pages wait.
  MagicController(const Facts& facts, LowAlias& alias, ProcessorControl& control,
                  SourceLine hot_pages);

  PageCounters& page_counters() { return counters_; }
  const PageCounters& page_counters() const { return counters_; }

  std::string_view name() const override { return name_; }
  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) override;
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size,
                    std::uint64_t value) override;
  /// The alias is LowAlias's.
  void visit(StateVisitor& v) override;

 private:
  std::uint64_t alias_enable() const;
  void set_alias_enable(std::uint64_t mask);
  void tell_cpus();

  Facts facts_;
  LowAlias& alias_;
  ProcessorControl& control_;
  std::string name_;
  HotPageQueue hot_;
  PageCounters counters_;
  PageRegisters page_registers_;
};

}  // namespace numa
