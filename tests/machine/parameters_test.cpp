// The table of parameters: total, free of mix-ups, and what check_machine() says of its bounds.
#include "machine/parameters.hpp"

#include <set>
#include <vector>

#include "machine/check.hpp"
#include "tests/support/catch.hpp"

using namespace machine;

namespace {

/// With everything that there may be none of.
MachineConfig whole_machine() {
  MachineConfig config;
  config.disks.resize(2);
  config.network.emplace();
  return config;
}

/// Every value of every item, and its name.
std::vector<std::pair<std::string, std::uint64_t>> values_of(const MachineConfig& config) {
  std::vector<std::pair<std::string, std::uint64_t>> values;
  for (const Parameter& p : parameters()) {
    if (p.kind == Parameter::Kind::kText) continue;
    for (std::size_t item = 0; item < p.count(config); ++item)
      values.emplace_back(name_of(p, item), p.get(config, item));
  }
  return values;
}

/// Whether the field holds the value at all: an enumerator or a flag may not.
bool holds(const Parameter& p, std::size_t item, std::uint64_t value) {
  MachineConfig config = whole_machine();
  p.set(config, item, value);
  return p.get(config, item) == value;
}

}  // namespace

TEST_CASE("Parameters: each has a name of its own, bounds in order, and words for its choices",
          "[config]") {
  std::set<std::string_view> keys;
  for (const Parameter& p : parameters()) {
    INFO(p.key);
    CHECK(keys.insert(p.key).second);
    CHECK(&parameter(p.key) == &p);
    CHECK(p.least <= p.most);
    CHECK((p.kind == Parameter::Kind::kChoice) == !p.choices.empty());
    CHECK(p.is_one_of_several() ==
          (p.count(MachineConfig{}) == 0 && p.key.find("network") == std::string_view::npos));
    if (p.kind != Parameter::Kind::kChoice) continue;
    std::set<std::string> words;
    for (std::uint64_t value = 0; value <= p.most; ++value) {
      const std::string word = text_of(p, value);
      CHECK(words.insert(word).second);
      CHECK(value_named(p, word) == value);
    }
    CHECK(value_named(p, "no such word") == p.most + 1);
  }
}

TEST_CASE("Parameters: the words of a choice are those of the field's values", "[config]") {
  const auto word = [](const char* key, auto value) {
    return text_of(parameter(key), static_cast<std::uint64_t>(value));
  };
  CHECK(word("machine.engine", EngineKind::kInterpreter) == "interpreter");
  CHECK(word("machine.engine", EngineKind::kJit) == "jit");
  CHECK(word("machine.fidelity", cpu::Fidelity::kFunctional) == "functional");
  CHECK(word("machine.fidelity", cpu::Fidelity::kTlb) == "tlb");
  CHECK(word("machine.fidelity", cpu::Fidelity::kMemory) == "memory");
  CHECK(word("machine.memory_access", numa::MemoryAccess::kNuma) == "numa");
  CHECK(word("machine.memory_access", numa::MemoryAccess::kUma) == "uma");
  CHECK(word("machine.disks.*.access", DiskMedium::Access::kSnapshot) == "snapshot");
  CHECK(word("machine.disks.*.access", DiskMedium::Access::kWriteBack) == "write");
  CHECK(word("machine.disks.*.access", DiskMedium::Access::kReadOnly) == "read-only");
  CHECK(word("machine.cpu.tlb.random", mmu::RandomKind::kManual) == "manual");
  CHECK(word("machine.cpu.tlb.random", mmu::RandomKind::kLfsr) == "lfsr");
  CHECK(word("machine.cpu.fp_unimplemented", cpu::FpUnimplemented::kTrap) == "trap");
  CHECK(word("machine.cpu.fp_unimplemented", cpu::FpUnimplemented::kComplete) == "complete");
  MachineConfig config = whole_machine();
  config.virtio_console = true;
  CHECK(text_of(parameter("machine.console"), parameter("machine.console").get(config, 0)) ==
        "virtio");
}

TEST_CASE("Parameters: what is set is got, and nothing else moves", "[config]") {
  const auto before = values_of(whole_machine());
  for (const Parameter& p : parameters()) {
    if (p.kind == Parameter::Kind::kText) continue;
    const std::size_t item = p.is_one_of_several() ? 1 : 0;
    for (const std::uint64_t value : {p.least, p.most / p.multiple * p.multiple}) {
      MachineConfig config = whole_machine();
      p.set(config, item, value);
      for (auto [name, was] : before) {
        INFO(p.key << " = " << value << ": " << name);
        const auto now = values_of(config);
        const auto same = std::find_if(now.begin(), now.end(),
                                       [&name = name](const auto& v) { return v.first == name; });
        REQUIRE(same != now.end());
        CHECK(same->second == (name == name_of(p, item) ? value : was));
      }
    }
  }
  MachineConfig config;
  parameter("machine.disks.*.image").set_text(config, 1, "b.img");
  CHECK(config.disks.size() == 2);
  CHECK(parameter("machine.disks.*.image").get_text(config, 1) == "b.img");
}

TEST_CASE("Parameters: a machine may have each bound, and nothing beyond, by name", "[config]") {
  unsigned refused = 0;
  for (const Parameter& p : parameters()) {
    if (p.kind == Parameter::Kind::kText) continue;
    const std::size_t item = p.is_one_of_several() ? 1 : 0;
    const auto checked = [&](std::uint64_t value) {
      MachineConfig config = whole_machine();
      p.set(config, item, value);
      return check_machine(config, false);
    };
    INFO(p.key);
    CHECK(checked(p.least));
    CHECK(checked(p.most));
    std::vector<std::uint64_t> beyond;
    if (p.most <= ~std::uint64_t{0} - p.multiple) beyond.push_back(p.most + p.multiple);
    if (p.least >= p.multiple) beyond.push_back(p.least - p.multiple);
    for (const std::uint64_t value : beyond) {
      if (!holds(p, item, value)) continue;
      INFO(value);
      const auto no = checked(value);
      REQUIRE_FALSE(no);
      CHECK(no.error().code == ErrorCode::kConfig);
      CHECK(no.error().where == name_of(p, item));
      CHECK(no.error().what == std::to_string(value) + " is out of range");
      CHECK(no.error().remedy ==
            "use " + std::to_string(p.least) + " to " + std::to_string(p.most));
      ++refused;
    }
  }
  CHECK(refused > 60);
}
