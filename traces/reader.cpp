#include "traces/reader.hpp"

#include <algorithm>
#include <string_view>

#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"

namespace traces {

namespace {

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool begins_with(ByteView file, std::string_view magic, std::size_t at = 0) {
  return file.size() >= at + magic.size() && as_text(file.subspan(at, magic.size())) == magic;
}

/// What a file that is no trace is instead.
std::string describe(ByteView file) {
  using namespace std::string_view_literals;
  if (file.empty()) return "the file is empty";
  if (begins_with(file,
                  "\xfd"
                  "7zXZ\0"sv))
    return "this is an xz file, no disco trace";
  if (begins_with(file, "\x1f\x8b"sv)) return "this is a gzip file, no disco trace";
  if (begins_with(file, "PK\x03\x04"sv)) return "this is a zip file, no disco trace";
  if (begins_with(file, "ustar"sv, 257)) return "this is a tar archive, no disco trace";
  if (begins_with(file,
                  "\x7f"
                  "ELF"sv))
    return "this is an ELF file, no disco trace";
  if (begins_with(file, "\x28\xb5\x2f\xfd"sv)) return "this is a zstd file, but no disco trace";
  return "this is no disco trace";
}

}  // namespace

// ---- opening

Reader::Reader(std::string path, Source source)
    : path_{std::move(path)}, source_{std::move(source)} {}

Reader::~Reader() = default;

Error Reader::error_at(std::uint64_t offset, const std::string& what) const {
  return {.code = ErrorCode::kInput,
          .where = path_ + ", offset " + std::to_string(offset),
          .what = what,
          .remedy = ""};
}

Result<std::unique_ptr<Reader>, Error> Reader::open(const std::string& path) {
  auto source = Source::open(path);
  if (!source) return Failure{source.error()};
  return start(std::unique_ptr<Reader>{new Reader{path, std::move(*source)}});
}

Result<std::unique_ptr<Reader>, Error> Reader::open_bytes(const std::string& name, Bytes bytes) {
  return start(std::unique_ptr<Reader>{new Reader{name, Source::of(std::move(bytes))}});
}

Result<std::unique_ptr<Reader>, Error> Reader::start(std::unique_ptr<Reader> reader) {
  if (auto error = reader->parse_header()) return Failure{*error};
  reader->decoder_ = std::make_unique<Decoder>(reader->header_.cpus);
  if (!reader->index_by_seek_table())
    reader->index_by_scanning("it has no seek table at its end: it was cut short, or never closed");
  return reader;
}

std::optional<Error> Reader::parse_header() {
  const auto refuse = [&](const std::string& what) {
    return Error{.code = ErrorCode::kInput,
                 .where = path_,
                 .what = what,
                 .remedy = "traces are written by `disco record`"};
  };
  constexpr std::uint64_t kTold = 512;  // what a file that is no trace is recognised by
  const auto begin = source_.read(0, std::min(kTold, source_.size()));
  if (!begin) return error_at(0, begin.error().what);
  const ByteView front{*begin};
  const auto is_header = front.size() >= 8 && ByteSource{front.first(4)}.word32() == kHeaderMagic;
  if (!is_header) return refuse(describe(front));
  const std::uint64_t size = 8 + std::uint64_t{ByteSource{front.subspan(4, 4)}.word32()};
  if (size > 8 + kMaxHeaderBytes) return error_at(0, "the header is longer than any header");
  if (size > source_.size()) return error_at(0, "the header is cut short");
  const auto frame = source_.read(0, size);
  if (!frame) return error_at(0, frame.error().what);
  const auto text = skippable_content(*frame, kHeaderMagic);
  if (!text) return error_at(0, "the header is cut short");
  const auto header = TraceHeader::parse(as_text(*text));
  if (!header) {
    Error error = header.error();
    error.where = path_ + ", header";
    return error;
  }
  header_ = *header;
  header_bytes_ = 8 + text->size();
  return std::nullopt;
}

std::optional<std::vector<SeekEntry>> Reader::seek_entries() const {
  const auto last = [this](std::uint64_t count) {
    return source_.read(source_.size() - count, count);
  };
  if (source_.size() < kSeekFooterBytes) return std::nullopt;
  const auto footer = last(kSeekFooterBytes);
  if (!footer) return std::nullopt;
  const auto bytes = seek_table_bytes(*footer);
  if (!bytes || *bytes > source_.size()) return std::nullopt;
  const auto table = last(*bytes);
  if (!table) return std::nullopt;
  return find_seek_table(*table, source_.size());
}

bool Reader::index_by_seek_table() {
  const auto table = seek_entries();
  if (!table) return false;
  if (table->size() < 2 || table->front().packed != header_bytes_ || table->front().content != 0 ||
      table->back().content != 0)
    return false;
  std::uint64_t offset = 0;
  std::vector<BlockInfo> found;
  for (std::size_t i = 0; i + 1 < table->size(); ++i) {
    const SeekEntry& entry = (*table)[i];
    if (i > 0) {
      found.push_back({.number = found.size(),
                       .offset = offset,
                       .packed = entry.packed,
                       .content = entry.content});
    }
    offset += entry.packed;
  }
  if (table->back().packed > 8 + kMaxTextBytes) return false;
  const auto frame = source_.read(offset, table->back().packed);
  if (!frame) return false;
  const auto text = skippable_content(*frame, kFooterMagic);
  if (!text || text->size() + 8 != table->back().packed) return false;
  const auto footer = TraceFooter::parse(as_text(*text));
  if (!footer || footer->blocks.size() != found.size()) return false;
  std::uint64_t instructions = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    BlockInfo listed = footer->blocks[i];
    if (listed.offset != found[i].offset || listed.number != i) return false;
    if (listed.first_instruction != instructions || listed.instructions > kMaxBlockInstructions)
      return false;
    instructions += listed.instructions;
    listed.packed = found[i].packed;
    listed.content = found[i].content;
    found[i] = listed;
  }
  if (instructions != footer->instructions) return false;
  footer_ = *footer;
  blocks_ = std::move(found);
  return true;
}

std::optional<Bytes> Reader::frame_at(std::uint64_t offset) const {
  const std::uint64_t left = source_.size() - offset;
  // Most frames are shorter; none is longer than what its content can take.
  for (std::uint64_t window = std::uint64_t{1} << 20;; window *= 8) {
    auto bytes = source_.read(offset, std::min(window, left));
    if (!bytes) return std::nullopt;
    const auto size = frame_size(*bytes);
    if (size && *size > 0) {
      bytes->resize(*size);
      return std::move(*bytes);
    }
    if (window >= left || window > 2 * kMaxBlockBytes) return std::nullopt;
  }
}

void Reader::index_by_scanning(const std::string& why) {
  std::uint64_t offset = header_bytes_;
  std::uint64_t instructions = 0;
  const auto stop = [&](const std::string& what) {
    damage_ = error_at(offset, what);
    damage_->remedy = std::to_string(blocks_.size()) + " whole blocks before it can be used";
  };
  while (offset < source_.size()) {
    const auto frame = frame_at(offset);
    if (!frame) return stop("the file is damaged or cut short here: no whole frame follows");
    const bool is_block = frame->size() >= 4 && ByteSource{*frame}.word32() == kZstdMagic;
    if (!is_block) return stop(why);  // the footer, or something unknown
    const auto content = unpack(*frame, kMaxBlockBytes);
    if (!content) return stop(content.error().what);
    const auto block = open_block(*content);
    if (!block) return stop(block.error().what);
    const BlockHeader& h = block->header;
    if (h.number != blocks_.size() || h.first_instruction != instructions)
      return stop("a block is missing before this one");
    blocks_.push_back({.number = h.number,
                       .offset = offset,
                       .packed = frame->size(),
                       .content = content->size(),
                       .first_instruction = h.first_instruction,
                       .instructions = h.instructions,
                       .first_cycle = h.first_cycle,
                       .last_cycle = h.last_cycle});
    instructions += h.instructions;
    offset += frame->size();
  }
  stop(why);
}

// ---- reading

std::uint64_t Reader::instructions() const {
  return blocks_.empty() ? 0 : blocks_.back().first_instruction + blocks_.back().instructions;
}

Result<OpenBlock, Error> Reader::load(std::size_t number) {
  const BlockInfo& info = blocks_.at(number);
  const auto refuse = [&](const std::string& what) {
    Error error = error_at(info.offset, what);
    error.where += " (block " + std::to_string(number) + ")";
    return Failure{error};
  };
  const auto packed = source_.read(info.offset, info.packed);
  if (!packed) return refuse(packed.error().what);
  auto content = unpack(*packed, kMaxBlockBytes);
  if (!content) return refuse(content.error().what);
  if (content->size() != info.content)
    return refuse("the block has another size than the seek table says");
  scratch_ = std::move(*content);
  const auto block = open_block(scratch_);
  if (!block) return refuse(block.error().what);
  const BlockHeader& h = block->header;
  if (h.number != info.number || h.first_instruction != info.first_instruction ||
      h.instructions != info.instructions || h.first_cycle != info.first_cycle ||
      h.last_cycle != info.last_cycle) {
    return refuse("the block is not the one that the footer lists here");
  }
  return *block;
}

Result<BlockHeader, Error> Reader::block_header(std::size_t number) {
  const auto block = load(number);
  if (!block) return Failure{block.error()};
  return block->header;
}

Result<Nothing, Error> Reader::read_block(std::size_t number, RecordSink& sink) {
  const auto block = load(number);
  if (!block) return Failure{block.error()};
  const auto decoded = decoder_->decode(block->records, block->header.promise(), sink);
  if (decoded) return Nothing{};
  Error error = decoded.error();
  error.where = error_at(blocks_[number].offset, "").where + " (block " + std::to_string(number) +
                ", " + error.where + ")";
  return Failure{error};
}

Result<Nothing, Error> Reader::read(std::uint64_t from, std::uint64_t to, RecordSink& sink) {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const std::uint64_t end = blocks_[i].first_instruction + blocks_[i].instructions;
    const bool is_last = i + 1 == blocks_.size();
    if (end <= from && !(is_last && end == from)) continue;
    if (blocks_[i].first_instruction >= to) break;
    if (auto done = read_block(i, sink); !done) return done;
  }
  return Nothing{};
}

Result<Nothing, Error> Reader::read_all(RecordSink& sink) {
  return read(0, ~std::uint64_t{0}, sink);
}

}  // namespace traces
