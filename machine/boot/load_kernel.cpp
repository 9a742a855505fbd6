#include "machine/boot/load_kernel.hpp"

#include <algorithm>
#include <utility>

#include "hardware/board/boot_protocol.hpp"
#include "hardware/board/direct_windows.hpp"
#include "machine/caches.hpp"

namespace machine::loading {
namespace {

/// A kernel wants its initial RAM disk on a boundary of its own pages: this fits pages up to 64 KB.
constexpr std::uint64_t kInitrdAlignment = 64 * kKiB;

bool is_in_rom(const Segment& segment) {
  return segment.at.bits() >= hardware::kRomAt &&
         segment.at.bits() < hardware::kRomAt + hardware::kRomBytes;
}

Result<Nothing, Error> load_rom(Machine& machine, const std::string& where, MachineAddr at,
                                std::span<const std::byte> bytes) {
  if (machine.load_rom(at, bytes)) return Nothing{};
  return refuse(ErrorCode::kInput, where, "does not fit into the boot ROM of 64 KB at 0x1fc00000",
                "make it smaller");
}

/// Puts the initial RAM disk at the top of low memory and the tree on the page boundary below it.
struct Placement {
  std::optional<Extent> initrd;
  Extent tree;
};

Result<Placement, Error> place_top(std::uint64_t memory, const Blob& initrd, PhysAddr kernel_end,
                                   std::uint64_t tree_bytes) {
  const std::uint64_t top = low_ram(memory);
  const std::uint64_t slack = initrd.bytes.empty() ? 2 * kPageSize : kInitrdAlignment + kPageSize;
  const std::uint64_t files = initrd.bytes.size() + tree_bytes + slack;
  const std::uint64_t need = kernel_end.bits() + files;
  const bool kernel_is_low = kernel_end.bits() <= top;
  if (files > top || (kernel_is_low && need > top)) {
    return refuse(
        ErrorCode::kInput, initrd.bytes.empty() ? "kernel" : initrd.name,
        "kernel, initrd and device tree need " + megabytes(need) + ", there are " + megabytes(top),
        "give it more memory or a smaller initrd");
  }
  Placement placed;
  PhysAddr at{top};
  if (!initrd.bytes.empty()) {
    at = PhysAddr{top - initrd.bytes.size()}.aligned_down(kInitrdAlignment);
    placed.initrd = Extent{at, initrd.bytes.size()};
  }
  placed.tree = Extent{PhysAddr{at.bits() - tree_bytes}.aligned_down(kPageSize), tree_bytes};
  return placed;
}

}  // namespace

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + kMiB - 1) / kMiB) + " MB";
}

Failure<Error> refuse(ErrorCode code, std::string where, std::string what, std::string remedy) {
  return Failure{Error{code, std::move(where), std::move(what), std::move(remedy)}};
}

Result<Image, Error> read_image(const Blob& file) {
  if (file.bytes.empty()) {
    return refuse(ErrorCode::kInput, file.name, "is empty", "name a kernel image");
  }
  if (is_elf(file.bytes)) return read_elf(file.name, file.bytes);
  return raw_image(file.bytes);
}

Result<SymbolTable, Error> symbols_of(const Blob& file) {
  if (!is_elf(file.bytes)) return SymbolTable{};
  return SymbolTable::read(file.name, file.bytes);
}

std::uint64_t low_ram(std::uint64_t memory) { return std::min(memory, hardware::kIoBegin); }

Result<Nothing, Error> check_entry(const Blob& file, const Image& image, Window window) {
  const std::uint64_t entry = image.entry.bits();
  const std::uint64_t region = entry >> hardware::kRegionShift;
  const bool is_guest = hardware::is_in_csseg_window(entry) || region == hardware::kXssegRegion;
  const bool is_unmapped = hardware::is_kseg0_or_1(entry) || region == hardware::kXkphysRegion;
  if (entry % 4 == 0 && (window == Window::kGuest ? is_guest : is_unmapped)) return Nothing{};
  if (window == Window::kUnmapped && is_guest) {
    return refuse(
        ErrorCode::kInput, file.name, "is linked to run below the monitor",
        "boot the native build of this kernel, or boot this one as a guest of the monitor");
  }
  if (window == Window::kGuest && is_unmapped) {
    return refuse(ErrorCode::kInput, file.name, "is linked for the bare machine",
                  "boot the build that is linked at 0xffffffffc0100000, or boot this one natively");
  }
  return refuse(ErrorCode::kInput, file.name, "its entry point is not in an unmapped segment",
                "link it in KSEG0, or for a guest in csseg at 0xffffffffc0100000");
}

Result<Nothing, Error> load_rom(Machine& machine, const Blob& rom) {
  if (rom.bytes.empty()) return Nothing{};
  std::vector<std::byte> whole = rom.bytes;
  whole.resize(std::max<std::size_t>(whole.size(), hardware::kRomBytes));
  return load_rom(machine, rom.name, MachineAddr{hardware::kRomAt}, whole);
}

Result<Nothing, Error> load_image(Machine& machine, const Blob& file, const Image& image) {
  for (const Segment& segment : image.segments) {
    const std::string where = file.name + ", " + segment.where;
    const MachineAddr at{segment.at.bits()};
    if (is_in_rom(segment)) {
      if (const auto ok = load_rom(machine, where, at, segment.bytes); !ok) return ok;
      continue;
    }
    const std::vector<std::byte> rest(
        std::min<std::uint64_t>(segment.memory_bytes - segment.bytes.size(), kPageSize));
    bool fits = machine.write_memory(at, segment.bytes);
    MachineAddr zeros = at + segment.bytes.size();
    const MachineAddr end = at + segment.memory_bytes;
    while (fits && zeros < end) {
      const std::uint64_t size = std::min(end - zeros, kPageSize - zeros.offset_in(kPageSize));
      fits = machine.write_memory(
          zeros, std::span{rest}.first(std::min<std::uint64_t>(size, rest.size())));
      zeros = zeros + std::min<std::uint64_t>(size, rest.size());
    }
    if (!fits) {
      return refuse(ErrorCode::kInput, where,
                    "does not fit into the machine's " +
                        megabytes(machine.config().memory_per_node) + " of memory per node",
                    "give the machine more memory");
    }
  }
  return Nothing{};
}

TreeMachine tree_of(const MachineConfig& config) {
  TreeMachine tree;
  tree.nodes = config.nodes;
  tree.cpus_per_node = config.cpus_per_node;
  tree.remote_distance = remote_distance(config);
  tree.memory_per_node = config.memory_per_node;
  tree.clock_hz = config.clock_hz;
  tree.tlb_entries = config.tlb.entries;
  tree.virtio_slots = config.virtio_slots();
  return tree;
}

// The tree names the initrd's place, which depends on nothing but the initrd's size, so two passes
// settle it.
Result<Top, Error> settle_top(TreeMachine machine, const BootImage& image, PhysAddr kernel_end) {
  machine.chosen.bootargs = image.bootargs;
  machine.chosen.initrd.reset();
  if (!image.initrd.bytes.empty()) machine.chosen.initrd = Extent{};
  auto sized = build_tree(machine);
  if (!sized) return Failure{sized.error()};
  auto at = place_top(machine.memory_per_node, image.initrd, kernel_end, sized->size());
  if (!at) return Failure{at.error()};
  machine.chosen.initrd = at->initrd;
  auto tree = build_tree(machine);
  if (!tree) return Failure{tree.error()};
  return Top{at->initrd, at->tree, std::move(*tree)};
}

void write_file_at(Machine& machine, PhysAddr at, std::span<const std::byte> bytes) {
  CHECK(machine.write_memory(MachineAddr{at.bits()}, bytes));
}

void start_boot_cpu(Machine& machine, const Image& image, PhysAddr tree) {
  machine.start_cpu(CpuId{0}, image.entry, hardware::kUhi, hardware::kKseg0 + tree.bits());
}

}  // namespace machine::loading
