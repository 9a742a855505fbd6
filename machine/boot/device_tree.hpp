// Device trees, built with libfdt: of the machine, and of the machine that a guest below the
// monitor sees, which has the same shape. docs/machine.md lists nodes and properties.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/address.hpp"
#include "common/error.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace machine {
using namespace common;

/// `size` bytes at `at`; in a tree a pair of 64-bit cells.
struct Extent {
  PhysAddr at;
  std::uint64_t size = 0;
  PhysAddr end() const { return at + size; }
};

/// What /chosen says.
struct Chosen {
  std::string bootargs;
  std::optional<Extent> initrd;
};

/// One virtual machine, as the monitor finds it under /disco. What is as by default is not said.
struct TreeVm {
  std::uint64_t memory = 0;  // bytes
  std::uint32_t vcpus = 1;
  Extent kernel, initrd, tree;             // files in machine memory; an absent initrd is {0, 0}
  std::vector<std::uint32_t> cpus = {};    // none: all
  std::uint64_t start = 0;                 // nanoseconds of machine time
  std::optional<std::uint64_t> stop = {};  // none: never
  std::uint32_t restarts = 0;
  std::uint32_t placement = 0, node = 0;  // 0 first touch, 1 round robin, 2 fixed on `node`
};

/// What /disco says.
struct TreeMonitor {
  std::uint32_t l2tlb_entries = 0;
  bool large_pages = false;
  std::vector<TreeVm> vms;
  std::uint32_t device_cpu = 0;
  std::uint64_t slice = 10'000'000;  // nanoseconds
};

struct TreeMachine {
  std::uint32_t nodes = 1;
  std::uint32_t cpus_per_node = 1;
  std::uint64_t memory_per_node = 0;  // bytes; the I/O hole splits it
  std::uint64_t clock_hz = 0;
  std::uint32_t tlb_entries = 64;
  std::uint32_t virtio_slots = 0;
  std::uint32_t remote_distance = 30;  // of two nodes, 10 being local; more than 10
  Chosen chosen;
  std::optional<TreeMonitor> monitor;
};

/// A flattened tree, the same bytes for the same machine. A kConfig error if it would be beyond 1
/// MB.
Result<std::vector<std::byte>, Error> build_tree(const TreeMachine& machine);

}  // namespace machine
