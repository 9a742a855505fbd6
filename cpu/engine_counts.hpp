// What an engine other than the interpreter has done, and why it left instructions to the
// interpreter. Nothing here is simulated state: engines agree on that.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cpu {

/// Why instructions were the interpreter's.
enum class Interpreted : std::uint8_t {
  kSeldom,        // their block has not been executed often enough, or its page was not known yet
  kLimit,         // their block does not fit before a limit
  kInstrumented,  // every instruction or reference is reported or counted
  kFidelity,      // the engine does not have the fidelity
  kShape,         // their block is of a kind that the engine has no code for
};
inline constexpr std::array<std::string_view, 5> kInterpretedNames = {
    "seldom executed", "before a limit", "instrumented", "fidelity", "no code for the block"};

struct EngineCounts {
  std::uint64_t translated = 0;  // instructions retired in translated code
  std::array<std::uint64_t, kInterpretedNames.size()> interpreted{};  // others, by reason
  std::uint64_t blocks = 0;                                           // translated
  std::uint64_t instructions = 0;                                     // in them
  std::uint64_t bytes = 0;                                            // of code
  std::uint64_t entries = 0;  // into translated code, from outside
  std::uint64_t flushes = 0;  // of all code, for want of room
};

}  // namespace cpu
