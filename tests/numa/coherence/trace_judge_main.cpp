// Feeds the references of a trace to the naive model of caches and directories, and compares what
// it counts with what the recorded machine counted: every processor's misses in both levels and
// where they were served, every home's requests, and MAGIC's counts of every page and node.
// Exactly.
//   trace_judge TRACE.dtz COUNTS.json      (both of `disco record --whole --counts`)
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "config/schema/json.hpp"
#include "tests/numa/coherence/naive_memory.hpp"
#include "traces/reader.hpp"

namespace {

using common::ReferenceKind;
using config::SortedJson;

constexpr std::uint64_t kPage = 4096;
constexpr const char* kKinds[] = {"fetch", "load", "store"};
constexpr const char* kFound[] = {"primary", "secondary", "local", "remote", "dirty"};

test::NaiveShape::Cache cache_of(const SortedJson& json) {
  return {json.at("bytes"), json.at("ways"), json.at("line")};
}

test::NaiveShape shape_of(const SortedJson& json) {
  return {json.at("nodes"), json.at("cpus_per_node"), cache_of(json.at("instruction")),
          cache_of(json.at("data")), cache_of(json.at("secondary"))};
}

/// What a trace's references do to the model.
class Model final : public traces::RecordSink {
 public:
  Model(const SortedJson& shape)
      : memory{shape_of(shape)},
        shape_{shape_of(shape)},
        ram_{shape.at("memory_per_node")},
        found(memory.cpus.size()),
        uncached(memory.cpus.size()) {}

  void reference(const traces::ReferenceRecord& r) override {
    if (!r.translated) return;
    // A store-conditional that stored nothing asked nobody.
    if (r.kind == ReferenceKind::kStoreConditional && r.size == 0) return;
    const std::uint32_t cpu = index_of(r.place.cpu);
    const std::uint64_t pa = r.pa.bits();
    const bool writes =
        r.kind == ReferenceKind::kStore || r.kind == ReferenceKind::kStoreConditional;
    constexpr std::uint8_t kUncached = 2, kUncachedAccelerated = 7;
    const bool past = r.cache_attribute == kUncached || r.cache_attribute == kUncachedAccelerated;
    if (past || !is_ram(pa)) {
      ++uncached[cpu];
      if (is_ram(pa)) memory.uncached(cpu / shape_.cpus_per_node, writes, pa);
      return;
    }
    const auto kind = r.kind == ReferenceKind::kFetch ? test::NaiveKind::kFetch
                      : writes                        ? test::NaiveKind::kStore
                                                      : test::NaiveKind::kLoad;
    const auto level = memory.access(cpu, kind, r.va.bits(), pa);
    ++found[cpu].by[static_cast<unsigned>(kind)][static_cast<unsigned>(level)];
    ++references;
  }
  void dma(const traces::DmaRecord& r) override {
    const std::uint64_t line = shape_.secondary.line, end = r.pa.bits() + r.size;
    for (std::uint64_t at = r.pa.bits() / line * line; at < end; at += line) {
      memory.uncached(0, r.is_write, at);
    }
    ++dmas;
  }
  void cache_operation(const traces::CacheOperationRecord&) override { ++cache_operations; }

  struct Found {
    std::uint64_t by[3][5] = {};
  };
  test::NaiveMemory memory;

 private:
  bool is_ram(std::uint64_t pa) const {
    const std::uint64_t offset = pa & 0xffffffff;
    if (pa >> 32 >= shape_.nodes || (offset >= 0x1c000000 && offset < 0x20000000)) return false;
    return (offset < 0x1c000000 ? offset : offset - 0x04000000) < ram_;
  }
  test::NaiveShape shape_;
  std::uint64_t ram_;

 public:
  std::vector<Found> found;
  std::vector<std::uint64_t> uncached;
  std::uint64_t references = 0, dmas = 0, cache_operations = 0;
};

class Comparison {
 public:
  void equal(const std::string& what, std::uint64_t machine, std::uint64_t model) {
    ++compared;
    if (machine == model) return;
    if (++wrong <= 40) {
      std::printf("DIFFERENT %s: the machine counted %llu, the model %llu\n", what.c_str(),
                  static_cast<unsigned long long>(machine), static_cast<unsigned long long>(model));
    }
  }
  std::uint64_t compared = 0, wrong = 0;
};

void compare_cpu(Comparison& c, const SortedJson& machine, const Model& model, std::uint32_t cpu) {
  const auto& naive = model.memory.cpus[cpu];
  const auto at = [&](const std::string& name, std::uint64_t value) {
    c.equal("cpu " + std::to_string(cpu) + " " + name, machine.at(name), value);
  };
  for (unsigned k = 0; k < 3; ++k) {
    at(std::string{"cache.primary.misses."} + kKinds[k], naive.primary_misses[k]);
    at(std::string{"cache.secondary.misses."} + kKinds[k], naive.secondary_misses[k]);
    for (unsigned f = 1; f < 5; ++f) {
      at(std::string{"memory.references."} + kFound[f] + "." + kKinds[k],
         model.found[cpu].by[k][f]);
    }
  }
  at("cache.primary.writebacks", naive.primary_writebacks);
  at("cache.primary.aliases", naive.aliases);
  at("cache.secondary.hits", naive.secondary_hits);
  at("cache.secondary.upgrades", naive.upgrades);
  at("cache.secondary.writebacks", naive.writebacks);
  at("cache.secondary.replaced.exclusive", naive.clean_replacements);
  at("cache.secondary.replaced.shared", naive.shared_replacements);
  at("cache.invalidations", naive.invalidations);
  at("cache.interventions", naive.interventions);
  at("memory.references.uncached", model.uncached[cpu]);
}

void compare_home(Comparison& c, const SortedJson& machine, const Model& model,
                  std::uint32_t node) {
  const auto& naive = model.memory.nodes[node];
  const auto at = [&](const char* name, std::uint64_t value) {
    c.equal("home " + std::to_string(node) + " " + name, machine.at(name), value);
  };
  at("home.requests.local", naive.requests_local);
  at("home.requests.remote", naive.requests_remote);
  at("home.uncached", naive.uncached);
  at("home.writebacks", naive.writebacks);
  at("home.interventions", naive.interventions);
  at("home.invalidations", naive.invalidations);
}

void compare_pages(Comparison& c, const SortedJson& machine, const Model& model) {
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::pair<std::uint64_t, std::uint64_t>>
      counted;
  for (const SortedJson& row : machine) counted[{row[0], row[1]}] = {row[2], row[3]};
  c.equal("number of pages and nodes", counted.size(), model.memory.pages.size());
  for (const auto& [key, naive] : model.memory.pages) {
    const auto [reads, writes] = counted[{key.first * kPage, key.second}];
    char name[64];
    std::snprintf(name, sizeof name, "page %010llx, node %u, ",
                  static_cast<unsigned long long>(key.first * kPage), key.second);
    c.equal(std::string{name} + "reads", reads, naive.reads);
    c.equal(std::string{name} + "writes and upgrades", writes, naive.writes + naive.upgrades);
  }
}

std::uint64_t sum(const Model& model, unsigned kind, unsigned found) {
  std::uint64_t sum = 0;
  for (const auto& cpu : model.found) sum += cpu.by[kind][found];
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "trace_judge TRACE.dtz COUNTS.json\n"), 2;
  std::ifstream file{argv[2]};
  const SortedJson counts = SortedJson::parse(file, nullptr, false);
  if (counts.is_discarded()) return std::fprintf(stderr, "%s: no JSON\n", argv[2]), 2;
  auto reader = traces::Reader::open(argv[1]);
  if (!reader) return std::fprintf(stderr, "%s\n", reader.error().message().c_str()), 2;
  Model model{counts.at("shape")};
  if (const auto read = (*reader)->read_all(model); !read) {
    return std::fprintf(stderr, "%s\n", read.error().message().c_str()), 2;
  }
  if (model.cache_operations != 0)
    return std::fprintf(stderr, "the model has no CACHE instructions\n"), 2;
  Comparison c;
  for (std::uint32_t cpu = 0; cpu < model.found.size(); ++cpu)
    compare_cpu(c, counts.at("cpus")[cpu], model, cpu);
  for (std::uint32_t node = 0; node < model.memory.nodes.size(); ++node) {
    compare_home(c, counts.at("homes")[node], model, node);
  }
  compare_pages(c, counts.at("pages"), model);
  for (unsigned k = 0; k < 3; ++k) {
    std::printf("%-6s", kKinds[k]);
    for (unsigned f = 0; f < 5; ++f) {
      std::printf(" %s %llu", kFound[f], static_cast<unsigned long long>(sum(model, k, f)));
    }
    std::printf("\n");
  }
  std::printf(
      "%llu references, %llu DMA transfers, %zu pages and nodes: %llu counts compared, %llu "
      "differ\n",
      static_cast<unsigned long long>(model.references),
      static_cast<unsigned long long>(model.dmas), model.memory.pages.size(),
      static_cast<unsigned long long>(c.compared), static_cast<unsigned long long>(c.wrong));
  return c.wrong == 0 ? 0 : 1;
}
