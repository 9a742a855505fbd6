// What a trace says about itself: the header at its front and the footer at its end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "traces/format/text.hpp"

namespace traces {

/// The machine that was recorded, as far as a replay needs it, and whatever else the recorder wants
/// to say.
struct TraceHeader {
  std::string producer;
  std::uint32_t cpus = 1;
  std::uint32_t nodes = 1;
  std::uint64_t clock_hz = 0;
  std::uint32_t tlb_entries = 64;
  bool random_is_lfsr = true;
  TextLines others;  // config-hash, experiment ...

  std::string render() const;
  static Result<TraceHeader, Error> parse(std::string_view text);
};

/// A block as the footer lists it.
struct BlockInfo {
  std::uint64_t number = 0;
  std::uint64_t offset = 0;   // in the file
  std::uint64_t packed = 0;   // bytes in the file
  std::uint64_t content = 0;  // bytes unpacked
  std::uint64_t first_instruction = 0;
  std::uint64_t instructions = 0;
  std::uint64_t first_cycle = 0, last_cycle = 0;
  bool operator==(const BlockInfo&) const = default;
};

struct TraceFooter {
  std::uint64_t instructions = 0;
  std::uint64_t records = 0;
  std::uint64_t first_cycle = 0, last_cycle = 0;
  TextLines totals;               // total.NAME and live.NAME
  std::vector<BlockInfo> blocks;  // without the sizes, which the seek table has

  std::string render() const;
  static Result<TraceFooter, Error> parse(std::string_view text);
};

}  // namespace traces
