#include "numa/node_memory.hpp"

#include <cstring>

#include "common/check.hpp"

namespace numa {

NodeMemory::NodeMemory(std::uint64_t bytes) : memory_{bytes}, used_{bytes} {
  CHECK(bytes % kPageSize == 0 && bytes <= kMaxNodeRam);
}

bool NodeMemory::is_ram(std::uint64_t offset, std::uint64_t size) const {
  if (size == 0) return true;
  const std::uint64_t last = offset + size - 1;
  if (last < offset || last >= end()) return false;
  return last < kIoBegin || offset >= kIoEnd;
}

bool NodeMemory::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (!is_ram(offset, out.size())) return false;
  if (!out.empty()) std::memcpy(out.data(), memory_.data() + *ram_position(offset), out.size());
  return true;
}

bool NodeMemory::write(std::uint64_t offset, std::span<const std::byte> in) {
  if (!is_ram(offset, in.size())) return false;
  if (in.empty()) return true;
  const std::uint64_t position = *ram_position(offset);
  used_.mark(position, in.size());
  std::memcpy(memory_.data() + position, in.data(), in.size());
  return true;
}

}  // namespace numa
