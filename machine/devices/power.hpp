// The power register and the debug console byte beside it.
#pragma once

#include <cstdint>

#include "machine/devices/ports.hpp"
#include "numa/device.hpp"

namespace machine {
using namespace common;

/// A 32-bit store of 0 ends the run with exit code 0, of (code << 1) | 1 with that code, of 2
/// resets. Other even values do nothing; reads give 0.
class Power : public numa::Device {
 public:
  explicit Power(PowerControl& control) : control_{control} {}
  std::string_view name() const override { return "power"; }
  numa::ReadResult read(const numa::Requester& by, std::uint64_t offset, unsigned size) override;
  numa::WriteResult write(const numa::Requester& by, std::uint64_t offset, unsigned size,
                          std::uint64_t value) override;
  void visit(StateVisitor&) override {}

 private:
  PowerControl& control_;
};

/// A byte stored here is printed at once; reads give 0.
class DebugConsole : public numa::Device {
 public:
  explicit DebugConsole(ConsoleSink& sink) : sink_{sink} {}
  std::string_view name() const override { return "debug_console"; }
  numa::ReadResult read(const numa::Requester& by, std::uint64_t offset, unsigned size) override;
  numa::WriteResult write(const numa::Requester& by, std::uint64_t offset, unsigned size,
                          std::uint64_t value) override;
  void visit(StateVisitor&) override {}

 private:
  ConsoleSink& sink_;
};

}  // namespace machine
