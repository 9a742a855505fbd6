// Snapshots. Their checksum is made right again, or nothing else would ever be looked at; what can
// be restored is run for a while, whatever state it is.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "machine/devices/virtio/net_device.hpp"
#include "machine/snapshot.hpp"
#include "tests/fuzz/corpus_subject.hpp"
#include "tests/machine/machine_program.hpp"

namespace fuzz {
namespace {

using namespace common;

constexpr const char* kName = "fuzzed.snapshot";
constexpr std::size_t kLongest = 256 * kKiB;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::uint64_t kInstructions = 500;
constexpr unsigned kDamagedOneIn = 16;  // keeps the checksum that its mutations made wrong

machine::MachineConfig machine_config() {
  machine::MachineConfig config = machine::test::small_machine();
  config.memory_per_node = 2 * kMiB;
  config.cpus_per_node = 2;
  config.fidelity = cpu::Fidelity::kMemory;  // so that caches and directories are in it, small ones
  config.memory_system.primary_instruction = {1 * kKiB, 2, 64};
  config.memory_system.primary_data = {1 * kKiB, 2, 32};
  config.memory_system.secondary = {16 * kKiB, 2, 128};
  config.network.emplace();
  config.virtio_console = true;
  return config;
}

/// Small ones for a network device without a driver: some that will be lost in the run, some later.
void expect_frames(machine::Machine& machine) {
  machine::Frame frame;
  frame.bytes = 20;
  for (std::uint64_t n = 0; n < 4; ++n) {
    frame.arrival = (machine.now().count() + 400) * 5 / 2 + n * 100'000;
    std::fill_n(frame.data.begin(), 6, std::byte{0xff});
    machine.network()->expect(frame);
  }
}

/// A busy kernel's machine after `instructions`, with console input and frames on their way.
Sample sample_after(std::uint64_t instructions) {
  auto booted = machine::boot_native(machine_config(), machine::test::busy_kernel(2000));
  CHECK(booted.has_value());
  machine::Machine& machine = *booted->machine;
  machine.add_console_input({Cycles{50'000}, "typed"});
  machine.add_console_input({Cycles{90'000'000}, "typed later"});
  const auto end = machine.run({.cycles = Cycles::never(), .instructions = instructions});
  CHECK(end.has_value());
  expect_frames(machine);
  return {fmt::format("after {} instructions", instructions), machine::snapshot(machine)};
}

/// The values of words and the sizes of blocks of bytes: what follows the tags (docs/state.md).
std::vector<Field> snapshot_fields(const Bytes& bytes) {
  std::vector<Field> fields{{8, 8}, {16, 8}};
  constexpr std::size_t kConfig = 24;
  std::size_t at = kConfig;
  const auto byte = [&bytes](std::size_t i) { return std::to_integer<std::size_t>(bytes.at(i)); };
  const auto name = [&] { at += 1 + byte(at); };
  const auto number = [&] {
    fields.push_back({at, 8});
    at += 8;
    return get(bytes, {at - 8, 8}, ByteOrder::kLittle);
  };
  for (std::uint64_t n = get(bytes, {16, 8}, ByteOrder::kLittle); n > 0; --n) name(), number();
  while (at + kChecksumBytes < bytes.size()) {
    const auto kind = static_cast<char>(byte(at++));
    name();
    if (kind == 'W') number();
    if (kind != 'B') continue;
    const std::uint64_t size = number();
    for (std::uint64_t page; (page = number()) != ~std::uint64_t{0};) {
      at += std::min(kPageSize, size - page * kPageSize);
    }
  }
  CHECK(at + kChecksumBytes == bytes.size());
  return fields;
}

std::vector<Sample> snapshot_corpus() {
  std::vector<Sample> corpus;
  for (const std::uint64_t instructions : {0U, 1000U, 30'000U}) {
    corpus.push_back(sample_after(instructions));
    corpus.back().fields = snapshot_fields(corpus.back().bytes);
  }
  return corpus;
}

class SnapshotSubject final : public CorpusSubject {
 public:
  SnapshotSubject() : CorpusSubject{snapshot_corpus(), ByteMutator{ByteOrder::kLittle, kLongest}} {}

  Verdict load(const Input& input) override {
    const auto machine = machine::Machine::make(machine_config());
    CHECK(machine.has_value());
    const auto restored = machine::restore(**machine, kName, input.bytes);
    if (!restored) return judge(restored.error(), ErrorCode::kInput, kName);
    const std::uint64_t limit = (*machine)->retired() + kInstructions;
    const auto end =
        (*machine)->run({.cycles = (*machine)->now() + Cycles{100'000}, .instructions = limit});
    const machine::Digest digest = (*machine)->digest();
    static_cast<void>(digest);
    if (end) return accepted(fmt::format("run: {}", machine::name_of(*end)));
    const Error& error = end.error();
    if (error.code != ErrorCode::kGuest ||
        !error.what.starts_with("takes exceptions without end")) {
      return broken("the run ends with: " + error.message());
    }
    return accepted("run: " + class_of(error.what));
  }

 protected:
  void finish(Input& input) const override {
    Bytes& bytes = input.bytes;
    if (bytes.size() < kChecksumBytes || input.choice % kDamagedOneIn == 0) return;
    const std::size_t body = bytes.size() - kChecksumBytes;
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), body));
    for (std::size_t i = 0; i < kChecksumBytes; ++i) {
      bytes[body + i] = static_cast<std::byte>(canonical.digest[i]);
    }
  }
};

}  // namespace

std::unique_ptr<Subject> make_snapshot_subject() { return std::make_unique<SnapshotSubject>(); }

}  // namespace fuzz
