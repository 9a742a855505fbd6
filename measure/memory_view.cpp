#include "measure/memory_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "hardware/r10000/segments.hpp"
#include "numa/address_map.hpp"
#include "numa/magic/page_counters.hpp"

namespace measure {
namespace {

constexpr std::size_t kMostPages = 24;

/// What a counter of references or stalls is about: "machine.memory.stall.local.load.user".
struct Served {
  bool is_stall = false;
  std::string_view where, mode;
};

std::optional<Served> parse(std::string_view name) {
  constexpr std::string_view kReferences = "machine.memory.references.",
                             kStall = "machine.memory.stall.";
  Served served;
  served.is_stall = name.starts_with(kStall);
  if (!served.is_stall && !name.starts_with(kReferences)) return std::nullopt;
  name.remove_prefix(served.is_stall ? kStall.size() : kReferences.size());
  served.where = name.substr(0, name.find('.'));
  served.mode = name.substr(name.rfind('.') + 1);
  return served;
}

/// where -> [references, stall cycles]
using Waits = std::map<std::string, std::array<std::uint64_t, 2>, std::less<>>;

Json waits_json(const Waits& waits) {
  Json json = Json::object();
  for (const auto& [where, both] : waits) {
    if (both[0] + both[1] != 0) json[where] = both;
  }
  return json;
}

Json heat_json(const std::vector<PageCount>& pages, std::uint32_t nodes) {
  std::vector<std::vector<std::uint64_t>> heat(nodes, std::vector<std::uint64_t>(nodes));
  for (const PageCount& one : pages)
    heat[one.node][index_of(numa::node_of(one.page))] += one.requests();
  return heat;
}

Json hot_pages_json(const std::vector<PageCount>& pages, const machine::SymbolTable& kernel) {
  std::map<std::uint64_t, std::uint64_t> requests;
  for (const PageCount& one : pages) requests[one.page.bits()] += one.requests();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> order(requests.begin(), requests.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  order.resize(std::min(order.size(), kMostPages));
  Json json = Json::array();
  for (const auto& [page, sum] : order) {
    Json nodes = Json::array();
    for (const PageCount& one : pages) {
      if (one.page.bits() == page) nodes.push_back({one.node, one.reads, one.writes});
    }
    json.push_back({{"page", fmt::format("0x{:010x}", page)},
                    {"home", index_of(numa::node_of(MachineAddr{page}))},
                    {"requests", sum},
                    {"owner", owner_of(MachineAddr{page}, kernel)},
                    {"nodes", std::move(nodes)}});
  }
  return json;
}

}  // namespace

std::vector<PageCount> read_pages(const machine::Machine& machine) {
  std::vector<PageCount> pages;
  if (machine.memory_system() == nullptr) return pages;
  for (std::uint32_t home = 0; home < machine.config().nodes; ++home) {
    machine.page_totals(NodeId{home})
        .for_each(machine.now(),
                  [&](MachineAddr page, NodeId node, numa::PageCounters::Counts counts) {
                    pages.push_back({page, index_of(node), counts.reads, counts.writes});
                  });
  }
  return pages;
}

std::vector<PageCount> pages_since(const std::vector<PageCount>& now,
                                   const std::vector<PageCount>& earlier) {
  std::vector<PageCount> difference;
  auto before = earlier.begin();
  for (PageCount one : now) {
    // Both are in order, and what was counted once stays.
    if (before != earlier.end() && before->page == one.page && before->node == one.node) {
      one.reads -= before->reads;
      one.writes -= before->writes;
      ++before;
    }
    if (one.requests() != 0) difference.push_back(one);
  }
  return difference;
}

std::string owner_of(MachineAddr page, const machine::SymbolTable& kernel) {
  constexpr std::uint64_t kStep = 16;
  if (page.bits() >= hardware::kSegmentBytes) return "";
  for (std::uint64_t at = 0; at < kPageSize; at += kStep) {
    if (const auto symbol = kernel.name_of(VirtAddr{hardware::kKseg0 + page.bits() + at}))
      return std::string{symbol->name};
  }
  return "";
}

Json memory_json(const std::vector<PageCount>& pages, const std::vector<Tally>& by_cpu,
                 std::uint32_t cpus_per_node, const machine::SymbolTable& kernel) {
  std::map<std::string, Waits> modes;
  Json cpus = Json::array();
  bool any = false;
  for (const Tally& tally : by_cpu) {
    Waits own;
    for (const auto& [name, value] : tally) {
      const auto served = parse(name);
      if (!served || value == 0) continue;
      any = true;
      const std::string where{served->where};
      own[where][served->is_stall] += value;
      modes[std::string{served->mode}][where][served->is_stall] += value;
    }
    cpus.push_back(waits_json(own));
  }
  if (!any) return nullptr;
  Json by_mode = Json::object();
  for (const auto& [mode, waits] : modes) by_mode[mode] = waits_json(waits);
  const auto nodes = static_cast<std::uint32_t>(by_cpu.size()) / cpus_per_node;
  return {{"heat", heat_json(pages, nodes)},
          {"pages", hot_pages_json(pages, kernel)},
          {"modes", std::move(by_mode)},
          {"cpus_per_node", cpus_per_node},
          {"cpus", std::move(cpus)}};
}

}  // namespace measure
