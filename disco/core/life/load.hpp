// A VM's files into its memory: the kernel's segments, the initrd, the device tree.
#pragma once

#include "disco/core/vm/vm.hpp"

namespace disco {

/// Where a loaded VM begins.
struct Loaded {
  std::uint64_t entry = 0;
  PhysAddr tree;
};

/// Requires: nothing of the VM's memory has been written. Nothing, and the slot says why, if a file
/// cannot be used.
std::optional<Loaded> load_files(Vm& vm);

}  // namespace disco
