#include "disco/core/vm/vm.hpp"

#include <algorithm>
#include <bit>

#include "common/check.hpp"
#include "disco/core/mark.hpp"
#include "disco/core/vm/vcpu.hpp"

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

Vm::Vm(VmSlot& slot, Processor& processor, const Pmap& pmap, const VirtualDevices::Facts& facts)
    : slot_{slot},
      processor_{processor},
      pmap_{pmap},
      devices_{facts,
               {&processor.monitor.console, &slot.input, static_cast<std::uint16_t>(slot.number)},
               processor.hardware} {}

// ---- giving memory

unsigned Vm::wanted_node() {
  const unsigned nodes = monitor().memmap.nodes();
  switch (slot_.request.placement) {
    case Placement::kFixed: return slot_.request.node;
    case Placement::kRoundRobin: return static_cast<unsigned>(add_shared(round_robin_, 1) % nodes);
    default: return processor_.node;
  }
}

[[gnu::noinline]] void Vm::give_page(std::uint64_t index) {
  PHASE_MARK(page_give);
  Memmap& memmap = monitor().memmap;
  const auto page = memmap.take(wanted_node(), 0, PageState::kGuest, processor_.hardware);
  CHECK(page);  // it was reserved when the VM started
  memory().zero(*page, kPageSize);
  PageInfo& info = memmap.node_of(*page).info(*page);
  info.references = 1;
  info.vm = id();
  info.guest_page = static_cast<std::uint32_t>(index);
  FrameWord absent;
  if (pmap_.change_frame(index, absent, FrameWord::of(*page, PageRights::kReadWrite))) {
    COUNT_EVENT(processor_.counters, pages_given);
    add_shared(slot_.record->guest_pages, 1);
  } else {
    memmap.give_back(*page, 1, processor_.hardware);  // another VCPU was quicker
  }
}

bool Vm::give_all() {
  Memmap& memmap = monitor().memmap;
  for (std::uint64_t index = 0; index < pmap_.pages();) {
    std::optional<MachineAddr> at;
    const std::uint64_t left = pmap_.pages() - index;
    unsigned order =
        index == 0 ? NodeMemory::kMaxOrder : static_cast<unsigned>(std::countr_zero(index));
    order =
        std::min({order, NodeMemory::kMaxOrder, static_cast<unsigned>(std::bit_width(left)) - 1});
    const unsigned node = wanted_node();
    while (!(at = memmap.take(node, order, PageState::kGuest, processor_.hardware))) {
      if (order-- == 0) return false;
    }
    const std::uint64_t pages = std::uint64_t{1} << order;
    for (std::uint64_t n = 0; n < pages; ++n) {
      const MachineAddr page = *at + n * kPageSize;
      memory().zero(page, kPageSize);
      PageInfo& info = memmap.node_of(page).info(page);
      info = {.state = PageState::kGuest,
              .references = 1,
              .vm = id(),
              .guest_page = static_cast<std::uint32_t>(index + n)};
      pmap_.set_page(index + n, page, PageRights::kReadWrite);
      COUNT_EVENT(processor_.counters, pages_given);
    }
    add_shared(slot_.record->guest_pages, pages);
    index += pages;
  }
  return true;
}

void Vm::give_back_memory() {
  const Memmap& memmap = monitor().memmap;
  for (std::uint64_t index = 0; index < pmap_.pages(); ++index) {
    if (index % 256 == 0) processor_.hardware.relax();
    const FrameWord word = pmap_.frame(index);
    if (word.is_absent()) continue;
    pmap_.set_frame(index, {});
    memmap.give_back(word.page(), 1, processor_.hardware);
  }
  write_shared(slot_.record->guest_pages, 0);
}

// ---- finding it

[[gnu::noinline]] FrameWord Vm::resolve(std::uint64_t index, Access access) {
  for (;;) {
    FrameWord word = pmap_.frame(index);
    if (word.is_in_transit()) {
      processor_.hardware.relax();
    } else if (word.is_absent()) {
      give_page(index);
    } else if (access == Access::kWrite && word.is_watched()) {
      if (pmap_.change_frame(index, word, FrameWord::of(word.page(), PageRights::kReadWrite)))
        COUNT_EVENT(processor_.counters, watches_ended);
    } else {
      return word;
    }
  }
}

std::optional<MachineAddr> Vm::resolve(PhysAddr pa, Access access) {
  const std::uint64_t index = Pmap::index_of_page(pa);
  if (index >= pmap_.pages()) return std::nullopt;
  const FrameWord word = resolve(index, access);
  return word.page() + pa.offset_in(kPageSize);
}

bool Vm::is_ram_range(PhysAddr at, std::uint64_t bytes) const {
  if (bytes > pmap_.bytes() || at.bits() + bytes < at.bits()) return false;
  bool all = true;
  for_each_page(at, bytes, [&](PhysAddr here, std::uint64_t, std::uint64_t) {
    if (!pmap_.is_ram(here)) all = false;
  });
  return all;
}

bool Vm::copy_in(PhysAddr to, std::span<const std::byte> from) {
  if (!is_ram_range(to, from.size())) return false;
  for_each_page(to, from.size(), [&](PhysAddr here, std::uint64_t bytes, std::uint64_t offset) {
    if (offset % (256 * kPageSize) < kPageSize) processor_.hardware.relax();
    memory().copy_in(*resolve(here, Access::kWrite), from.data() + offset, bytes);
  });
  return true;
}

// ---- taking it back

void Vm::note_cpu(unsigned cpu) {
  const std::uint64_t bit = std::uint64_t{1} << (cpu % 64);
  std::uint64_t& word = cpus_.words[cpu / 64];
  if ((read_shared(word) & bit) == 0)
    update_shared(word, [bit](std::uint64_t old) { return old | bit; });
}

FrameWord Vm::begin_transit(std::uint64_t index) {
  FrameWord old = pmap_.frame(index);
  for (;;) {
    if (old.is_in_transit()) {
      processor_.hardware.relax();
      old = pmap_.frame(index);
      continue;
    }
    const std::uint64_t frame = old.bits & ~std::uint64_t{entry_lo::kAttributes};
    if (pmap_.change_frame(index, old, {frame | FrameWord::kInTransit})) break;
  }
  if (!old.is_absent()) drop_everywhere(index);
  return old;
}

bool Vm::move(std::uint64_t index, unsigned node) {
  Memmap& memmap = monitor().memmap;
  const auto to = memmap.take(node, 0, PageState::kGuest, processor_.hardware);
  if (!to) return false;
  MachineAddr unused = *to;
  revoke(index, [&](FrameWord old) {
    if (old.is_absent()) return old;
    memory().copy_in(*to, memory().at(old.page()), kPageSize);
    PageInfo& info = memmap.node_of(*to).info(*to);
    info.references = 1;
    info.vm = id();
    info.guest_page = static_cast<std::uint32_t>(index);
    unused = old.page();
    const auto rights = old.is_writable() ? PageRights::kReadWrite : PageRights::kReadOnly;
    return FrameWord::of(*to, rights, old.bits & FrameWord::kWatched);
  });
  memmap.give_back(unused, 1, processor_.hardware);
  return unused != *to;
}

// Requests go out to all CPUs first and are waited for then, so that they are served side by side.
void Vm::drop_everywhere(std::uint64_t index) {
  PHASE_MARK(shootdown);
  const VcpuName name =
      VcpuName::of(slot_.number, 0, static_cast<std::uint32_t>(slot_.record->starts));
  DropRequest request{pmap_.backmap(index), Pmap::address_of_page(index)};
  const Backmap large = pmap_.backmap(index & ~std::uint64_t{3});
  if (request.names.is_none() && large.is_large())
    request.names = large;
  else if (index % 4 != 0 && large.is_large())
    request.names.bits |= Backmap::kMany;
  if (monitor().options.large_pages) request.names.bits |= Backmap::kMany;

  struct Waiting {
    unsigned cpu;
    std::uint64_t number;
  };
  constexpr unsigned kAtOnce = 64;
  Waiting waiting[kAtOnce];
  unsigned count = 0;
  const auto wait = [&] {
    for (unsigned n = 0; n < count; ++n) {
      const Processor& target = monitor().processor(waiting[n].cpu);
      while (!target.mailbox.has_served(waiting[n].number)) processor_.hardware.relax();
    }
    count = 0;
  };
  for (unsigned w = 0; w < CpuSet::kWords; ++w) {
    for (std::uint64_t left = read_shared(cpus_.words[w]); left != 0; left &= left - 1) {
      const unsigned cpu = w * 64 + static_cast<unsigned>(std::countr_zero(left));
      Processor& target = monitor().processor(cpu);
      if (!target.owner().is_of_same_vm(name)) continue;
      if (cpu == processor_.number) {
        drop_page(request, processor_.hardware, processor_.counters);
        continue;
      }
      COUNT_EVENT(processor_.counters, shootdowns);
      waiting[count++] = {cpu, target.mailbox.post(request, processor_.hardware)};
      processor_.hardware.interrupt_cpu(cpu);
      if (count == kAtOnce) wait();
    }
  }
  wait();
}

}  // namespace disco
