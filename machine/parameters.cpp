#include "machine/parameters.hpp"

#include <algorithm>
#include <type_traits>

#include "common/check.hpp"
#include "machine/devices/disk/write_cache.hpp"
#include "machine/devices/virtio/mmio_transport.hpp"
#include "numa/address_map.hpp"

namespace machine {
namespace {

using Kind = Parameter::Kind;
using numa::Bounds;

constexpr std::uint64_t kAny = ~std::uint64_t{0};
constexpr std::uint64_t kMany = 1'000'000'000'000'000;
constexpr Bounds kQuantum{1, 1'000'000'000};
constexpr Bounds kExceptionCost{0, 10'000};
constexpr Bounds kLatency{1, numa::kMostPicoseconds};
constexpr Bounds kOccupancy{0, numa::kMostPicoseconds};
constexpr Bounds kAny32{0, 0xffffffff};
constexpr Bounds kDiskTime{0, 1'000'000'000};

// ---- whose field it is

struct OfMachine {
  static std::size_t count(const MachineConfig&) { return 1; }
  static const MachineConfig& at(const MachineConfig& c, std::size_t) { return c; }
  static MachineConfig& make(MachineConfig& c, std::size_t) { return c; }
};

struct OfDisk {
  static std::size_t count(const MachineConfig& c) { return c.disks.size(); }
  static const DiskConfig& at(const MachineConfig& c, std::size_t item) { return c.disks.at(item); }
  static DiskConfig& make(MachineConfig& c, std::size_t item) {
    c.disks.resize(std::max(c.disks.size(), item + 1));
    return c.disks[item];
  }
};

struct OfNetwork {
  static std::size_t count(const MachineConfig& c) { return c.network ? 1 : 0; }
  static const NetworkConfig& at(const MachineConfig& c, std::size_t) { return *c.network; }
  static NetworkConfig& make(MachineConfig& c, std::size_t) {
    return c.network ? *c.network : c.network.emplace();
  }
};

// ---- rows; `Field` gives the field of its owner

std::uint64_t number_of(Cycles value) { return value.count(); }
template <class T>
std::uint64_t number_of(T value) {
  return static_cast<std::uint64_t>(value);
}

/// A field that counts in another unit than the parameter: `kEach` of the parameter's make one.
template <class Owner, std::uint64_t kEach, class Field>
constexpr Parameter row(std::string_view key, Kind kind, Bounds bounds, Field,
                        std::string_view what) {
  Parameter p;
  p.key = key;
  p.kind = kind;
  p.least = bounds.least;
  p.most = bounds.most;
  p.multiple = kEach;
  p.what = what;
  p.count = &Owner::count;
  p.get = [](const MachineConfig& c, std::size_t item) {
    return number_of(Field{}(Owner::at(c, item))) * kEach;
  };
  p.set = [](MachineConfig& c, std::size_t item, std::uint64_t value) {
    auto& field = Field{}(Owner::make(c, item));
    field = static_cast<std::remove_reference_t<decltype(field)>>(value / kEach);
  };
  return p;
}

template <class Owner = OfMachine, class Field>
constexpr Parameter number(std::string_view key, Bounds bounds, Field field,
                           std::string_view what) {
  return row<Owner, 1>(key, Kind::kNumber, bounds, field, what);
}

template <class Owner = OfMachine, std::uint64_t kEach = 1, class Field>
constexpr Parameter quantity(std::string_view key, Unit unit, Bounds bounds, Field field,
                             std::string_view what) {
  Parameter p = row<Owner, kEach>(key, Kind::kNumber, bounds, field, what);
  p.unit = unit;
  return p;
}

template <class Owner = OfMachine, class Field>
constexpr Parameter flag(std::string_view key, Field field, std::string_view what) {
  return row<Owner, 1>(key, Kind::kFlag, {0, 1}, field, what);
}

/// The words stand in the order of the field's values.
template <class Owner = OfMachine, class Field>
constexpr Parameter choice(std::string_view key, std::string_view choices, Field field,
                           std::string_view what) {
  const auto last = static_cast<std::uint64_t>(std::count(choices.begin(), choices.end(), '|'));
  Parameter p = row<Owner, 1>(key, Kind::kChoice, {0, last}, field, what);
  p.choices = choices;
  return p;
}

template <class Owner, class Field>
constexpr Parameter text(std::string_view key, Field, std::string_view what) {
  Parameter p;
  p.key = key;
  p.kind = Kind::kText;
  p.what = what;
  p.count = &Owner::count;
  p.get_text = [](const MachineConfig& c, std::size_t item) -> const std::string& {
    return Field{}(Owner::at(c, item));
  };
  // clang-tidy does not see that the field takes it.
  p.set_text = [](MachineConfig& c, std::size_t item,
                  std::string value) {  // NOLINT(performance-unnecessary-value-param)
    Field{}(Owner::make(c, item)) = std::move(value);
  };
  return p;
}

constexpr Parameter multiple_of(std::uint64_t multiple, Parameter p) {
  p.multiple = multiple;
  return p;
}

/// What has to be tried before one knows whether the machine can be built and loaded.
constexpr Parameter decides_start(Parameter p) {
  p.decides_start = true;
  return p;
}

// ---- the table

constexpr Parameter kParameters[] = {
    number(
        "seed", {0, kAny}, [](auto& c) -> auto& { return c.seed; },
        "Seed of everything that is random in the machine; repeat r runs with seed + r."),
    decides_start(number(
        "machine.nodes", {1, numa::kMaxNodes}, [](auto& c) -> auto& { return c.nodes; },
        "Nodes, each with its own memory and processors.")),
    decides_start(number(
        "machine.cpus_per_node", {1, numa::kMaxCpusPerNode},
        [](auto& c) -> auto& { return c.cpus_per_node; }, "Processors in each node.")),
    decides_start(quantity(
        "machine.clock", Unit::kHertz, {numa::kLeastClockHz, numa::kMostClockHz},
        [](auto& c) -> auto& { return c.clock_hz; },
        "Processor clock; Count advances every second cycle.")),
    decides_start(multiple_of(
        kPageSize, quantity(
                       "machine.mem.per_node", Unit::kBytes, {2 * kMiB, numa::kMaxNodeRam},
                       [](auto& c) -> auto& { return c.memory_per_node; },
                       "RAM of each node, a multiple of 4 KB."))),
    choice(
        "machine.engine", "interpreter|jit", [](auto& c) -> auto& { return c.engine; },
        "How instructions are executed; engines agree on every cycle."),
    choice(
        "machine.fidelity", "functional|tlb|memory", [](auto& c) -> auto& { return c.fidelity; },
        "What is timed. functional: one cycle an instruction, exceptions free. tlb: instruction "
        "latencies, exception and ERET costs; no memory stalls. memory: caches, directories and "
        "memory, too."),
    quantity(
        "machine.quantum", Unit::kCycles, kQuantum, [](auto& c) -> auto& { return c.quantum; },
        "How far one processor may run ahead of the others; with one processor it changes "
        "nothing."),
    quantity(
        "machine.memory_quantum", Unit::kCycles, {0, kQuantum.most},
        [](auto& c) -> auto& { return c.memory_quantum; },
        "The same in fidelity memory; 0 = as long as a remote reference, and at most "
        "machine.quantum."),
    number(
        "machine.turns", {0, kMany}, [](auto& c) -> auto& { return c.turns; },
        "Order in which processors take their turns of a quantum: 0 = each round begins with the "
        "next one; any other number is the seed of an order that is drawn for each round."),
    quantity(
        "machine.cache.l1i.bytes", Unit::kBytes, numa::kPrimaryCaches.bytes,
        [](auto& c) -> auto& { return c.memory_system.primary_instruction.bytes; },
        "Size of the primary instruction cache, a power of two. Caches are modelled in fidelity "
        "memory."),
    number(
        "machine.cache.l1i.ways", numa::kPrimaryCaches.ways,
        [](auto& c) -> auto& { return c.memory_system.primary_instruction.ways; },
        "Its ways, a power of two."),
    quantity(
        "machine.cache.l1i.line", Unit::kBytes, numa::kPrimaryCaches.line,
        [](auto& c) -> auto& { return c.memory_system.primary_instruction.line; },
        "Its lines, a power of two."),
    quantity(
        "machine.cache.l1d.bytes", Unit::kBytes, numa::kPrimaryCaches.bytes,
        [](auto& c) -> auto& { return c.memory_system.primary_data.bytes; },
        "Size of the primary data cache, a power of two. Caches are modelled in fidelity memory."),
    number(
        "machine.cache.l1d.ways", numa::kPrimaryCaches.ways,
        [](auto& c) -> auto& { return c.memory_system.primary_data.ways; },
        "Its ways, a power of two."),
    quantity(
        "machine.cache.l1d.line", Unit::kBytes, numa::kPrimaryCaches.line,
        [](auto& c) -> auto& { return c.memory_system.primary_data.line; },
        "Its lines, a power of two."),
    quantity(
        "machine.cache.l2.bytes", Unit::kBytes, numa::kSecondaryCaches.bytes,
        [](auto& c) -> auto& { return c.memory_system.secondary.bytes; },
        "Size of the secondary cache, a power of two. Caches are modelled in fidelity memory."),
    number(
        "machine.cache.l2.ways", numa::kSecondaryCaches.ways,
        [](auto& c) -> auto& { return c.memory_system.secondary.ways; },
        "Its ways, a power of two."),
    quantity(
        "machine.cache.l2.line", Unit::kBytes, numa::kSecondaryCaches.line,
        [](auto& c) -> auto& { return c.memory_system.secondary.line; },
        "Its lines, a power of two."),
    quantity(
        "machine.latency.l1", Unit::kPicoseconds, kLatency,
        [](auto& c) -> auto& { return c.memory_system.latency.primary; },
        "Time of a load or store that hits in the primary data cache, from the instruction to the "
        "one that uses the value; at most one cycle is free."),
    quantity(
        "machine.latency.l2", Unit::kPicoseconds, kLatency,
        [](auto& c) -> auto& { return c.memory_system.latency.secondary; },
        "The same where the secondary cache has the line."),
    quantity(
        "machine.latency.local", Unit::kPicoseconds, kLatency,
        [](auto& c) -> auto& { return c.memory_system.latency.local; },
        "The same where the node's own memory has it."),
    quantity(
        "machine.latency.remote", Unit::kPicoseconds, kLatency,
        [](auto& c) -> auto& { return c.memory_system.latency.remote; },
        "The same where another node's memory has it."),
    quantity(
        "machine.latency.dirty_remote", Unit::kPicoseconds, kLatency,
        [](auto& c) -> auto& { return c.memory_system.latency.dirty_remote; },
        "The same where a cache on another node must give the line, or its copy, up."),
    choice(
        "machine.memory_access", "numa|uma",
        [](auto& c) -> auto& { return c.memory_system.access; },
        "numa: a reference takes what its class takes. uma: every miss takes "
        "machine.latency.local."),
    flag(
        "machine.occupancy.modelled",
        [](auto& c) -> auto& { return c.memory_system.occupancy.modelled; },
        "Let messages wait for memory controllers and ways into the network that are busy."),
    quantity(
        "machine.occupancy.controller", Unit::kPicoseconds, kOccupancy,
        [](auto& c) -> auto& { return c.memory_system.occupancy.controller; },
        "How long a message keeps a memory controller busy."),
    quantity(
        "machine.occupancy.network", Unit::kPicoseconds, kOccupancy,
        [](auto& c) -> auto& { return c.memory_system.occupancy.network; },
        "How long a message keeps its node's way into the network busy."),
    decides_start(text<OfDisk>(
        "machine.disks.*.image", [](auto& c) -> auto& { return c.image; },
        "A virtio disk, named freely; they stand in the slots in the order of their names. The "
        "path of a raw image, or the name of one that was built for a guest (linux.ext2). The file "
        "stays as it is.")),
    decides_start(choice<OfDisk>(
        "machine.disks.*.access", "snapshot|write|read-only",
        [](auto& c) -> auto& { return c.access; },
        "snapshot: what is written is kept for the run. read-only: the disk refuses writes.")),
    decides_start(choice<OfDisk>(
        "machine.disks.*.latency", "drive|none",
        [](auto& c) -> auto& { return c.drive.timing.is_instant; },
        "drive: seek, rotation and transfer of an HP 97560. none: every request takes a "
        "microsecond.")),
    decides_start(quantity<OfDisk, kSectorBytes>(
        "machine.disks.*.cache", Unit::kBytes, {0, WriteCache::kMost* kSectorBytes},
        [](auto& c) -> auto& { return c.drive.cache_sectors; },
        "The disk's volatile write cache, a multiple of 512 bytes; 0B = none.")),
    decides_start(choice(
        "machine.console", "uart|virtio", [](auto& c) -> auto& { return c.virtio_console; },
        "uart: the serial port. virtio: a virtio console besides, where what is typed goes.")),
    decides_start(number(
        "machine.cpu.tlb.entries", {mmu::kLeastTlbEntries, mmu::kMostTlbEntries},
        [](auto& c) -> auto& { return c.tlb.entries; }, "Entries of the TLB, a page pair each.")),
    choice(
        "machine.cpu.tlb.random", "manual|lfsr", [](auto& c) -> auto& { return c.tlb.random; },
        "How Random moves. manual: the R10000's countdown, one step an instruction. lfsr: a seeded "
        "pseudo-random sequence, one step a tlbwr, free of locking onto loop lengths."),
    quantity(
        "machine.cpu.exception_entry", Unit::kCycles, kExceptionCost,
        [](auto& c) -> auto& { return c.timing.exception_entry; },
        "Cost of entering an exception, from the faulting instruction to the vector's first "
        "fetch."),
    quantity(
        "machine.cpu.eret", Unit::kCycles, kExceptionCost,
        [](auto& c) -> auto& { return c.timing.eret; }, "Cost of ERET on top of its own cycle."),
    choice(
        "machine.cpu.fp_unimplemented", "trap|complete",
        [](auto& c) -> auto& { return c.fp_unimplemented; },
        "What the FPU does with what the R10000 leaves to software: subnormal operands, tiny "
        "results, conversions that do not fit. trap: raises Unimplemented Operation. complete: "
        "finishes them itself."),
    number<OfDisk>("machine.disks.*.rpm", {60, 60'000},
                   [](auto& c) -> auto& { return c.drive.timing.rpm; }, {}),
    number<OfDisk>("machine.disks.*.heads", {1, 255},
                   [](auto& c) -> auto& { return c.drive.timing.heads; }, {}),
    number<OfDisk>("machine.disks.*.sectors_per_track", {1, 4096},
                   [](auto& c) -> auto& { return c.drive.timing.sectors_per_track; }, {}),
    number<OfDisk>("machine.disks.*.long_seek_from", kAny32,
                   [](auto& c) -> auto& { return c.drive.timing.long_seek_from; }, {}),
    quantity<OfDisk>("machine.disks.*.short_seek_base", Unit::kNanoseconds, kDiskTime,
                     [](auto& c) -> auto& { return c.drive.timing.short_seek_base; }, {}),
    quantity<OfDisk>("machine.disks.*.short_seek_root", Unit::kNanoseconds, kDiskTime,
                     [](auto& c) -> auto& { return c.drive.timing.short_seek_root; }, {}),
    quantity<OfDisk>("machine.disks.*.long_seek_base", Unit::kNanoseconds, kDiskTime,
                     [](auto& c) -> auto& { return c.drive.timing.long_seek_base; }, {}),
    quantity<OfDisk>("machine.disks.*.long_seek_per_cylinder", Unit::kNanoseconds, kDiskTime,
                     [](auto& c) -> auto& { return c.drive.timing.long_seek_per_cylinder; }, {}),
    quantity<OfDisk>("machine.disks.*.head_switch", Unit::kNanoseconds, kDiskTime,
                     [](auto& c) -> auto& { return c.drive.timing.head_switch; }, {}),
    quantity<OfDisk>("machine.disks.*.overhead", Unit::kNanoseconds, kDiskTime,
                     [](auto& c) -> auto& { return c.drive.timing.overhead; }, {}),
    number<OfDisk>("machine.disks.*.bus_bytes_per_second", {1, kAny},
                   [](auto& c) -> auto& { return c.drive.timing.bus_bytes_per_second; }, {}),
    number<OfNetwork>("machine.network.station", {0, 0xffff},
                      [](auto& c) -> auto& { return c.station; }, {}),
    quantity<OfNetwork>("machine.network.bandwidth", Unit::kBitsPerSecond,
                        {1'000'000, 100'000'000'000},
                        [](auto& c) -> auto& { return c.link.bits_per_second; }, {}),
    quantity<OfNetwork>("machine.network.latency", Unit::kNanoseconds, {1'000, 1'000'000'000},
                        [](auto& c) -> auto& { return c.link.latency; }, {}),
};

}  // namespace

std::span<const Parameter> parameters() { return kParameters; }

const Parameter& parameter(std::string_view key) {
  const auto* const found = std::find_if(std::begin(kParameters), std::end(kParameters),
                                         [key](const Parameter& one) { return one.key == key; });
  CHECK(found != std::end(kParameters));
  return *found;
}

const Parameter* parameter_named(std::string_view name) {
  const auto is_item = [name](const Parameter& one) {
    const std::size_t star = one.key.find('*');
    if (star == std::string_view::npos) return one.key == name;
    const std::string_view before = one.key.substr(0, star), behind = one.key.substr(star + 1);
    if (name.size() <= before.size() + behind.size() || !name.starts_with(before) ||
        !name.ends_with(behind))
      return false;
    const std::string_view number =
        name.substr(before.size(), name.size() - before.size() - behind.size());
    return number.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const auto* const found = std::find_if(std::begin(kParameters), std::end(kParameters), is_item);
  return found == std::end(kParameters) ? nullptr : found;
}

std::uint64_t value_named(const Parameter& parameter, std::string_view word) {
  std::string_view rest = parameter.choices;
  for (std::uint64_t value = 0; value <= parameter.most; ++value) {
    const std::size_t end = rest.find('|');
    if (rest.substr(0, end) == word) return value;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return parameter.most + 1;
}

std::string text_of(const Parameter& parameter, std::uint64_t value) {
  if (parameter.kind == Kind::kFlag) return value != 0 ? "true" : "false";
  if (parameter.kind != Kind::kChoice || value > parameter.most) return std::to_string(value);
  std::string_view rest = parameter.choices;
  for (; value > 0; --value) rest = rest.substr(rest.find('|') + 1);
  return std::string{rest.substr(0, rest.find('|'))};
}

std::string name_of(const Parameter& parameter, std::size_t item) {
  std::string name{parameter.key};
  if (const std::size_t star = name.find('*'); star != std::string::npos)
    name.replace(star, 1, std::to_string(item));
  return name;
}

}  // namespace machine
