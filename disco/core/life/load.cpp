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

void refuse(Vm& vm, const char* sentence, const char* detail = "") {
  vm.slot().why = {StopCode::kBadImage, sentence};
  vm.slot().why_detail = detail;
}

/// The kernel's entry point. Memory was zeroed when it was given; only the file's bytes are left
/// to do.
std::optional<std::uint64_t> load_kernel(Vm& vm) {
  constexpr const char* kSentence = "the guest's kernel cannot be loaded";
  const char* why = "";
  const auto image = ElfImage::parse(bytes_of(vm, vm.slot().request.kernel), why);
  if (!image) {
    refuse(vm, kSentence, why);
    return std::nullopt;
  }
  for (const ElfSegment& s : image->segments()) {
    if (vm.is_ram_range(s.at, s.memory_bytes)) continue;
    refuse(vm, kSentence, "a segment lies outside the guest's memory");
    return std::nullopt;
  }
  for (const ElfSegment& s : image->segments()) vm.copy_in(s.at, s.bytes);
  return image->entry();
}

}  // namespace

std::optional<Loaded> load_files(Vm& vm) {
  const VmRequest& request = vm.slot().request;
  const auto entry = load_kernel(vm);
  if (!entry) return std::nullopt;
  const PhysAddr tree = place_of_tree(request);
  const bool is_reachable = tree.bits() < kCssegWindowBytes;
  if (!is_reachable || !vm.copy_in(tree, bytes_of(vm, request.tree))) {
    refuse(vm, "there is no room for the guest's device tree");
    return std::nullopt;
  }
  if (!request.initrd.is_empty() &&
      !vm.copy_in(PhysAddr{request.initrd_at}, bytes_of(vm, request.initrd))) {
    refuse(vm, "the initrd does not fit into the guest's memory");
    return std::nullopt;
  }
  return Loaded{*entry, tree};
}

}  // namespace disco
