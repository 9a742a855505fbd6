// How the host reads the monitor: what its counters and its marks mean, from the very files
// that the monitor is compiled with. It knows nothing of how they get to the host (symbol
// disco_counters: one big-endian 64-bit word per row; section .disco.marks: pairs of words, program
// counter and number).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/counters.hpp"

namespace disco::host {

/// A place in the monitor's code from which on cycles belong to a bucket.
struct PhaseRow {
  std::string_view name, bucket, sentence;
};
/// What the monitor was entered for.
struct OperationRow {
  std::string_view name, sentence;
};

/// Rows of disco/counters.def, in the order of their words; names are "monitor." and the row's.
std::span<const common::CounterInfo> counters();
/// Rows of disco/phases.def. A mark with a number below kFirstOperation is phase `number`, others
/// are operation `number - kFirstOperation` or, from kFirstEvent on, event `number - kFirstEvent`.
std::span<const PhaseRow> phases();
std::span<const OperationRow> operations();
/// Names of events: each is a counter's too.
std::span<const std::string_view> events();
inline constexpr std::uint64_t kFirstOperation = 0x100, kFirstEvent = 0x200;

}  // namespace disco::host
