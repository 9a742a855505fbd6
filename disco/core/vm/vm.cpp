#include "disco/core/vm/vm.hpp"

#include <algorithm>

namespace disco {

namespace {

/// Calls `piece(guest address, bytes, offset)` for the parts of a range that lie in one page each.
template <class F>
void for_each_page(PhysAddr at, std::uint64_t bytes, F piece) {
  for (std::uint64_t done = 0; done < bytes;) {
    const PhysAddr here = at + done;
    const std::uint64_t now = std::min(bytes - done, kPageSize - here.offset_in(kPageSize));
    piece(here, now, done);
    done += now;
  }
}

}  // namespace

bool Vm::is_ram_range(PhysAddr at, std::uint64_t bytes) const {
  if (bytes > pmap_.bytes() || at.bits() + bytes < at.bits()) return false;
  bool all = true;
  for_each_page(at, bytes, [&](PhysAddr here, std::uint64_t, std::uint64_t) {
    if (!pmap_.machine_address(here)) all = false;
  });
  return all;
}

bool Vm::copy_in(PhysAddr to, std::span<const std::byte> from) {
  if (!is_ram_range(to, from.size())) return false;
  for_each_page(to, from.size(), [&](PhysAddr here, std::uint64_t bytes, std::uint64_t offset) {
    memory_.copy_in(*pmap_.machine_address(here), from.data() + offset, bytes);
  });
  return true;
}

bool Vm::zero(PhysAddr at, std::uint64_t bytes) {
  if (!is_ram_range(at, bytes)) return false;
  for_each_page(at, bytes, [&](PhysAddr here, std::uint64_t now, std::uint64_t) {
    memory_.zero(*pmap_.machine_address(here), now);
  });
  return true;
}

}  // namespace disco
