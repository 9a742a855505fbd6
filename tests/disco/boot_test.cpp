// From device trees and files to a VM: what the boot loader prepares is understood, what is damaged
// is refused, and nothing that is read can do harm.
#include <random>
#include <set>

#include "disco/core/boot/fdt.hpp"
#include "disco/core/boot/machine_tree.hpp"
#include "disco/core/life/elf_image.hpp"
#include "disco/core/life/report.hpp"
#include "disco/core/vm/vm.hpp"
#include "disco/host/trial_boot.hpp"
#include "machine/boot/device_tree.hpp"
#include "tests/disco/fake_hardware.hpp"
#include "tests/machine/machine_program.hpp"

namespace disco::test {

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint64_t kGuestBytes = 8 * kMiB;
constexpr std::uint64_t kImageEnd = 0x13000, kFiles = 16 * kMiB;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t n = 0; n < size; ++n) bytes[n] = static_cast<std::byte>(n * 7 + 1);
  return bytes;
}

/// A machine's memory as the boot loader leaves it.
struct Loaded {
  std::uint64_t machine_bytes = 64 * kMiB;
  std::uint64_t l2tlb = 0;
  bool large_pages = false;
  std::uint64_t guest_bytes = kGuestBytes;
  Bytes initrd = pattern(10'000);
  machine::test::ElfMaker elf;
  std::uint64_t vcpus = 1;
  std::size_t vms = 1;

  Bytes memory;
  Bytes kernel, guest_tree, tree;
  machine::Extent kernel_at, initrd_at, guest_tree_at;
  MachineAddr tree_at;
  FakeHardware hardware;
  Counters counters;

  Loaded() {
    elf.entry = 0xffffffffc0100000;
    elf.add(0xffffffffc0100000, {0x11111111, 0x22222222});
    elf.add(0xffffffffc0103ffc, {0x33333333, 0x44444444});  // across a page
  }

  void make() {
    memory.assign(machine_bytes, std::byte{0});
    kernel = elf.make();
    const std::uint64_t initrd_pa = (guest_bytes - initrd.size()) & ~(kPageSize - 1);
    machine::TreeMachine guest;
    guest.memory_per_node = guest_bytes;
    guest.clock_hz = 400'000'000;
    guest.tlb_entries = 48;
    guest.chosen.bootargs = "init=/bin/hello";
    if (!initrd.empty()) guest.chosen.initrd = machine::Extent{PhysAddr{initrd_pa}, initrd.size()};
    guest_tree = *machine::build_tree(guest);

    std::uint64_t at = kFiles;
    const auto place = [&](const Bytes& file) {
      const machine::Extent extent{PhysAddr{file.empty() ? 0 : at}, file.size()};
      std::copy(file.begin(), file.end(), memory.begin() + static_cast<std::ptrdiff_t>(at));
      at = (at + file.size() + kPageSize - 1) & ~(kPageSize - 1);
      return extent;
    };
    kernel_at = place(kernel);
    initrd_at = place(initrd);
    guest_tree_at = place(guest_tree);
    machine::TreeMachine machine;
    machine.memory_per_node = machine_bytes;
    machine.clock_hz = 400'000'000;
    machine.monitor = machine::TreeMonitor{static_cast<std::uint32_t>(l2tlb), large_pages, {}};
    for (std::size_t n = 0; n < vms; ++n) {
      machine.monitor->vms.push_back(
          {guest_bytes, static_cast<std::uint32_t>(vcpus), kernel_at, initrd_at, guest_tree_at});
    }
    tree = *machine::build_tree(machine);
    tree_at = MachineAddr{place(tree).at.bits()};
  }
  /// Whether the monitor boots and starts the VM.
  bool boot() {
    const BootInfo info{.tree = tree_at,
                        .image_end = MachineAddr{kImageEnd},
                        .alias_bytes = kImageEnd,
                        .prid = 0x927,
                        .config = 0x6e49};
    booted.emplace(info, MachineMemory{memory.data()}, hardware);
    return booted->start_all();
  }
  bool make_and_boot() {
    make();
    return boot();
  }
  /// Whether the tree, if it is one, names no more memory than there is.
  bool describes_its_memory() const {
    const auto machine_tree = Fdt::open({memory.data() + tree_at.bits(), tree.size()});
    MachineTree machine;
    if (!machine_tree || read_machine_tree(*machine_tree, machine) != nullptr) return true;
    return machine.nodes == 1 && machine.ram[0].end() <= machine_bytes;
  }
  Vcpu& vcpu() { return *booted->monitor()->slots[0].vcpu; }

  static std::byte guest_byte(const Vcpu& vcpu, std::uint64_t pa) {
    return *vcpu.vm.memory().at(*vcpu.vm.resolve(PhysAddr{pa}, Access::kRead));
  }
  std::optional<TrialBoot> booted;
};

void expect_refused(Loaded& loaded, StopCode code) {
  REQUIRE_FALSE(loaded.boot());
  const TrialBoot& booted = *loaded.booted;
  CHECK(booted.why().code == code);
  // A VM that cannot start has said so already.
  if (booted.monitor() == nullptr)
    report_failed_boot(loaded.hardware, booted.why(), booted.detail());
  CHECK(loaded.hardware.console.find("cannot start: ") != std::string::npos);
  CHECK(loaded.hardware.console.starts_with("disco: "));
  CHECK(loaded.hardware.console.ends_with("\n"));
}

}  // namespace

TEST_CASE("Boot: the guest finds its kernel, its initrd and its tree where it expects them",
          "[disco][boot]") {
  Loaded l;
  l.l2tlb = 256;
  REQUIRE(l.make_and_boot());
  const Vcpu& vcpu = l.vcpu();
  CHECK(vcpu.context.pc == 0xffffffffc0100000);
  CHECK(vcpu.context.gpr[4] == ~std::uint64_t{1});
  CHECK(vcpu.tlb.entries() == 48);
  CHECK(vcpu.tlb.l2tlb().size() == 256);
  CHECK(vcpu.cp0[cp0::kPrId] == 0x927);
  CHECK(vcpu.cp0[cp0::kStatus] == 0);

  CHECK(Loaded::guest_byte(vcpu, 0x100000) == std::byte{0x11});
  CHECK(Loaded::guest_byte(vcpu, 0x104003) == std::byte{0x44});
  const std::uint64_t initrd_pa = (kGuestBytes - l.initrd.size()) & ~(kPageSize - 1);
  for (std::size_t n = 0; n < l.initrd.size(); n += 997)
    CHECK(Loaded::guest_byte(vcpu, initrd_pa + n) == l.initrd[n]);
  const std::uint64_t tree_pa = vcpu.context.gpr[5] - kCssegWindow;
  CHECK(tree_pa == ((initrd_pa - l.guest_tree.size()) & ~(kPageSize - 1)));
  for (std::size_t n = 0; n < l.guest_tree.size(); n += 97)
    CHECK(Loaded::guest_byte(vcpu, tree_pa + n) == l.guest_tree[n]);
}

TEST_CASE("Boot: without an initrd the tree is at the top of memory", "[disco][boot]") {
  Loaded l;
  l.initrd.clear();
  REQUIRE(l.make_and_boot());
  CHECK(l.vcpu().context.gpr[5] - kCssegWindow ==
        ((kGuestBytes - l.guest_tree.size()) & ~(kPageSize - 1)));
}

TEST_CASE("Boot: guest memory is pages of its own, zeroed, and in nobody else's use",
          "[disco][boot]") {
  Loaded l;
  l.large_pages = GENERATE(false, true);
  l.make();
  std::fill(l.memory.begin() + 0x20000, l.memory.begin() + kFiles, std::byte{0xee});
  REQUIRE(l.boot());
  Vm& vm = l.vcpu().vm;
  std::set<std::uint64_t> seen;
  for (std::uint64_t page = 0; page < kGuestBytes / kPageSize; ++page) {
    const auto machine = vm.resolve(PhysAddr{page * kPageSize}, Access::kRead);
    REQUIRE(machine);
    CHECK(seen.insert(machine->bits()).second);
    CHECK(machine->bits() >= kImageEnd);
    const PageInfo info = vm.monitor().memmap.node_of(*machine).info(*machine);
    CHECK(info.state == PageState::kGuest);
    CHECK(info.guest_page == page);
    for (const machine::Extent& file : {l.kernel_at, l.initrd_at, l.guest_tree_at}) {
      const bool apart =
          machine->bits() + kPageSize <= file.at.bits() || machine->bits() >= file.end().bits();
      CHECK(apart);
    }
  }
  for (std::uint64_t pa = 0; pa < 0x100000; pa += 64)
    REQUIRE(Loaded::guest_byte(l.vcpu(), pa) == std::byte{0});
  if (l.large_pages) CHECK(vm.pmap().is_contiguous(PhysAddr{4 * kMiB}, 4 * kMiB));
}

TEST_CASE("Boot: what cannot be run is refused with a sentence", "[disco][boot]") {
  Loaded l;
  SECTION("two VCPUs") { l.vcpus = 2; }
  SECTION("more memory than the machine has") { l.guest_bytes = 64 * kMiB; }
  SECTION("an L2TLB of a size that does not exist") { l.l2tlb = 100; }
  SECTION("more memory than the guest's window shows") {
    l.guest_bytes = kMostGuestMemory + kPageSize;
    l.machine_bytes = kMostGuestMemory + 32 * kMiB;
  }
  SECTION("no room beside a 32 MB L2TLB") {
    l.l2tlb = 1 << 20;
    l.guest_bytes = 40 * kMiB;
  }
  l.make();
  expect_refused(l, StopCode::kBadMachine);
}

TEST_CASE("Boot: a guest image that does not fit or is none is refused", "[disco][boot]") {
  Loaded l;
  SECTION("a segment beyond the guest's memory") {
    l.elf.add(0xffffffffc0000000 + kGuestBytes - 4, {1, 2});
  }
  SECTION("for another machine") { l.elf.machine = 62; }
  SECTION("not an executable") { l.elf.type = 1; }
  SECTION("nothing to load") { l.elf.parts.clear(); }
  l.make();
  expect_refused(l, StopCode::kBadImage);
}

TEST_CASE("Boot: no tree at all", "[disco][boot]") {
  Loaded l;
  l.make();
  l.tree_at = MachineAddr{kFiles + 0x800000};
  expect_refused(l, StopCode::kBadMachine);
}

TEST_CASE("Elf: load addresses are masked by segment", "[disco][elf]") {
  CHECK(load_address(0xffffffffc0100000).bits() == 0x100000);
  CHECK(load_address(0xffffffffdfffffff).bits() == 0xfffffff);
  CHECK(load_address(0xffffffff80100000).bits() == 0x100000);
  CHECK(load_address(0xffffffffbc000000).bits() == 0x1c000000);
  CHECK(load_address(0xa800000012345678).bits() == 0x12345678);
  CHECK(load_address(0x4000000112345678).bits() == 0x112345678);
  CHECK(load_address(0x100000).bits() == 0x100000);
}

TEST_CASE("Elf: both classes say the same", "[disco][elf]") {
  machine::test::ElfMaker maker;
  maker.is_64 = GENERATE(false, true);
  maker.entry = 0xffffffffc0100000;
  maker.add(0xffffffffc0100000, {1, 2, 3});
  maker.parts.back().memory_bytes = 4096;
  const Bytes file = maker.make();
  const char* why = "";
  const auto image = ElfImage::parse(file, why);
  REQUIRE(image);
  CHECK(image->entry() == 0xffffffffc0100000);
  REQUIRE(image->segments().size() == 1);
  CHECK(image->segments()[0].at.bits() == 0x100000);
  CHECK(image->segments()[0].bytes.size() == 12);
  CHECK(image->segments()[0].memory_bytes == 4096);
}

TEST_CASE("Elf: program headers of a size that the format does not know are refused",
          "[disco][elf]") {
  machine::test::ElfMaker maker;
  maker.is_64 = GENERATE(false, true);
  maker.add(0xffffffffc0100000, {1, 2, 3, 4});
  maker.add(0xffffffffc0200000, {5, 6});
  Bytes file = maker.make();
  const std::size_t size_at = maker.is_64 ? 54 : 42;
  ++reinterpret_cast<unsigned char&>(file[size_at + 1]);
  const char* why = "";
  CHECK_FALSE(ElfImage::parse(file, why));
  CHECK(std::string_view{why} == "its program headers have another size than the format's");
}

TEST_CASE("Elf: mutated files are refused or harmless", "[disco][fuzz]") {
  const auto seed = GENERATE(1u, 2u);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  machine::test::ElfMaker maker;
  maker.is_64 = seed == 1;
  maker.add(0xffffffffc0100000, {1, 2, 3, 4});
  maker.add(0xffffffffc0200000, {5, 6});
  const Bytes good = maker.make();
  unsigned accepted = 0;
  for (int n = 0; n < 50'000; ++n) {
    Bytes file = good;
    for (std::uint64_t hits = 1 + random() % 4; hits > 0; --hits) {
      const std::size_t at = random() % 4 == 0 ? random() % file.size() : random() % 160;
      file[at] = static_cast<std::byte>(random());
    }
    if (random() % 8 == 0) file.resize(random() % (file.size() + 1));
    file.shrink_to_fit();
    const char* why = nullptr;
    const auto image = ElfImage::parse(file, why);
    if (!image) {
      REQUIRE(why != nullptr);
      continue;
    }
    ++accepted;
    for (const ElfSegment& s : image->segments()) {
      REQUIRE(s.bytes.size() <= s.memory_bytes);
      REQUIRE((s.bytes.empty() || (s.bytes.data() >= file.data() &&
                                   s.bytes.data() + s.bytes.size() <= file.data() + file.size())));
    }
  }
  CHECK(accepted > 100);
}

TEST_CASE("Fdt: finds nodes and properties of a real tree", "[disco][fdt]") {
  Loaded l;
  l.make();
  const auto tree = Fdt::open(l.tree);
  REQUIRE(tree);
  REQUIRE(tree->find("/"));
  const auto vm = tree->find("/disco/vm@0");
  REQUIRE(vm);
  CHECK(tree->name(*vm) == "vm@0");
  CHECK(tree->find("/disco/vm")->at == vm->at);
  CHECK_FALSE(tree->find("/disco/vm@1"));
  CHECK_FALSE(tree->find("/nowhere"));
  CHECK(tree->number(*vm, "memory-size") == kGuestBytes);
  CHECK(tree->cell64(*vm, "kernel", 1) == l.kernel.size());
  CHECK_FALSE(tree->cell64(*vm, "kernel", 2));
  CHECK_FALSE(tree->number(*vm, "missing"));
  CHECK(tree->number(*tree->find("/cpus/cpu@0"), "disco,tlb-entries") == 64);
}

namespace {

/// Everything the reader offers, on every node.
unsigned visit_all(const Fdt& tree, Fdt::Node node, unsigned depth) {
  unsigned nodes = 1;
  REQUIRE(tree.name(node).size() < 0x10000);
  for (const char* name : {"reg", "compatible", "bootargs", "memory-size", ""}) {
    (void)tree.property(node, name);
    (void)tree.number(node, name);
    (void)tree.cell64(node, name, 1);
  }
  if (depth > 12) return nodes;
  unsigned siblings = 0;
  for (auto child = tree.first_child(node); child && siblings < 40;
       child = tree.next_sibling(*child), ++siblings) {
    nodes += visit_all(tree, *child, depth + 1);
  }
  return nodes;
}

}  // namespace

TEST_CASE("Fdt: in trees of version 16 the sizes of blocks do not count, older ones are refused",
          "[disco][fdt]") {
  constexpr std::size_t kVersionAt = 20, kStringsSizeAt = 32, kStructureSizeAt = 36;
  Loaded l;
  l.make();
  Bytes file = l.tree;
  file[kStructureSizeAt] = std::byte{0x40};
  file[kStringsSizeAt + 2] = file[kStringsSizeAt + 3] = std::byte{0};
  CHECK_FALSE(Fdt::open(file));
  file[kVersionAt + 3] = std::byte{16};
  const auto tree = Fdt::open(file);
  REQUIRE(tree);
  CHECK(tree->find("/disco/vm@0"));
  file[kVersionAt + 3] = std::byte{15};
  CHECK_FALSE(Fdt::open(file));
}

TEST_CASE("Fdt: mutated trees are refused or harmless", "[disco][fuzz]") {
  const auto seed = GENERATE(1u, 2u);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  Loaded l;
  l.make();
  unsigned opened = 0;
  for (int n = 0; n < 50'000; ++n) {
    Bytes file = l.tree;
    for (std::uint64_t hits = 1 + random() % 6; hits > 0; --hits) {
      const std::size_t at = random() % 6 == 0 ? random() % 40 : random() % file.size();
      file[at] = static_cast<std::byte>(random() % 3 == 0 ? random() % 10 : random());
    }
    if (random() % 8 == 0) file.resize(random() % (file.size() + 1));
    file.shrink_to_fit();
    const auto tree = Fdt::open(file);
    if (!tree) continue;
    ++opened;
    if (const auto root = tree->root()) visit_all(*tree, *root, 0);
    (void)tree->find("/disco/vm@0/kernel");
  }
  CHECK(opened > 5000);
}

TEST_CASE("Boot: mutated trees and kernels never boot into memory that is not the guest's",
          "[disco][fuzz]") {
  const unsigned seed = 3;
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  unsigned booted_count = 0;
  Loaded damaged;
  damaged.guest_bytes = 2 * kMiB;
  damaged.machine_bytes = 17 * kMiB;
  for (int n = 0; n < 300; ++n) {
    damaged.make();
    const auto harm = [&](std::uint64_t at, std::size_t size) {
      damaged.memory[at + random() % size] = static_cast<std::byte>(random());
    };
    for (int hits = 0; hits < 3; ++hits) {
      switch (random() % 3) {
        case 0: harm(damaged.tree_at.bits(), damaged.tree.size()); break;
        case 1: harm(damaged.guest_tree_at.at.bits(), damaged.guest_tree.size()); break;
        default:
          harm(damaged.kernel_at.at.bits(), std::min<std::size_t>(damaged.kernel.size(), 200));
          break;
      }
    }
    if (!damaged.describes_its_memory()) continue;
    if (!damaged.boot()) {
      REQUIRE(*damaged.booted->why().sentence != '\0');
      continue;
    }
    ++booted_count;
    // The files are as they were: nothing was written over them.
    for (std::size_t k = 300; k < damaged.kernel.size(); ++k) {
      REQUIRE(damaged.memory[damaged.kernel_at.at.bits() + k] == damaged.kernel[k]);
    }
  }
  CHECK(booted_count > 20);
}

}  // namespace disco::test
