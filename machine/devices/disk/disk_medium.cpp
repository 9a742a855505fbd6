#include "machine/devices/disk/disk_medium.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "common/check.hpp"

namespace machine {

namespace {

Failure<Error> refuse(const std::string& path, const std::string& what, const std::string& remedy) {
  return Failure{Error{ErrorCode::kInput, path, what, remedy}};
}

/// Held as long as the descriptor lives; of the file, not of one of its names.
std::optional<Failure<Error>> lock(const std::string& path, int file, bool writes) {
  if (flock(file, (writes ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return std::nullopt;
  if (errno != EWOULDBLOCK) {
    // A file system without locks: who only reads may go on.
    if (!writes) return std::nullopt;
    return refuse(
        path,
        std::string{"cannot be locked, so others could write it too: "} + std::strerror(errno),
        "copy it to another file system");
  }
  if (writes) {
    return refuse(path, "is in use by another disk or another run, and cannot be written beside it",
                  "wait for that to end, or give each a copy of its own");
  }
  return refuse(path, "is being written by another disk or another run",
                "wait for that to end, or give this one a copy");
}

/// Where a file holds something: all of it where the file system knows no holes.
UsedPieces written_pieces(int file, std::uint64_t bytes) {
  UsedPieces used{bytes};
  const auto size = static_cast<off_t>(bytes);
  for (off_t at = 0; file >= 0 && at < size;) {
    const off_t data = lseek(file, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // nothing but a hole is left
    const off_t from = data < 0 ? at : data;
    const off_t hole = data < 0 ? size : lseek(file, data, SEEK_HOLE);
    at = hole < 0 ? size : std::min(hole, size);
    if (from < at)
      used.mark(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(at - from));
  }
  return used;
}

}  // namespace

DiskMedium::DiskMedium(std::string path, Access access, int file, ImageMapping image)
    : path_{std::move(path)},
      access_{access},
      file_{file},
      image_{std::move(image)},
      used_{written_pieces(file, image_.size())} {}

DiskMedium::DiskMedium(DiskMedium&& other) noexcept
    : path_{std::move(other.path_)},
      access_{other.access_},
      file_{std::exchange(other.file_, -1)},
      image_{std::move(other.image_)},
      used_{std::move(other.used_)},
      failure_{std::move(other.failure_)} {}

DiskMedium::~DiskMedium() {
  if (file_ >= 0) close(file_);
}

Result<DiskMedium, Error> DiskMedium::open(const std::string& path, Access access) {
  const bool writes = access == Access::kWriteBack;
  // Without O_NONBLOCK a FIFO would be waited for before it can be refused.
  const int flags = (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;
  const int file = ::open(path.c_str(), flags);
  if (file < 0) {
    return refuse(
        path, std::string{"cannot be opened: "} + std::strerror(errno),
        writes ? "make it writable, or give the disk a snapshot of it" : "check the path");
  }
  struct stat facts {};
  const bool known = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
  const auto bytes = known ? static_cast<std::uint64_t>(facts.st_size) : 0;
  if (bytes == 0 || bytes % kSectorBytes != 0) {
    close(file);
    return refuse(
        path, known ? "is not a disk image: " + std::to_string(bytes) + " bytes" : "is not a file",
        "a raw image is a multiple of 512 bytes and not empty");
  }
  if (const auto refused = lock(path, file, writes)) {
    close(file);
    return *refused;
  }
  ImageMapping image{file, bytes};
  if (image.data() == nullptr) {
    const std::string why = std::strerror(errno);
    close(file);
    return refuse(path, "cannot be mapped into memory: " + why, "give the host more memory");
  }
  return DiskMedium{path, access, file, std::move(image)};
}

DiskMedium DiskMedium::blank(std::uint64_t sectors) {
  CHECK(sectors > 0);
  ImageMapping zeros{-1, sectors * kSectorBytes};
  if (zeros.data() == nullptr) throw std::bad_alloc{};
  return {"", Access::kSnapshot, -1, std::move(zeros)};
}

std::span<const std::byte> DiskMedium::read(std::uint64_t sector, std::uint64_t count) const {
  CHECK(count <= sectors() && sector <= sectors() - count);
  return {image_.data() + sector * kSectorBytes, count * kSectorBytes};
}

void DiskMedium::write(std::uint64_t sector, std::span<const std::byte> data) {
  const std::uint64_t count = data.size() / kSectorBytes;
  CHECK(data.size() % kSectorBytes == 0 && count <= sectors() && sector <= sectors() - count);
  std::copy(data.begin(), data.end(), image_.data() + sector * kSectorBytes);
  if (count > 0) used_.mark(sector * kSectorBytes, data.size());
  write_back(sector * kSectorBytes, data);
}

void DiskMedium::write_back(std::uint64_t at, std::span<const std::byte> data) {
  while (access_ == Access::kWriteBack && !failure_ && !data.empty()) {
    const ssize_t n = pwrite(file_, data.data(), data.size(), static_cast<off_t>(at));
    if (n > 0) {
      at += static_cast<std::uint64_t>(n);
      data = data.subspan(static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      failure_ =
          Error{ErrorCode::kInput, path_, std::string{"cannot be written: "} + std::strerror(errno),
                "what the disk holds from here on is lost with this run"};
    }
  }
}

std::optional<Error> DiskMedium::failure() const {
  if (failure_ || !image_.was_cut()) return failure_;
  return Error{ErrorCode::kInput, path_, "was shortened by somebody else while the machine used it",
               "nobody may change an image in use: run again, or give this run a copy"};
}

void DiskMedium::visit(StateVisitor& v) {
  const std::span<std::byte> all{image_.data(), image_.size()};
  v.sparse_bytes("medium", all, used_);
  if (v.is_restoring()) write_back(0, all);
}

}  // namespace machine
