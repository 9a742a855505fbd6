#include "tests/cpu/fpu/tally.hpp"

#include <cinttypes>
#include <cstdio>

namespace fpu_judge {

// Causes; traps by enabled cause; modes; operands and results.
const std::array<const char*, Tally::kCount> Tally::kNames = {
    "V",     "Z",     "O",    "U",      "I",     "E",    "trapV", "trapZ",  "trapO",
    "trapU", "trapI", "RN",   "RZ",     "RP",    "RM",   "subOp", "subRes", "flush",
    "tie",   "qNaN",  "sNaN", "NaNres", "exact", "true", "false"};

void Tally::note(const Operation& op, const std::uint64_t v[3], const Setting& s, const Answer& a,
                 bool traps) {
  const auto count = [this](What what, bool occurred) { counts_[what] += occurred ? 1u : 0u; };
  static constexpr Cause kCauses[] = {kV, kZ, kO, kU, kI};
  for (unsigned i = 0; i < 5; ++i) {
    count(static_cast<What>(kInvalid + i), (a.causes & kCauses[i]) != 0);
    count(static_cast<What>(kTrapV + i), (a.causes & s.enables & kCauses[i]) != 0);
  }
  count(kUnimplemented, (a.causes & kE) != 0);
  count(mode_of(op.own_mode.value_or(s.mode)), true);
  bool subnormal = false, quiet = false, signalling = false;
  for (unsigned i = 0; i < op.operands; ++i) {
    subnormal |= is_subnormal(op.from, v[i]);
    signalling |= is_signalling(op.from, v[i]);
    quiet |= is_nan(op.from, v[i]) && !is_signalling(op.from, v[i]);
  }
  count(kSubnormalOperand, subnormal);
  count(kQuietNan, quiet);
  count(kSignallingNan, signalling);
  if (traps) return;
  count(kSubnormalResult, !op.is_comparison() && is_subnormal(op.to, a.value));
  count(kFlushed, a.was_flushed);
  count(kTie, a.is_tie);
  count(kNanResult, !op.is_comparison() && is_nan(op.to, a.value));
  count(kExact, a.causes == 0);
  count(kHolds, op.is_comparison() && a.value == 1);
  count(kFails, op.is_comparison() && a.value == 0);
}

bool Tally::can_cause(const Operation& op, Cause cause) {
  const std::string& stem = op.stem;
  const bool sums = stem == "add" || stem == "sub";
  const bool multiplies = stem == "mul" || op.is_multiply_add();
  const bool divides = stem == "div" || stem == "recip";
  const bool narrows = op.is_conversion() && op.from == 'd' && op.to == 's';
  const bool to_fixed = op.is_conversion() && !is_float(op.to);
  const bool from_fixed = op.is_conversion() && !is_float(op.from);
  switch (cause) {
    case kV: return !from_fixed;
    case kZ: return divides || stem == "rsqrt";
    case kO: return sums || multiplies || divides || narrows;
    case kU: return sums || multiplies || divides || narrows;
    case kI:
      if (op.is_comparison() || stem == "abs" || stem == "neg") return false;
      // A word fits a double, and every single does.
      return !(op.to == 'd' && (op.from == 'w' || op.from == 's'));
    case kE: return !op.is_comparison() && !from_fixed;
  }
  return to_fixed;
}

bool Tally::can_occur(const Operation& op, What what) {
  static constexpr Cause kCauses[] = {kV, kZ, kO, kU, kI};
  const std::string& stem = op.stem;
  const bool from_float = is_float(op.from), to_float = is_float(op.to);
  const bool underflows = can_cause(op, kU);
  if (what <= kInexact) return can_cause(op, kCauses[what]);
  if (what >= kTrapV && what <= kTrapI) return can_cause(op, kCauses[what - kTrapV]);
  if (what >= kModeNearest && what <= kModeDown) {
    return !op.own_mode || what == mode_of(*op.own_mode);
  }
  switch (what) {
    case kUnimplemented: return can_cause(op, kE);
    case kSubnormalOperand:
    case kQuietNan:
    case kSignallingNan: return from_float;
    case kSubnormalResult: return underflows || stem == "abs" || stem == "neg";
    case kFlushed: return underflows;
    // Quotients, roots and their inverses are never half-way (they would need an operand with more
    // bits).
    case kTie:
      return can_cause(op, kI) && stem != "div" && stem != "sqrt" && stem != "recip" &&
             stem != "rsqrt" && (!op.own_mode || to_float || from_float);
    case kNanResult: return from_float && to_float && !op.is_comparison();
    case kExact: return true;
    case kHolds: return op.is_comparison() && *op.condition % 8 != 0;
    case kFails: return op.is_comparison();
    default: return true;
  }
}

void Tally::print_head() {
  std::printf("%-10s %5s", "operation", "diff");
  for (const char* name : kNames) std::printf(" %7s", name);
  std::printf("\n");
}

void Tally::print(const Operation& op, std::uint64_t differences) const {
  std::printf("%-10s %5" PRIu64, op.mnemonic.c_str(), differences);
  for (unsigned i = 0; i < kCount; ++i) {
    if (can_occur(op, static_cast<What>(i))) {
      std::printf(" %7" PRIu64, counts_[i]);
    } else {
      std::printf(" %7s", counts_[i] == 0 ? "-" : "?!");
    }
  }
  std::printf("\n");
  std::fflush(stdout);
}

std::uint64_t Tally::print_gaps(const Operation& op) const {
  std::uint64_t gaps = 0;
  for (unsigned i = 0; i < kCount; ++i) {
    const bool can = can_occur(op, static_cast<What>(i));
    if (can == (counts_[i] != 0)) continue;
    std::printf("  %s: %s %s\n", op.mnemonic.c_str(), kNames[i],
                can ? "never occurred" : "occurred, which it cannot");
    ++gaps;
  }
  return gaps;
}

}  // namespace fpu_judge
