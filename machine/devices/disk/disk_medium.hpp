// What lies on a disk's platters: the content of a raw image file, private to the machine or
// written back as it changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/error.hpp"
#include "common/result.hpp"
#include "common/state.hpp"
#include "machine/devices/disk/disk_mechanics.hpp"
#include "machine/devices/disk/image_mapping.hpp"

namespace machine {
using namespace common;

class DiskMedium {
 public:
  enum class Access : std::uint8_t {
    kSnapshot,  // the file stays as it is
    kWriteBack,
    kReadOnly,
  };
  /// A kInput error where the file cannot be opened, is not a regular file, is empty or not a
  /// multiple of 512 bytes, and where it is in use: one that is written is nobody else's, whatever
  /// name it was opened by, in this process or another (flock; those who only read share it).
  static Result<DiskMedium, Error> open(const std::string& path, Access access);
  /// A medium of zeros without a file.
  static DiskMedium blank(std::uint64_t sectors);

  DiskMedium(DiskMedium&& other) noexcept;
  DiskMedium(const DiskMedium&) = delete;
  DiskMedium& operator=(const DiskMedium&) = delete;
  DiskMedium& operator=(DiskMedium&&) = delete;
  ~DiskMedium();

  std::uint64_t sectors() const { return image_.size() / kSectorBytes; }
  bool is_read_only() const { return access_ == Access::kReadOnly; }

  /// Whole sectors. Requires: they are on the disk.
  std::span<const std::byte> read(std::uint64_t sector, std::uint64_t count) const;
  void write(std::uint64_t sector, std::span<const std::byte> data);

  /// Why the file could not be written or read, once that has happened: it no longer is the disk.
  std::optional<Error> failure() const;
  void visit(StateVisitor& v);

 private:
  DiskMedium(std::string path, Access access, int file, ImageMapping image);

  void write_back(std::uint64_t at, std::span<const std::byte> data);

  std::string path_;
  Access access_;
  int file_ = -1;  // holds the lock
  ImageMapping image_;
  UsedPieces used_;  // what is not a hole of the file, or was written
  std::optional<Error> failure_;
};

}  // namespace machine
