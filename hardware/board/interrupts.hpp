// Interrupts as MAGIC raises them: device sources, as bits of PEND and ENABLE, and the bits of
// Cause.IP that they and interrupts between CPUs end in.
#pragma once

#include <cstdint>

#include "hardware/r10000/cp0.hpp"

namespace hardware {

inline constexpr unsigned kUartSource = 0;
inline constexpr unsigned kHotPageSource = 1;
inline constexpr unsigned kVirtioSource = 8;  // + slot

inline constexpr unsigned kDeviceIp = 2;
inline constexpr unsigned kIpiIp = 3;
namespace cause {
inline constexpr std::uint64_t kIpDevice = 1u << (kIpShift + kDeviceIp),
                               kIpIpi = 1u << (kIpShift + kIpiIp);
}  // namespace cause

}  // namespace hardware
