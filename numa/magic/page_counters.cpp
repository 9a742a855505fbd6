#include "numa/magic/page_counters.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "numa/coherence/memory_system.hpp"

namespace numa {

namespace {

constexpr std::uint64_t kCountMask = 0xffffffff;

constexpr PageCounters::Counts unpack(std::uint64_t word, std::uint64_t halvings) {
  if (halvings >= 32) return {};
  return {static_cast<std::uint32_t>(word >> 32 >> halvings),
          static_cast<std::uint32_t>((word & kCountMask) >> halvings)};
}

constexpr std::uint64_t pack(PageCounters::Counts counts) {
  return std::uint64_t{counts.reads} << 32 | counts.writes;
}

constexpr void count_one(std::uint32_t& count) {
  if (count != kCountMask) ++count;
}

}  // namespace

PageCounters::PageCounters(const Topology& topology, NodeId home, std::uint64_t ram,
                           HotPageQueue& hot)
    : nodes_{topology.nodes},
      home_{home},
      pages_{static_cast<std::uint32_t>(ram / kPageSize)},
      hot_{hot},
      rows_{ram / kPageSize * (topology.nodes + 1) * sizeof(std::uint64_t)},
      used_{rows_.size()} {
  CHECK(ram % kPageSize == 0 && ram <= kMaxNodeRam);
}

std::optional<PageCounters::Page> PageCounters::find(std::uint64_t offset) const {
  const auto position = ram_position(offset);
  if (!position || *position / kPageSize >= pages_) return std::nullopt;
  return Page{static_cast<std::uint32_t>(*position / kPageSize)};
}

void PageCounters::count(const HomeRequest& request) {
  const auto found = find(offset_of(request.at));
  CHECK(request.home == home_ && found);
  const auto page = static_cast<std::uint32_t>(*found);
  used_.mark(page * row_bytes(), row_bytes());
  const auto words = row(page);
  if (age_period_ != 0 || age_base_ != 0) bring_up_to(words, request.now);

  std::uint64_t& word = words[1 + index_of(request.from)];
  Counts counts = unpack(word, 0);
  count_one(request.kind == HomeRequest::Kind::kRead ? counts.reads : counts.writes);
  word = pack(counts);

  if ((words[0] & kDisarmed) != 0) return;
  const auto reason = hot_for(request.from, counts);
  if (reason && hot_.add({address_of(page), request.from, *reason})) words[0] |= kDisarmed;
}

std::optional<HotReason> PageCounters::hot_for(NodeId from, Counts counts) const {
  const auto reached = [](std::uint64_t threshold, std::uint64_t count) {
    return threshold != 0 && count >= threshold;
  };
  if (reached(thresholds_.write, counts.writes)) return HotReason::kWrite;
  const std::uint64_t all = std::uint64_t{counts.reads} + counts.writes;
  if (from == home_) {
    return reached(thresholds_.local, all) ? std::optional{HotReason::kLocal} : std::nullopt;
  }
  return reached(thresholds_.remote, all) ? std::optional{HotReason::kRemote} : std::nullopt;
}

PageCounters::Counts PageCounters::counts(Page page, NodeId node, Cycles now) const {
  const auto words = row(static_cast<std::uint32_t>(page));
  return unpack(words[1 + index_of(node)], halvings_due(words[0], now));
}

bool PageCounters::is_armed(Page page, Cycles now) const {
  const std::uint64_t head = row(static_cast<std::uint32_t>(page))[0];
  return (head & kDisarmed) == 0 || halvings_due(head, now) != 0;
}

// ---- reset

void PageCounters::reset(Page page, std::uint64_t nodes) {
  if (next_used(static_cast<std::uint32_t>(page)) != static_cast<std::uint32_t>(page)) return;
  const auto words = row(static_cast<std::uint32_t>(page));
  words[0] &= ~kDisarmed;
  for (std::uint32_t node = 0; node < nodes_; ++node) {
    if ((nodes >> node & 1) != 0) words[1 + node] = 0;
  }
}

void PageCounters::reset_all(std::uint64_t nodes) {
  for (std::uint32_t page = next_used(0); page < pages_; page = next_used(page + 1))
    reset(Page{page}, nodes);
}

// ---- ages

std::uint64_t PageCounters::ages(Cycles now) const {
  std::uint64_t ages = age_base_;
  if (age_period_ != 0 && now > age_since_) ages += (now - age_since_).count() / age_period_;
  return ages & kAgeMask;
}

void PageCounters::set_age_period(std::uint64_t cycles, Cycles now) {
  // Not below what a row has already seen through a CPU that was ahead.
  age_base_ = std::max(ages(now), newest_age_);
  age_since_ = now;
  age_period_ = cycles;
}

std::uint64_t PageCounters::halvings_due(std::uint64_t head, Cycles now) const {
  const std::uint64_t seen = head & kAgeMask, due = ages(now);
  return due > seen ? due - seen : 0;
}

void PageCounters::bring_up_to(std::span<std::uint64_t> words, Cycles now) {
  const std::uint64_t due = halvings_due(words[0], now);
  if (due == 0) return;
  for (std::uint64_t& word : words.subspan(1)) word = pack(unpack(word, due));
  words[0] = (words[0] & kAgeMask) + due;  // and armed
  newest_age_ = std::max(newest_age_, words[0]);
}

// ---- state

void PageCounters::visit(StateVisitor& v) {
  const StateSection section{v, "page_counters"};
  v.word("remote_threshold", thresholds_.remote);
  v.word("local_threshold", thresholds_.local);
  v.word("write_threshold", thresholds_.write);
  v.word("age_period", age_period_);
  v.word("age_base", age_base_);
  v.field("newest_age", newest_age_);
  std::uint64_t since = age_since_.count();
  v.word("age_since", since);
  age_since_ = Cycles{since};
  v.sparse_bytes("counts", {rows_.data(), rows_.size()}, used_);
}

}  // namespace numa
