// Reads a trace file. A file that was cut short opens too: damage() says where it ends, and its
// whole blocks can be read. Nothing in a file is trusted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"
#include "traces/format/block.hpp"
#include "traces/format/decoder.hpp"
#include "traces/format/header.hpp"
#include "traces/format/record.hpp"
#include "traces/format/source.hpp"

namespace traces {

class Reader {
 public:
  /// An error is a file that is no trace, is of another version, or whose header is damaged.
  static Result<std::unique_ptr<Reader>, Error> open(const std::string& path);
  /// Opens a file that is in memory; `name` is what errors call it.
  static Result<std::unique_ptr<Reader>, Error> open_bytes(const std::string& name, Bytes bytes);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const TraceHeader& header() const { return header_; }
  /// Nothing where the file was cut short.
  const std::optional<TraceFooter>& footer() const { return footer_; }
  /// Why not all of the file can be used; nothing for a whole one. Blocks are only looked at when
  /// read.
  const std::optional<Error>& damage() const { return damage_; }
  const std::vector<BlockInfo>& blocks() const { return blocks_; }
  std::uint64_t file_bytes() const { return source_.size(); }
  /// All CPUs, in whole blocks.
  std::uint64_t instructions() const;

  /// Records of one block, in order. The Error names file, block and place.
  Result<Nothing, Error> read_block(std::size_t number, RecordSink& sink);
  /// The header of a block, its checksum verified.
  Result<BlockHeader, Error> block_header(std::size_t number);
  /// All blocks from the one that holds instruction `from` to the one that holds `to` - 1. The sink
  /// sees whole blocks: records before `from` too, which give it the context.
  Result<Nothing, Error> read(std::uint64_t from, std::uint64_t to, RecordSink& sink);
  Result<Nothing, Error> read_all(RecordSink& sink);

 private:
  Reader(std::string path, Source source);
  static Result<std::unique_ptr<Reader>, Error> start(std::unique_ptr<Reader> reader);
  std::optional<Error> parse_header();
  std::optional<std::vector<SeekEntry>> seek_entries() const;
  bool index_by_seek_table();
  void index_by_scanning(const std::string& why);
  /// The frame at an offset; nothing where no whole one is, or none that a trace may hold.
  std::optional<Bytes> frame_at(std::uint64_t offset) const;
  Error error_at(std::uint64_t offset, const std::string& what) const;
  /// Unpacks block `number` into scratch_.
  Result<OpenBlock, Error> load(std::size_t number);

  std::string path_;
  Source source_;
  std::size_t header_bytes_ = 0;
  TraceHeader header_;
  std::optional<TraceFooter> footer_;
  std::optional<Error> damage_;
  std::vector<BlockInfo> blocks_;
  Bytes scratch_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace traces
