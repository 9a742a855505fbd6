// MAGIC's memory controller of one node, as far as software asks it how the machine is built and
// switches the low alias. Page-miss counters and hot-page interrupts are absent, which FEATURES
// says. docs/machine.md lists the registers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "numa/address_map.hpp"
#include "numa/device.hpp"
#include "numa/low_alias.hpp"
#include "numa/ports.hpp"

namespace numa {

class MagicController : public Device {
 public:
  static constexpr std::uint64_t kFeatures = 0x00, kNodes = 0x08, kCpusPerNode = 0x10, kNode = 0x18,
                                 kMemoryBytes = 0x20, kClockHz = 0x28, kAliasSize = 0x30,
                                 kAliasEnable = 0x38;
  static constexpr std::uint64_t kDistance = 0x400;   // + 8 * node
  static constexpr std::uint64_t kReserved = 0x1000;  // from here on: page counters, hot-page queue
  /// Relative memory latencies, 10 = local.
  static constexpr std::uint64_t kLocalDistance = 10, kRemoteDistance = 30;

  struct Facts {
    Topology topology;
    NodeId node{};
    std::uint64_t memory_bytes = 0;
    std::uint64_t clock_hz = 0;
  };

  MagicController(const Facts& facts, LowAlias& alias, ProcessorControl& control);

  std::string_view name() const override { return name_; }
  ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) override;
  WriteResult write(const Requester& by, std::uint64_t offset, unsigned size,
                    std::uint64_t value) override;
  /// Its only state, the alias, is LowAlias's.
  void visit(StateVisitor&) override {}

 private:
  std::uint64_t alias_enable() const;
  void set_alias_enable(std::uint64_t mask);
  void tell_cpus();

  Facts facts_;
  LowAlias& alias_;
  ProcessorControl& control_;
  std::string name_;
};

}  // namespace numa
