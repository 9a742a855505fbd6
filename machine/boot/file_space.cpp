#include "machine/boot/file_space.hpp"

#include <algorithm>

#include "hardware/board/address_map.hpp"
#include "machine/boot/load_kernel.hpp"
#include "numa/address_map.hpp"

namespace machine {
namespace {

constexpr std::uint64_t kUsualBegin = 16 * kMiB;

PhysAddr page_above(PhysAddr at) { return (at + (kPageSize - 1)).aligned_down(kPageSize); }

}  // namespace

PhysAddr files_at(std::uint64_t memory_per_node) {
  return PhysAddr{std::min(kUsualBegin, memory_per_node / 2)}.aligned_down(kPageSize);
}

FileSpace::FileSpace(Machine& machine) : machine_{machine} {
  const MachineConfig& config = machine.config();
  const std::uint64_t memory = config.memory_per_node, low = loading::low_ram(memory);
  for (std::uint32_t node = 0; node < config.nodes; ++node) {
    const PhysAddr base{numa::machine_addr(NodeId{node}, 0).bits()};
    ranges_.push_back({base + files_at(memory).bits(), base + low});
    if (memory == low) continue;
    ranges_.push_back({base + hardware::kIoEnd, base + hardware::kIoEnd + (memory - low)});
  }
}

std::optional<Extent> FileSpace::take(Range& range, std::uint64_t size) {
  if (range.next > range.end || size > range.end - range.next) return std::nullopt;
  const Extent extent{range.next, size};
  range.next = page_above(extent.end());
  extents_.push_back(extent);
  bytes_ += range.next - extent.at;
  return extent;
}

Result<Extent, Error> FileSpace::reserve_low(const std::string& name, std::uint64_t size) {
  if (const auto extent = take(ranges_.front(), size)) return *extent;
  return loading::refuse(ErrorCode::kInput, name,
                         "does not fit: it has " + loading::megabytes(size) +
                             ", and lies between the monitor and the end of node 0's low memory",
                         "give node 0 more memory (machine.mem.per_node)");
}

Result<Extent, Error> FileSpace::put(const std::string& name, std::span<const std::byte> bytes) {
  if (bytes.empty()) return Extent{};
  for (const auto& [known, extent] : known_) {
    if (known.size() != bytes.size()) continue;
    if (known.data() == bytes.data() || std::equal(known.begin(), known.end(), bytes.begin()))
      return extent;
  }
  for (Range& range : ranges_) {
    const auto extent = take(range, bytes.size());
    if (!extent) continue;
    loading::write_file_at(machine_, extent->at, bytes);
    known_.emplace_back(bytes, *extent);
    return *extent;
  }
  return loading::refuse(
      ErrorCode::kInput, name,
      "does not fit: no node has " + loading::megabytes(bytes.size()) + " left for it in one piece",
      "give the nodes more memory (machine.mem.per_node)");
}

}  // namespace machine
