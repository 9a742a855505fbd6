#include "machine/boot/device_tree.hpp"

#include <libfdt.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>

#include "common/check.hpp"
#include "disco/core/boot/fdt.hpp"
#include "hardware/board/address_map.hpp"
#include "hardware/board/interrupts.hpp"
#include "hardware/board/magic_registers.hpp"
#include "numa/address_map.hpp"

namespace machine {

namespace {

constexpr std::uint32_t kMagicPhandle = 1;

std::string unit_name(const char* name, std::uint64_t unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%s@%llx", name, static_cast<unsigned long long>(unit));
  return text;
}

/// libfdt's sequential writer. After the first failure everything is ignored.
class Writer {
 public:
  explicit Writer(std::span<std::byte> buffer) : tree_{buffer.data()} {
    note(fdt_create(tree_, static_cast<int>(buffer.size())));
    note(fdt_finish_reservemap(tree_));
  }

  void begin(const std::string& name) { note(fdt_begin_node(tree_, name.c_str())); }
  void begin(const char* name, std::uint64_t unit) { begin(unit_name(name, unit)); }
  void end() { note(fdt_end_node(tree_)); }

  void text(const char* name, std::string_view value) {
    const std::string terminated{value};
    note(fdt_property(tree_, name, terminated.c_str(), static_cast<int>(terminated.size() + 1)));
  }
  void flag(const char* name) { note(fdt_property(tree_, name, nullptr, 0)); }
  void cell(const char* name, std::uint32_t value) { note(fdt_property_u32(tree_, name, value)); }
  void wide(const char* name, std::uint64_t value) { note(fdt_property_u64(tree_, name, value)); }
  void cells(const char* name, const std::vector<std::uint32_t>& values) {
    void* at = nullptr;
    note(fdt_property_placeholder(tree_, name, static_cast<int>(4 * values.size()), &at));
    for (std::size_t i = 0; error_ == 0 && i < values.size(); ++i) {
      fdt32_st(static_cast<std::byte*>(at) + 4 * i, values[i]);
    }
  }
  void extents(const char* name, const std::vector<Extent>& values) {
    std::vector<std::uint32_t> split;
    for (const Extent& extent : values) {
      for (const std::uint64_t half : {extent.at.bits(), extent.size}) {
        split.push_back(static_cast<std::uint32_t>(half >> 32));
        split.push_back(static_cast<std::uint32_t>(half));
      }
    }
    cells(name, split);
  }

  /// 0, or a negative libfdt error.
  int finish() {
    note(fdt_finish(tree_));
    return error_;
  }

 private:
  void note(int result) {
    if (error_ == 0 && result < 0) error_ = result;
  }
  void* tree_;
  int error_ = 0;
};

void write_cpus(Writer& w, const TreeMachine& m) {
  w.begin("cpus");
  w.cell("#address-cells", 1);
  w.cell("#size-cells", 0);
  for (std::uint32_t cpu = 0; cpu < m.nodes * m.cpus_per_node; ++cpu) {
    w.begin("cpu", cpu);
    w.text("device_type", "cpu");
    w.text("compatible", "mips,r10000");
    w.cell("reg", cpu);
    w.cell("clock-frequency", static_cast<std::uint32_t>(m.clock_hz));
    w.cell("timebase-frequency", static_cast<std::uint32_t>(m.clock_hz / 2));
    w.cell("disco,tlb-entries", m.tlb_entries);
    w.cell("numa-node-id", cpu / m.cpus_per_node);
    w.end();
  }
  w.end();
}

std::vector<Extent> ram_of(const TreeMachine& m, std::uint32_t node) {
  const auto base = PhysAddr{numa::machine_addr(NodeId{node}, 0).bits()};
  const std::uint64_t below = std::min(m.memory_per_node, hardware::kIoBegin);
  std::vector<Extent> ranges{{base, below}};
  if (m.memory_per_node > below) {
    ranges.push_back({base + hardware::kIoEnd, m.memory_per_node - below});
  }
  return ranges;
}

void write_memory(Writer& w, const TreeMachine& m) {
  for (std::uint32_t node = 0; node < m.nodes; ++node) {
    const std::vector<Extent> ranges = ram_of(m, node);
    w.begin("memory", ranges.front().at.bits());
    w.text("device_type", "memory");
    w.extents("reg", ranges);
    w.cell("numa-node-id", node);
    w.end();
  }
}

void write_distances(Writer& w, const TreeMachine& m) {
  if (m.nodes == 1) return;
  std::vector<std::uint32_t> matrix;
  for (std::uint32_t from = 0; from < m.nodes; ++from) {
    for (std::uint32_t to = 0; to < m.nodes; ++to) {
      const std::uint32_t distance =
          from == to ? hardware::controller::kLocalDistance : m.remote_distance;
      matrix.insert(matrix.end(), {from, to, distance});
    }
  }
  w.begin("distance-map");
  w.text("compatible", "numa-distance-map-v1");
  w.cells("distance-matrix", matrix);
  w.end();
}

void begin_device(Writer& w, const char* name, const char* compatible,
                  const std::vector<Extent>& at) {
  w.begin(name, at.front().at.bits());
  w.text("compatible", compatible);
  w.extents("reg", at);
}

void write_virtio(Writer& w, std::uint32_t slots) {
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    begin_device(
        w, "virtio", "virtio,mmio",
        {{PhysAddr{hardware::kVirtioAt + hardware::kVirtioBytes * slot}, hardware::kVirtioBytes}});
    w.cell("interrupt-parent", kMagicPhandle);
    w.cell("interrupts", hardware::kVirtioSource + slot);
    w.end();
  }
}

void write_soc(Writer& w, const TreeMachine& m) {
  w.begin("soc");
  w.text("compatible", "simple-bus");
  w.cell("#address-cells", 2);
  w.cell("#size-cells", 2);
  w.flag("ranges");

  begin_device(w, "serial", "ns16550a", {{PhysAddr{hardware::kUartAt}, hardware::kUartBytes}});
  w.cell("reg-shift", 0);
  w.cell("clock-frequency", 1'843'200);
  w.cell("interrupt-parent", kMagicPhandle);
  w.cell("interrupts", hardware::kUartSource);
  w.end();

  begin_device(w, "power", "disco,power", {{PhysAddr{hardware::kPowerAt}, 0x10}});
  w.end();

  begin_device(w, "rtc", "disco,rtc", {{PhysAddr{hardware::kRtcAt}, hardware::kRtcBytes}});
  w.end();

  begin_device(w, "magic", "disco,magic-pi",
               {{PhysAddr{hardware::kOwnPiAt}, hardware::kPiBytes},
                {PhysAddr{hardware::kPiAt}, hardware::kPiBytes * m.nodes * m.cpus_per_node}});
  w.cell("disco,pi-stride", static_cast<std::uint32_t>(hardware::kPiBytes));
  w.flag("interrupt-controller");
  w.cell("#address-cells", 0);
  w.cell("#interrupt-cells", 1);
  w.cell("phandle", kMagicPhandle);
  w.end();
  write_virtio(w, m.virtio_slots);
  w.end();
}

void write_chosen(Writer& w, const Chosen& chosen) {
  w.begin("chosen");
  w.text("bootargs", chosen.bootargs);
  w.text("stdout-path", unit_name("/soc/serial", hardware::kUartAt));
  if (chosen.initrd) {
    w.wide("linux,initrd-start", chosen.initrd->at.bits());
    w.wide("linux,initrd-end", chosen.initrd->end().bits());
  }
  w.end();
}

void write_monitor(Writer& w, const TreeMonitor& monitor) {
  w.begin("disco");
  w.cell("#address-cells", 1);
  w.cell("#size-cells", 0);
  w.cell("l2tlb-entries", monitor.l2tlb_entries);
  w.cell("large-pages", monitor.large_pages ? 1 : 0);
  w.cell("device-cpu", monitor.device_cpu);
  w.wide("slice", monitor.slice);
  for (std::uint32_t number = 0; number < monitor.vms.size(); ++number) {
    const TreeVm& vm = monitor.vms[number];
    w.begin("vm", number);
    w.cell("reg", number);
    w.wide("memory-size", vm.memory);
    w.cell("vcpus", vm.vcpus);
    w.extents("kernel", {vm.kernel});
    w.extents("initrd", {vm.initrd});
    w.extents("dtb", {vm.tree});
    if (!vm.cpus.empty()) w.cells("cpus", vm.cpus);
    if (vm.start != 0) w.wide("start", vm.start);
    if (vm.stop) w.wide("stop", *vm.stop);
    if (vm.restarts != 0) w.cell("restarts", vm.restarts);
    if (vm.placement != 0) w.cell("placement", vm.placement);
    if (vm.node != 0) w.cell("node", vm.node);
    w.end();
  }
  w.end();
}

int write_tree(const TreeMachine& machine, std::span<std::byte> buffer) {
  Writer w{buffer};
  w.begin("");
  w.text("compatible", "disco,flash");
  w.text("model", "Disco FLASH");
  w.cell("#address-cells", 2);
  w.cell("#size-cells", 2);
  write_cpus(w, machine);
  write_memory(w, machine);
  write_distances(w, machine);
  write_soc(w, machine);
  write_chosen(w, machine.chosen);
  if (machine.monitor) write_monitor(w, *machine.monitor);
  w.end();
  return w.finish();
}

}  // namespace

Result<std::vector<std::byte>, Error> build_tree(const TreeMachine& machine) {
  for (std::size_t size = 4096; size <= disco::Fdt::kMostBytes; size *= 2) {
    std::vector<std::byte> tree(size);
    const int error = write_tree(machine, tree);
    if (error == -FDT_ERR_NOSPACE) continue;
    CHECK(error == 0);
    tree.resize(fdt_totalsize(tree.data()));
    return tree;
  }
  return Failure{Error{ErrorCode::kConfig, "device tree", "would be larger than 1 MB",
                       "shorten bootargs or use fewer virtual machines"}};
}

}  // namespace machine
