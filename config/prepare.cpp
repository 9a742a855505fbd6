#include "config/prepare.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/schema/keys.hpp"
#include "config/schema/schema.hpp"
#include "machine/boot/initrd.hpp"

namespace config {
namespace {

/// What is said of one kernel, wherever it was said.
struct KernelWishes {
  std::string kernel, initrd, append, program;
  std::vector<std::string> arguments, files;
};

KernelWishes wishes_of(const Setup& s) {
  return {s.kernel, s.initrd, s.append, s.program, s.arguments, s.files};
}

/// Another kernel than the usual one has another RAM disk, another program other arguments.
KernelWishes wishes_of(const Setup& s, const VmSetup& vm) {
  const bool own_kernel = vm.kernel && !vm.kernel->empty();
  KernelWishes wishes;
  wishes.kernel = own_kernel ? *vm.kernel : s.kernel;
  wishes.initrd = vm.initrd.value_or(own_kernel ? "" : s.initrd);
  wishes.append = vm.append.value_or(s.append);
  wishes.program = vm.program.value_or(s.program);
  wishes.arguments = vm.arguments.value_or(vm.program ? std::vector<std::string>{} : s.arguments);
  wishes.files = vm.files.value_or(s.files);
  return wishes;
}

/// Reads the files of one kernel; `input` reads one and remembers it.
class KernelPreparer {
 public:
  using Input = std::function<Result<machine::Blob, Error>(const char* role,
                                                           const std::filesystem::path& path)>;
  KernelPreparer(const KernelWishes& wishes, bool virtualised, const Locations& locations,
                 Input input)
      : wishes_{wishes},
        virtualised_{virtualised},
        locations_{locations},
        input_{std::move(input)} {}

  Result<PreparedKernel, Error> run() {
    if (const auto kernel = read_kernel(); !kernel) return Failure{kernel.error()};
    if (const auto disk = read_disk(); !disk) return Failure{disk.error()};
    if (const auto packed = pack_programs(); !packed) return Failure{packed.error()};
    p_.program = wishes_.program;
    return std::move(p_);
  }

  // A disk that brings its own programs: names without a slash are its.
  static bool is_on_disk(const KernelWishes& wishes) {
    return !wishes.initrd.empty() && wishes.program.find('/') == std::string::npos;
  }

 private:
  Result<Nothing, Error> read_kernel() {
    const auto path = locations_.kernel(wishes_.kernel, virtualised_);
    if (!path) return Failure{path.error()};
    auto kernel = input_("kernel", *path);
    if (!kernel) return Failure{kernel.error()};
    p_.image.kernel = std::move(*kernel);
    return Nothing{};
  }

  // The disk that everything else is added to.
  Result<Nothing, Error> read_disk() {
    if (wishes_.initrd.empty()) return Nothing{};
    const auto path = locations_.disk(wishes_.initrd);
    if (!path) return Failure{path.error()};
    auto disk = input_("initrd", *path);
    if (!disk) return Failure{disk.error()};
    p_.image.initrd = std::move(*disk);
    return Nothing{};
  }

  Result<Nothing, Error> pack_programs() {
    const bool on_disk = is_on_disk(wishes_);
    std::vector<std::string> names;
    if (!on_disk) names.push_back(wishes_.program);
    names.insert(names.end(), wishes_.files.begin(), wishes_.files.end());
    machine::Initrd disk;
    std::vector<std::string> packed;
    for (const std::string& name : names) {
      const auto path = locations_.program(name);
      if (!path) return Failure{path.error()};
      const std::string entry = machine::initrd_entry(*path);
      if (std::find(packed.begin(), packed.end(), entry) != packed.end()) continue;
      packed.push_back(entry);
      const auto blob = input_("program", *path);
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
    p_.image.bootargs = machine::boot_arguments(
        wishes_.append, on_disk ? wishes_.program : packed.front(), wishes_.arguments);
    return Nothing{};
  }

  const KernelWishes& wishes_;
  const bool virtualised_;
  const Locations& locations_;
  const Input input_;
  PreparedKernel p_;
};

class Preparer {
 public:
  Preparer(const Values& values, const Locations& locations) : v_{values}, locations_{locations} {
    p_.setup = setup_of(values);
    if (setup().virtualised) {
      for (const VmSetup& vm : setup().vms) wishes_.push_back(wishes_of(setup(), vm));
    }
    if (wishes_.empty()) wishes_.push_back(wishes_of(setup()));
  }

  Result<Prepared, Error> run() {
    for (const KernelWishes& wishes : wishes_) {
      auto kernel = KernelPreparer{
          wishes, setup().virtualised, locations_,
          [this](const char* role, const std::filesystem::path& path) {
            return input(role, path);
          }}.run();
      if (!kernel) return Failure{kernel.error()};
      p_.kernels.push_back(std::move(*kernel));
    }
    if (setup().virtualised) {
      if (const auto monitor = read_monitor(); !monitor) return Failure{monitor.error()};
    }
    if (const auto images = find_images(); !images) return Failure{images.error()};
    p_.hash = hash();
    return std::move(p_);
  }

 private:
  /// A file that several kernels have is an input once.
  Result<machine::Blob, Error> input(const char* role, const std::filesystem::path& path) {
    auto blob = machine::read_blob(path.string());
    if (!blob) return blob;
    InputFile file{role, path.filename().string(), path.string(), sha256(blob->bytes)};
    read_.push_back(file.sha256);
    const bool known = std::any_of(
        p_.inputs.begin(), p_.inputs.end(),
        [&file](const InputFile& one) { return one.role == file.role && one.path == file.path; });
    if (!known) p_.inputs.push_back(std::move(file));
    return blob;
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

  // Contents count, not paths: the same experiment in another directory is the same experiment.
  std::string hash() const {
    SortedJson hashed = {{"inputs", SortedJson::array()}, {"values", v_}};
    for (auto at = hashed["values"].begin(); at != hashed["values"].end();) {
      const ParameterRow* const row = find_row(at.key());
      at = row != nullptr && row->names_input ? hashed["values"].erase(at) : std::next(at);
    }
    // The name of a file that is an input, or of a program on a disk that is one.
    if (!KernelPreparer::is_on_disk(wishes_.front())) hashed["values"].erase(key::kWorkloadProgram);
    for (const InputFile& file : p_.inputs)
      hashed["inputs"].push_back({file.role, file.name, file.sha256});
    // Who has which, in the order of kinds.
    if (setup().virtualised && !setup().vms.empty()) hashed["read"] = read_;
    return sha256(hashed.dump());
  }

  const Setup& setup() const { return p_.setup; }

  const Values& v_;
  const Locations& locations_;
  std::vector<KernelWishes> wishes_;
  std::vector<std::string> read_;  // hashes of all files, as often as they were read
  Prepared p_;
};

}  // namespace

Result<Prepared, Error> prepare(const Values& values, const Locations& locations) {
  return Preparer{values, locations}.run();
}

namespace {

machine::VmPlacement placement_named(std::string_view word) {
  using enum machine::VmPlacement;
  return word == "fixed" ? kFixed : word == "round-robin" ? kRoundRobin : kFirstTouch;
}

}  // namespace

std::vector<machine::VmImage> images_of(const Prepared& p) {
  std::vector<machine::VmImage> images;
  if (!p.setup.virtualised) return images;
  for (std::size_t kind = 0; kind < p.kernels.size(); ++kind) {
    machine::VmImage& image = images.emplace_back();
    image.boot = p.kernels[kind].image;
    image.memory = p.setup.vm_memory;
    if (p.setup.vms.empty()) continue;
    const VmSetup& vm = p.setup.vms.at(kind);
    image.name = vm.name;
    image.memory = vm.memory.value_or(p.setup.vm_memory);
    image.count = static_cast<std::uint32_t>(vm.count);
    image.cpus = vm.cpus;
    image.start = vm.start;
    image.every = vm.every;
    if (vm.stop != 0) image.stop = vm.stop;
    image.restarts = vm.restarts;
    image.placement = placement_named(vm.placement);
    image.node = vm.node;
  }
  return images;
}

Result<machine::Booted, Error> boot(const Prepared& p) {
  if (!p.setup.virtualised) return boot_native(p.setup.machine, p.kernels.at(0).image);
  return boot_monitor(p.setup.machine, p.monitor, images_of(p), p.setup.monitor);
}

}  // namespace config
