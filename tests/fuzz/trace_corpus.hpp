// Small traces, recorded from a machine of the tests, and taken apart: mutations of what is inside
// the frames reach the reader only if the checksums around it are right again.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/mutation.hpp"
#include "traces/format/zstd_frames.hpp"

namespace fuzz {

/// A trace without its checksums, packing and index.
struct TraceParts {
  std::string header;                 // text, without its last line
  std::vector<traces::Bytes> blocks;  // unpacked: block header and records
  std::string footer;                 // text, without its last line
};

struct TraceSample {
  std::string name;
  traces::Bytes file;
  TraceParts parts;
};

std::vector<TraceSample> trace_corpus();

/// What joined() makes right.
struct Repair {
  bool block_sizes = true;  // what the block headers say of the records' length
  bool footer = true;       // block lines and totals of the footer; else only its checksum
};
/// A file of these parts with right checksums, frames and seek table.
traces::Bytes joined(const TraceParts& parts, const Repair& repair);

}  // namespace fuzz
