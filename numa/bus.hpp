// Which device answers at which machine address. Where none does, the access is a bus error.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/state.hpp"
#include "numa/address_map.hpp"
#include "numa/device.hpp"

namespace numa {

class Bus {
 public:
  /// Takes a device in; it answers nowhere until it is mapped. Devices are visited in this order.
  template <class D>
  D& add(std::unique_ptr<D> device) {
    D& added = *device;
    devices_.push_back(std::move(device));
    return added;
  }
  /// Requires: the range is free. One device may be mapped at several addresses.
  void map(MachineAddr at, std::uint64_t bytes, Device& device);

  /// `size` is 1, 2, 4 or 8. An access that is not aligned to its size is a bus error.
  ReadResult read(const Requester& by, MachineAddr at, unsigned size);
  WriteResult write(const Requester& by, MachineAddr at, unsigned size, std::uint64_t value);

  void visit(StateVisitor& v);

 private:
  struct Range {
    MachineAddr begin;
    std::uint64_t bytes = 0;
    Device* device = nullptr;
  };
  /// The range that contains all of the access; nullptr if none does.
  const Range* find(MachineAddr at, unsigned size) const;

  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<Range> ranges_;  // by address
};

}  // namespace numa
