// Memory for generated code. It is mapped twice: once to be written and once to be executed, so no
// address is ever both. Handed out from the low end on and taken back all at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cpu::jit {

class CodeArena {
 public:
  /// Reserves `bytes`, a multiple of the host's page; the host gives memory as it is touched.
  explicit CodeArena(std::size_t bytes);
  ~CodeArena();
  CodeArena(const CodeArena&) = delete;
  CodeArena& operator=(const CodeArena&) = delete;

  /// False: the host refuses such memory, and nothing else here may be called.
  bool is_usable() const { return writable_ != nullptr; }

  std::size_t room() const { return bytes_ - used_; }
  std::size_t used() const { return used_; }
  /// Where the next piece will be executed.
  const std::byte* next() const { return executable_ + used_; }
  /// Takes `size` bytes, rounded up to 16, and gives the address at which to write them. Requires:
  /// size <= room().
  std::byte* take(std::size_t size);
  /// The address for writing what executes at `at`.
  std::byte* writable(const void* at) const {
    return writable_ + (static_cast<const std::byte*>(at) - executable_);
  }
  /// Keeps the first `size` bytes and takes back the rest.
  void cut(std::size_t size) { used_ = size; }

 private:
  std::size_t bytes_ = 0, used_ = 0;
  std::byte* writable_ = nullptr;
  const std::byte* executable_ = nullptr;
};

}  // namespace cpu::jit
