#include "disco/core/memory/pmap.hpp"

#include "common/check.hpp"

namespace disco {

Pmap::Pmap(std::span<std::byte> storage, std::uint64_t pages)
    : pages_{pages},
      frames_{reinterpret_cast<std::uint64_t*>(storage.data())},
      backmaps_{frames_ + pages + (pages & 1)} {
  CHECK(storage.size() >= storage_bytes(pages));
}

void Pmap::set_page(std::uint64_t index, MachineAddr page, PageRights rights) {
  CHECK(index < pages_ && page.is_aligned(kPageSize));
  set_frame(index, FrameWord::of(page, rights));
}

std::optional<MachineAddr> Pmap::machine_address(PhysAddr pa) const {
  const FrameWord word{frame_word(pa)};
  if (!word.is_present()) return std::nullopt;
  return word.page() + pa.offset_in(kPageSize);
}

bool Pmap::is_contiguous(PhysAddr pa, std::uint64_t bytes) const {
  const std::uint64_t first = frame_word(pa);
  if (!FrameWord{first}.is_present()) return false;
  const std::uint64_t frame_step = std::uint64_t{1} << entry_lo::kFrameShift;
  const std::uint64_t count = bytes / kPageSize;
  if (((first & entry_lo::kFrame) & (count * frame_step - 1)) != 0) return false;
  for (std::uint64_t n = 1; n < count; ++n) {
    if (frame_word(pa + n * kPageSize) != first + n * frame_step) return false;
  }
  return true;
}

}  // namespace disco
