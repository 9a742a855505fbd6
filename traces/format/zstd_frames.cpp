#include "traces/format/zstd_frames.hpp"

#include <zstd.h>

#include <string>

#include "common/check.hpp"
#include "traces/format/bytes.hpp"
#include "traces/format/format.hpp"

namespace traces {

namespace {

constexpr std::size_t kSkippableHeader = 8;
constexpr std::size_t kSeekEntry = 8;  // without the optional checksum: blocks carry their own

Failure<Error> wrong(std::string what) {
  return Failure{
      Error{.code = ErrorCode::kInput, .where = "", .what = std::move(what), .remedy = ""}};
}

std::uint32_t word_at(ByteView data, std::size_t at) {
  return ByteSource{data.subspan(at, 4)}.word32();
}

Bytes bytes_of(const ByteSink& sink) { return {sink.bytes().begin(), sink.bytes().end()}; }

}  // namespace

struct Packer::Impl {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  Bytes out;
};

Packer::Packer(int level) : impl_{std::make_unique<Impl>()} {
  CHECK(impl_->context != nullptr);
  ZSTD_CCtx_setParameter(impl_->context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(impl_->context, ZSTD_c_checksumFlag, 1);
}

Packer::~Packer() { ZSTD_freeCCtx(impl_->context); }

ByteView Packer::pack(ByteView content) {
  impl_->out.resize(ZSTD_compressBound(content.size()));
  const std::size_t size = ZSTD_compress2(impl_->context, impl_->out.data(), impl_->out.size(),
                                          content.data(), content.size());
  CHECK(!ZSTD_isError(size));
  return ByteView{impl_->out}.first(size);
}

Result<Bytes, Error> unpack(ByteView packed, std::size_t limit) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR) return wrong("this is no zstd frame");
  if (size == ZSTD_CONTENTSIZE_UNKNOWN) return wrong("the zstd frame does not state its size");
  if (size > limit)
    return wrong("the zstd frame unpacks to " + std::to_string(size) +
                 " bytes, more than any block");
  Bytes content(static_cast<std::size_t>(size));
  const std::size_t got =
      ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
  if (ZSTD_isError(got)) return wrong(std::string{"zstd: "} + ZSTD_getErrorName(got));
  if (got != content.size()) return wrong("the zstd frame is shorter than it states");
  return content;
}

std::optional<std::size_t> frame_size(ByteView data) {
  const std::size_t size = ZSTD_findFrameCompressedSize(data.data(), data.size());
  if (ZSTD_isError(size)) return std::nullopt;
  return size;
}

Bytes skippable_frame(std::uint32_t magic, ByteView content) {
  ByteSink out;
  out.word32(magic);
  out.word32(static_cast<std::uint32_t>(content.size()));
  out.append(content);
  return bytes_of(out);
}

std::optional<ByteView> skippable_content(ByteView data, std::uint32_t magic) {
  if (data.size() < kSkippableHeader || word_at(data, 0) != magic) return std::nullopt;
  const std::uint32_t size = word_at(data, 4);
  if (size > data.size() - kSkippableHeader) return std::nullopt;
  return data.subspan(kSkippableHeader, size);
}

Bytes seek_table(std::span<const SeekEntry> entries) {
  ByteSink table;
  for (const SeekEntry& entry : entries) {
    table.word32(entry.packed);
    table.word32(entry.content);
  }
  table.word32(static_cast<std::uint32_t>(entries.size()));
  table.byte(0);  // descriptor: no checksums
  table.word32(kSeekFooterMagic);
  return skippable_frame(kSeekTableMagic, table.bytes());
}

std::optional<std::uint64_t> seek_table_bytes(ByteView end) {
  if (end.size() < kSeekFooterBytes) return std::nullopt;
  ByteSource footer{end.last(kSeekFooterBytes)};
  const std::uint64_t count = footer.word32();
  if (footer.byte() != 0 || footer.word32() != kSeekFooterMagic) return std::nullopt;
  // The footer has a line for each.
  if (count > kMaxTextBytes / 12) return std::nullopt;
  return kSkippableHeader + count * kSeekEntry + kSeekFooterBytes;
}

std::optional<std::vector<SeekEntry>> find_seek_table(ByteView end, std::uint64_t file_bytes) {
  const auto bytes = seek_table_bytes(end);
  if (!bytes || *bytes > end.size() || end.size() > file_bytes) return std::nullopt;
  const std::uint64_t count = (*bytes - kSkippableHeader - kSeekFooterBytes) / kSeekEntry;
  const std::uint64_t at = file_bytes - *bytes;
  const auto table = skippable_content(end.last(static_cast<std::size_t>(*bytes)), kSeekTableMagic);
  if (!table || table->size() + kSkippableHeader != *bytes) return std::nullopt;
  ByteSource in{*table};
  std::vector<SeekEntry> entries(static_cast<std::size_t>(count));
  std::uint64_t total = 0;
  for (SeekEntry& entry : entries) {
    entry.packed = in.word32();
    entry.content = in.word32();
    total += entry.packed;
  }
  if (total != at) return std::nullopt;
  return entries;
}

}  // namespace traces
