// Bytes of one block to records. Whatever the bytes are, the answer is records or an Error; nothing
// is trusted, and work is bounded by the block's size and the instructions that its header
// promises.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"
#include "traces/format/lane.hpp"
#include "traces/format/record.hpp"

namespace traces {

/// What a block's header says of the records behind it.
struct BlockPromise {
  std::uint64_t first_instruction = 0;
  std::uint64_t instructions = 0;
  std::uint64_t records = 0;
};

class Decoder {
 public:
  explicit Decoder(std::uint32_t cpus) : lanes_(cpus) {}

  /// Gives all records of the block to `sink`, in order. After an error `sink` has seen those
  /// before it. The error's `where` is "byte N" of the records.
  Result<Nothing, Error> decode(std::span<const std::uint8_t> bytes, const BlockPromise& promise,
                                RecordSink& sink);

 private:
  struct Run;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace traces
