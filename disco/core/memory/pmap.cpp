#include "disco/core/memory/pmap.hpp"

#include "common/check.hpp"

namespace disco {

namespace {

// A backmap word is the EntryHi of the entry plus two bits that EntryHi leaves free.
constexpr std::uint64_t kUsed = 1u << 12, kMany = 1u << 11, kGlobal = 1u << 10;

constexpr std::uint64_t frame_of_machine(MachineAddr page) {
  return page.bits() >> kPageShift << entry_lo::kFrameShift;
}

}  // namespace

Pmap::Pmap(std::span<std::byte> storage, std::uint64_t pages)
    : pages_{pages},
      frames_{reinterpret_cast<std::uint64_t*>(storage.data())},
      backmaps_{frames_ + pages + (pages & 1)} {
  CHECK(storage.size() >= storage_bytes(pages));
}

void Pmap::set_page(std::uint64_t index, MachineAddr page, PageRights rights) {
  CHECK(index < pages_ && page.is_aligned(kPageSize));
  frames_[index] = frame_of_machine(page) | static_cast<std::uint64_t>(rights);
}

std::optional<MachineAddr> Pmap::machine_address(PhysAddr pa) const {
  const std::uint64_t word = frame_word(pa);
  if (word == 0) return std::nullopt;
  const MachineAddr page{(word & entry_lo::kFrame) >> entry_lo::kFrameShift << kPageShift};
  return page + pa.offset_in(kPageSize);
}

bool Pmap::is_contiguous(PhysAddr pa, std::uint64_t bytes) const {
  const std::uint64_t first = frame_word(pa);
  if (first == 0) return false;
  const std::uint64_t frame_step = std::uint64_t{1} << entry_lo::kFrameShift;
  const std::uint64_t count = bytes / kPageSize;
  if (((first & entry_lo::kFrame) & (count * frame_step - 1)) != 0) return false;
  for (std::uint64_t n = 1; n < count; ++n) {
    if (frame_word(pa + n * kPageSize) != first + n * frame_step) return false;
  }
  return true;
}

void Pmap::note_mapping(PhysAddr page, std::uint64_t vpn2, Asid asid, bool global) {
  const std::uint64_t index = index_of_page(page);
  if (index >= pages_) return;
  const std::uint64_t name =
      vpn2 | kUsed | (global ? kGlobal : std::uint64_t{static_cast<std::uint8_t>(asid)});
  std::uint64_t& word = backmaps_[index];
  if (word == 0) {
    word = name;
  } else if (word != name) {
    word |= kMany;
  }
}

Backmap Pmap::backmap(PhysAddr page) const {
  const std::uint64_t index = index_of_page(page);
  const std::uint64_t word = index < pages_ ? backmaps_[index] : 0;
  if (word == 0) return {};
  return {.kind = (word & kMany) != 0 ? Backmap::Kind::kMany : Backmap::Kind::kOne,
          .global = (word & kGlobal) != 0,
          .asid = Asid{static_cast<std::uint8_t>(word & entry_hi::kAsid)},
          .vpn2 = word & entry_hi::kVpn2};
}

}  // namespace disco
