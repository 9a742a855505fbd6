// A second opinion on MAGIC's page counters: it keeps the whole history of every page and works
// counts out from it, one halving at a time, whenever it is asked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace numa::test {

class NaivePages {
 public:
  struct Counts {
    std::uint64_t reads = 0, writes = 0;
  };

  NaivePages(std::uint32_t nodes, std::uint32_t home) : nodes_{nodes}, home_{home} {}

  std::uint64_t remote = 0, local = 0, write = 0;  // thresholds
  std::deque<std::uint64_t> queue;
  std::uint64_t lost = 0;

  void count(std::uint64_t page, std::uint32_t node, bool is_write, std::uint64_t now) {
    history_[page].push_back({Event::kCount, now, std::uint64_t{1} << node, is_write});
    const Now after = replay(page, now);
    if (!after.armed) return;
    const Counts& c = after.counts[node];
    unsigned reason = 0;
    if (write != 0 && c.writes >= write) {
      reason = 3;
    } else if (node == home_) {
      if (local != 0 && c.reads + c.writes >= local) reason = 2;
    } else if (remote != 0 && c.reads + c.writes >= remote) {
      reason = 1;
    }
    if (reason == 0) return;
    if (queue.size() == 256) {
      ++lost;
      return;
    }
    queue.push_back((std::uint64_t{home_} << 32) + page + node * 16 + reason * 2 + 1);
    history_[page].push_back({Event::kReport, now, 0, false});
  }
  void reset(std::uint64_t page, std::uint64_t mask, std::uint64_t now) {
    history_[page].push_back({Event::kReset, now, mask, false});
  }
  void reset_all(std::uint64_t mask, std::uint64_t now) {
    for (auto& [page, events] : history_) events.push_back({Event::kReset, now, mask, false});
  }
  void set_period(std::uint64_t period, std::uint64_t now) {
    if (!periods_.empty()) periods_.back().end = now;
    periods_.push_back({period, now, ~std::uint64_t{0}});
  }
  /// Every moment of a halving is looked at.
  std::uint64_t ages(std::uint64_t now) const {
    std::uint64_t ages = 0;
    for (const Period& p : periods_) {
      if (p.length == 0) continue;
      for (std::uint64_t t = p.begin + p.length; t <= std::min(now, p.end); t += p.length) ++ages;
    }
    return ages;
  }
  Counts counts(std::uint64_t page, std::uint32_t node, std::uint64_t now) const {
    return replay(page, now).counts[node];
  }
  bool is_armed(std::uint64_t page, std::uint64_t now) const { return replay(page, now).armed; }

 private:
  struct Event {
    enum Kind { kCount, kReset, kReport } kind;
    std::uint64_t at;
    std::uint64_t nodes;
    bool is_write;
  };
  struct Period {
    std::uint64_t length, begin, end;
  };
  struct Now {
    std::vector<Counts> counts;
    bool armed = true;
    std::uint64_t age = 0;
  };

  // Counts move a page on in age; resets do not look at the time.
  Now replay(std::uint64_t page, std::uint64_t now) const {
    Now result{std::vector<Counts>(nodes_)};
    const auto grow_old = [&](std::uint64_t at) {
      for (const std::uint64_t until = ages(at); result.age < until; ++result.age) {
        for (Counts& c : result.counts) c.reads /= 2, c.writes /= 2;
        result.armed = true;
      }
    };
    const auto found = history_.find(page);
    if (found != history_.end()) {
      for (const Event& event : found->second) {
        if (event.kind == Event::kCount) grow_old(event.at);
        if (event.kind == Event::kReport) result.armed = false;
        if (event.kind == Event::kReset) result.armed = true;
        for (std::uint32_t node = 0; node < nodes_; ++node) {
          if ((event.nodes >> node & 1) == 0) continue;
          Counts& c = result.counts[node];
          if (event.kind == Event::kReset) c = {};
          if (event.kind == Event::kCount) ++(event.is_write ? c.writes : c.reads);
        }
      }
    }
    grow_old(now);
    return result;
  }

  std::uint32_t nodes_, home_;
  std::map<std::uint64_t, std::vector<Event>> history_;  // by offset in the node
  std::vector<Period> periods_;
};

}  // namespace numa::test
