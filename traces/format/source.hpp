// The bytes of a trace: a file, or memory. A file may be longer than memory and may change while it
// is read, so it is read in pieces, and that a piece is not there any more is an Error.
#pragma once

#include <cstdint>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"
#include "traces/format/zstd_frames.hpp"

namespace traces {

class Source {
 public:
  /// kInput error if it cannot be opened or is not a regular file.
  static Result<Source, Error> open(const std::string& path);
  static Source of(Bytes bytes) { return Source{-1, std::move(bytes)}; }
  ~Source();
  Source(Source&& other) noexcept;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  Source& operator=(Source&&) = delete;

  /// When it was opened.
  std::uint64_t size() const { return size_; }
  /// The Error is one clause, its `where` is left to the caller. Requires: offset and count lie
  /// within size().
  Result<Bytes, Error> read(std::uint64_t offset, std::uint64_t count) const;

 private:
  Source(int file, Bytes bytes);

  int file_ = -1;
  Bytes bytes_;  // where there is no file
  std::uint64_t size_ = 0;
};

}  // namespace traces
