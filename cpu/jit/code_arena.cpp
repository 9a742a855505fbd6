#include "cpu/jit/code_arena.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "common/check.hpp"

namespace cpu::jit {

CodeArena::CodeArena(std::size_t bytes) : bytes_{bytes} {
  const int file = ::memfd_create("translated code", MFD_CLOEXEC);
  if (file < 0) return;
  void* writable = MAP_FAILED;
  void* executable = MAP_FAILED;
  if (::ftruncate(file, static_cast<off_t>(bytes)) == 0) {
    writable = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    executable = ::mmap(nullptr, bytes, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  }
  ::close(file);
  if (writable != MAP_FAILED && executable != MAP_FAILED) {
    writable_ = static_cast<std::byte*>(writable);
    executable_ = static_cast<const std::byte*>(executable);
    return;
  }
  if (writable != MAP_FAILED) ::munmap(writable, bytes);
  if (executable != MAP_FAILED) ::munmap(executable, bytes);
}

CodeArena::~CodeArena() {
  if (!is_usable()) return;
  ::munmap(writable_, bytes_);
  ::munmap(const_cast<std::byte*>(executable_), bytes_);
}

std::byte* CodeArena::take(std::size_t size) {
  CHECK(size <= room());
  std::byte* const at = writable_ + used_;
  used_ = (used_ + size + 15) & ~std::size_t{15};
  if (used_ > bytes_) used_ = bytes_;
  return at;
}

}  // namespace cpu::jit
