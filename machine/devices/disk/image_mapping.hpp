// An image file in memory, private to this process. Others may shorten the file meanwhile; what the
// host answers with a signal (SIGBUS) becomes zeros and a note that they are not the file's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace machine {

class ImageMapping {
 public:
  /// `file` -1 maps zeros. On failure data() is nullptr and errno says why.
  ImageMapping(int file, std::uint64_t bytes);
  ~ImageMapping();
  ImageMapping(ImageMapping&& other) noexcept;
  ImageMapping(const ImageMapping&) = delete;
  ImageMapping& operator=(const ImageMapping&) = delete;
  ImageMapping& operator=(ImageMapping&&) = delete;

  /// Stays valid when the object is moved.
  std::byte* data() const { return base_; }
  std::uint64_t size() const { return bytes_; }
  /// True once a part was read that the file no longer has, or the host cannot read.
  bool was_cut() const;

 private:
  std::byte* base_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::size_t slot_;  // of the table that the signal's handler reads
};

}  // namespace machine
