// The power register: 32 bits, stores only.
#pragma once

#include <cstdint>

namespace hardware {

/// 0 ends the run with exit code 0, (code << 1) | 1 with that code, 2 resets. Other even values do
/// nothing.
inline constexpr std::uint64_t kPowerReset = 2;
constexpr bool ends_run(std::uint64_t value) { return (value & 1) != 0 || value == 0; }
constexpr std::uint64_t exit_code_of(std::uint64_t value) { return value >> 1; }
constexpr std::uint32_t power_off_value(std::uint32_t code) { return code << 1 | 1; }

}  // namespace hardware
