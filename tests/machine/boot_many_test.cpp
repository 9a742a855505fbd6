// What the loader makes of many virtual machines: numbers, names and times in the tree, equal files
// once, files on other nodes, and what is refused because it cannot be.
#include "tests/support/catch.hpp"

#include "machine/boot/boot.hpp"

#include <libfdt.h>

#include <set>

#include "machine/boot/file_space.hpp"
#include "tests/machine/machine_program.hpp"

using namespace machine;
using namespace machine::test;

namespace {

using Bytes = std::vector<std::byte>;

Blob elf(const char* name, std::uint64_t at, const std::vector<std::uint32_t>& words) {
  ElfMaker maker;
  maker.entry = at;
  maker.add(at, words);
  return {name, maker.make()};
}

Blob monitor() { return elf("disco.elf", 0xffffffff80000400, power_off(3)); }

VmImage vm_of(const char* name, std::uint64_t memory = 2 * kMiB) {
  VmImage vm;
  vm.name = name;
  vm.boot.kernel = elf("guest.elf", 0xffffffffc0100000, {1, 2, 3});
  vm.boot.initrd = {"guest.cpio", Bytes(5000, std::byte{0x5a})};
  vm.memory = memory;
  return vm;
}

MachineConfig machine_of(std::uint32_t nodes, std::uint64_t memory_per_node,
                         std::uint32_t cpus_per_node = 1) {
  MachineConfig config;
  config.nodes = nodes;
  config.cpus_per_node = cpus_per_node;
  config.memory_per_node = memory_per_node;
  return config;
}

/// The tree that the monitor finds.
class Tree {
 public:
  explicit Tree(const Booted& booted) : bytes_(booted.tree_bytes) {
    REQUIRE(booted.machine->read_memory(MachineAddr{booted.tree.bits()}, bytes_));
    REQUIRE(fdt_check_full(bytes_.data(), bytes_.size()) == 0);
  }
  /// A property's cells in pairs or, if it has an odd number of them, one by one; none: absent.
  std::vector<std::uint64_t> numbers(const std::string& node, const char* name) const {
    const int at = fdt_path_offset(bytes_.data(), node.c_str());
    INFO(node);
    REQUIRE(at >= 0);
    int length = 0;
    const void* const value = fdt_getprop(bytes_.data(), at, name, &length);
    std::vector<std::uint64_t> values;
    const auto* const cells = static_cast<const fdt32_t*>(value);
    for (int i = 0; i < length / 4; ++i) {
      const std::uint32_t cell = fdt32_ld(cells + i);
      if (length % 8 != 0 || i % 2 == 0)
        values.push_back(cell);
      else
        values.back() = values.back() << 32 | cell;
    }
    return values;
  }
  bool has(const std::string& node) const {
    return fdt_path_offset(bytes_.data(), node.c_str()) >= 0;
  }

 private:
  Bytes bytes_;
};

using Numbers = std::vector<std::uint64_t>;

Booted need(Result<Booted, Error> booted) {
  if (!booted) FAIL(booted.error().message());
  return std::move(*booted);
}

std::string refusal(const MachineConfig& config, const std::vector<VmImage>& vms,
                    const MonitorParams& params = {}) {
  const auto booted = boot_monitor(config, monitor(), vms, params);
  REQUIRE_FALSE(booted);
  CHECK_FALSE(booted.error().remedy.empty());
  return booted.error().message();
}

}  // namespace

TEST_CASE("Boot: virtual machines of a kind are numbered, named and started one after another",
          "[config]") {
  VmImage web = vm_of("web");
  web.count = 3;
  web.start = 1'000'000'000;
  web.every = 5'000'000;
  web.stop = 9'000'000'000;
  VmImage batch = vm_of("batch", 4 * kMiB);
  batch.cpus = {0, 2, 3};
  batch.restarts = 7;
  batch.placement = VmPlacement::kFixed;
  batch.node = 1;
  MonitorParams params;
  params.device_cpu = 1;
  params.slice = 2'000'000;
  const Booted booted =
      need(boot_monitor(machine_of(2, 64 * kMiB, 2), monitor(), {web, batch}, params));
  REQUIRE(booted.vms.size() == 4);
  const char* const names[] = {"web.0", "web.1", "web.2", "batch"};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(booted.vms[i].name == names[i]);
    CHECK(booted.vms[i].kind == (i < 3 ? 0u : 1u));
  }
  const Tree tree{booted};
  CHECK(tree.numbers("/disco", "slice") == Numbers{2'000'000});
  CHECK(tree.numbers("/disco", "device-cpu") == Numbers{1});
  CHECK(tree.numbers("/disco/vm@0", "start") == Numbers{1'000'000'000});
  CHECK(tree.numbers("/disco/vm@2", "start") == Numbers{1'010'000'000});
  CHECK(tree.numbers("/disco/vm@2", "stop") == Numbers{9'010'000'000});
  CHECK(tree.numbers("/disco/vm@2", "restarts").empty());
  CHECK(tree.numbers("/disco/vm@3", "memory-size") == Numbers{4 * kMiB});
  CHECK(tree.numbers("/disco/vm@3", "cpus") == Numbers{0, 2, 3});
  CHECK(tree.numbers("/disco/vm@3", "start").empty());
  CHECK(tree.numbers("/disco/vm@3", "restarts") == Numbers{7});
  CHECK(tree.numbers("/disco/vm@3", "placement") == Numbers{2});
  CHECK(tree.numbers("/disco/vm@3", "node") == Numbers{1});
  CHECK_FALSE(tree.has("/disco/vm@4"));
}

TEST_CASE("Boot: equal files are in memory once, however many virtual machines have them",
          "[config]") {
  VmImage many = vm_of("many");
  many.count = 1000;
  many.every = 1'000'000;
  VmImage other = vm_of("other", 8 * kMiB);  // another tree, the same kernel and RAM disk
  VmImage own = vm_of("own");
  own.boot.initrd.bytes[4999] = std::byte{1};
  const Booted booted =
      need(boot_monitor(machine_of(1, 64 * kMiB), monitor(), {many, other, own}, {}));
  const Tree tree{booted};
  std::set<Numbers> kernels, disks, trees;
  for (std::uint32_t n = 0; n < booted.vms.size(); ++n) {
    char node[32];
    std::snprintf(node, sizeof node, "/disco/vm@%x", n);
    kernels.insert(tree.numbers(node, "kernel"));
    disks.insert(tree.numbers(node, "initrd"));
    trees.insert(tree.numbers(node, "dtb"));
  }
  CHECK(kernels.size() == 1);
  CHECK(disks.size() == 2);
  CHECK(trees.size() == 2);
  CHECK(booted.files.size() == 6);  // and the machine's tree
}

TEST_CASE("Boot: what node 0 has no room for lies on other nodes, and nothing overlaps",
          "[config]") {
  std::vector<VmImage> vms;
  for (unsigned i = 0; i < 5; ++i) {
    vms.push_back(vm_of(("vm" + std::to_string(i)).c_str(), 32 * kMiB));
    vms.back().boot.initrd.bytes.assign(10 * kMiB, std::byte(i));
    vms.back().every = 1;
    vms.back().start = i;  // not all at once
  }
  const MachineConfig config = machine_of(3, 40 * kMiB);
  const Booted booted = need(boot_monitor(config, monitor(), vms, {}));
  const Tree tree{booted};
  std::vector<Extent> files = booted.files;
  std::sort(files.begin(), files.end(),
            [](const Extent& a, const Extent& b) { return a.at < b.at; });
  for (std::size_t i = 0; i < files.size(); ++i) {
    CHECK(files[i].at.bits() % kPageSize == 0);
    CHECK((files[i].at.bits() & 0xffffffff) >= 16 * kMiB);
    CHECK((files[i].end().bits() & 0xffffffff) <= 40 * kMiB);
    if (i > 0) CHECK(files[i - 1].end() <= files[i].at);
  }
  CHECK(booted.tree.bits() < 40 * kMiB);
  for (unsigned i = 0; i < 5; ++i) {
    const auto at = tree.numbers("/disco/vm@" + std::to_string(i), "initrd");
    Bytes found(at.at(1));
    REQUIRE(booted.machine->read_memory(MachineAddr{at.at(0)}, found));
    CHECK(found == vms[i].boot.initrd.bytes);
  }
  CHECK(files.back().at.bits() >> 32 == 2);

  vms.push_back(vm_of("more", 32 * kMiB));
  vms.back().boot.initrd = {"big.cpio", Bytes(25 * kMiB)};
  vms.back().start = 99;
  CHECK_THAT(refusal(config, vms), Catch::StartsWith("big.cpio: does not fit: no node has 25 MB"));
}

TEST_CASE("Boot: a small node 0 has its files in the upper half", "[config]") {
  CHECK(files_at(1024 * kMiB).bits() == 16 * kMiB);
  CHECK(files_at(8 * kMiB).bits() == 4 * kMiB);
  CHECK(boot_monitor(machine_of(1, 8 * kMiB), monitor(), {vm_of("a")}, {}));
}

TEST_CASE("Boot: only virtual machines that start together must fit together", "[config]") {
  const MachineConfig config = machine_of(2, 64 * kMiB);
  VmImage vm = vm_of("a", 40 * kMiB);
  vm.count = 4;
  CHECK_THAT(refusal(config, {vm}),
             Catch::StartsWith("machine.mem.per_node: 4 virtual machines that start at the same "
                               "time have 160 MB, the machine 128 MB") &&
                 Catch::Contains("or let some start later"));
  vm.every = 1;
  CHECK(boot_monitor(config, monitor(), {vm}, {}));
  VmImage late = vm_of("b", 100 * kMiB);
  late.start = 2;
  CHECK_THAT(refusal(config, {vm, late}), Catch::Contains("2 virtual machines"));
  late.start = 4;
  CHECK(boot_monitor(config, monitor(), {vm, late}, {}));
  late.memory = 128 * kMiB;
  CHECK_THAT(refusal(config, {vm, late}),
             Catch::Contains("one of the virtual machines has 128 MB"));
}

TEST_CASE("Boot: what the machine does not have is refused by the name of its key", "[config]") {
  const MachineConfig config = machine_of(2, 64 * kMiB, 2);
  VmImage vm = vm_of("web");
  MonitorParams params;
  std::string start;
  SECTION("a CPU") {
    vm.cpus = {0, 4};
    start = "vms.web.cpus: CPU 4 is not there";
  }
  SECTION("a node") {
    vm.placement = VmPlacement::kFixed;
    vm.node = 2;
    start = "vms.web.node: node 2 is not there";
  }
  SECTION("an end before the start") {
    vm.start = 5;
    vm.stop = 5;
    start = "vms.web.stop: is not later";
  }
  SECTION("a device CPU of another node") {
    params.device_cpu = 2;
    start = "monitor.device_cpu: CPU 2 is not one of node 0";
  }
  SECTION("a slice") {
    params.slice = 9'999;
    start = "monitor.slice: ";
  }
  SECTION("memory") {
    vm.memory = kMiB;
    start = "vms.web.memory: ";
  }
  SECTION("no virtual machine at all") {
    vm.count = 0;
    start = "monitor: has no virtual machine";
  }
  SECTION("more than can be named") {
    vm.count = 65'536;
    start = "vms: 65536 virtual machines";
  }
  CHECK_THAT(refusal(config, {vm}, params), Catch::StartsWith(start));
}
