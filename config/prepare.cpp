#include "config/prepare.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/schema/keys.hpp"
#include "config/schema/schema.hpp"
#include "machine/boot/initrd.hpp"

namespace config {
namespace {

class Preparer {
 public:
  Preparer(const Values& values, const Locations& locations) : v_{values}, locations_{locations} {
    p_.setup = setup_of(values);
  }

  Result<Prepared, Error> run() {
    if (const auto kernel = read_kernel(); !kernel) return Failure{kernel.error()};
    if (setup().virtualised) {
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
    const auto path = locations_.kernel(setup().kernel, setup().virtualised);
    if (!path) return Failure{path.error()};
    auto kernel = input("kernel", *path);
    if (!kernel) return Failure{kernel.error()};
    p_.image.kernel = std::move(*kernel);
    return Nothing{};
  }

  Result<Nothing, Error> read_monitor() {
    const auto path = locations_.monitor(setup().monitor_image);
    if (!path) return Failure{path.error()};
    auto monitor = input("monitor", *path);
    if (!monitor) return Failure{monitor.error()};
    p_.monitor = std::move(*monitor);
    return Nothing{};
  }

  // The content of disks is input like any other.
  Result<Nothing, Error> find_images() {
    for (const auto& [path, value] : v_) {
      const ParameterRow* const row = find_row(path);
      const bool in_sectors = row != nullptr && row->multiple == machine::kSectorBytes;
      if (!in_sectors || value.get<std::uint64_t>() % machine::kSectorBytes == 0) continue;
      return Failure{Error{ErrorCode::kConfig, path, "is not a multiple of 512 bytes",
                           "disks cache whole sectors"}};
    }
    for (machine::DiskConfig& disk : p_.setup.machine.disks) {
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
    return !setup().initrd.empty() && program.find('/') == std::string::npos;
  }

  // The disk that everything else is added to.
  Result<Nothing, Error> read_disk() {
    const std::string& name = setup().initrd;
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
    const std::string& program = setup().program;
    const bool on_disk = is_on_disk(program);
    std::vector<std::string> names;
    if (!on_disk) names.push_back(program);
    names.insert(names.end(), setup().files.begin(), setup().files.end());
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
    p_.image.bootargs = machine::boot_arguments(setup().append, on_disk ? program : packed.front(),
                                                setup().arguments);
    return Nothing{};
  }

  // Contents count, not paths: the same experiment in another directory is the same experiment.
  std::string hash() const {
    SortedJson hashed = {{"inputs", SortedJson::array()}, {"values", v_}};
    for (auto at = hashed["values"].begin(); at != hashed["values"].end();) {
      const ParameterRow* const row = find_row(at.key());
      at = row != nullptr && row->names_input ? hashed["values"].erase(at) : std::next(at);
    }
    // The name of a file that is an input, or of a program on a disk that is one.
    if (!is_on_disk(setup().program)) hashed["values"].erase(key::kWorkloadProgram);
    for (const InputFile& file : p_.inputs)
      hashed["inputs"].push_back({file.role, file.name, file.sha256});
    return sha256(hashed.dump());
  }

  const Setup& setup() const { return p_.setup; }

  const Values& v_;
  const Locations& locations_;
  Prepared p_;
};

}  // namespace

Result<Prepared, Error> prepare(const Values& values, const Locations& locations) {
  return Preparer{values, locations}.run();
}

Result<machine::Booted, Error> boot(const Prepared& p) {
  if (!p.setup.virtualised) return boot_native(p.setup.machine, p.image);
  machine::VmImage vm;
  vm.boot = p.image;
  vm.memory = p.setup.vm_memory;
  return boot_monitor(p.setup.machine, p.monitor, {vm}, p.setup.monitor);
}

}  // namespace config
