#include "disco/core/life/load.hpp"

#include <algorithm>

#include "disco/core/life/elf_image.hpp"

namespace disco {

namespace {

std::span<const std::byte> bytes_of(const Vm& vm, const MachineExtent& e) {
  return {vm.memory().at(e.at), e.bytes};
}

/// On the page boundary below the initrd, or below the end of memory, that leaves it room.
PhysAddr place_of_tree(const VmRequest& request) {
  const std::uint64_t top = request.initrd.is_empty() ? request.memory_bytes : request.initrd_at;
  return PhysAddr{top - std::min(top, request.tree.bytes)}.aligned_down(kPageSize);
}

/// The kernel's entry point. Memory was zeroed when it was given; only the file's bytes are left
/// to do.
std::optional<std::uint64_t> load_kernel(Vm& vm, const char*& why) {
  const auto image = ElfImage::parse(bytes_of(vm, vm.slot().request.kernel), why);
  if (!image) return std::nullopt;
  for (const ElfSegment& s : image->segments()) {
    if (!vm.is_ram_range(s.at, s.memory_bytes)) {
      why = "a segment lies outside the guest's memory";
      return std::nullopt;
    }
  }
  for (const ElfSegment& s : image->segments()) vm.copy_in(s.at, s.bytes);
  return image->entry();
}

}  // namespace

std::optional<Loaded> load_files(Vm& vm, const char*& why) {
  const VmRequest& request = vm.slot().request;
  const auto entry = load_kernel(vm, why);
  if (!entry) return std::nullopt;
  const PhysAddr tree = place_of_tree(request);
  const bool is_reachable = tree.bits() < kCssegWindowBytes;
  if (!is_reachable || !vm.copy_in(tree, bytes_of(vm, request.tree))) {
    why = "there is no room for its device tree";
    return std::nullopt;
  }
  if (!request.initrd.is_empty() &&
      !vm.copy_in(PhysAddr{request.initrd_at}, bytes_of(vm, request.initrd))) {
    why = "the initrd does not fit into its memory";
    return std::nullopt;
  }
  return Loaded{*entry, tree};
}

}  // namespace disco
