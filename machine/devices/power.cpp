#include "machine/devices/power.hpp"

#include "hardware/board/power.hpp"

namespace machine {

numa::ReadResult Power::read(const numa::Requester&, std::uint64_t, unsigned size) {
  if (size != 4) return Failure{numa::BusError{}};
  return std::uint64_t{0};
}

numa::WriteResult Power::write(const numa::Requester&, std::uint64_t, unsigned size,
                               std::uint64_t value) {
  if (size != 4) return Failure{numa::BusError{}};
  if (hardware::ends_run(value)) {
    control_.power_off(hardware::exit_code_of(value));
  } else if (value == hardware::kPowerReset) {
    control_.reset();
  }
  return Nothing{};
}

numa::ReadResult DebugConsole::read(const numa::Requester&, std::uint64_t, unsigned) {
  return std::uint64_t{0};
}

numa::WriteResult DebugConsole::write(const numa::Requester&, std::uint64_t, unsigned,
                                      std::uint64_t value) {
  sink_.debug_byte(static_cast<std::uint8_t>(value));
  return Nothing{};
}

}  // namespace machine
