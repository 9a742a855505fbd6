#include "disco/core/boot/boot.hpp"

#include <algorithm>
#include <new>

#include "disco/core/boot/elf_image.hpp"
#include "disco/core/boot/fdt.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/vm/vm.hpp"
#include "hardware/board/boot_protocol.hpp"

namespace disco {

namespace {

constexpr std::uint64_t kMaxTreeBytes = 1 << 20;
constexpr std::uint64_t kMaxGuestBytes = kIoBegin;
constexpr std::uint64_t kMinGuestBytes = 2 * kMiB;
constexpr unsigned kMaxRanges = 8;

struct Extent {
  MachineAddr at;
  std::uint64_t bytes = 0;
  bool is_empty() const { return bytes == 0; }
  std::uint64_t end() const { return at.bits() + bytes; }
};

/// RAM of node 0. Other nodes have memory too, which this version does not use.
struct Ram {
  Extent ranges[kMaxRanges];
  unsigned count = 0;

  bool contains(const Extent& e) const {
    for (unsigned n = 0; n < count; ++n) {
      const Extent& r = ranges[n];
      if (e.at >= r.at && e.bytes <= r.bytes && e.at - r.at <= r.bytes - e.bytes) return true;
    }
    return false;
  }
  std::uint64_t end() const {
    std::uint64_t highest = 0;
    for (unsigned n = 0; n < count; ++n) highest = std::max(highest, ranges[n].end());
    return highest;
  }
};

/// What /disco/vm@0 asks for.
struct VmRequest {
  std::uint64_t memory_bytes = 0;
  std::uint64_t vcpus = 0;
  Extent kernel, initrd, tree;
};

struct MonitorRequest {
  std::uint64_t l2tlb_entries = 0;
  LargePages large_pages = LargePages::kOff;
  bool fast_miss = true;
  VmRequest vm;
};

/// What of a guest's own tree the monitor must know.
struct GuestFacts {
  std::uint64_t clock_hz = 0;
  std::uint64_t tlb_entries = 64;
  std::uint64_t initrd_at = 0;
  std::uint64_t initrd_end = 0;
};

class Booting {
 public:
  Booting(const BootInfo& info, MachineMemory memory, Hardware& hardware, Counters& counters)
      : info_{info}, memory_{memory}, hardware_{hardware}, counters_{counters} {}

  Booted run();

 private:
  // Each step returns false after fail() has said why.
  bool fail(StopCode code, const char* sentence, const char* detail = "");
  bool read_machine();
  bool read_request();
  bool read_guest_tree();
  bool make_memmap();
  bool make_vm();
  bool load_kernel(Vm& vm, std::uint64_t& entry);
  bool load_files(Vm& vm);
  bool make_vcpu(Vm& vm, Pmap& pmap, std::uint64_t entry);

  std::span<const std::byte> bytes_of(const Extent& e) const { return {memory_.at(e.at), e.bytes}; }
  std::optional<Extent> extent(const Fdt& tree, Fdt::Node node, std::string_view name) const;
  /// First multiple of a page at or above the monitor's image where `bytes` meet no file.
  MachineAddr place_beside_files(std::uint64_t bytes) const;
  std::optional<MachineAddr> take_zeroed(std::uint64_t bytes);
  bool give_memory(Pmap& pmap, VmId id);
  PhysAddr guest_tree_at() const;

  BootInfo info_;
  MachineMemory memory_;
  Hardware& hardware_;
  Counters& counters_;

  Extent tree_;
  Ram ram_;
  MonitorRequest request_;
  GuestFacts guest_;
  Booted booted_;
};

bool Booting::fail(StopCode code, const char* sentence, const char* detail) {
  booted_.why = {code, sentence};
  booted_.detail = detail;
  return false;
}

// ---- reading

bool Booting::read_machine() {
  const auto size = Fdt::size_of({memory_.at(info_.tree), 8});
  if (!size || *size > kMaxTreeBytes)
    return fail(StopCode::kBadMachine, "the boot loader passed no device tree");
  tree_ = {info_.tree, *size};
  const auto tree = Fdt::open(bytes_of(tree_));
  const auto root = tree ? tree->root() : std::nullopt;
  if (!root) return fail(StopCode::kBadMachine, "the machine's device tree is damaged");

  for (auto node = tree->first_child(*root); node; node = tree->next_sibling(*node)) {
    if (!tree->name(*node).starts_with("memory@")) continue;
    for (unsigned n = 0;; n += 2) {
      const auto at = tree->cell64(*node, "reg", n), bytes = tree->cell64(*node, "reg", n + 1);
      if (!at || !bytes) break;
      if (*at >= kNodeBytes || *bytes > kNodeBytes - *at || ram_.count == kMaxRanges) continue;
      ram_.ranges[ram_.count++] = {MachineAddr{*at}, *bytes};
    }
  }
  if (!ram_.contains(tree_))
    return fail(StopCode::kBadMachine, "the device tree describes no memory where it lies itself");
  return true;
}

std::optional<Extent> Booting::extent(const Fdt& tree, Fdt::Node node,
                                      std::string_view name) const {
  const auto at = tree.cell64(node, name, 0), bytes = tree.cell64(node, name, 1);
  if (!at || !bytes) return std::nullopt;
  const Extent e{MachineAddr{*at}, *bytes};
  const bool sound = e.is_empty() || (e.at.is_aligned(kPageSize) && ram_.contains(e));
  return sound ? std::optional{e} : std::nullopt;
}

bool Booting::read_request() {
  const auto tree = Fdt::open(bytes_of(tree_));
  const auto node = tree->find("/disco");
  if (!node) return fail(StopCode::kBadMachine, "the device tree has no /disco node");
  request_.l2tlb_entries = tree->number(*node, "l2tlb-entries").value_or(0);
  if (!L2Tlb::is_valid_size(request_.l2tlb_entries)) {
    return fail(StopCode::kBadMachine,
                "l2tlb-entries is neither 0 nor a power of two from 2 to 1048576");
  }
  if (tree->number(*node, "large-pages").value_or(0) != 0) request_.large_pages = LargePages::kOn;
  if (const auto chosen = tree->find("/chosen")) {
    if (const auto args = tree->property(*chosen, "bootargs")) {
      const std::string_view text{reinterpret_cast<const char*>(args->data()), args->size()};
      if (text.find("no-fast-miss") != std::string_view::npos) request_.fast_miss = false;
    }
  }
  const auto vm = tree->find("/disco/vm@0");
  if (!vm) return fail(StopCode::kBadMachine, "the device tree has no /disco/vm@0");
  if (tree->next_sibling(*vm))
    return fail(StopCode::kBadMachine, "only one virtual machine is supported");
  VmRequest& r = request_.vm;
  r.memory_bytes = tree->number(*vm, "memory-size").value_or(0);
  r.vcpus = tree->number(*vm, "vcpus").value_or(1);
  if (r.vcpus != 1) return fail(StopCode::kBadMachine, "only one VCPU is supported");
  if (r.memory_bytes < kMinGuestBytes || r.memory_bytes > kMaxGuestBytes ||
      r.memory_bytes % kPageSize != 0) {
    return fail(StopCode::kBadMachine,
                "memory-size of the guest is not whole pages from 2 MB to 448 MB");
  }
  const auto kernel = extent(*tree, *vm, "kernel"), dtb = extent(*tree, *vm, "dtb");
  if (!kernel || kernel->is_empty())
    return fail(StopCode::kBadMachine, "vm@0 names no kernel in memory");
  if (!dtb || dtb->is_empty())
    return fail(StopCode::kBadMachine, "vm@0 names no device tree in memory");
  if (tree->property(*vm, "initrd")) {
    const auto initrd = extent(*tree, *vm, "initrd");
    if (!initrd) return fail(StopCode::kBadMachine, "the initrd of vm@0 is not in memory");
    r.initrd = *initrd;
  }
  r.kernel = *kernel;
  r.tree = *dtb;
  return true;
}

bool Booting::read_guest_tree() {
  const auto tree = Fdt::open(bytes_of(request_.vm.tree));
  if (!tree) return fail(StopCode::kBadImage, "the guest's device tree is damaged");
  if (const auto cpu = tree->find("/cpus/cpu@0")) {
    guest_.clock_hz = tree->number(*cpu, "clock-frequency").value_or(0);
    guest_.tlb_entries = tree->number(*cpu, "disco,tlb-entries").value_or(guest_.tlb_entries);
  }
  if (guest_.tlb_entries < 8 || guest_.tlb_entries > VirtualTlb::kMaxEntries) {
    return fail(StopCode::kBadImage, "disco,tlb-entries of the guest is not between 8 and 512");
  }
  if (const auto chosen = tree->find("/chosen")) {
    guest_.initrd_at = tree->number(*chosen, "linux,initrd-start").value_or(0);
    guest_.initrd_end = tree->number(*chosen, "linux,initrd-end").value_or(0);
  }
  const std::uint64_t bytes = guest_.initrd_end - guest_.initrd_at;
  if (!request_.vm.initrd.is_empty() &&
      (guest_.initrd_at % kPageSize != 0 || bytes != request_.vm.initrd.bytes)) {
    return fail(StopCode::kBadImage,
                "the guest's device tree places another initrd than it was given");
  }
  return true;
}

// ---- memory

MachineAddr Booting::place_beside_files(std::uint64_t bytes) const {
  const Extent files[] = {tree_, request_.vm.kernel, request_.vm.initrd, request_.vm.tree};
  std::uint64_t at = (info_.image_end.bits() + kPageSize - 1) & ~(kPageSize - 1);
  for (unsigned round = 0; round < std::size(files); ++round) {
    for (const Extent& f : files) {
      if (!f.is_empty() && at < f.end() && f.at.bits() < at + bytes)
        at = (f.end() + kPageSize - 1) & ~(kPageSize - 1);
    }
  }
  return MachineAddr{at};
}

bool Booting::make_memmap() {
  const std::uint64_t pages = ram_.end() / kPageSize;
  const std::uint64_t table_bytes = pages * sizeof(PageInfo) + kPageSize;  // and the Memmap itself
  const Extent table{place_beside_files(table_bytes), table_bytes};
  if (!ram_.contains(table))
    return fail(StopCode::kBadMachine, "there is too little memory for the monitor's tables");
  memory_.zero(table.at, table.bytes);
  auto* infos = memory_.object<PageInfo>(table.at + kPageSize);
  booted_.memmap = new (memory_.at(table.at)) Memmap{{infos, pages}, MachineAddr{0}};
  Memmap& map = *booted_.memmap;
  for (unsigned n = 0; n < ram_.count; ++n)
    map.mark(ram_.ranges[n].at, ram_.ranges[n].bytes, PageState::kFree);
  map.mark(MachineAddr{0}, info_.image_end.bits(), PageState::kMonitor);
  map.mark(table.at, table.bytes, PageState::kMonitor);
  for (const Extent& f : {tree_, request_.vm.kernel, request_.vm.initrd, request_.vm.tree}) {
    map.mark(f.at, f.bytes, PageState::kImage);
  }
  return true;
}

std::optional<MachineAddr> Booting::take_zeroed(std::uint64_t bytes) {
  const auto at = booted_.memmap->take_for_monitor((bytes + kPageSize - 1) / kPageSize);
  if (at) memory_.zero(*at, bytes);
  return at;
}

bool Booting::give_memory(Pmap& pmap, VmId id) {
  // With large pages on, the largest pieces that guest and machine alignment allow.
  const unsigned largest = request_.large_pages == LargePages::kOn ? kPageSizes - 1 : 0;
  for (std::uint64_t page = 0; page < pmap.pages();) {
    std::optional<PageRun> run;
    const std::uint64_t left = pmap.pages() - page;
    for (unsigned n = largest + 1; n-- > 0 && !run;) {
      const std::uint64_t align = page_bytes_of(n), piece = align / kPageSize;
      if (n > 0 && (page % piece != 0 || left < piece)) continue;
      run = booted_.memmap->take_for_guest(id, static_cast<std::uint32_t>(page),
                                           n > 0 ? piece : left, align);
    }
    if (!run)
      return fail(StopCode::kBadMachine, "the machine has too little memory for the guest's",
                  "give it more or its guest less");
    memory_.zero(run->at, run->pages * kPageSize);
    for (std::uint64_t n = 0; n < run->pages; ++n) {
      pmap.set_page(page + n, run->at + n * kPageSize, PageRights::kReadWrite);
    }
    page += run->pages;
  }
  return true;
}

// ---- the VM

PhysAddr Booting::guest_tree_at() const {
  const std::uint64_t top =
      request_.vm.initrd.is_empty() ? request_.vm.memory_bytes : guest_.initrd_at;
  return PhysAddr{top - std::min(top, request_.vm.tree.bytes)}.aligned_down(kPageSize);
}

bool Booting::load_kernel(Vm& vm, std::uint64_t& entry) {
  const char* why = "";
  const auto image = ElfImage::parse(bytes_of(request_.vm.kernel), why);
  if (!image) return fail(StopCode::kBadImage, "the guest's kernel cannot be loaded", why);
  for (const ElfSegment& s : image->segments()) {
    if (!vm.is_ram_range(s.at, s.memory_bytes)) {
      return fail(StopCode::kBadImage, "the guest's kernel cannot be loaded",
                  "a segment lies outside the guest's memory");
    }
  }
  // The memory was zeroed when it was given; only the files' bytes are left to do.
  for (const ElfSegment& s : image->segments()) vm.copy_in(s.at, s.bytes);
  entry = image->entry();
  return true;
}

bool Booting::load_files(Vm& vm) {
  const PhysAddr tree_at = guest_tree_at();
  const bool reachable = tree_at.bits() < kCssegWindowBytes;
  if (!reachable || !vm.copy_in(tree_at, bytes_of(request_.vm.tree))) {
    return fail(StopCode::kBadImage, "there is no room for the guest's device tree");
  }
  if (!request_.vm.initrd.is_empty() &&
      !vm.copy_in(PhysAddr{guest_.initrd_at}, bytes_of(request_.vm.initrd))) {
    return fail(StopCode::kBadImage, "the initrd does not fit into the guest's memory");
  }
  return true;
}

bool Booting::make_vcpu(Vm& vm, Pmap& pmap, std::uint64_t entry) {
  const auto at = take_zeroed(sizeof(Vcpu));
  const auto l2_at =
      take_zeroed(std::max<std::uint64_t>(1, request_.l2tlb_entries) * sizeof(L2Tlb::Entry));
  if (!at || !l2_at)
    return fail(StopCode::kBadMachine,
                "the machine has too little memory for the VCPU and its L2TLB",
                "give it more, its guest less, or the L2TLB fewer entries");
  auto* l2 = memory_.object<L2Tlb::Entry>(*l2_at);
  for (std::uint64_t n = 0; n < request_.l2tlb_entries; ++n) new (l2 + n) L2Tlb::Entry{};

  const GuestTlb::Setup setup{.entries = static_cast<unsigned>(guest_.tlb_entries),
                              .l2_storage = {l2, request_.l2tlb_entries},
                              .large_pages = request_.large_pages,
                              .seed = 1};
  auto* vcpu = new (memory_.at(*at)) Vcpu{vm, hardware_, counters_, setup, pmap};
  vcpu->context.pc = entry;
  vcpu->context.gpr[kUhiRegister] = kUhi;
  vcpu->context.gpr[kTreeRegister] = kCssegWindow + guest_tree_at().bits();
  vcpu->cp0[cp0::kPrId] = info_.prid;
  vcpu->cp0[cp0::kConfig] = (info_.config & ~kConfigK0) | cache_algorithm::kNoncoherent;
  vcpu->fast_miss_enabled = request_.fast_miss;
  vcpu->publish_miss_view();
  vcpu->refresh();
  booted_.vcpu = vcpu;
  return true;
}

bool Booting::make_vm() {
  const std::uint64_t pages = request_.vm.memory_bytes / kPageSize;
  const auto tables = take_zeroed(Pmap::storage_bytes(pages));
  const auto vm_at = take_zeroed(sizeof(Vm));
  if (!tables || !vm_at)
    return fail(StopCode::kBadMachine, "the machine has too little memory for the guest's pmap",
                "give it more or its guest less");
  const VmId id{0};
  Pmap pmap{{memory_.at(*tables), Pmap::storage_bytes(pages)}, pages};
  if (!give_memory(pmap, id)) return false;
  const VirtualDevices::Facts facts{
      .vcpus = 1, .memory_bytes = request_.vm.memory_bytes, .clock_hz = guest_.clock_hz};
  auto* vm = new (memory_.at(*vm_at)) Vm{id, memory_, pmap, facts, hardware_};
  std::uint64_t entry = 0;
  return load_kernel(*vm, entry) && load_files(*vm) && make_vcpu(*vm, vm->pmap(), entry);
}

Booted Booting::run() {
  PHASE_MARK(boot);
  const bool ready =
      read_machine() && read_request() && read_guest_tree() && make_memmap() && make_vm();
  if (!ready) booted_.vcpu = nullptr;
  return booted_;
}

}  // namespace

Booted boot(const BootInfo& info, MachineMemory memory, Hardware& hardware, Counters& counters) {
  return Booting{info, memory, hardware, counters}.run();
}

}  // namespace disco
