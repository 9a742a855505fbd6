// What the loader leaves in memory: images, trees, and the boot CPU's registers.
#include "tests/support/catch.hpp"

#include "machine/boot/boot.hpp"

#include <libfdt.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "disco/core/memory/guest_address.hpp"
#include "machine/boot/device_tree.hpp"
#include "machine/caches.hpp"
#include "tests/machine/machine_program.hpp"

using namespace machine;
using namespace machine::test;

namespace {

using Bytes = std::vector<std::byte>;

std::uint64_t gpr(Machine& machine, unsigned number) {
  return machine.cpu(CpuId{0}).debug().read_register(cpu::RegisterClass::kGpr, number);
}

Bytes memory(const Machine& machine, std::uint64_t at, std::uint64_t size) {
  Bytes bytes(size);
  REQUIRE(machine.read_memory(MachineAddr{at}, bytes));
  return bytes;
}

/// Looks things up in a flattened tree.
class Tree {
 public:
  explicit Tree(Bytes bytes) : bytes_{std::move(bytes)} {
    REQUIRE(fdt_check_full(bytes_.data(), bytes_.size()) == 0);
  }
  bool has(const std::string& node) const {
    return fdt_path_offset(bytes_.data(), node.c_str()) >= 0;
  }
  std::string text(const std::string& node, const char* name) const {
    const Bytes value = raw(node, name);
    return {reinterpret_cast<const char*>(value.data())};
  }
  /// The value as 32-bit cells.
  std::vector<std::uint32_t> cells(const std::string& node, const char* name) const {
    const Bytes value = raw(node, name);
    std::vector<std::uint32_t> cells;
    for (std::size_t i = 0; i < value.size(); i += 4)
      cells.push_back(fdt32_ld(reinterpret_cast<const fdt32_t*>(value.data() + i)));
    return cells;
  }
  std::vector<std::uint64_t> wide(const std::string& node, const char* name) const {
    std::vector<std::uint64_t> values;
    const auto halves = cells(node, name);
    for (std::size_t i = 0; i + 1 < halves.size(); i += 2) {
      values.push_back(std::uint64_t{halves[i]} << 32 | halves[i + 1]);
    }
    return values;
  }
  bool has_property(const std::string& node, const char* name) const {
    int length = 0;
    return fdt_getprop(bytes_.data(), offset(node), name, &length) != nullptr;
  }

 private:
  int offset(const std::string& node) const {
    const int found = fdt_path_offset(bytes_.data(), node.c_str());
    INFO(node);
    REQUIRE(found >= 0);
    return found;
  }
  Bytes raw(const std::string& node, const char* name) const {
    int length = 0;
    const auto* const value =
        static_cast<const std::byte*>(fdt_getprop(bytes_.data(), offset(node), name, &length));
    INFO(node << " " << name);
    REQUIRE(value != nullptr);
    return {value, value + length};
  }
  Bytes bytes_;
};

using Cells = std::vector<std::uint32_t>;
using Wide = std::vector<std::uint64_t>;

BootImage guest_kernel() {
  ElfMaker elf;
  elf.entry = 0xffffffffc0100000;
  elf.add(0xffffffffc0100000, {1, 2, 3});
  elf.names = {{"guest_start", 0xffffffffc0100000, 12, 2}};
  BootImage image;
  image.kernel = {"guest.elf", elf.make()};
  image.initrd = {"guest.cpio", Bytes(5000, std::byte{0x5a})};
  image.bootargs = "init=/bin/x";
  return image;
}

Blob monitor() {
  ElfMaker elf;
  elf.entry = 0xffffffff80000400;
  elf.add(0xffffffff80000400, power_off(3));
  elf.names = {{"disco_counters", 0xffffffff80001000, 8, 1}};
  return {"disco.elf", elf.make()};
}

MachineConfig monitor_machine() {
  MachineConfig config;
  config.memory_per_node = 64 * kMiB;
  return config;
}

std::string refusal(const Result<Booted, Error>& booted) {
  REQUIRE_FALSE(booted);
  CHECK_FALSE(booted.error().remedy.empty());
  return booted.error().message();
}

}  // namespace

TEST_CASE("Boot: a native kernel finds its tree in a1 and its initrd in the tree", "[config]") {
  BootImage image = raw_kernel(power_off(0));
  image.initrd = {"x.cpio", Bytes(10000, std::byte{0x77})};
  image.bootargs = "init=/bin/hello -- 1 2";
  MachineConfig config = small_machine();
  config.tlb.entries = 48;
  const auto booted = boot_native(config, image);
  if (!booted) FAIL(booted.error().message());
  Machine& machine = *booted->machine;

  CHECK(gpr(machine, kA0) == 0xfffffffffffffffe);
  CHECK(gpr(machine, kA1) == 0xffffffff80000000 + booted->tree.bits());
  CHECK(machine.cpu(CpuId{0}).debug().read_register(cpu::RegisterClass::kPc, 0) ==
        0xffffffff80100000);
  const Tree tree{memory(machine, booted->tree.bits(), booted->tree_bytes)};
  CHECK(tree.text("/", "compatible") == "disco,flash");
  CHECK(tree.text("/chosen", "bootargs") == image.bootargs);
  CHECK(tree.text("/chosen", "stdout-path") == "/soc/serial@1c000000");
  const std::uint64_t start = tree.wide("/chosen", "linux,initrd-start")[0];
  const std::uint64_t end = tree.wide("/chosen", "linux,initrd-end")[0];
  CHECK(start == 4 * kMiB - 64 * kKiB);
  CHECK(end - start == 10000);
  CHECK(memory(machine, start, 10000) == image.initrd.bytes);
  CHECK(booted->tree.bits() % kPageSize == 0);
  CHECK(booted->tree.bits() + booted->tree_bytes <= start);

  CHECK(tree.cells("/cpus/cpu@0", "clock-frequency") == Cells{400'000'000});
  CHECK(tree.cells("/cpus/cpu@0", "disco,tlb-entries") == Cells{48});
  CHECK(tree.text("/cpus/cpu@0", "compatible") == "mips,r10000");
  CHECK(tree.wide("/memory@0", "reg") == Wide{0, 4 * kMiB});
  CHECK(tree.cells("/memory@0", "numa-node-id") == Cells{0});
  CHECK(tree.text("/soc/serial@1c000000", "compatible") == "ns16550a");
  CHECK(tree.cells("/soc/serial@1c000000", "interrupts") == Cells{0});
  CHECK(tree.cells("/soc/serial@1c000000", "reg-shift") == Cells{0});
  CHECK(tree.text("/soc/power@1c001000", "compatible") == "disco,power");
  CHECK(tree.text("/soc/rtc@1c002000", "compatible") == "disco,rtc");
  CHECK(tree.text("/soc/magic@1c3ff000", "compatible") == "disco,magic-pi");
  CHECK(tree.wide("/soc/magic@1c3ff000", "reg") == Wide{0x1c3ff000, 0x1000, 0x1c400000, 0x1000});
  CHECK(tree.cells("/soc/magic@1c3ff000", "disco,pi-stride") == Cells{0x1000});
  CHECK_FALSE(tree.has("/disco"));
}

TEST_CASE("Boot: without an initrd the tree is at the top and names none", "[config]") {
  const auto booted = boot_native(small_machine(), raw_kernel(power_off(0)));
  REQUIRE(booted);
  const Tree tree{memory(*booted->machine, booted->tree.bits(), booted->tree_bytes)};
  CHECK_FALSE(tree.has_property("/chosen", "linux,initrd-start"));
  CHECK(booted->tree.bits() + booted->tree_bytes <= 4 * kMiB);
  CHECK(booted->tree.bits() >= 4 * kMiB - 2 * kPageSize);
}

TEST_CASE("Boot: memory beyond the I/O window is a second range, nodes have distances",
          "[config]") {
  MachineConfig config;
  config.nodes = 2;
  config.cpus_per_node = 2;
  config.memory_per_node = 512 * kMiB;
  const auto booted = boot_native(config, raw_kernel(power_off(0)));
  REQUIRE(booted);
  CHECK(booted->tree.bits() < 0x1c000000);
  const Tree tree{memory(*booted->machine, booted->tree.bits(), booted->tree_bytes)};
  CHECK(tree.wide("/memory@0", "reg") == Wide{0, 0x1c000000, 0x20000000, 64 * kMiB});
  CHECK(tree.wide("/memory@100000000", "reg") ==
        Wide{0x100000000, 0x1c000000, 0x120000000, 64 * kMiB});
  CHECK(tree.cells("/cpus/cpu@3", "numa-node-id") == Cells{1});
  CHECK_FALSE(tree.has("/cpus/cpu@4"));
  CHECK(tree.cells("/distance-map", "distance-matrix") ==
        Cells{0, 0, 10, 0, 1, 30, 1, 0, 30, 1, 1, 10});
}

TEST_CASE("Boot: distances follow the configured latencies, in the tree", "[config]") {
  struct Case {
    std::uint64_t local, remote;
    numa::MemoryAccess access;
    std::uint32_t distance;
  };
  for (const Case& one : {Case{300'000, 900'000, numa::MemoryAccess::kNuma, 30},
                          Case{400'000, 650'000, numa::MemoryAccess::kNuma, 16},
                          Case{300'000, 301'000, numa::MemoryAccess::kNuma, 11},
                          Case{1'000, 90'000'000, numa::MemoryAccess::kNuma, 254},
                          Case{300'000, 900'000, numa::MemoryAccess::kUma, 11}}) {
    MachineConfig config;
    config.nodes = 2;
    config.memory_system.latency.local = one.local;
    config.memory_system.latency.remote = one.remote;
    config.memory_system.access = one.access;
    CHECK(remote_distance(config) == one.distance);
    config.memory_system.latency.secondary = 1'000;
    config.memory_system.latency.primary = 1'000;
    config.memory_system.latency.dirty_remote = 90'000'000;
    const auto booted = boot_native(config, raw_kernel(power_off(0)));
    REQUIRE(booted);
    const Tree tree{memory(*booted->machine, booted->tree.bits(), booted->tree_bytes)};
    CHECK(tree.cells("/distance-map", "distance-matrix") ==
          Cells{0, 0, 10, 0, 1, one.distance, 1, 0, one.distance, 1, 1, 10});
  }
}

TEST_CASE("Boot: a device tree goes through dtc and back unchanged", "[config]") {
  TreeMachine machine;
  machine.nodes = 2;
  machine.memory_per_node = 512 * kMiB;
  machine.clock_hz = 400'000'000;
  machine.chosen = {"init=/bin/x -- \"a b\"", Extent{PhysAddr{0x3000000}, 12345}};
  machine.monitor = TreeMonitor{
      1024, true, {TreeVm{64 * kMiB, 1, {PhysAddr{0x1000000}, 5}, {}, {}}}, 3, 5'000'000};
  machine.monitor->vms[0].cpus = {0, 5};
  machine.monitor->vms[0].stop = 7'000'000'000;
  const auto tree = build_tree(machine);
  REQUIRE(tree);

  const auto directory = std::filesystem::temp_directory_path() /
                         ("disco-tree-test-" + std::to_string(std::random_device{}()));
  std::filesystem::create_directory(directory);
  const std::string dtb = (directory / "a.dtb").string(), dts = (directory / "a.dts").string(),
                    back = (directory / "b.dtb").string(), log = (directory / "log").string();
  REQUIRE(write_file(dtb, *tree));
  const std::string to_text =
      std::string{DISCO_DTC} + " -I dtb -O dts -o " + dts + " " + dtb + " 2>" + log;
  const std::string to_blob =
      std::string{DISCO_DTC} + " -I dts -O dtb -o " + back + " " + dts + " 2>>" + log;
  CHECK(std::system(to_text.c_str()) == 0);
  CHECK(std::system(to_blob.c_str()) == 0);
  const auto warnings = read_blob(log);
  REQUIRE(warnings);
  CHECK(std::string(reinterpret_cast<const char*>(warnings->bytes.data()),
                    warnings->bytes.size()) == "");
  const auto again = read_blob(back);
  REQUIRE(again);
  const Tree a{*tree}, b{again->bytes};
  for (const char* node :
       {"/memory@0", "/memory@100000000", "/soc/serial@1c000000", "/disco/vm@0"}) {
    CHECK(a.cells(node, "reg") == b.cells(node, "reg"));
  }
  CHECK(b.text("/chosen", "bootargs") == machine.chosen.bootargs);
  CHECK(b.wide("/disco/vm@0", "kernel") == Wide{0x1000000, 5});
  CHECK(b.cells("/disco/vm@0", "cpus") == Cells{0, 5});
  CHECK(b.wide("/disco/vm@0", "stop") == Wide{7'000'000'000});
  CHECK(b.cells("/disco", "device-cpu") == Cells{3});
  CHECK(b.wide("/disco", "slice") == Wide{5'000'000});
  std::filesystem::remove_all(directory);
}

TEST_CASE("Boot: a tree that would be too large is an error", "[config]") {
  TreeMachine machine;
  machine.memory_per_node = 4 * kMiB;
  machine.chosen.bootargs = std::string(2 << 20, 'x');
  const auto tree = build_tree(machine);
  REQUIRE_FALSE(tree);
  CHECK(tree.error().code == ErrorCode::kConfig);
}

TEST_CASE("Boot: the monitor finds its parameters and its guests' files", "[config]") {
  VmImage vm;
  vm.boot = guest_kernel();
  vm.memory = 8 * kMiB;
  MonitorParams params;
  params.l2tlb_entries = 512;
  const auto booted = boot_monitor(monitor_machine(), monitor(), {vm, vm}, params);
  if (!booted) FAIL(booted.error().message());
  Machine& machine = *booted->machine;
  CHECK(booted->symbols.address_of("disco_counters"));
  REQUIRE(booted->guests.size() == 2);
  CHECK(booted->guests[1].address_of("guest_start"));
  CHECK(gpr(machine, kA1) == 0xffffffff80000000 + booted->tree.bits());

  const Tree tree{memory(machine, booted->tree.bits(), booted->tree_bytes)};
  CHECK(tree.cells("/disco", "l2tlb-entries") == Cells{512});
  CHECK(tree.cells("/disco", "large-pages") == Cells{0});
  const std::string node = GENERATE("/disco/vm@0", "/disco/vm@1");
  CHECK(tree.wide(node, "memory-size") == Wide{8 * kMiB});
  CHECK(tree.cells(node, "vcpus") == Cells{1});
  const Wide kernel = tree.wide(node, "kernel"), initrd = tree.wide(node, "initrd"),
             dtb = tree.wide(node, "dtb");
  for (const Wide& file : {kernel, initrd, dtb}) {
    CHECK(file[0] >= 16 * kMiB);
    CHECK(file[0] % kPageSize == 0);
  }
  CHECK(memory(machine, kernel[0], kernel[1]) == vm.boot.kernel.bytes);
  CHECK(memory(machine, initrd[0], initrd[1]) == vm.boot.initrd.bytes);

  const Tree guest{memory(machine, dtb[0], dtb[1])};
  CHECK(guest.wide("/memory@0", "reg") == Wide{0, 8 * kMiB});
  CHECK(guest.wide("/chosen", "linux,initrd-start") == Wide{8 * kMiB - 64 * kKiB});
  CHECK(guest.wide("/chosen", "linux,initrd-end") == Wide{8 * kMiB - 64 * kKiB + 5000});
  CHECK(guest.text("/chosen", "bootargs") == "init=/bin/x");
  CHECK(guest.cells("/cpus/cpu@0", "disco,tlb-entries") == Cells{64});
  CHECK_FALSE(guest.has("/disco"));

  const auto end = machine.run({});
  REQUIRE(end);
  CHECK(*end == RunEnd::kPowerOff);
  CHECK(machine.exit_code() == 3);
}

TEST_CASE("Boot: a guest without an initrd says so", "[config]") {
  VmImage vm;
  vm.boot = guest_kernel();
  vm.boot.initrd = {};
  const auto booted = boot_monitor(monitor_machine(), monitor(), {vm}, {});
  REQUIRE(booted);
  const Tree tree{memory(*booted->machine, booted->tree.bits(), booted->tree_bytes)};
  CHECK(tree.wide("/disco/vm@0", "initrd") == Wide{0, 0});
}

TEST_CASE("Boot: what does not fit or belongs elsewhere is refused with a remedy", "[config]") {
  MachineConfig config = small_machine();
  SECTION("an empty kernel") {
    BootImage image;
    image.kernel.name = "empty";
    CHECK_THAT(refusal(boot_native(config, image)), Catch::StartsWith("empty: is empty"));
  }
  SECTION("a guest's kernel on the bare machine") {
    CHECK_THAT(refusal(boot_native(config, guest_kernel())),
               Catch::Contains("linked to run below the monitor"));
  }
  SECTION("a native kernel as a guest") {
    VmImage vm;
    vm.boot = busy_kernel(1);
    CHECK_THAT(refusal(boot_monitor(monitor_machine(), monitor(), {vm}, {})),
               Catch::Contains("linked for the bare machine"));
  }
  SECTION("an entry point in a mapped segment") {
    ElfMaker elf;
    elf.entry = 0x400000;
    elf.add(0xffffffff80100000, {0});
    BootImage image;
    image.kernel = {"user.elf", elf.make()};
    CHECK_THAT(refusal(boot_native(config, image)), Catch::Contains("entry point"));
  }
  SECTION("a kernel beyond the memory") {
    ElfMaker elf;
    elf.add(0xffffffff80100000, {0});
    elf.parts[0].memory_bytes = 16 * kMiB;
    BootImage image;
    image.kernel = {"big.elf", elf.make()};
    CHECK_THAT(refusal(boot_native(config, image)), Catch::Contains("more memory"));
  }
  SECTION("an initrd that leaves no room") {
    BootImage image = raw_kernel(power_off(0));
    image.initrd = {"big.cpio", Bytes(3 * kMiB)};
    CHECK_THAT(refusal(boot_native(config, image)), Catch::StartsWith("big.cpio: "));
  }
  SECTION("guests larger than the machine") {
    VmImage vm;
    vm.boot = guest_kernel();
    vm.memory = 64 * kMiB;
    CHECK_THAT(refusal(boot_monitor(monitor_machine(), monitor(), {vm}, {})),
               Catch::StartsWith("machine.mem.per_node: the virtual machine has 64 MB"));
  }
  SECTION("no guest, two VCPUs, odd memory") {
    CHECK_THAT(refusal(boot_monitor(monitor_machine(), monitor(), {}, {})),
               Catch::Contains("no virtual machine"));
    VmImage vm;
    vm.boot = guest_kernel();
    vm.vcpus = 2;
    CHECK_THAT(refusal(boot_monitor(monitor_machine(), monitor(), {vm}, {})),
               Catch::Contains("VCPU"));
    vm.vcpus = 1;
    MachineConfig large = monitor_machine();
    large.memory_per_node = 512 * kMiB;
    vm.memory = disco::kMostGuestMemory + kPageSize;
    CHECK_THAT(refusal(boot_monitor(large, monitor(), {vm}, {})),
               Catch::Contains("monitor.vm.memory: 268439552 bytes are out of range") &&
                   Catch::Contains("use 2 MB to 256 MB"));
    vm.memory = disco::kMostGuestMemory;
    CHECK(boot_monitor(large, monitor(), {vm}, {}));
    vm.memory = 8 * kMiB + 1;
    CHECK_THAT(refusal(boot_monitor(monitor_machine(), monitor(), {vm}, {})),
               Catch::Contains("out of range"));
  }
  SECTION("a guest kernel larger than its memory") {
    VmImage vm;
    vm.boot = guest_kernel();
    vm.memory = 2 * kMiB;
    ElfMaker elf;
    elf.entry = 0xffffffffc0100000;
    elf.add(0xffffffffc0100000, {1});
    elf.parts[0].memory_bytes = 2 * kMiB;
    vm.boot.kernel.bytes = elf.make();
    CHECK_THAT(refusal(boot_monitor(monitor_machine(), monitor(), {vm}, {})),
               Catch::Contains("does not fit into the guest's 2 MB"));
  }
}

TEST_CASE("Boot: a guest's TLB is the machine's, or of the size that it is given", "[config]") {
  const auto seen = [](std::uint32_t machine_entries, std::uint32_t given) {
    VmImage vm;
    vm.boot = guest_kernel();
    vm.memory = 8 * kMiB;
    MachineConfig config = monitor_machine();
    config.tlb.entries = machine_entries;
    const auto booted = boot_monitor(config, monitor(), {vm}, {.tlb_entries = given});
    if (!booted) FAIL(booted.error().message());
    Machine& machine = *booted->machine;
    const Tree tree{memory(machine, booted->tree.bits(), booted->tree_bytes)};
    CHECK(tree.cells("/cpus/cpu@0", "disco,tlb-entries") == Cells{machine_entries});
    const Wide dtb = tree.wide("/disco/vm@0", "dtb");
    return Tree{memory(machine, dtb[0], dtb[1])}.cells("/cpus/cpu@0", "disco,tlb-entries");
  };
  CHECK(seen(48, 0) == Cells{48});
  CHECK(seen(128, 0) == Cells{128});
  CHECK(seen(128, 32) == Cells{32});
}

TEST_CASE("Boot: sizes of tables that cannot be are told by their keys", "[config]") {
  VmImage vm;
  vm.boot = guest_kernel();
  vm.memory = 8 * kMiB;
  const auto refused = [&vm](const MonitorParams& params) {
    return refusal(boot_monitor(monitor_machine(), monitor(), {vm}, params));
  };
  for (const std::uint32_t entries : {1u, 7u, 513u})
    CHECK_THAT(refused({.tlb_entries = entries}), Catch::StartsWith("monitor.tlb.entries: "));
  for (const std::uint32_t entries : {1u, 3u, 100u, (1u << 20) + 1, 1u << 21})
    CHECK_THAT(refused({.l2tlb_entries = entries}), Catch::StartsWith("monitor.l2tlb.entries: "));
  vm.memory = 8 * kMiB + 1024;
  CHECK_THAT(refused({}), Catch::StartsWith("monitor.vm.memory: "));
}

TEST_CASE("Boot: files that cannot be read are errors with the system's reason", "[config]") {
  const auto missing = read_blob("/nonexistent/kernel.elf");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kInput);
  CHECK(missing.error().message().find("No such file") != std::string::npos);
  const auto directory = read_blob("/");
  REQUIRE_FALSE(directory);
  CHECK(directory.error().message().find("is a directory") != std::string::npos);
}

TEST_CASE("Boot: what has no end is not read to it", "[config]") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("disco-read-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string pipe = (folder / "pipe").string(), sparse = (folder / "sparse").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::ofstream{sparse} << "x";
  std::filesystem::resize_file(sparse, std::uint64_t{20} << 30);
  const auto refusal = [](const std::string& path, std::uint64_t most) {
    const auto read = read_blob(path, most);
    return read ? "" : read.error().what + " | " + read.error().remedy;
  };
  const std::string no_end = " | nothing says where it ends: copy what it gives into a file";
  CHECK(refusal("/dev/zero", kLargestImage) == "is a device" + no_end);
  CHECK(refusal(pipe, kLargestImage) == "is a pipe" + no_end);
  CHECK(refusal(sparse, kLargestImage).find("is longer than 1 GB") == 0);
  CHECK(refusal("/proc/self/mem", kLargestImage).find("cannot be read") == 0);
  // A file that says it is empty is read as far as it goes, and no farther than it may.
  const auto maps = read_blob("/proc/self/maps");
  REQUIRE(maps);
  CHECK(maps->bytes.size() > 100);
  CHECK(refusal("/proc/self/maps", 100).find("is longer than 0 MB") == 0);
  std::filesystem::remove_all(folder);
}

TEST_CASE("Boot: a machine that the host has no memory for is an error", "[config]") {
  // As much address space as is in use, and a little.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t pages = 0;
  statm >> pages;
  if (pages > std::uint64_t{1} << 28) return;  // a sanitizer's shadow: it needs what it reserved
  rlimit little = before;
  little.rlim_cur = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + (64 << 20);
  REQUIRE(setrlimit(RLIMIT_AS, &little) == 0);
  MachineConfig config;
  config.nodes = 8;
  config.memory_per_node = std::uint64_t{1} << 30;
  const auto machine = Machine::make(config);
  REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
  REQUIRE_FALSE(machine);
  CHECK(machine.error().code == ErrorCode::kInput);
  CHECK(machine.error().message().find("memory for 8 nodes of 1024 MB") != std::string::npos);
}
