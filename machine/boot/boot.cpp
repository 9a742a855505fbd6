#include "machine/boot/boot.hpp"

#include <algorithm>
#include <utility>

#include "disco/core/tlb/l2_tlb.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"
#include "hardware/board/boot_protocol.hpp"
#include "hardware/board/direct_windows.hpp"
#include "machine/boot/device_tree.hpp"
#include "machine/caches.hpp"
#include "machine/loaders/load_elf.hpp"
#include "numa/address_map.hpp"

namespace machine {

namespace {

/// A kernel wants its initial RAM disk on a boundary of its own pages: this fits pages up to 64 KB.
constexpr std::uint64_t kInitrdAlignment = 64 * kKiB;

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

/// RAM of node 0 that KSEG0 reaches: where trees and initial RAM disks go.
std::uint64_t low_ram(std::uint64_t memory) { return std::min(memory, hardware::kIoBegin); }

enum class Window { kUnmapped, kGuest };

/// A kernel linked for the other side of the monitor would fail in ways that nobody can read.
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

Result<Nothing, Error> load_rom(Machine& machine, const Blob& rom) {
  if (rom.bytes.empty()) return Nothing{};
  std::vector<std::byte> whole = rom.bytes;
  whole.resize(std::max<std::size_t>(whole.size(), hardware::kRomBytes));
  return load_rom(machine, rom.name, MachineAddr{hardware::kRomAt}, whole);
}

Result<Nothing, Error> load(Machine& machine, const Blob& file, const Image& image) {
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

/// A tree and where it and the initrd go. The tree names the initrd's place, which depends on
/// nothing but the initrd's size, so two passes settle it.
struct Top {
  Placement at;
  std::vector<std::byte> tree;
};

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
  return Top{*at, std::move(*tree)};
}

void write(Machine& machine, PhysAddr at, std::span<const std::byte> bytes) {
  CHECK(machine.write_memory(MachineAddr{at.bits()}, bytes));
}

void start(Machine& machine, const Image& image, PhysAddr tree) {
  machine.start_cpu(CpuId{0}, image.entry, hardware::kUhi, hardware::kKseg0 + tree.bits());
}

/// One VM's files: checked, placed and described.
struct PlacedVm {
  TreeVm vm;
  std::vector<std::byte> tree;
  SymbolTable symbols;
};

Result<PlacedVm, Error> prepare_vm(const MachineConfig& config, const VmImage& image,
                                   const MonitorParams& params, std::size_t number) {
  const std::string where = "vm " + std::to_string(number);
  if (image.memory < kLeastGuestMemory || image.memory > kMostGuestMemory ||
      image.memory % kPageSize != 0) {
    return refuse(ErrorCode::kConfig, "monitor.vm.memory",
                  std::to_string(image.memory) + " bytes are out of range",
                  "use 2 MB to 256 MB in whole pages of 4 KB");
  }
  if (image.vcpus != kVcpus) {
    return refuse(ErrorCode::kConfig, where,
                  std::to_string(image.vcpus) + " VCPUs are out of range", "use 1");
  }
  const auto kernel = read_image(image.boot.kernel);
  if (!kernel) return Failure{kernel.error()};
  if (const auto ok = check_entry(image.boot.kernel, *kernel, Window::kGuest); !ok) {
    return Failure{ok.error()};
  }
  if (kernel->end().bits() > image.memory) {
    return refuse(ErrorCode::kInput, image.boot.kernel.name,
                  "does not fit into the guest's " + megabytes(image.memory),
                  "give the virtual machine more memory");
  }
  TreeMachine guest;
  guest.cpus_per_node = image.vcpus;
  guest.memory_per_node = image.memory;
  guest.clock_hz = config.clock_hz;
  guest.tlb_entries = params.tlb_entries == 0 ? config.tlb.entries : params.tlb_entries;
  auto top = settle_top(guest, image.boot, kernel->end());
  if (!top) return Failure{top.error()};
  auto symbols = symbols_of(image.boot.kernel);
  if (!symbols) return Failure{symbols.error()};

  PlacedVm placed;
  placed.vm.memory = image.memory;
  placed.vm.vcpus = image.vcpus;
  placed.tree = std::move(top->tree);
  placed.symbols = std::move(*symbols);
  return placed;
}

/// Hands out machine memory for files, page by page upwards.
class FileSpace {
 public:
  FileSpace(Machine& machine) : machine_{machine} {}

  Result<Extent, Error> put(const std::string& name, std::span<const std::byte> bytes) {
    if (bytes.empty()) return Extent{};
    auto at = reserve(name, bytes.size());
    if (at) write(machine_, at->at, bytes);
    return at;
  }
  Result<Extent, Error> reserve(const std::string& name, std::uint64_t size) {
    const Extent extent{next_, size};
    if (extent.end().bits() > low_ram(machine_.config().memory_per_node)) {
      return refuse(ErrorCode::kInput, name,
                    "does not fit: the files of all virtual machines need memory from 16 MB on",
                    "give node 0 more memory");
    }
    next_ = (extent.end() + (kPageSize - 1)).aligned_down(kPageSize);
    return extent;
  }

 private:
  Machine& machine_;
  PhysAddr next_ = kFilesAt;
};

Result<Nothing, Error> put_files(FileSpace& space, const VmImage& image, PlacedVm& placed) {
  const auto kernel = space.put(image.boot.kernel.name, image.boot.kernel.bytes);
  if (!kernel) return Failure{kernel.error()};
  const auto initrd = space.put(image.boot.initrd.name, image.boot.initrd.bytes);
  if (!initrd) return Failure{initrd.error()};
  const auto tree = space.put("guest device tree", placed.tree);
  if (!tree) return Failure{tree.error()};
  placed.vm.kernel = *kernel;
  placed.vm.initrd = *initrd;
  placed.vm.tree = *tree;
  return Nothing{};
}

/// What is no size of a table, told by the name of its key.
Result<Nothing, Error> check_params(const MonitorParams& params) {
  const std::uint32_t tlb = params.tlb_entries, l2 = params.l2tlb_entries;
  if (tlb != 0 && (tlb < kLeastTlbEntries || tlb > disco::VirtualTlb::kMaxEntries)) {
    return refuse(ErrorCode::kConfig, "monitor.tlb.entries",
                  std::to_string(tlb) + " entries are out of range",
                  "use 8 to 512, or 0 for as many as the machine's TLB has");
  }
  if (!disco::L2Tlb::is_valid_size(l2)) {
    return refuse(ErrorCode::kConfig, "monitor.l2tlb.entries",
                  std::to_string(l2) + " is neither 0 nor a power of two from 2 to 1048576",
                  "use such a number");
  }
  return Nothing{};
}

Result<Nothing, Error> check_total(const MachineConfig& config, const std::vector<VmImage>& vms) {
  if (vms.empty()) {
    return refuse(ErrorCode::kConfig, "monitor", "has no virtual machine to run", "give it one");
  }
  std::uint64_t guests = 0;
  for (const VmImage& vm : vms) guests += vm.memory;
  const std::uint64_t total = config.nodes * config.memory_per_node;
  if (guests + kFilesAt.bits() <= total) return Nothing{};
  return refuse(ErrorCode::kConfig, "machine.mem.per_node",
                "the virtual machines have " + megabytes(guests) + ", the machine " +
                    megabytes(total) + ", and the monitor needs 16 MB for itself",
                "give the machine more memory or the virtual machines less");
}

}  // namespace

Result<Booted, Error> boot_native(const MachineConfig& config, const BootImage& image) {
  auto machine = Machine::make(config);
  if (!machine) return Failure{machine.error()};
  const auto kernel = read_image(image.kernel);
  if (!kernel) return Failure{kernel.error()};
  if (const auto ok = check_entry(image.kernel, *kernel, Window::kUnmapped); !ok) {
    return Failure{ok.error()};
  }
  auto symbols = symbols_of(image.kernel);
  if (!symbols) return Failure{symbols.error()};
  const auto top = settle_top(tree_of(config), image, kernel->end());
  if (!top) return Failure{top.error()};
  if (const auto ok = load_rom(**machine, image.rom); !ok) return Failure{ok.error()};
  if (const auto ok = load(**machine, image.kernel, *kernel); !ok) return Failure{ok.error()};

  if (top->at.initrd) write(**machine, top->at.initrd->at, image.initrd.bytes);
  write(**machine, top->at.tree.at, top->tree);
  start(**machine, *kernel, top->at.tree.at);
  return Booted{std::move(*machine), std::move(*symbols), {},
                kernel->entry,       top->at.tree.at,     top->tree.size()};
}

Result<Booted, Error> boot_monitor(const MachineConfig& config, const Blob& monitor,
                                   const std::vector<VmImage>& vms, const MonitorParams& params) {
  auto machine = Machine::make(config);
  if (!machine) return Failure{machine.error()};
  if (const auto ok = check_params(params); !ok) return Failure{ok.error()};
  if (const auto ok = check_total(config, vms); !ok) return Failure{ok.error()};
  const auto image = read_image(monitor);
  if (!image) return Failure{image.error()};
  if (const auto ok = check_entry(monitor, *image, Window::kUnmapped); !ok) {
    return Failure{ok.error()};
  }
  if (image->end() > kFilesAt) {
    return refuse(ErrorCode::kInput, monitor.name, "reaches beyond 16 MB, where its files are put",
                  "link the monitor below 1 MB");
  }
  auto symbols = symbols_of(monitor);
  if (!symbols) return Failure{symbols.error()};
  if (const auto ok = load(**machine, monitor, *image); !ok) return Failure{ok.error()};

  Booted booted;
  TreeMachine tree = tree_of(config);
  tree.chosen.bootargs = params.bootargs;
  tree.monitor = TreeMonitor{params.l2tlb_entries, params.large_pages, {}};
  FileSpace space{**machine};
  for (std::size_t number = 0; number < vms.size(); ++number) {
    auto placed = prepare_vm(config, vms[number], params, number);
    if (!placed) return Failure{placed.error()};
    if (const auto ok = put_files(space, vms[number], *placed); !ok) return Failure{ok.error()};
    tree.monitor->vms.push_back(placed->vm);
    booted.guests.push_back(std::move(placed->symbols));
  }
  const auto bytes = build_tree(tree);
  if (!bytes) return Failure{bytes.error()};
  const auto tree_at = space.put("device tree", *bytes);
  if (!tree_at) return Failure{tree_at.error()};

  start(**machine, *image, tree_at->at);
  booted.machine = std::move(*machine);
  booted.symbols = std::move(*symbols);
  booted.entry = image->entry;
  booted.tree = tree_at->at;
  booted.tree_bytes = tree_at->size;
  return booted;
}

}  // namespace machine
