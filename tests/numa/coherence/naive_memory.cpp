#include "tests/numa/coherence/naive_memory.hpp"

#include <algorithm>

namespace test {
namespace {

std::uint64_t sets(const NaiveShape::Cache& cache) { return cache.bytes / cache.ways / cache.line; }

/// How many different 4 KB pages one way of the larger primary cache spans.
std::uint64_t colours(const NaiveShape& shape) {
  const std::uint64_t way = std::max(shape.instruction.bytes / shape.instruction.ways,
                                     shape.data.bytes / shape.data.ways);
  return std::max<std::uint64_t>(1, way / 4096);
}

}  // namespace

NaiveMemory::NaiveMemory(const NaiveShape& shape)
    : cpus(shape.nodes * shape.cpus_per_node),
      nodes(shape.nodes),
      shape_{shape},
      caches_(cpus.size()) {}

NaiveFound NaiveMemory::access(std::uint32_t cpu, NaiveKind kind, std::uint64_t va,
                               std::uint64_t pa) {
  ++now_;
  const bool store = kind == NaiveKind::kStore;
  const auto k = static_cast<std::size_t>(kind);
  const NaiveShape::Cache& geometry = kind == NaiveKind::kFetch ? shape_.instruction : shape_.data;
  auto& primary = kind == NaiveKind::kFetch ? caches_[cpu].instruction : caches_[cpu].data;
  bool in_primary = false;
  for (PrimaryLine& line : primary) {
    if (line.number != pa / geometry.line || line.set != va / geometry.line % sets(geometry))
      continue;
    in_primary = true;
    if (store && !line.writable) continue;
    line.used = now_;
    return NaiveFound::kPrimary;
  }
  if (!in_primary) ++cpus[cpu].primary_misses[k];

  const std::uint64_t number = pa / shape_.secondary.line;
  const std::uint32_t node = node_of(cpu), home_node = home_of(pa);
  SecondaryLine* line = find(cpu, number);
  const bool upgrade = line != nullptr && store && line->state == SecondaryLine::kShared;
  bool asked = false, three_hop = false;
  if (line == nullptr || upgrade) {
    asked = true;
    if (upgrade) {
      ++cpus[cpu].upgrades;
    } else {
      ++cpus[cpu].secondary_misses[k];
      make_room(cpu, number);
    }
    NaivePageCounts& page = pages[{pa / 4096, node}];
    ++(upgrade ? page.upgrades : store ? page.writes : page.reads);
    ++(node == home_node ? nodes[home_node].requests_local : nodes[home_node].requests_remote);
    Home& home = homes_[number];
    auto state = SecondaryLine::kShared;
    if (home.owner) {
      three_hop = ask_owner(home, pa, node, store);
    } else if (store) {
      three_hop = invalidate(home, pa, cpu);
    } else if (home.sharers.empty()) {
      state = SecondaryLine::kClean;
    }
    if (store || state == SecondaryLine::kClean) {
      home.owner = cpu;
      home.sharers.clear();
    } else {
      home.sharers.insert(cpu);
    }
    if (upgrade) {
      line = find(cpu, number);
    } else {
      caches_[cpu].secondary.push_back({number, now_, va / 4096 % colours(shape_), state});
      line = &caches_[cpu].secondary.back();
    }
  } else if (!in_primary) {
    ++cpus[cpu].secondary_hits;
  }
  line->used = now_;
  if (store) line->state = SecondaryLine::kDirty;
  if (line->virtual_index != va / 4096 % colours(shape_)) {
    if (drop_parts(cpu, number)) ++cpus[cpu].aliases;
    line->virtual_index = va / 4096 % colours(shape_);
  }
  fill_primary(cpu, kind, va, pa);
  if (asked) return found(node, pa, three_hop);
  return in_primary ? NaiveFound::kPrimary : NaiveFound::kSecondary;
}

NaiveFound NaiveMemory::uncached(std::uint32_t node, bool write, std::uint64_t pa) {
  ++now_;
  ++nodes[home_of(pa)].uncached;
  Home& home = homes_[pa / shape_.secondary.line];
  bool three_hop = false;
  if (home.owner) {
    three_hop = ask_owner(home, pa, node, write);
  } else if (write) {
    three_hop = invalidate(home, pa, std::nullopt);
  }
  if (write) home.sharers.clear();
  return found(node, pa, three_hop);
}

void NaiveMemory::flush(std::uint32_t cpu, std::uint64_t pa) {
  SecondaryLine* const line = find(cpu, pa / shape_.secondary.line);
  if (line != nullptr) leave(cpu, SecondaryLine{*line});
}

void NaiveMemory::flush_primary(std::uint32_t cpu, bool instruction, std::uint64_t va,
                                std::uint64_t pa) {
  const NaiveShape::Cache& geometry = instruction ? shape_.instruction : shape_.data;
  auto& primary = instruction ? caches_[cpu].instruction : caches_[cpu].data;
  std::erase_if(primary, [&](const PrimaryLine& line) {
    if (line.number != pa / geometry.line || line.set != va / geometry.line % sets(geometry))
      return false;
    cpus[cpu].primary_writebacks += line.writable ? 1 : 0;
    return true;
  });
}

NaiveMemory::SecondaryLine* NaiveMemory::find(std::uint32_t cpu, std::uint64_t number) {
  for (SecondaryLine& line : caches_[cpu].secondary) {
    if (line.number == number) return &line;
  }
  return nullptr;
}

bool NaiveMemory::drop_parts(std::uint32_t cpu, std::uint64_t number) {
  const std::uint64_t begin = number * shape_.secondary.line, end = begin + shape_.secondary.line;
  const auto drop = [&](std::vector<PrimaryLine>& primary, std::uint64_t bytes) {
    return std::erase_if(primary, [&](const PrimaryLine& part) {
      if (part.number * bytes < begin || part.number * bytes >= end) return false;
      cpus[cpu].primary_writebacks += part.writable ? 1 : 0;
      return true;
    });
  };
  const auto dropped = drop(caches_[cpu].instruction, shape_.instruction.line) +
                       drop(caches_[cpu].data, shape_.data.line);
  return dropped != 0;
}

void NaiveMemory::drop(std::uint32_t cpu, std::uint64_t number) {
  drop_parts(cpu, number);
  std::erase_if(caches_[cpu].secondary,
                [&](const SecondaryLine& line) { return line.number == number; });
}

void NaiveMemory::make_room(std::uint32_t cpu, std::uint64_t number) {
  const SecondaryLine* oldest = nullptr;
  std::uint64_t in_set = 0;
  for (const SecondaryLine& line : caches_[cpu].secondary) {
    if (line.number % sets(shape_.secondary) != number % sets(shape_.secondary)) continue;
    ++in_set;
    if (oldest == nullptr || line.used < oldest->used) oldest = &line;
  }
  if (in_set == shape_.secondary.ways) leave(cpu, SecondaryLine{*oldest});
}

void NaiveMemory::leave(std::uint32_t cpu, const SecondaryLine& line) {
  Home& home = homes_[line.number];
  if (line.state == SecondaryLine::kShared) {
    ++cpus[cpu].shared_replacements;  // the home is not told
  } else {
    home.owner.reset();
    if (line.state == SecondaryLine::kDirty) {
      ++cpus[cpu].writebacks;
      ++nodes[home_of(line.number * shape_.secondary.line)].writebacks;
    } else {
      ++cpus[cpu].clean_replacements;
    }
  }
  drop(cpu, line.number);
}

void NaiveMemory::fill_primary(std::uint32_t cpu, NaiveKind kind, std::uint64_t va,
                               std::uint64_t pa) {
  const NaiveShape::Cache& geometry = kind == NaiveKind::kFetch ? shape_.instruction : shape_.data;
  auto& primary = kind == NaiveKind::kFetch ? caches_[cpu].instruction : caches_[cpu].data;
  const std::uint64_t set = va / geometry.line % sets(geometry);
  const PrimaryLine* oldest = nullptr;
  std::uint64_t in_set = 0;
  for (PrimaryLine& line : primary) {
    if (line.set != set) continue;
    if (line.number == pa / geometry.line) {
      line.used = now_;
      line.writable = line.writable || kind == NaiveKind::kStore;
      return;
    }
    ++in_set;
    if (oldest == nullptr || line.used < oldest->used) oldest = &line;
  }
  if (in_set == geometry.ways) {
    if (oldest->writable) ++cpus[cpu].primary_writebacks;
    primary.erase(primary.begin() + (oldest - primary.data()));
  }
  primary.push_back({pa / geometry.line, set, now_, kind == NaiveKind::kStore});
}

/// The owner gives the line away, or keeps a shared copy. Returns whether another node's cache was
/// asked.
bool NaiveMemory::ask_owner(Home& home, std::uint64_t pa, std::uint32_t node, bool yields) {
  const std::uint32_t owner = *home.owner;
  const std::uint64_t number = pa / shape_.secondary.line;
  ++nodes[home_of(pa)].interventions;
  ++cpus[owner].interventions;
  home.owner.reset();
  if (yields) {
    drop(owner, number);
  } else {
    home.sharers = {owner};
    find(owner, number)->state = SecondaryLine::kShared;
    for (PrimaryLine& part : caches_[owner].data) {
      if (part.number * shape_.data.line / shape_.secondary.line == number) part.writable = false;
    }
  }
  return !(node == home_of(pa) && node_of(owner) == node);
}

bool NaiveMemory::invalidate(Home& home, std::uint64_t pa, std::optional<std::uint32_t> but) {
  bool elsewhere = false;
  for (const std::uint32_t sharer : home.sharers) {
    if (but && sharer == *but) continue;
    ++nodes[home_of(pa)].invalidations;
    elsewhere = elsewhere || node_of(sharer) != home_of(pa);
    if (find(sharer, pa / shape_.secondary.line) == nullptr) continue;
    ++cpus[sharer].invalidations;
    drop(sharer, pa / shape_.secondary.line);
  }
  home.sharers.clear();
  return elsewhere;
}

NaiveFound NaiveMemory::found(std::uint32_t node, std::uint64_t pa, bool three_hop) const {
  if (three_hop) return NaiveFound::kDirtyRemote;
  return node == home_of(pa) ? NaiveFound::kLocal : NaiveFound::kRemote;
}

}  // namespace test
