#include "cpu/store_watch.hpp"

#include <algorithm>

namespace cpu {

void StoreWatch::watch_code(MachineAddr page) {
  Watched& watched = pages_[page.bits()];
  if (watched.code) return;
  watched.code = true;
  for (StoreWatchClient* client : clients_) client->revoke_write(page);
}

void StoreWatch::watch_link(MachineAddr page) {
  if (clients_.size() == 1) return;  // only DMA can break the link, and DMA always reports
  Watched& watched = pages_[page.bits()];
  if (watched.link) return;
  watched.link = true;
  for (StoreWatchClient* client : clients_) client->revoke_write(page);
}

bool StoreWatch::is_linked(MachineAddr page) const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [&](const StoreWatchClient* client) { return client->has_link(page); });
}

void StoreWatch::code_stored(MachineAddr at, std::uint64_t size, Watched& watched) {
  bool remains = false;
  for (StoreWatchClient* client : clients_) remains |= client->code_written(at, size);
  watched.code = remains;
}

void StoreWatch::stored(MachineAddr at, std::uint64_t size, const StoreWatchClient* by) {
  for (StoreWatchClient* client : clients_) {
    if (client != by) client->break_link(at, size);
  }
  const MachineAddr end = at + size;
  for (MachineAddr from = at; from < end;) {
    const MachineAddr page = from.aligned_down(kPageSize);
    const MachineAddr to = std::min(page + kPageSize, end);
    const auto found = pages_.find(page.bits());
    if (found != pages_.end()) {
      Watched& watched = found->second;
      if (watched.code) code_stored(from, to - from, watched);
      if (watched.link) watched.link = is_linked(page);
      if (!watched.code && !watched.link) pages_.erase(found);
    }
    from = to;
  }
}

}  // namespace cpu
