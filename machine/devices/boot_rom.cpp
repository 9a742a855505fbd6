#include "machine/devices/boot_rom.hpp"

#include <algorithm>
#include <array>

#include "common/check.hpp"
#include "hardware/board/power.hpp"
#include "hardware/r10000/segments.hpp"

namespace machine {

namespace {

constexpr auto kPower = static_cast<std::uint32_t>(hardware::kKseg1 + hardware::kPowerAt);

// Power off through KSEG1, then wait. It repeats over the whole ROM, so every vector (reset 0x000,
// refill 0x200, 0x280, cache error 0x300, general 0x380) begins with it.
constexpr std::array<std::uint32_t, 8> kPowerOff{
    0x3c080000 | kPower >> 16,       // lui   $t0, %hi(power)
    0x35080000 | (kPower & 0xffff),  // ori   $t0, $t0, %lo(power)
    0x24090000 | hardware::power_off_value(BootRom::kUnexpectedEntry),  // addiu $t1, $0, value
    0xad090000,                                                         // sw    $t1, 0($t0)
    0x1000ffff,                                                         // b     .
    0x00000000,                                                         // nop
    0x1000fffd,                                                         // b     .-8: never reached
    0x00000000,
};

}  // namespace

BootRom::BootRom() : bytes_(hardware::kRomBytes) {
  for (std::size_t at = 0; at < bytes_.size(); at += 4) {
    const std::uint32_t word = kPowerOff[at / 4 % kPowerOff.size()];
    for (std::size_t i = 0; i < 4; ++i)
      bytes_[at + i] = static_cast<std::byte>(word >> (24 - 8 * i));
  }
}

BootRom::BootRom(std::span<const std::byte> image) : bytes_(hardware::kRomBytes) {
  CHECK(image.size() <= hardware::kRomBytes);
  std::copy(image.begin(), image.end(), bytes_.begin());
}

void BootRom::load(std::uint64_t offset, std::span<const std::byte> bytes) {
  CHECK(offset >= hardware::kRomAt && offset - hardware::kRomAt <= hardware::kRomBytes &&
        bytes.size() <= hardware::kRomBytes - (offset - hardware::kRomAt));
  std::copy(bytes.begin(), bytes.end(), host(hardware::kRomAt) + (offset - hardware::kRomAt));
}

}  // namespace machine
