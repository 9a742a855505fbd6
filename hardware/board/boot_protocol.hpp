// What a kernel finds when it is entered: the UHI convention of device trees, of the machine's
// loader and of the monitor alike.
#pragma once

#include <cstdint>

namespace hardware {

/// a0: -2; a1: the device tree's address, in an unmapped segment or in a direct window.
inline constexpr std::uint64_t kUhi = ~std::uint64_t{1};
inline constexpr unsigned kUhiRegister = 4, kTreeRegister = 5;

}  // namespace hardware
