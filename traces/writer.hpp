// Writes a trace file: NAME.partial while it grows, NAME when close() has put footer and seek table
// at its end. What was written before a crash can be read up to the last whole block.
//
// Invariants
//   1. Records go to the open block only; begin_block() closes the one before.
//   2. After a failed write nothing more is written and close() returns the failure.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "traces/format/block.hpp"
#include "traces/format/encoder.hpp"
#include "traces/format/header.hpp"
#include "traces/format/record.hpp"

namespace traces {

struct WriterOptions {
  int level = 3;  // of zstd
  std::uint64_t block_instructions = kMaxBlockInstructions;
};

class Writer {
 public:
  /// Replaces NAME.partial if one is there. An existing NAME is an error: traces are never
  /// overwritten.
  static Result<std::unique_ptr<Writer>, Error> create(const std::string& path,
                                                       const TraceHeader& header,
                                                       const WriterOptions& options = {});
  /// Without close(): NAME.partial stays behind, without footer.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// `states`: of every CPU, as of the next record; with their TLBs.
  void begin_block(const std::vector<StateRecord>& states, const StateDigest& digest = {});
  /// Whether the block should be closed before the next instruction.
  bool block_is_full() const;
  /// Where records go, after the first begin_block().
  Encoder& records() { return encoder_; }

  /// Writes what is left, renames. `totals` holds total.NAME and live.NAME for the footer.
  Result<Nothing, Error> close(const TextLines& totals);

  /// Whether a write has failed: what comes now is lost, and close() says why.
  bool has_failed() const { return failure_ != 0; }
  std::uint64_t bytes_written() const { return offset_; }
  std::uint64_t instructions() const {
    return first_instruction_ + (open_ ? encoder_.instructions() : 0);
  }

 private:
  Writer(std::string path, std::FILE* file, const TraceHeader& header,
         const WriterOptions& options);
  void write(ByteView bytes, std::uint32_t content);
  void end_block();
  void flush();
  void fail();

  std::string path_;
  std::FILE* file_;
  WriterOptions options_;
  Encoder encoder_;
  Packer packer_;
  bool open_ = false;
  int failure_ = 0;  // errno
  StateDigest digest_;
  std::uint64_t offset_ = 0, first_instruction_ = 0, records_ = 0;
  std::vector<SeekEntry> frames_;
  std::vector<BlockInfo> blocks_;
};

}  // namespace traces
