#include "disco/core/traps/branch.hpp"

namespace disco {

namespace {

constexpr unsigned kSpecial = 0x00, kRegimm = 0x01, kJ = 0x02, kJal = 0x03, kCop1 = 0x11;
constexpr unsigned kFunctionJr = 0x08, kFunctionJalr = 0x09, kFormatBc = 0x08;

bool is_negative(std::uint64_t value) { return static_cast<std::int64_t>(value) < 0; }

/// Taken or not; nothing if the word is no conditional branch.
std::optional<bool> condition(Instruction i, const GuestContext& guest, std::uint32_t fcsr) {
  const std::uint64_t a = guest.gpr[i.rs()], b = guest.gpr[i.rt()];
  switch (i.opcode()) {
    case 0x04:
    case 0x14: return a == b;
    case 0x05:
    case 0x15: return a != b;
    case 0x06:
    case 0x16: return is_negative(a) || a == 0;
    case 0x07:
    case 0x17: return !is_negative(a) && a != 0;
    case kRegimm:
      // bltz, bgez, their likely and linking forms: bit 0 of rt is the sense, bit 1 likely, bit 4
      // linking.
      if ((i.rt() & 0x0c) != 0) return std::nullopt;
      return is_negative(a) != ((i.rt() & 1) != 0);
    case kCop1: {
      if (i.rs() != kFormatBc) return std::nullopt;
      const unsigned cc = i.rt() >> 2;
      const bool set = (fcsr >> (cc == 0 ? 23 : 24 + cc) & 1) != 0;
      return set == ((i.rt() & 1) != 0);
    }
    default: return std::nullopt;
  }
}

}  // namespace

bool is_fpu_branch(Instruction branch) {
  return branch.opcode() == kCop1 && branch.rs() == kFormatBc;
}

std::optional<std::uint64_t> after_delay_slot(Instruction branch, std::uint64_t pc,
                                              const GuestContext& guest, std::uint32_t fcsr) {
  const std::uint64_t slot = pc + 4;
  if (branch.opcode() == kJ || branch.opcode() == kJal) {
    constexpr std::uint64_t kRegion = 0x0fffffff;
    return (slot & ~kRegion) | std::uint64_t{branch.word & 0x03ffffff} << 2;
  }
  if (branch.opcode() == kSpecial) {
    const bool jumps = branch.function() == kFunctionJr || branch.function() == kFunctionJalr;
    return jumps ? std::optional{guest.gpr[branch.rs()]} : std::nullopt;
  }
  const auto taken = condition(branch, guest, fcsr);
  if (!taken) return std::nullopt;
  return *taken ? slot + (branch.immediate() << 2) : pc + 8;
}

}  // namespace disco
