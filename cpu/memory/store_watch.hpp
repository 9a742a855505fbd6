// Which 4 KB pages of RAM must not be written behind a CPU's back: pages with decoded code
// (instruction fetch is coherent, docs/cpu.md) and pages with a line that a CPU which is not
// running has linked (LL). Fast-path stores never go to a watched page; slow stores and DMA report
// here. One per machine, no simulated state.
//
// Nothing here asks every CPU: each page knows who decoded from it, who is linked to it and who may
// write it fast, so a store or a link costs what it changes, however many CPUs there are.
#pragma once

#include <bitset>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/address.hpp"
#include "common/units.hpp"
#include "cpu/memory/client_set.hpp"
#include "cpu/memory/write_rights.hpp"

namespace cpu {
using namespace common;

/// A CPU, as the watch sees it.
class StoreWatchClient {
 public:
  virtual ~StoreWatchClient() = default;
  /// From now on stores to this page must be reported: drop fast-path write rights to it.
  virtual void revoke_write(MachineAddr page) = 0;
  /// [at, at + size), within one page, was written: forget what was decoded from these bytes.
  /// Returns whether anything decoded from the page remains.
  virtual bool code_written(MachineAddr at, std::uint64_t size) = 0;
  /// Whether this CPU's link is to a line of the page.
  virtual bool has_link(MachineAddr page) const = 0;
  /// Somebody else wrote to [at, at + size): clear the link if its line is hit.
  virtual void break_link(MachineAddr at, std::uint64_t size) = 0;
};

class StoreWatch {
 public:
  /// Names a CPU in what follows.
  using Client = std::uint32_t;
  Client attach(StoreWatchClient& client);

  bool is_watched(MachineAddr page) const { return pages_.count(page.bits()) != 0; }
  /// Whether `client` may store to the page without a report; if so it is told when that ends.
  /// `page` is 4 KB aligned in all of these.
  bool grant_write(MachineAddr page, Client client) {
    if (is_watched(page)) return false;
    if (clients_.size() == 1) {
      first_is_unnoted_ = true;
    } else {
      rights_.note(page, client);
    }
    return true;
  }
  /// `client` has decoded the word at `at`.
  void watch_code(MachineAddr at, Client client);
  /// `client` stops running and is linked to a line of the page.
  void watch_link(MachineAddr page, Client client);

  /// A store by `by` (nullptr: DMA) that the fast path did not do. Any size and alignment. The link
  /// of a CPU that is running is its own affair: its device accesses, which lead to DMA, end it.
  void stored(MachineAddr at, std::uint64_t size, const StoreWatchClient* by);

 private:
  struct Watched {
    ClientSet code;                      // who may have decoded from it
    std::bitset<kPageSize / 4> decoded;  // words that any of them may have decoded
    ClientSet links;                     // who may be linked to it
    bool is_needed() const { return !code.empty() || !links.empty(); }
  };
  void revoke(MachineAddr page);
  void code_stored(MachineAddr at, std::uint64_t size, Watched& watched);
  void break_links(MachineAddr at, std::uint64_t size, const StoreWatchClient* by,
                   Watched& watched);

  std::vector<StoreWatchClient*> clients_;
  std::unordered_map<std::uint64_t, Watched> pages_;  // never iterated
  WriteRights rights_;
  bool first_is_unnoted_ = false;  // a CPU that is alone need not be looked up: it is always asked
};

}  // namespace cpu
