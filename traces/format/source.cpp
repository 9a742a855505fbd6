#include "traces/format/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "common/check.hpp"

namespace traces {
namespace {

Failure<Error> failed(const std::string& where, const std::string& what,
                      const std::string& remedy) {
  return Failure{Error{ErrorCode::kInput, where, what, remedy}};
}

}  // namespace

Source::Source(int file, Bytes bytes)
    : file_{file}, bytes_{std::move(bytes)}, size_{bytes_.size()} {}

Source::Source(Source&& other) noexcept
    : file_{std::exchange(other.file_, -1)},
      bytes_{std::move(other.bytes_)},
      size_{std::exchange(other.size_, 0)} {}

Source::~Source() {
  if (file_ >= 0) ::close(file_);
}

Result<Source, Error> Source::open(const std::string& path) {
  // Without O_NONBLOCK a FIFO would be waited for before it can be refused.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return failed(path, std::string{"cannot be opened: "} + std::strerror(errno), "");
  Source source{file, {}};
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    return failed(path, "this is not a regular file", "");
  source.size_ = static_cast<std::uint64_t>(status.st_size);
  return source;
}

Result<Bytes, Error> Source::read(std::uint64_t offset, std::uint64_t count) const {
  CHECK(count <= size_ && offset <= size_ - count);
  if (file_ < 0) {
    const auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
    return Bytes(at, at + static_cast<std::ptrdiff_t>(count));
  }
  Bytes bytes(static_cast<std::size_t>(count));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        ::pread(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("", std::string{"cannot be read: "} + std::strerror(errno), "");
    if (got == 0)
      return failed("", "the file was shortened by somebody else while it was read",
                    "read it again when nobody writes it");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace traces
