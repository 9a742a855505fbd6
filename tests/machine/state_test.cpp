// The digest sees every kind of state; snapshots bring all of it back, and fit only their own kind
// of machine.
#include "tests/support/catch.hpp"

#include <xxhash.h>

#include "machine/state.hpp"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "machine/parameters.hpp"
#include "machine/snapshot.hpp"
#include "tests/machine/machine_program.hpp"

using namespace machine;
using namespace machine::test;

namespace {

std::unique_ptr<Machine> busy_machine(MachineConfig config = small_machine()) {
  auto booted = boot_native(config, busy_kernel(300));
  if (!booted) FAIL(booted.error().message());
  return std::move(booted->machine);
}

void run_until(Machine& machine, std::uint64_t instructions) {
  const auto end = machine.run({.instructions = instructions});
  if (!end) FAIL(end.error().message());
}

std::string refusal(Machine& machine, const std::vector<std::byte>& bytes) {
  const auto done = restore(machine, "test.snap", bytes);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kInput);
  CHECK_FALSE(done.error().remedy.empty());
  return done.error().message();
}

}  // namespace

TEST_CASE("Digest: equal machines have equal digests, at every instant", "[config]") {
  auto a = busy_machine();
  auto b = busy_machine();
  std::set<std::string> seen;
  for (std::uint64_t at = 0; at < 5000; at += 500) {
    run_until(*a, at);
    run_until(*b, at);
    CHECK(a->digest() == b->digest());
    CHECK_FALSE(first_difference(*a, *b));
    CHECK(seen.insert(a->digest().hex()).second);
  }
  CHECK(a->digest().hex().size() == 32);
}

TEST_CASE("Digest: is XXH3 over the stream that docs/state.md describes", "[config]") {
  std::vector<std::byte> memory(2 * kPageSize + 16);
  memory[kPageSize + 3] = std::byte{0x5a};
  memory[2 * kPageSize] = std::byte{0x01};
  const Digest digest = digest_of([&memory](StateVisitor& v) {
    const StateSection section{v, "node"};
    std::uint16_t narrow = 0x1234;
    v.field("pc", narrow);
    v.bytes("ram", memory);
  });

  std::string stream;
  const auto number = [&stream](std::uint64_t value) {
    for (int i = 0; i < 8; ++i) stream.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  };
  stream += "E\x04node";
  stream += "W\x02pc";
  number(0x1234);
  stream += "B\x03ram";
  number(memory.size());
  for (const std::uint64_t page : {std::uint64_t{1}, std::uint64_t{2}}) {  // page 0 is zero
    number(page);
    const std::size_t size = page == 2 ? 16 : kPageSize;
    stream.append(reinterpret_cast<const char*>(memory.data() + page * kPageSize), size);
  }
  number(~std::uint64_t{0});
  stream += 'L';
  stream += '\0';
  const XXH128_hash_t expected = XXH3_128bits(stream.data(), stream.size());
  CHECK(digest.high == expected.high64);
  CHECK(digest.low == expected.low64);
}

TEST_CASE("Digest: one flipped bit of any kind of state changes it", "[config]") {
  MachineConfig config = small_machine();
  config.nodes = 2;
  auto machine = busy_machine(config);
  machine->add_console_input({Cycles{1'000'000'000}, "later", true});
  run_until(*machine, 4321);
  const Digest before = machine->digest();
  const std::vector<std::byte> saved = snapshot(*machine);

  // Of state that comes in many (registers, TLB entries, events) one of each name, in use if any
  // is.
  std::map<std::string, StateItem> kinds;
  for (const StateItem& item : list_state(*machine)) {
    StateItem& kept = kinds.emplace(item.path, item).first->second;
    if (item.value > kept.value) kept = item;
  }
  CHECK(kinds.size() > 80);
  for (const auto& [path, item] : kinds) {
    INFO(path);
    // Not every bit of a word exists in the component; the first one that does must show.
    bool has_changed = false;
    for (std::uint64_t bit = 0; bit < 64 && !has_changed; ++bit) {
      flip_state_bit(*machine, item.first_bit + bit);
      has_changed = machine->digest() != before;
      // A number of things that is one less has lost one: only a restore brings it back.
      REQUIRE(restore(*machine, "before", saved));
      REQUIRE(machine->digest() == before);
    }
    CHECK(has_changed);
  }
}

TEST_CASE("Digest: any bit of memory and any general register bit changes it", "[config]") {
  auto machine = busy_machine();
  run_until(*machine, 2000);
  const Digest before = machine->digest();
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  unsigned registers = 0;
  for (const StateItem& item : list_state(*machine)) {
    const bool is_memory = item.path == "board/node/ram";
    const bool is_register = item.path.find("/registers/gpr") != std::string::npos;
    if (!is_memory && !is_register) continue;
    // $0 has no bits, and neither has the place of what is written to it.
    if (is_register && registers++ % 32 == 0) continue;
    for (int i = 0; i < (is_memory ? 20 : 2); ++i) {
      const std::uint64_t bit = item.first_bit + random() % item.bits;
      INFO(item.path << " bit " << bit - item.first_bit);
      flip_state_bit(*machine, bit);
      CHECK(machine->digest() != before);
      flip_state_bit(*machine, bit);
    }
  }
  CHECK(registers == 33);
  CHECK(machine->digest() == before);
}

TEST_CASE("State: the first difference is found by name", "[config]") {
  auto a = busy_machine();
  auto b = busy_machine();
  b->cpu(CpuId{0}).debug().write_register(cpu::RegisterClass::kGpr, 7, 42);
  const auto difference = first_difference(*a, *b);
  REQUIRE(difference);
  CHECK(difference->path.find("board/cpu/registers") == 0);
  CHECK(difference->b == 42);
}

TEST_CASE("Snapshot: at a random instruction, restored, ends in the same digest", "[config]") {
  const unsigned seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  MachineConfig config = small_machine();
  config.fidelity = static_cast<cpu::Fidelity>(seed % 3);
  if (seed % 4 == 0) config.tlb.random = mmu::RandomKind::kManual;
  auto original = busy_machine(config);
  original->add_console_input({Cycles{20'000}, "typed", seed % 2 == 0});
  run_until(*original, 1 + random() % 7000);
  const std::vector<std::byte> bytes = snapshot(*original);

  auto other = Machine::make(config);
  REQUIRE(other);
  Machine& restored = **other;
  run_until(restored, 0);
  REQUIRE(restore(restored, "test.snap", bytes));
  CHECK(restored.digest() == original->digest());
  CHECK(snapshot(restored) == bytes);

  for (Machine* machine : {original.get(), &restored}) {
    const auto end = machine->run({});
    REQUIRE(end);
    CHECK(*end == RunEnd::kPowerOff);
  }
  CHECK(restored.exit_code() == original->exit_code());
  CHECK(restored.now() == original->now());
  CHECK(restored.digest() == original->digest());
}

TEST_CASE("Snapshot: restores over a machine that has run on", "[config]") {
  auto machine = busy_machine();
  run_until(*machine, 1000);
  const Digest then = machine->digest();
  const std::vector<std::byte> bytes = snapshot(*machine);
  run_until(*machine, 6000);
  CHECK(machine->digest() != then);
  REQUIRE(restore(*machine, "test.snap", bytes));
  CHECK(machine->digest() == then);
}

TEST_CASE("Snapshot: is refused by a machine of another configuration, naming the field",
          "[config]") {
  auto machine = busy_machine();
  const std::vector<std::byte> bytes = snapshot(*machine);
  const auto refused_by = [&](auto change) {
    MachineConfig config = small_machine();
    change(config);
    auto other = Machine::make(config);
    REQUIRE(other);
    return refusal(**other, bytes);
  };
  CHECK_THAT(refused_by([](MachineConfig& c) { c.memory_per_node = 8 * kMiB; }),
             Catch::Contains("machine.mem.per_node = 4194304, this machine has 8388608"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.tlb.entries = 48; }),
             Catch::Contains("machine.cpu.tlb.entries = 64, this machine has 48"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.nodes = 2; }), Catch::Contains("machine.nodes"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.fidelity = cpu::Fidelity::kFunctional; }),
             Catch::Contains("machine.fidelity = tlb, this machine has functional"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.seed = 7; }),
             Catch::Contains("was made with seed = 1, this machine has 7"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.network.emplace(); }),
             Catch::Contains("machine.network.station = none, this machine has 0"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.virtio_console = true; }),
             Catch::Contains("machine.console = uart, this machine has virtio"));
  CHECK_THAT(refused_by([](MachineConfig& c) { c.nodes = 2, c.turns = 3; }),
             Catch::Contains("machine.nodes = 1, this machine has 2; "
                             "machine.turns = 0, this machine has 3"));
}

namespace {

/// Files for disks, gone with it.
struct Images {
  explicit Images(unsigned number) {
    char name[] = "/tmp/disco-images-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
    for (unsigned n = 0; n < number; ++n) {
      paths.push_back(folder + "/" + std::to_string(n));
      std::ofstream{paths.back()} << std::string(64 * kSectorBytes, 'd');
    }
  }
  ~Images() { std::filesystem::remove_all(folder); }
  std::string folder;
  std::vector<std::string> paths;
};

/// Every number of a configuration: a parameter, and which of several it is of.
std::vector<std::pair<const Parameter*, std::size_t>> items_of(const MachineConfig& config) {
  std::vector<std::pair<const Parameter*, std::size_t>> items;
  for (const Parameter& p : parameters()) {
    if (p.kind == Parameter::Kind::kText) continue;
    for (std::size_t item = 0; item < p.count(config); ++item) items.emplace_back(&p, item);
  }
  return items;
}

}  // namespace

TEST_CASE("Snapshot: every parameter of a machine is compared, but its engine and names of files",
          "[config]") {
  MachineConfig whole = small_machine();
  whole.network.emplace();
  const Images images{2};
  for (const std::string& image : images.paths) whole.disks.emplace_back().image = image;
  const std::vector<std::byte> bytes = snapshot(*busy_machine(whole));
  for (const auto& [p, item] : items_of(whole)) {
    MachineConfig config = whole;
    const std::uint64_t was = p->get(config, item);
    const bool is_compared = p->key != "machine.engine";
    // The caches of the machine stay possible: the next smaller power of two, or the next number.
    const std::uint64_t other = was > p->least ? std::max(was / 2, p->least) : was + p->multiple;
    if (!is_compared || other > p->most) continue;
    p->set(config, item, other / p->multiple * p->multiple);
    const auto made = Machine::make(config);
    INFO(name_of(*p, item));
    REQUIRE(made);
    CHECK_THAT(refusal(**made, bytes),
               Catch::Contains("made with " + name_of(*p, item) + " = " + text_of(*p, was) + ","));
  }
}

namespace {

/// Makes the checksum at the end right again.
void seal(std::vector<std::byte>& snapshot) {
  constexpr std::size_t kChecksumBytes = 16;
  const std::size_t body = snapshot.size() - kChecksumBytes;
  XXH128_canonical_t sum;
  XXH128_canonicalFromHash(&sum, XXH3_128bits(snapshot.data(), body));
  std::memcpy(snapshot.data() + body, sum.digest, kChecksumBytes);
}

}  // namespace

TEST_CASE("Snapshot: damage, truncation, and other versions are refused", "[config]") {
  auto machine = busy_machine();
  std::vector<std::byte> bytes = snapshot(*machine);
  SECTION("a flipped bit anywhere") {
    std::mt19937_64 random{1};
    for (int i = 0; i < 50; ++i) {
      auto damaged = bytes;
      damaged[16 + random() % (bytes.size() - 16)] ^= std::byte{1};
      CHECK_THAT(refusal(*machine, damaged), Catch::Contains("damaged"));
    }
  }
  SECTION("cut short") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, std::size_t{20}, std::size_t{31}}) {
      CHECK_THAT(
          refusal(*machine, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}),
          Catch::Contains("not a snapshot"));
    }
    CHECK_THAT(refusal(*machine, {bytes.begin(), bytes.end() - 1}), Catch::Contains("damaged"));
  }
  SECTION("another version") {
    bytes[8] = std::byte{99};
    CHECK_THAT(refusal(*machine, bytes), Catch::Contains("version 99"));
    bytes[8] = std::byte{6};  // its fields had other names
    CHECK_THAT(refusal(*machine, bytes),
               Catch::Contains("is a snapshot of version 6; this program reads version 7"));
  }
  SECTION("a name that a terminal would act upon, behind a right checksum") {
    bytes[25] = std::byte{0x1b};  // the first letter of the first field
    seal(bytes);
    CHECK_THAT(refusal(*machine, bytes),
               Catch::Contains("the unknown configuration field \"?achine."));
  }
  SECTION("something else") {
    CHECK_THAT(refusal(*machine, std::vector<std::byte>(100)), Catch::Contains("not a snapshot"));
  }
}

TEST_CASE("Snapshot: goes through a file", "[config]") {
  const auto directory = std::filesystem::temp_directory_path() /
                         ("disco-snapshot-test-" + std::to_string(std::random_device{}()));
  std::filesystem::create_directory(directory);
  const std::string path = (directory / "a.snap").string();
  auto machine = busy_machine();
  run_until(*machine, 1500);
  REQUIRE(save_snapshot(*machine, path));
  CHECK_FALSE(std::filesystem::exists(path + ".partial"));
  auto other = Machine::make(small_machine());
  REQUIRE(other);
  REQUIRE(load_snapshot(**other, path));
  CHECK((*other)->digest() == machine->digest());
  std::filesystem::remove_all(directory);
  CHECK_FALSE(load_snapshot(**other, path));
  CHECK_FALSE(save_snapshot(**other, path));
}

namespace {

/// Shows a visitor every byte as if nothing were known of what is unused.
class Dense final : public StateVisitor {
 public:
  explicit Dense(StateVisitor& to) : to_{to} {}
  void enter(std::string_view section) override { to_.enter(section); }
  void leave() override { to_.leave(); }
  void word(std::string_view name, std::uint64_t& value) override { to_.word(name, value); }
  void bytes(std::string_view name, std::span<std::byte> data) override { to_.bytes(name, data); }
  bool is_restoring() const override { return to_.is_restoring(); }

 private:
  StateVisitor& to_;
};

Digest dense_digest(Machine& machine) {
  return digest_of([&](StateVisitor& v) {
    Dense dense{v};
    machine.visit(dense);
  });
}

}  // namespace

TEST_CASE("UsedPieces: what is marked is found, and what is next", "[common]") {
  constexpr std::uint64_t kPiece = UsedPieces::kPiece;
  const std::uint64_t bytes = 200 * kPiece + 4096;
  UsedPieces used{bytes};
  CHECK(used.next(0) == bytes);
  used.mark(3 * kPiece + 5);
  used.mark(70 * kPiece - 1, 2);  // two of them
  used.mark(bytes - 1);
  used.mark(10, 0);
  CHECK(used.next(0) == 3 * kPiece);
  CHECK(used.next(3 * kPiece + 77) == 3 * kPiece + 77);
  CHECK(used.next(4 * kPiece) == 69 * kPiece);
  CHECK(used.next(70 * kPiece + 1) == 70 * kPiece + 1);
  CHECK(used.next(71 * kPiece) == 200 * kPiece);
  CHECK(used.next(bytes) == bytes);
  CHECK(used.next(bytes + 1) == bytes);
  CHECK(used.is_used(3 * kPiece));
  CHECK_FALSE(used.is_used(2 * kPiece));
}

TEST_CASE("Digest: nothing is used that is not known to be", "[config]") {
  MachineConfig config = small_machine();
  config.fidelity = static_cast<cpu::Fidelity>(GENERATE(0, 1, 2));
  config.memory_per_node = 64 * kMiB;
  auto machine = busy_machine(config);
  std::mt19937_64 random{3};
  for (std::uint64_t at = 0; at < 6000; at += 500) {
    run_until(*machine, at);
    // As devices and loaders write, across pages and pieces.
    const std::vector<std::byte> text(1 + random() % 200'000, std::byte{0x5a});
    const MachineAddr where{8 * kMiB + random() % (40 * kMiB)};
    REQUIRE(machine->write_memory(where, text));
    CHECK(machine->digest() == dense_digest(*machine));
    const std::vector<std::byte> bytes = snapshot(*machine);
    auto other = Machine::make(config);
    REQUIRE(other);
    REQUIRE(restore(**other, "test.snap", bytes));
    CHECK((*other)->digest() == machine->digest());
    CHECK(dense_digest(**other) == machine->digest());
    CHECK(snapshot(**other) == bytes);
  }
}

TEST_CASE("Digest: memory that was never used costs nothing", "[config]") {
  MachineConfig config = small_machine();
  config.nodes = 64;
  config.memory_per_node = hardware::kMaxNodeRam;
  config.fidelity = static_cast<cpu::Fidelity>(GENERATE(1, 2));
  auto machine = busy_machine(config);
  run_until(*machine, 3000);
  const std::clock_t start = std::clock();
  CHECK(machine->digest().hex().size() == 32);
  const std::vector<std::byte> bytes = snapshot(*machine);
  REQUIRE(restore(*machine, "test.snap", bytes));
  // Reading a quarter of a terabyte takes a minute.
  CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 3);
}

TEST_CASE("Digest: is given up when somebody says so", "[config]") {
  MachineConfig config = small_machine();
  config.memory_per_node = 64 * kMiB;
  auto machine = busy_machine(config);
  const auto show = [&](StateVisitor& v) { machine->visit(v); };
  REQUIRE(machine->write_memory(MachineAddr{16 * kMiB},
                                std::vector<std::byte>(40 * kMiB, std::byte{1})));
  int asked = 0;
  CHECK(digest_of(show, [&] { return ++asked < 0; }) == machine->digest());
  CHECK(asked >= 2);
  asked = 0;
  CHECK_FALSE(digest_of(show, [&] { return ++asked == 1; }));
  CHECK(asked == 1);
}
