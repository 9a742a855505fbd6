// --from and --to of the verbs that read traces: what they may be, and whether they mean anything
// in the trace at hand.
#pragma once

#include <cstdint>
#include <optional>

#include "cli/session.hpp"
#include "traces/reader.hpp"

namespace cli {
using namespace common;

/// Instructions `from` to `to`, without that.
struct TraceRange {
  static constexpr std::uint64_t kEnd = ~std::uint64_t{0};
  std::uint64_t from = 0, to = kEnd;
};

/// kUsage where the range holds nothing of this trace, or of any. A warning where it goes on behind
/// the trace's end.
Result<Nothing, Error> check_range(const Session& session, const TraceRange& range,
                                   const traces::Reader& reader);

}  // namespace cli
