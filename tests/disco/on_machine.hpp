// The whole monitor on the machine: disco.elf boots, and a guest runs below it. Guests are
// hand-assembled, or tinyix.
#pragma once

#include <map>
#include <string>

#include "disco/core/counters.hpp"
#include "machine/boot/boot.hpp"
#include "tests/machine/machine_program.hpp"
#include "tests/support/catch.hpp"

namespace disco::test {

using namespace common;
using namespace machine::test;
using machine::Booted;
using machine::RunEnd;

inline constexpr std::uint64_t kGuestBase = 0xffffffffc0000000, kNativeBase = 0xffffffff80000000;
inline constexpr std::uint64_t kCodeAt = 0x100000;

// Registers and instructions that machine_program.hpp does not have.
inline constexpr unsigned kT3 = 11, kS4 = 20, kS5 = 21, kRa = 31, kIndex = 0, kPageMask = 5,
                          kCause = 13, kEpc = 14;
constexpr std::uint32_t jr(unsigned rs) { return special(0x08, rs, 0, 0); }
constexpr std::uint32_t dsrl(unsigned rd, unsigned rt, unsigned n) {
  return special(0x3a, 0, rt, rd, n);
}
constexpr std::uint32_t dsll(unsigned rd, unsigned rt, unsigned n) {
  return special(0x38, 0, rt, rd, n);
}
constexpr std::uint32_t dsll32(unsigned rd, unsigned rt, unsigned n) {
  return special(0x3c, 0, rt, rd, n);
}
constexpr std::uint32_t ld(unsigned rt, std::int32_t at, unsigned base) {
  return immediate(0x37, base, rt, at);
}
constexpr std::uint32_t sd(unsigned rt, std::int32_t at, unsigned base) {
  return immediate(0x3f, base, rt, at);
}
constexpr std::uint32_t dmfc0(unsigned rt, unsigned rd) { return 0x40200000 | rt << 16 | rd << 11; }
constexpr std::uint32_t dmtc0(unsigned rt, unsigned rd) { return 0x40a00000 | rt << 16 | rd << 11; }

/// Any 64-bit constant, in six instructions.
inline Words li64(unsigned rt, std::uint64_t value) {
  const auto part = [&](unsigned shift) {
    return static_cast<std::int32_t>(value >> shift & 0xffff);
  };
  return {lui(rt, static_cast<std::uint32_t>(part(48))),
          ori(rt, rt, part(32)),
          dsll(rt, rt, 16),
          ori(rt, rt, part(16)),
          dsll(rt, rt, 16),
          ori(rt, rt, part(0))};
}

/// Where a kernel finds devices, natively or as a guest.
struct Place {
  bool guest = true;
  std::uint64_t base() const { return guest ? kGuestBase : kNativeBase; }
  std::uint32_t devices() const { return guest ? 0xdc00 : 0xbc00; }  // upper half of their address
};

/// Ends with `code`; clobbers t0 and v0.
inline Words exit_with(Place place, unsigned code) {
  return {lui(kT0, place.devices()),
          ori(kT0, kT0, 0x1000),
          addiu(kV0, kZero, static_cast<std::int32_t>(code << 1 | 1)),
          sw(kV0, 0, kT0),
          kHere,
          kNop};
}

struct GuestRun {
  RunEnd end{};
  std::uint64_t exit_code = 0;
  std::string console;
  std::map<std::string, std::uint64_t> counters;
  std::uint64_t refills = 0;     // below kernel mode, as the processor counts them
  std::uint64_t exceptions = 0;  // from below kernel mode
  std::uint64_t kernel_cycles = 0;

  std::uint64_t sum(std::initializer_list<const char*> names) const {
    std::uint64_t total = 0;
    for (const char* name : names) total += counters.at(name);
    return total;
  }
};

struct GuestOptions {
  std::uint32_t tlb = 0;  // 0: as many as the machine
  std::uint32_t l2tlb = 0;
  bool large_pages = false;
  std::string monitor_arguments;
  std::vector<machine::ConsoleInput> input;
  std::uint64_t instructions = 3'000'000'000;
  std::uint64_t guest_memory = 32 * kMiB;
  machine::MachineConfig machine;
};

/// The monitor and `image` as its guest, at the first instruction.
machine::Booted boot_guest(const machine::BootImage& image, const GuestOptions& options);
/// Whether the processor is in kernel mode, that is in the monitor.
bool is_in_monitor(cpu::Cpu& cpu);

GuestRun run_guest(const machine::BootImage& image, const GuestOptions& options);
/// The same kernel without a monitor.
GuestRun run_native(const machine::BootImage& image, const GuestOptions& options);

/// tinyix starting `/bin/<program>`; `place` chooses the build.
machine::BootImage tinyix(Place place, const std::string& program_and_arguments);

/// A kernel of words at 1 MB, with `handler` at all three vectors.
machine::BootImage kernel(Place place, const Words& code, const Words& handler);

}  // namespace disco::test
