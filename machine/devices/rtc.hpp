// Nanoseconds since power-on, counted by the clock of the CPU that asks. A 32-bit read of the upper
// half keeps the lower half for that CPU's next 32-bit read of it, so that the two fit together.
#pragma once

#include <cstdint>
#include <vector>

#include "numa/clock.hpp"
#include "numa/device.hpp"

namespace machine {
using namespace common;

class Rtc : public numa::Device {
 public:
  Rtc(std::uint32_t cpus, std::uint64_t clock_hz) : latches_(cpus), clock_{clock_hz} {}

  std::string_view name() const override { return "rtc"; }
  /// 64- and 32-bit reads; a store is a bus error.
  numa::ReadResult read(const numa::Requester& by, std::uint64_t offset, unsigned size) override;
  numa::WriteResult write(const numa::Requester& by, std::uint64_t offset, unsigned size,
                          std::uint64_t value) override;
  void visit(StateVisitor& v) override;

 private:
  struct Latch {
    bool is_set = false;
    std::uint32_t low = 0;
  };
  std::vector<Latch> latches_;  // by CPU
  numa::Clock clock_;
};

}  // namespace machine
