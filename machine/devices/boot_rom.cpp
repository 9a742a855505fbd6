#include "machine/devices/boot_rom.hpp"

#include <algorithm>
#include <array>

#include "common/check.hpp"

namespace machine {

namespace {

// Power off through KSEG1, then wait. It repeats over the whole ROM, so every vector (reset 0x000,
// refill 0x200, 0x280, cache error 0x300, general 0x380) begins with it.
constexpr std::array<std::uint32_t, 8> kPowerOff{
    0x3c08bc00,                                         // lui   $t0, 0xbc00
    0x35081000,                                         // ori   $t0, $t0, 0x1000
    0x24090000 | (BootRom::kUnexpectedEntry << 1 | 1),  // addiu $t1, $0, (code << 1) | 1
    0xad090000,                                         // sw    $t1, 0($t0)
    0x1000ffff,                                         // b     .
    0x00000000,                                         // nop
    0x1000fffd,                                         // b     .-8: never reached
    0x00000000,
};

}  // namespace

BootRom::BootRom() : bytes_(numa::kRomBytes) {
  for (std::size_t at = 0; at < bytes_.size(); at += 4) {
    const std::uint32_t word = kPowerOff[at / 4 % kPowerOff.size()];
    for (std::size_t i = 0; i < 4; ++i)
      bytes_[at + i] = static_cast<std::byte>(word >> (24 - 8 * i));
  }
}

BootRom::BootRom(std::span<const std::byte> image) : bytes_(numa::kRomBytes) {
  CHECK(image.size() <= numa::kRomBytes);
  std::copy(image.begin(), image.end(), bytes_.begin());
}

void BootRom::load(std::uint64_t offset, std::span<const std::byte> bytes) {
  CHECK(offset >= numa::kRomAt && offset - numa::kRomAt <= numa::kRomBytes &&
        bytes.size() <= numa::kRomBytes - (offset - numa::kRomAt));
  std::copy(bytes.begin(), bytes.end(), host(numa::kRomAt) + (offset - numa::kRomAt));
}

}  // namespace machine
