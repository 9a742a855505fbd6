// The monitor, its tree and the files of its guests. What can be known to be impossible is refused
// here by the name of its key; what depends on when virtual machines end, the monitor sees.
#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "disco/core/memory/guest_address.hpp"
#include "disco/core/tlb/l2_tlb.hpp"
#include "disco/core/tlb/virtual_tlb.hpp"
#include "hardware/board/address_map.hpp"
#include "machine/boot/boot.hpp"
#include "machine/boot/file_space.hpp"
#include "machine/boot/load_kernel.hpp"

namespace machine {

using namespace loading;

namespace {

constexpr std::uint64_t kLeastSlice = 10'000, kMostSlice = 10'000'000'000;  // nanoseconds

/// "vms.web.memory", or the key of the only virtual machine.
std::string key_of(const VmImage& image, const char* key) {
  return image.name.empty() ? std::string{"monitor.vm."} + key : "vms." + image.name + "." + key;
}

Failure<Error> out_of_range(std::string key, std::uint64_t value, const char* of,
                            std::string remedy) {
  return refuse(ErrorCode::kConfig, std::move(key),
                std::to_string(value) + " " + of + " are out of range", std::move(remedy));
}

Failure<Error> not_there(std::string key, const char* what, std::uint64_t number,
                         std::uint64_t count) {
  return refuse(ErrorCode::kConfig, std::move(key),
                std::string{what} + " " + std::to_string(number) + " is not there",
                "the machine has " + std::to_string(count) + ", numbered from 0");
}

/// A virtual CPU may have a TLB as large as any machine's.
static_assert(disco::VirtualTlb::kMinEntries == mmu::kLeastTlbEntries &&
              disco::VirtualTlb::kMaxEntries == mmu::kMostTlbEntries);

Result<Nothing, Error> check_params(const MachineConfig& config, const MonitorParams& params) {
  const std::uint32_t tlb = params.tlb_entries, l2 = params.l2tlb_entries;
  if (tlb != 0 && (tlb < mmu::kLeastTlbEntries || tlb > mmu::kMostTlbEntries)) {
    return out_of_range("monitor.tlb.entries", tlb, "entries",
                        "use " + std::to_string(mmu::kLeastTlbEntries) + " to " +
                            std::to_string(mmu::kMostTlbEntries) +
                            ", or 0 for as many as the machine's TLB has");
  }
  if (!disco::L2Tlb::is_valid_size(l2)) {
    return refuse(ErrorCode::kConfig, "monitor.l2tlb.entries",
                  std::to_string(l2) + " is neither 0 nor a power of two from " +
                      std::to_string(disco::L2Tlb::kWays) + " to " +
                      std::to_string(disco::L2Tlb::kMaxEntries),
                  "use such a number");
  }
  if (params.device_cpu >= config.cpus_per_node) {
    return refuse(ErrorCode::kConfig, "monitor.device_cpu",
                  "CPU " + std::to_string(params.device_cpu) +
                      " is not one of node 0, whose devices interrupt it",
                  "node 0 has " + std::to_string(config.cpus_per_node) + ", numbered from 0");
  }
  if (params.slice < kLeastSlice || params.slice > kMostSlice)
    return out_of_range("monitor.slice", params.slice, "nanoseconds", "use 10us to 10s");
  return Nothing{};
}

/// What a kind of virtual machines says of itself and of the machine's processors and nodes.
Result<Nothing, Error> check_vm(const MachineConfig& config, const VmImage& image) {
  if (image.memory < disco::kLeastGuestMemory || image.memory > disco::kMostGuestMemory ||
      image.memory % kPageSize != 0) {
    return out_of_range(key_of(image, "memory"), image.memory, "bytes",
                        "use " + megabytes(disco::kLeastGuestMemory) + " to " +
                            megabytes(disco::kMostGuestMemory) + " in whole pages of 4 KB");
  }
  if (image.vcpus != kVcpus)
    return out_of_range(key_of(image, "vcpus"), image.vcpus, "VCPUs", "use 1");
  for (const std::uint32_t cpu : image.cpus) {
    const std::uint32_t count = config.nodes * config.cpus_per_node;
    if (cpu >= count) return not_there(key_of(image, "cpus"), "CPU", cpu, count);
  }
  if (image.placement == VmPlacement::kFixed && image.node >= config.nodes)
    return not_there(key_of(image, "node"), "node", image.node, config.nodes);
  if (image.stop && *image.stop <= image.start) {
    return refuse(ErrorCode::kConfig, key_of(image, "stop"), "is not later than its start",
                  "say a later time, or leave it out: then it runs until it ends");
  }
  return Nothing{};
}

/// Those that start at one instant are all there at once; whoever started earlier may have ended.
Result<Nothing, Error> check_sums(const MachineConfig& config, const std::vector<VmImage>& vms,
                                  std::uint64_t files) {
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> at;  // how many, bytes
  std::uint64_t count = 0;
  for (const VmImage& vm : vms) {
    count += vm.count;
    for (std::uint64_t k = 0; k < vm.count; ++k) {
      auto& [number, bytes] = at[vm.start + k * vm.every];
      ++number;
      bytes += vm.memory;
    }
  }
  if (count == 0)
    return refuse(ErrorCode::kConfig, "monitor", "has no virtual machine to run", "give it one");
  const std::uint64_t total = config.nodes * config.memory_per_node;
  const std::uint64_t taken = files + config.nodes * std::uint64_t{kPageSize};
  for (const auto& [start, sum] : at) {
    if (sum.second + taken <= total) continue;
    const std::string who =
        count == 1 ? "the virtual machine has "
        : sum.first == 1
            ? "one of the virtual machines has "
            : std::to_string(sum.first) + " virtual machines that start at the same time have ";
    return refuse(ErrorCode::kConfig, "machine.mem.per_node",
                  who + megabytes(sum.second) + ", the machine " + megabytes(total) +
                      ", of which files take " + megabytes(files),
                  "give the machine more memory or the virtual machines less" +
                      std::string{sum.first > 1 ? ", or let some start later" : ""});
  }
  return Nothing{};
}

Result<Nothing, Error> check_count(const std::vector<VmImage>& vms) {
  std::uint64_t count = 0;
  for (const VmImage& vm : vms) count += vm.count;
  if (count <= kMostVms) return Nothing{};
  return refuse(ErrorCode::kConfig, "vms",
                std::to_string(count) + " virtual machines are more than a console can name",
                "use at most " + std::to_string(kMostVms));
}

/// Reads what virtual machines are made of and puts it where the monitor finds it.
class MonitorLoader {
 public:
  MonitorLoader(Machine& machine, const std::vector<VmImage>& vms, const MonitorParams& params)
      : machine_{machine},
        vms_{vms},
        params_{params},
        space_{machine},
        tree_{tree_of(machine.config())} {
    tree_.chosen.bootargs = params.bootargs;
    tree_.monitor =
        TreeMonitor{params.l2tlb_entries, params.large_pages, {}, params.device_cpu, params.slice};
  }

  /// Fills in all of `booted` that is not the monitor's.
  Result<Nothing, Error> load(Booted& booted) {
    describe(booted);
    // Where files are does not change how long the tree is.
    const auto sized = build_tree(tree_);
    if (!sized) return Failure{sized.error()};
    const auto tree_at = space_.reserve_low("device tree", sized->size());
    if (!tree_at) return Failure{tree_at.error()};
    std::size_t number = 0;
    for (const VmImage& image : vms_) {
      if (image.count == 0) {
        booted.guests.emplace_back();
        continue;
      }
      const auto files = put_files(image, booted);
      if (!files) return Failure{files.error()};
      for (std::uint32_t k = 0; k < image.count; ++k) {
        TreeVm& vm = tree_.monitor->vms[number++];
        vm.kernel = files->kernel, vm.initrd = files->initrd, vm.tree = files->tree;
      }
    }
    if (const auto ok = check_sums(machine_.config(), vms_, space_.bytes()); !ok) return ok;
    const auto tree = build_tree(tree_);
    CHECK(tree && tree->size() == tree_at->size);
    write_file_at(machine_, tree_at->at, *tree);
    booted.tree = tree_at->at;
    booted.tree_bytes = tree_at->size;
    booted.files = space_.extents();
    return Nothing{};
  }

 private:
  void describe(Booted& booted) {
    for (std::size_t kind = 0; kind < vms_.size(); ++kind) {
      const VmImage& image = vms_[kind];
      for (std::uint32_t k = 0; k < image.count; ++k) {
        TreeVm vm;
        vm.memory = image.memory, vm.vcpus = image.vcpus, vm.cpus = image.cpus;
        vm.start = image.start + k * image.every;
        if (image.stop) vm.stop = *image.stop + k * image.every;
        vm.restarts = image.restarts;
        vm.placement = static_cast<std::uint32_t>(image.placement), vm.node = image.node;
        tree_.monitor->vms.push_back(std::move(vm));
        booted.vms.push_back({image.name_of(k), kind});
      }
    }
  }

  Result<TreeVm, Error> put_files(const VmImage& image, Booted& booted) {
    const MachineConfig& config = machine_.config();
    const auto kernel = read_image(image.boot.kernel);
    if (!kernel) return Failure{kernel.error()};
    if (const auto ok = check_entry(image.boot.kernel, *kernel, Window::kGuest); !ok)
      return Failure{ok.error()};
    if (kernel->end().bits() > image.memory) {
      return refuse(ErrorCode::kInput, image.boot.kernel.name,
                    "does not fit into the guest's " + megabytes(image.memory),
                    "give the virtual machine more memory (" + key_of(image, "memory") + ")");
    }
    TreeMachine guest;
    guest.cpus_per_node = image.vcpus;
    guest.memory_per_node = image.memory;
    guest.clock_hz = config.clock_hz;
    guest.tlb_entries = params_.tlb_entries == 0 ? config.tlb.entries : params_.tlb_entries;
    auto top = settle_top(guest, image.boot, kernel->end());
    if (!top) return Failure{top.error()};
    auto symbols = symbols_of(image.boot.kernel);
    if (!symbols) return Failure{symbols.error()};
    booted.guests.push_back(std::move(*symbols));
    guest_trees_.push_back(std::move(top->tree));

    TreeVm files;
    const std::pair<Extent*, std::pair<std::string, std::span<const std::byte>>> wanted[] = {
        {&files.kernel, {image.boot.kernel.name, image.boot.kernel.bytes}},
        {&files.initrd, {image.boot.initrd.name, image.boot.initrd.bytes}},
        {&files.tree, {"guest device tree", guest_trees_.back()}}};
    for (const auto& [place, file] : wanted) {
      const auto at = space_.put(file.first, file.second);
      if (!at) return Failure{at.error()};
      *place = *at;
    }
    return files;
  }

  Machine& machine_;
  const std::vector<VmImage>& vms_;
  const MonitorParams& params_;
  FileSpace space_;
  TreeMachine tree_;
  std::deque<std::vector<std::byte>> guest_trees_;  // stay where they are
};

}  // namespace

Result<Booted, Error> boot_monitor(const MachineConfig& config, const Blob& monitor,
                                   const std::vector<VmImage>& vms, const MonitorParams& params) {
  auto machine = Machine::make(config);
  if (!machine) return Failure{machine.error()};
  if (const auto ok = check_params(config, params); !ok) return Failure{ok.error()};
  if (const auto ok = check_count(vms); !ok) return Failure{ok.error()};
  for (const VmImage& vm : vms) {
    if (const auto ok = check_vm(config, vm); !ok) return Failure{ok.error()};
  }
  if (const auto ok = check_sums(config, vms, 0); !ok) return Failure{ok.error()};
  const auto image = read_image(monitor);
  if (!image) return Failure{image.error()};
  if (const auto ok = check_entry(monitor, *image, Window::kUnmapped); !ok)
    return Failure{ok.error()};
  if (image->end() > files_at(config.memory_per_node)) {
    return refuse(ErrorCode::kInput, monitor.name,
                  "reaches beyond " + megabytes(files_at(config.memory_per_node).bits()) +
                      ", where its files are put",
                  "link the monitor below 1 MB");
  }
  auto symbols = symbols_of(monitor);
  if (!symbols) return Failure{symbols.error()};
  if (const auto ok = load_image(**machine, monitor, *image); !ok) return Failure{ok.error()};

  Booted booted;
  if (const auto ok = MonitorLoader{**machine, vms, params}.load(booted); !ok)
    return Failure{ok.error()};
  start_boot_cpu(**machine, *image, booted.tree);
  booted.machine = std::move(*machine);
  booted.symbols = std::move(*symbols);
  booted.entry = image->entry;
  return booted;
}

}  // namespace machine
