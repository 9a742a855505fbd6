// Flattened device trees: the monitor's reader, judged by libfdt where libfdt takes the tree for
// sound, and the monitor's boot with a mutated tree, its machine's or its guest's.
#include <fmt/format.h>
#include <libfdt.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "disco/core/boot/fdt.hpp"
#include "disco/host/trial_boot.hpp"
#include "machine/boot/device_tree.hpp"
#include "tests/fuzz/corpus_subject.hpp"
#include "tests/fuzz/guarded_memory.hpp"
#include "tests/machine/machine_program.hpp"

namespace fuzz {
namespace {

using namespace common;
using disco::Fdt;

constexpr std::size_t kLongest = 64 * kKiB;

// ---- the machine that the monitor boots on

constexpr std::uint64_t kRam = 24 * kMiB;
constexpr MachineAddr kMonitorEnd{0x40000}, kTree{0x80000};
constexpr MachineAddr kKernel{16 * kMiB}, kInitrd{17 * kMiB}, kGuestTree{18 * kMiB};
constexpr std::uint64_t kInitrdBytes = 0x3000, kGuestBytes = 2 * kMiB;
constexpr std::uint64_t kGuestInitrd = kGuestBytes - 0x4000;

machine::TreeMachine guest_machine() {
  machine::TreeMachine guest;
  guest.memory_per_node = kGuestBytes;
  guest.clock_hz = 400'000'000;
  guest.chosen.bootargs = "init=/bin/hello -- some words";
  guest.chosen.initrd = machine::Extent{PhysAddr{kGuestInitrd}, kInitrdBytes};
  return guest;
}

machine::TreeMachine monitor_machine(std::uint64_t kernel_bytes, std::uint64_t tree_bytes) {
  machine::TreeMachine machine;
  machine.memory_per_node = kRam;
  machine.clock_hz = 400'000'000;
  machine.chosen.bootargs = "verbose";
  machine::TreeVm vm;
  vm.memory = kGuestBytes;
  vm.kernel = {PhysAddr{kKernel.bits()}, kernel_bytes};
  vm.initrd = {PhysAddr{kInitrd.bits()}, kInitrdBytes};
  vm.tree = {PhysAddr{kGuestTree.bits()}, tree_bytes};
  machine.monitor = machine::TreeMonitor{256, false, {vm}};
  return machine;
}

Bytes built(const machine::TreeMachine& machine) {
  auto tree = machine::build_tree(machine);
  CHECK(tree.has_value());
  return std::move(*tree);
}

/// A kernel as the monitor's guests are linked.
Bytes guest_kernel() {
  machine::test::ElfMaker elf;
  elf.entry = 0xffffffffc0100000;
  elf.add(0xffffffffc0100000, machine::test::power_off(0));
  return elf.make();
}

// ---- the corpus

/// The header, and the cells of all properties: what can change without the tree falling apart.
std::vector<Field> tree_fields(const Bytes& bytes) {
  std::vector<Field> fields;
  for (std::size_t at = 0; at < 40; at += 4) fields.push_back({at, 4});
  int property = 0;
  for (int node = 0; node >= 0; node = fdt_next_node(bytes.data(), node, nullptr)) {
    fdt_for_each_property_offset(property, bytes.data(), node) {
      int length = 0;
      const void* const value = fdt_getprop_by_offset(bytes.data(), property, nullptr, &length);
      CHECK(value != nullptr);
      const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(value) - bytes.data());
      fields.push_back({at - 8, 4});  // its length
      for (std::size_t i = 0; i + 4 <= static_cast<std::size_t>(length); i += 4) {
        fields.push_back({at + i, i + 8 <= static_cast<std::size_t>(length) ? 8U : 4U});
      }
    }
  }
  return fields;
}

std::vector<Sample> tree_corpus() {
  machine::TreeMachine many;
  many.nodes = 4;
  many.cpus_per_node = 2;
  many.memory_per_node = 1024 * kMiB;
  many.clock_hz = 200'000'000;
  const Bytes guest = built(guest_machine());
  std::vector<Sample> corpus;
  corpus.push_back({"of a guest", guest});
  corpus.push_back(
      {"of the monitor's machine", built(monitor_machine(guest_kernel().size(), guest.size()))});
  corpus.push_back({"of four nodes", built(many)});
  for (Sample& sample : corpus) sample.fields = tree_fields(sample.bytes);
  return corpus;
}

// ---- the reader

/// What libfdt finds at a place of the tree, and what the monitor's reader does.
class Comparison {
 public:
  Comparison(const Bytes& bytes, const Fdt& ours) : bytes_{bytes}, ours_{ours} {}

  /// How they differ; "" if they agree.
  std::string run() {
    const auto root = ours_.root();
    if (!root) return "libfdt finds a root";
    node(fdt_next_node(raw(), -1, nullptr), *root, 0);
    return differs_;
  }

 private:
  static constexpr int kDeepest = 64;

  const void* raw() const { return bytes_.data(); }
  void note(std::string what) {
    if (differs_.empty() && !judge_is_lost_) differs_ = std::move(what);
  }

  void node(int judge, Fdt::Node here, int depth) {
    int length = 0;
    const char* const name = fdt_get_name(raw(), judge, &length);
    if (name == nullptr ||
        ours_.name(here) != std::string_view{name, static_cast<std::size_t>(length)}) {
      return note("a node has another name");
    }
    properties(judge, here);
    if (depth == kDeepest || !differs_.empty()) return;
    auto child = ours_.first_child(here);
    int sub = 0;
    fdt_for_each_subnode(sub, raw(), judge) {
      if (!child) return note("libfdt finds more children of " + std::string{name});
      node(sub, *child, depth + 1);
      if (!differs_.empty()) return;
      child = ours_.next_sibling(*child);
    }
    if (child) note("libfdt finds fewer children of " + std::string{name});
  }

  void properties(int judge, Fdt::Node here) {
    int at = 0;
    fdt_for_each_property_offset(at, raw(), judge) {
      const char* name = nullptr;
      int length = 0;
      const void* const value = fdt_getprop_by_offset(raw(), at, &name, &length);
      if (value == nullptr || length < 0) {
        judge_is_lost_ = true;
        return;
      }
      int first_length = 0;  // of several with one name the first counts
      const void* const first = fdt_getprop(raw(), judge, name, &first_length);
      const auto found = ours_.property(here, name);
      if (!found || found->size() != static_cast<std::size_t>(first_length) ||
          (first_length != 0 && std::memcmp(found->data(), first, found->size()) != 0)) {
        return note(fmt::format("libfdt reads another property \"{}\"", name));
      }
    }
  }

  const Bytes& bytes_;
  const Fdt& ours_;
  std::string differs_;
  // libfdt 1.6 lets a length of 2^32 - 1 pass and then reads on where the property began.
  bool judge_is_lost_ = false;
};

/// Looks at everything in the tree. A broken promise, or nullptr.
class Walk {
 public:
  Walk(const Bytes& bytes, const Fdt& tree) : bytes_{bytes}, tree_{tree} {}

  const char* run() {
    if (const auto root = tree_.root()) node(*root, 0);
    for (const char* path :
         {"/", "/cpus/cpu@0", "/memory", "/soc/serial", "/disco/vm@0", "/none/such", "//"}) {
      if (const auto found = tree_.find(path)) properties(*found);
    }
    std::size_t reservations = 0;
    tree_.for_each_reservation([&](std::uint64_t, std::uint64_t) { ++reservations; });
    if (reservations > bytes_.size() / 16) fault_ = "more reservations than the tree has room for";
    return fault_;
  }

 private:
  static constexpr std::size_t kMostNodes =
      3000;  // next_sibling() walks: no more than a second of it

  void node(Fdt::Node here, int depth) {
    if (++nodes_ > kMostNodes || depth > 64) return;
    properties(here);
    for (auto child = tree_.first_child(here); child; child = tree_.next_sibling(*child)) {
      if (child->at <= here.at) fault_ = "a child before its parent";
      if (nodes_ > kMostNodes || fault_ != nullptr) return;
      node(*child, depth + 1);
    }
  }

  void properties(Fdt::Node here) {
    static_cast<void>(tree_.name(here));
    for (const char* name :
         {"reg", "compatible", "bootargs", "memory-size", "", "linux,initrd-start"}) {
      const auto value = tree_.property(here, name);
      if (value && (value->data() < bytes_.data() ||
                    value->data() + value->size() > bytes_.data() + bytes_.size())) {
        fault_ = "a property beyond the tree";
      }
      static_cast<void>(tree_.number(here, name));
      static_cast<void>(tree_.cell64(here, name, 3));
    }
  }

  const Bytes& bytes_;
  const Fdt& tree_;
  const char* fault_ = nullptr;
  std::size_t nodes_ = 0;
};

// ---- the boot

/// Whether the tree tells the truth about memory. A machine's does: only hardware can know.
bool describes_this_machine(const Bytes& bytes) {
  const auto tree = Fdt::open(bytes);
  const auto root = tree ? tree->root() : std::nullopt;
  if (!root) return true;
  for (auto node = tree->first_child(*root); node; node = tree->next_sibling(*node)) {
    if (!tree->name(*node).starts_with("memory@")) continue;
    for (unsigned n = 0;; n += 2) {
      const auto at = tree->cell64(*node, "reg", n), size = tree->cell64(*node, "reg", n + 1);
      if (!at || !size) break;
      if (*at > kRam || *size > kRam - *at) return false;
    }
  }
  return true;
}

/// libfdt does not ask for it, the specification does: the reservation block at a multiple of 8.
bool is_aligned(const Bytes& bytes) { return get(bytes, {16, 4}, ByteOrder::kBig) % 8 == 0; }

/// Trees of before version 16, when nodes were named by whole paths, are refused by the monitor and
/// are too much for libfdt 1.6, which reads through a null pointer on some.
bool is_too_old(const Bytes& bytes) {
  return bytes.size() < 24 || get(bytes, {20, 4}, ByteOrder::kBig) < 16;
}

class TreeSubject final : public CorpusSubject {
 public:
  TreeSubject() : CorpusSubject{tree_corpus(), ByteMutator{ByteOrder::kBig, kLongest}} {}

  Verdict load(const Input& input) override {
    const auto tree = Fdt::open(input.bytes);
    if (tree) {
      if (const char* fault = Walk{input.bytes, *tree}.run()) return broken(fault);
    }
    const bool libfdt_agrees =
        !is_too_old(input.bytes) && fdt_check_full(input.bytes.data(), input.bytes.size()) == 0;
    if (libfdt_agrees) {
      if (!tree && is_aligned(input.bytes))
        return broken("a tree that libfdt takes for sound is refused");
      if (!tree) return refused("reader: blocks not aligned as the specification says");
      if (const std::string d = Comparison{input.bytes, *tree}.run(); !d.empty()) return broken(d);
    }
    if (input.bytes.size() < 8) return refused("reader: too short");
    if (input.origin == samples()[0].name) return boot(samples()[1].bytes, input.bytes);
    if (input.origin == samples()[1].name) return boot(input.bytes, samples()[0].bytes);
    if (!tree) return refused("reader: no tree");
    return accepted(libfdt_agrees ? "reader: as libfdt reads it" : "reader: what libfdt refuses");
  }

 private:
  Verdict boot(const Bytes& machine, const Bytes& guest) {
    if (!describes_this_machine(machine)) return accepted("boot: on another machine, left out");
    memory_.clear();
    const disco::MachineMemory memory{memory_.base()};
    const auto put = [&](MachineAddr at, const Bytes& bytes) {
      memory.copy_in(at, bytes.data(), bytes.size());
    };
    put(kTree, machine);
    put(kGuestTree, guest);
    put(kKernel, kernel_);
    disco::NoHardware hardware;
    disco::TrialBoot tried{{kTree, kMonitorEnd, kMonitorEnd.bits(), 0x900, 0}, memory, hardware};
    if (tried.start_all()) return accepted("boot: all guests are ready to run");
    const disco::StopReason& why = tried.why();
    if (why.code != disco::StopCode::kBadMachine && why.code != disco::StopCode::kBadImage)
      return broken("the monitor stops with another code");
    if (why.sentence == nullptr || *why.sentence == '\0')
      return broken("the monitor stops without a sentence");
    return refused(fmt::format("boot: {}", class_of(why.sentence)));
  }

  Bytes kernel_ = guest_kernel();
  GuardedMemory memory_{kRam};
};

}  // namespace

std::unique_ptr<Subject> make_tree_subject() { return std::make_unique<TreeSubject>(); }

}  // namespace fuzz
