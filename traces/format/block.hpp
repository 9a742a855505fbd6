// The header of a block: what its records are, and their checksum (docs/trace-format.md).
#pragma once

#include <cstdint>

#include "common/error.hpp"
#include "common/result.hpp"
#include "traces/format/decoder.hpp"
#include "traces/format/zstd_frames.hpp"

namespace traces {

/// 128 bits of the machine's state; zero: not taken.
struct StateDigest {
  std::uint64_t high = 0, low = 0;
  bool operator==(const StateDigest&) const = default;
};

struct BlockHeader {
  std::uint64_t number = 0;
  std::uint64_t first_instruction = 0;
  std::uint64_t instructions = 0;
  std::uint64_t records = 0;
  std::uint64_t first_cycle = 0, last_cycle = 0;
  StateDigest digest;
  bool operator==(const BlockHeader&) const = default;

  BlockPromise promise() const { return {first_instruction, instructions, records}; }
};

/// Header and records, ready to be packed.
Bytes make_block(const BlockHeader& header, ByteView records);

/// An unpacked block whose checksum was right.
struct OpenBlock {
  BlockHeader header;
  ByteView records;  // within the bytes given
};
Result<OpenBlock, Error> open_block(ByteView content);

}  // namespace traces
