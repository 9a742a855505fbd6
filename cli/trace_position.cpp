#include "cli/trace_position.hpp"

namespace cli {

Result<Nothing, Error> check_range(const Session& session, const TraceRange& range,
                                   const traces::Reader& reader) {
  const std::uint64_t end = reader.instructions();
  const auto refuse = [](std::string where, std::string what) {
    return Failure{
        Error{ErrorCode::kUsage, std::move(where), std::move(what), "instructions count from 0"}};
  };
  const std::string trace_ends = fmt::format("the trace ends at instruction {}{}", end,
                                             reader.damage() ? ", as far as it can be read" : "");
  if (range.from >= range.to) {
    return refuse(fmt::format("--from {} --to {}", range.from, range.to), "holds no instruction");
  }
  if (range.from != 0 && range.from >= end)
    return refuse(fmt::format("--from {}", range.from), trace_ends);
  if (range.to != TraceRange::kEnd && range.to > end)
    session.warn(fmt::format("--to {}: {}", range.to, trace_ends));
  return Nothing{};
}

}  // namespace cli
