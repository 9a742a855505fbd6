// zstd frames: packing a block into an ordinary one, unpacking, skippable frames, and the published
// seek table (zstd seekable format 0.1.0). No files, no records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/error.hpp"
#include "common/result.hpp"

namespace traces {
using namespace common;

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Reuses its buffers from frame to frame.
class Packer {
 public:
  explicit Packer(int level);
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  /// The content as one zstd frame that states its size and carries zstd's checksum. Valid until
  /// the next call.
  ByteView pack(ByteView content);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The content of the frame that `packed` begins with. Requires nothing of the bytes. The content
/// must be no longer than `limit`.
Result<Bytes, Error> unpack(ByteView packed, std::size_t limit);
/// Bytes of the zstd frame (ordinary or skippable) that `data` begins with; nothing if it is cut
/// short or is none.
std::optional<std::size_t> frame_size(ByteView data);

Bytes skippable_frame(std::uint32_t magic, ByteView content);
/// The content of the skippable frame that `data` begins with; nothing if it has another magic or
/// is cut short.
std::optional<ByteView> skippable_content(ByteView data, std::uint32_t magic);

/// One frame of the file, in order. `content` is 0 for skippable frames.
struct SeekEntry {
  std::uint32_t packed = 0;
  std::uint32_t content = 0;
};
Bytes seek_table(std::span<const SeekEntry> entries);
/// What every file with a seek table ends with.
inline constexpr std::size_t kSeekFooterBytes = 9;
/// Bytes of the table's whole frame, of which these are the last kSeekFooterBytes; nothing if they
/// are none, or tell of more frames than any trace has.
std::optional<std::uint64_t> seek_table_bytes(ByteView end);
/// The table that a file of so many bytes ends with; nothing if it does not describe exactly what
/// precedes it.
std::optional<std::vector<SeekEntry>> find_seek_table(ByteView end, std::uint64_t file_bytes);

}  // namespace traces
