// Machine memory for the files that the monitor reads: the machine's tree, and kernels, RAM disks
// and trees of its guests. Equal files are there once, however many virtual machines have them.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "machine/boot/device_tree.hpp"
#include "machine/machine.hpp"

namespace machine {

/// Where files begin on each node; below is the monitor's own. 16 MB, on a small node the middle.
PhysAddr files_at(std::uint64_t memory_per_node);

class FileSpace {
 public:
  explicit FileSpace(Machine& machine);

  /// Bytes that node 0's KSEG0 reaches, for what is written later; the first call of all. A kInput
  /// error if there are not as many.
  Result<Extent, Error> reserve_low(const std::string& name, std::uint64_t size);
  /// Writes a file, or finds it where an equal one is; {} for no bytes. `bytes` must outlive this.
  /// A kInput error if no node has room in one piece.
  Result<Extent, Error> put(const std::string& name, std::span<const std::byte> bytes);

  const std::vector<Extent>& extents() const { return extents_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Range {
    PhysAddr next, end;
  };
  std::optional<Extent> take(Range& range, std::uint64_t size);

  Machine& machine_;
  std::vector<Range> ranges_;  // of all nodes, node 0's low memory first
  std::vector<std::pair<std::span<const std::byte>, Extent>> known_;
  std::vector<Extent> extents_;
  std::uint64_t bytes_ = 0;
};

}  // namespace machine
