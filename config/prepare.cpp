#include "config/prepare.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "machine/boot/initrd.hpp"

namespace config {
namespace {

std::uint64_t number(const Values& values, const char* path) {
  return values.at(path).get<std::uint64_t>();
}
std::string text(const Values& values, const char* path) {
  return values.at(path).get<std::string>();
}

numa::CacheGeometry cache_of(const Values& v, const std::string& name) {
  const auto part = [&](const char* key) {
    return number(v, ("machine.cache." + name + "." + key).c_str());
  };
  return {part("bytes"), static_cast<std::uint32_t>(part("ways")),
          static_cast<std::uint32_t>(part("line"))};
}

numa::MemorySystemConfig memory_system_of(const Values& v) {
  numa::MemorySystemConfig m;
  m.primary_instruction = cache_of(v, "l1i");
  m.primary_data = cache_of(v, "l1d");
  m.secondary = cache_of(v, "l2");
  m.latency = {number(v, "machine.latency.l1"), number(v, "machine.latency.l2"),
               number(v, "machine.latency.local"), number(v, "machine.latency.remote"),
               number(v, "machine.latency.dirty_remote")};
  m.occupancy = {v.at("machine.occupancy.modelled").get<bool>(),
                 number(v, "machine.occupancy.controller"), number(v, "machine.occupancy.network")};
  m.access = text(v, "machine.memory_access") == "uma" ? numa::MemoryAccess::kUma
                                                       : numa::MemoryAccess::kNuma;
  return m;
}

/// What is said about each disk is in the values, the rest are defaults.
std::vector<machine::DiskConfig> disks_of(const Values& v) {
  static const std::string kPrefix = "machine.disks.";
  std::map<std::string, machine::DiskConfig> disks;  // by name
  for (auto at = v.lower_bound(kPrefix); at != v.end() && at->first.starts_with(kPrefix); ++at) {
    const std::string rest = at->first.substr(kPrefix.size());
    const std::size_t dot = rest.find('.');
    const std::string key = rest.substr(dot + 1);
    machine::DiskConfig& disk = disks[rest.substr(0, dot)];
    if (key == "image") disk.image = at->second.get<std::string>();
    if (key == "access" && at->second == "read-only")
      disk.access = machine::DiskMedium::Access::kReadOnly;
    if (key == "latency") disk.drive.timing.is_instant = at->second == "none";
    if (key == "cache") {
      disk.drive.cache_sectors =
          static_cast<std::uint32_t>(at->second.get<std::uint64_t>() / machine::kSectorBytes);
    }
  }
  std::vector<machine::DiskConfig> list;
  for (auto& [name, disk] : disks) list.push_back(std::move(disk));
  return list;
}

}  // namespace

cpu::Fidelity fidelity_named(std::string_view name) {
  if (name == "functional") return cpu::Fidelity::kFunctional;
  return name == "memory" ? cpu::Fidelity::kMemory : cpu::Fidelity::kTlb;
}

machine::MachineConfig machine_of(const Values& v) {
  machine::MachineConfig m;
  m.nodes = static_cast<std::uint32_t>(number(v, "machine.nodes"));
  m.cpus_per_node = static_cast<std::uint32_t>(number(v, "machine.cpus_per_node"));
  m.memory_per_node = number(v, "machine.mem.per_node");
  m.clock_hz = number(v, "machine.clock");
  m.fidelity = fidelity_named(text(v, "machine.fidelity"));
  m.timing.exception_entry = static_cast<std::uint32_t>(number(v, "machine.cpu.exception_entry"));
  m.timing.eret = static_cast<std::uint32_t>(number(v, "machine.cpu.eret"));
  m.fp_unimplemented = text(v, "machine.cpu.fp_unimplemented") == "complete"
                           ? cpu::FpUnimplemented::kComplete
                           : cpu::FpUnimplemented::kTrap;
  m.tlb.entries = static_cast<std::uint32_t>(number(v, "machine.cpu.tlb.entries"));
  m.tlb.random = text(v, "machine.cpu.tlb.random") == "manual" ? mmu::RandomKind::kManual
                                                               : mmu::RandomKind::kLfsr;
  m.quantum = Cycles{number(v, "machine.quantum")};
  m.memory_quantum = Cycles{number(v, "machine.memory_quantum")};
  m.turns = number(v, "machine.turns");
  m.memory_system = memory_system_of(v);
  m.disks = disks_of(v);
  m.virtio_console = text(v, "machine.console") == "virtio";
  m.seed = number(v, "seed");
  return m;
}

namespace {

class Preparer {
 public:
  Preparer(const Values& values, const Locations& locations) : v_{values}, locations_{locations} {}

  Result<Prepared, Error> run() {
    p_.machine = machine_of(v_);
    p_.virtualised = text(v_, "monitor.kind") == "disco";
    p_.instruction_limit = number(v_, "limit");
    p_.sample_period = number(v_, "samples.period");
    if (const auto kernel = read_kernel(); !kernel) return Failure{kernel.error()};
    if (p_.virtualised) {
      if (const auto monitor = read_monitor(); !monitor) return Failure{monitor.error()};
    }
    if (const auto disk = pack_programs(); !disk) return Failure{disk.error()};
    if (const auto images = find_images(); !images) return Failure{images.error()};
    p_.hash = hash();
    return std::move(p_);
  }

 private:
  Result<machine::Blob, Error> input(const char* role, const std::filesystem::path& path) {
    auto blob = machine::read_blob(path.string());
    if (!blob) return blob;
    p_.inputs.push_back({role, path.filename().string(), path.string(), sha256(blob->bytes)});
    return blob;
  }

  Result<Nothing, Error> read_kernel() {
    const auto path = locations_.kernel(text(v_, "guest.kernel"), p_.virtualised);
    if (!path) return Failure{path.error()};
    auto kernel = input("kernel", *path);
    if (!kernel) return Failure{kernel.error()};
    p_.image.kernel = std::move(*kernel);
    return Nothing{};
  }

  Result<Nothing, Error> read_monitor() {
    const auto path = locations_.monitor(text(v_, "monitor.image"));
    if (!path) return Failure{path.error()};
    auto monitor = input("monitor", *path);
    if (!monitor) return Failure{monitor.error()};
    p_.monitor = std::move(*monitor);
    p_.monitor_params.tlb_entries = static_cast<std::uint32_t>(number(v_, "monitor.tlb.entries"));
    p_.monitor_params.l2tlb_entries =
        static_cast<std::uint32_t>(number(v_, "monitor.l2tlb.entries"));
    p_.monitor_params.large_pages = v_.at("monitor.large_pages").get<bool>();
    p_.vm_memory = number(v_, "monitor.vm.memory");
    return Nothing{};
  }

  // The content of disks is input like any other.
  Result<Nothing, Error> find_images() {
    for (const auto& [path, value] : v_) {
      const bool is_cache = path.starts_with("machine.disks.") && path.ends_with(".cache");
      if (!is_cache || value.get<std::uint64_t>() % machine::kSectorBytes == 0) continue;
      return Failure{Error{ErrorCode::kConfig, path, "is not a multiple of 512 bytes",
                           "disks cache whole sectors"}};
    }
    for (machine::DiskConfig& disk : p_.machine.disks) {
      if (disk.image.empty()) {
        return Failure{Error{ErrorCode::kConfig, "machine.disks", "a disk has no image",
                             "give each disk an image = \"FILE\""}};
      }
      const auto path = locations_.image(disk.image);
      if (!path) return Failure{path.error()};
      // It may be longer than memory.
      const auto hash = sha256_of_file(path->string());
      if (!hash) return Failure{hash.error()};
      p_.inputs.push_back({"disk", path->filename().string(), path->string(), *hash});
      disk.image = path->string();
    }
    return Nothing{};
  }

  // A disk that brings its own programs: names without a slash are its.
  bool is_on_disk(const std::string& program) const {
    return !text(v_, "guest.initrd").empty() && program.find('/') == std::string::npos;
  }

  // The disk that everything else is added to.
  Result<Nothing, Error> read_disk() {
    const std::string name = text(v_, "guest.initrd");
    if (name.empty()) return Nothing{};
    const auto path = locations_.disk(name);
    if (!path) return Failure{path.error()};
    auto disk = input("initrd", *path);
    if (!disk) return Failure{disk.error()};
    p_.image.initrd = std::move(*disk);
    return Nothing{};
  }

  Result<Nothing, Error> pack_programs() {
    if (const auto disk = read_disk(); !disk) return Failure{disk.error()};
    const std::string program = text(v_, "workload.program");
    const bool on_disk = is_on_disk(program);
    std::vector<std::string> names;
    if (!on_disk) names.push_back(program);
    for (const SortedJson& more : v_.at("workload.files")) names.push_back(more.get<std::string>());
    machine::Initrd disk;
    std::vector<std::string> packed;
    for (const std::string& name : names) {
      const auto path = locations_.program(name);
      if (!path) return Failure{path.error()};
      const std::string entry = machine::initrd_entry(*path);
      if (std::find(packed.begin(), packed.end(), entry) != packed.end()) continue;
      packed.push_back(entry);
      const auto blob = input("program", *path);
      if (!blob) return Failure{blob.error()};
      disk.add_file(entry, blob->bytes, true);
      if (on_disk || packed.size() > 1) continue;
      auto symbols = machine::SymbolTable::read(blob->name, blob->bytes);
      if (!symbols) {
        Error error = symbols.error();
        error.remedy = "a program is made from C by `disco cc prog.c -o prog`";
        return Failure{error};
      }
      p_.program_symbols = std::move(*symbols);
    }
    add_archive(p_.image.initrd, disk.finish());
    p_.image.bootargs =
        machine::boot_arguments(text(v_, "guest.append"), on_disk ? program : packed.front(),
                                v_.at("workload.args").get<std::vector<std::string>>());
    return Nothing{};
  }

  // Contents count, not paths: the same experiment in another directory is the same experiment.
  std::string hash() const {
    SortedJson key = {{"inputs", SortedJson::array()}, {"values", v_}};
    for (const char* path : {"guest.kernel", "guest.initrd", "monitor.image", "workload.files"})
      key["values"].erase(path);
    for (auto at = key["values"].begin(); at != key["values"].end();) {
      const bool is_image = at.key().starts_with("machine.disks.") && at.key().ends_with(".image");
      at = is_image ? key["values"].erase(at) : std::next(at);
    }
    // The name of a file that is an input, or of a program on a disk that is one.
    const std::string program = text(v_, "workload.program");
    if (!is_on_disk(program)) key["values"].erase("workload.program");
    for (const InputFile& file : p_.inputs)
      key["inputs"].push_back({file.role, file.name, file.sha256});
    return sha256(key.dump());
  }

  const Values& v_;
  const Locations& locations_;
  Prepared p_;
};

}  // namespace

Result<Prepared, Error> prepare(const Values& values, const Locations& locations) {
  return Preparer{values, locations}.run();
}

Result<machine::Booted, Error> boot(const Prepared& p) {
  if (!p.virtualised) return boot_native(p.machine, p.image);
  machine::VmImage vm;
  vm.boot = p.image;
  vm.memory = p.vm_memory;
  return boot_monitor(p.machine, p.monitor, {vm}, p.monitor_params);
}

}  // namespace config
