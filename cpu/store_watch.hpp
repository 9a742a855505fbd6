// Which 4 KB pages of RAM must not be written behind a CPU's back: pages with decoded code (instruction
// fetch is coherent, docs/cpu.md) and pages with a line that a CPU which is not running has linked (LL).
// Fast-path stores never go to a watched page; slow stores and DMA report here. One per machine, no
// simulated state.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/address.hpp"
#include "common/units.hpp"

namespace cpu {
using namespace common;

/// A CPU, as the watch sees it.
class StoreWatchClient {
 public:
  virtual ~StoreWatchClient() = default;
  /// From now on stores to this page must be reported: drop fast-path write rights to it.
  virtual void revoke_write(MachineAddr page) = 0;
  /// [at, at + size), within one page, was written: forget what was decoded from these bytes. Returns
  /// whether anything decoded from the page remains.
  virtual bool code_written(MachineAddr at, std::uint64_t size) = 0;
  /// Whether this CPU's link is to a line of the page.
  virtual bool has_link(MachineAddr page) const = 0;
  /// Somebody else wrote to [at, at + size): clear the link if its line is hit.
  virtual void break_link(MachineAddr at, std::uint64_t size) = 0;
};

/// LL/SC watch a secondary cache line.
inline constexpr std::uint64_t kLinkLine = 128;

class StoreWatch {
 public:
  void attach(StoreWatchClient& client) { clients_.push_back(&client); }

  bool is_watched(MachineAddr page) const { return pages_.count(page.bits()) != 0; }
  /// `page` is 4 KB aligned in all of these.
  void watch_code(MachineAddr page);
  void watch_link(MachineAddr page);

  /// A store by `by` (nullptr: DMA) that the fast path did not do. Any size and alignment.
  void stored(MachineAddr at, std::uint64_t size, const StoreWatchClient* by);

 private:
  struct Watched {
    bool code = false;
    bool link = false;
  };
  void code_stored(MachineAddr at, std::uint64_t size, Watched& watched);
  bool is_linked(MachineAddr page) const;

  std::vector<StoreWatchClient*> clients_;
  std::unordered_map<std::uint64_t, Watched> pages_;  // never iterated
};

}  // namespace cpu
