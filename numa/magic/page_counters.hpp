// MAGIC's counts of the requests that reach one home: for each 4 KB page of its RAM, reads and
// writes of every node. Saturating, halved now and then if software wants it, compared with
// thresholds; pages that reach one go to the hot-page queue. It knows neither registers nor caches:
// docs/numa.md says what a request is and how software sees all this.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "common/state.hpp"
#include "common/used_pieces.hpp"
#include "numa/address_map.hpp"
#include "numa/magic/hot_page_queue.hpp"
#include "numa/node_memory.hpp"
#include "numa/reserved_memory.hpp"

namespace numa {

struct HomeRequest;

class PageCounters {
 public:
  struct Counts {
    std::uint32_t reads = 0, writes = 0;
    bool operator==(const Counts&) const = default;
  };
  /// 0: off.
  struct Thresholds {
    std::uint64_t remote = 0;  // reads + writes of a node that is not the home
    std::uint64_t local = 0;   // reads + writes of the home
    std::uint64_t write = 0;   // writes of any node; looked at first
  };
  /// Number of a page in the node's RAM.
  enum class Page : std::uint32_t {};

  /// Requires: `ram` is a multiple of 4 KB, more than 0. Host memory is reserved, not touched.
  PageCounters(const Topology& topology, NodeId home, std::uint64_t ram, HotPageQueue& hot);

  /// Requires: request.home is this home and request.at is RAM. `now` may be earlier than that of
  /// another CPU's last request.
  void count(const HomeRequest& request);

  /// The page that contains an offset in the node; nothing if it is not RAM.
  std::optional<Page> find(std::uint64_t offset) const;
  Counts counts(Page page, NodeId node, Cycles now) const;
  /// Whether reaching a threshold would be reported.
  bool is_armed(Page page, Cycles now) const;

  /// Clears the counts of the nodes in the mask, and arms.
  void reset(Page page, std::uint64_t nodes);
  /// Resets the counters of all pages.
  void reset_all(std::uint64_t nodes);

  const Thresholds& thresholds() const { return thresholds_; }
  void set_thresholds(const Thresholds& thresholds) { thresholds_ = thresholds; }

  /// Cycles between halvings; 0: none.
  std::uint64_t age_period() const { return age_period_; }
  void set_age_period(std::uint64_t cycles, Cycles now);
  /// Halvings so far; 48 bits.
  std::uint64_t ages(Cycles now) const;

  /// Calls seen(MachineAddr page, NodeId node, Counts) for all counts that are not 0, in order.
  template <class Seen>
  void for_each(Cycles now, Seen&& seen) const {
    for (std::uint32_t page = next_used(0); page < pages_; page = next_used(page + 1)) {
      for (std::uint32_t node = 0; node < nodes_; ++node) {
        const Counts found = counts(Page{page}, NodeId{node}, now);
        if (found != Counts{}) seen(address_of(page), NodeId{node}, found);
      }
    }
  }

  void visit(StateVisitor& v);

 private:
  // A page's row is a head and a word per node. The head: halvings that the row has seen, and
  // whether the page is disarmed. A word: reads above, writes below.
  static constexpr std::uint64_t kAgeMask = (std::uint64_t{1} << 48) - 1;
  static constexpr std::uint64_t kDisarmed = std::uint64_t{1} << 63;

  std::uint64_t row_bytes() const { return (nodes_ + 1) * sizeof(std::uint64_t); }
  std::span<std::uint64_t> row(std::uint32_t page) const {
    return {reinterpret_cast<std::uint64_t*>(rows_.data()) + std::uint64_t{page} * (nodes_ + 1),
            nodes_ + 1};
  }
  MachineAddr address_of(std::uint32_t page) const {
    return machine_addr(home_, ram_offset(std::uint64_t{page} * kPageSize));
  }
  /// The first page from `page` on whose row may have been written; pages_ if there is none.
  std::uint32_t next_used(std::uint32_t page) const {
    const std::uint64_t row = used_.next(page * row_bytes()) / row_bytes();
    return std::max(page, static_cast<std::uint32_t>(row));
  }
  std::uint64_t halvings_due(std::uint64_t head, Cycles now) const;
  void bring_up_to(std::span<std::uint64_t> row, Cycles now);
  std::optional<HotReason> hot_for(NodeId from, Counts counts) const;

  std::uint32_t nodes_;
  NodeId home_;
  std::uint32_t pages_;
  HotPageQueue& hot_;
  ReservedMemory rows_;
  UsedPieces used_;  // of the rows' bytes
  Thresholds thresholds_;
  std::uint64_t age_period_ = 0;
  std::uint64_t age_base_ = 0;    // halvings when the period was set
  Cycles age_since_;              // and when that was
  std::uint64_t newest_age_ = 0;  // that any row has seen
};

}  // namespace numa
