#include "numa/disk/disk_medium.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/check.hpp"

namespace numa {

namespace {

Failure<Error> refuse(const std::string& path, const std::string& what, const std::string& remedy) {
  return Failure{Error{ErrorCode::kInput, path, what, remedy}};
}

/// Changes stay in this process; -1 maps zeros.
std::byte* map_private(int file, std::uint64_t bytes) {
  const int flags = MAP_PRIVATE | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0);
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  return at == MAP_FAILED ? nullptr : static_cast<std::byte*>(at);
}

}  // namespace

DiskMedium::DiskMedium(std::string path, Access access, int file, std::byte* base,
                       std::uint64_t bytes)
    : path_{std::move(path)}, access_{access}, file_{file}, base_{base}, bytes_{bytes} {}

DiskMedium::DiskMedium(DiskMedium&& other) noexcept
    : path_{std::move(other.path_)},
      access_{other.access_},
      file_{std::exchange(other.file_, -1)},
      base_{std::exchange(other.base_, nullptr)},
      bytes_{std::exchange(other.bytes_, 0)},
      failure_{std::move(other.failure_)} {}

DiskMedium::~DiskMedium() {
  if (base_ != nullptr) munmap(base_, bytes_);
  if (file_ >= 0) close(file_);
}

Result<DiskMedium, Error> DiskMedium::open(const std::string& path, Access access) {
  const bool writes = access == Access::kWriteBack;
  const int file = ::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
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
  std::byte* const base = map_private(file, bytes);
  if (base == nullptr) {
    const std::string why = std::strerror(errno);
    close(file);
    return refuse(path, "cannot be mapped into memory: " + why, "give the host more memory");
  }
  if (!writes) close(file);
  return DiskMedium{path, access, writes ? file : -1, base, bytes};
}

DiskMedium DiskMedium::blank(std::uint64_t sectors) {
  CHECK(sectors > 0);
  std::byte* const base = map_private(-1, sectors * kSectorBytes);
  CHECK(base != nullptr);
  return {"", Access::kSnapshot, -1, base, sectors * kSectorBytes};
}

std::span<const std::byte> DiskMedium::read(std::uint64_t sector, std::uint64_t count) const {
  CHECK(count <= sectors() && sector <= sectors() - count);
  return {base_ + sector * kSectorBytes, count * kSectorBytes};
}

void DiskMedium::write(std::uint64_t sector, std::span<const std::byte> data) {
  const std::uint64_t count = data.size() / kSectorBytes;
  CHECK(data.size() % kSectorBytes == 0 && count <= sectors() && sector <= sectors() - count);
  std::copy(data.begin(), data.end(), base_ + sector * kSectorBytes);
  write_back(sector * kSectorBytes, data);
}

void DiskMedium::write_back(std::uint64_t at, std::span<const std::byte> data) {
  while (file_ >= 0 && !failure_ && !data.empty()) {
    const ssize_t n = pwrite(file_, data.data(), data.size(), static_cast<off_t>(at));
    if (n > 0) {
      at += static_cast<std::uint64_t>(n);
      data = data.subspan(static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      failure_ = Error{ErrorCode::kInput, path_,
                       std::string{"cannot be written: "} + std::strerror(errno),
                       "what the disk holds from here on is lost with this run"};
    }
  }
}

void DiskMedium::visit(StateVisitor& v) {
  v.bytes("medium", {base_, bytes_});
  if (v.is_restoring()) write_back(0, {base_, bytes_});
}

}  // namespace numa
