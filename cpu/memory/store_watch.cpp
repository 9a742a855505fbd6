#include "cpu/memory/store_watch.hpp"

#include <algorithm>

namespace cpu {

StoreWatch::Client StoreWatch::attach(StoreWatchClient& client) {
  clients_.push_back(&client);
  return static_cast<Client>(clients_.size() - 1);
}

void StoreWatch::revoke(MachineAddr page) {
  if (first_is_unnoted_) clients_.front()->revoke_write(page);
  rights_.take(page).for_each([&](Client client) { clients_[client]->revoke_write(page); });
}

void StoreWatch::watch_code(MachineAddr at, Client client) {
  const MachineAddr page = at.aligned_down(kPageSize);
  const auto [found, is_new] = pages_.try_emplace(page.bits());
  if (is_new) revoke(page);
  found->second.code.insert(client);
  found->second.decoded.set(at.offset_in(kPageSize) / 4);
}

void StoreWatch::watch_link(MachineAddr page, Client client) {
  if (clients_.size() == 1) return;  // only DMA can break the link, and DMA always reports
  const auto [found, is_new] = pages_.try_emplace(page.bits());
  if (is_new) revoke(page);
  found->second.links.insert(client);
}

void StoreWatch::code_stored(MachineAddr at, std::uint64_t size, Watched& watched) {
  const std::uint64_t first = at.offset_in(kPageSize) / 4;
  const std::uint64_t last = (at.offset_in(kPageSize) + size - 1) / 4;
  bool hit = false;
  for (std::uint64_t word = first; word <= last; ++word) hit |= watched.decoded.test(word);
  if (!hit) return;
  watched.code.for_each([&](Client client) {
    if (!clients_[client]->code_written(at, size)) watched.code.erase(client);
  });
  if (watched.code.empty()) watched.decoded.reset();
}

void StoreWatch::break_links(MachineAddr at, std::uint64_t size, const StoreWatchClient* by,
                             Watched& watched) {
  const MachineAddr page = at.aligned_down(kPageSize);
  watched.links.for_each([&](Client client) {
    if (clients_[client] != by) clients_[client]->break_link(at, size);
    if (!clients_[client]->has_link(page)) watched.links.erase(client);
  });
}

void StoreWatch::stored(MachineAddr at, std::uint64_t size, const StoreWatchClient* by) {
  if (clients_.size() == 1 && clients_.front() != by) clients_.front()->break_link(at, size);
  const MachineAddr end = at + size;
  for (MachineAddr from = at; from < end;) {
    const MachineAddr page = from.aligned_down(kPageSize);
    const MachineAddr to = std::min(page + kPageSize, end);
    const auto found = pages_.find(page.bits());
    if (found != pages_.end()) {
      Watched& watched = found->second;
      code_stored(from, to - from, watched);
      break_links(from, to - from, by, watched);
      if (!watched.is_needed()) pages_.erase(found);
    }
    from = to;
  }
}

}  // namespace cpu
