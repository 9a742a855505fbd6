// A device on the bus: something with registers and a state.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/address.hpp"
#include "common/result.hpp"
#include "common/state.hpp"
#include "common/units.hpp"

namespace numa {
using namespace common;

/// Nothing answers, or not to an access of this size.
struct BusError {};
using ReadResult = Result<std::uint64_t, BusError>;
using WriteResult = Result<Nothing, BusError>;

/// Who accesses a device, and when.
struct Requester {
  CpuId cpu{};
  Cycles at;  // the CPU's clock
};

class Device {
 public:
  virtual ~Device() = default;

  /// Names the device's section of the state; unique on its bus.
  virtual std::string_view name() const = 0;

  /// `offset` is relative to the range it was mapped at, `size` 1, 2, 4 or 8, `offset` aligned to
  /// it. Values are numbers: what a big-endian load or store of that size transfers.
  virtual ReadResult read(const Requester& by, std::uint64_t offset, unsigned size) = 0;
  virtual WriteResult write(const Requester& by, std::uint64_t offset, unsigned size,
                            std::uint64_t value) = 0;
  virtual void visit(StateVisitor& v) = 0;
};

}  // namespace numa
