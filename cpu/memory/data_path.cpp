// Data references that the fast path did not answer: translation, devices, watched pages, LL/SC, CACHE.
#include <bit>
#include <cstring>
#include <utility>

#include "cpu/core/cp0_table.hpp"
#include "cpu/interpreter/interpreter.hpp"
#include "cpu/memory/host_memory.hpp"

namespace cpu {

namespace {

mmu::Access access_of(ReferenceKind kind) {
  return kind == ReferenceKind::kStore || kind == ReferenceKind::kStoreConditional
             ? mmu::Access::kStore
             : mmu::Access::kLoad;
}

}  // namespace

std::optional<mmu::Mapped> Engine::translate_data(std::uint64_t va, unsigned size,
                                                  mmu::Access access) {
  if (va % size != 0) {
    record_address_fault({mmu::FaultKind::kAddressError, false}, va, access);
    return std::nullopt;
  }
  auto mapped = mmu::translate(tlb_, address_space(), VirtAddr{va}, access);
  if (!mapped) {
    record_address_fault(mapped.error(), va, access);
    return std::nullopt;
  }
  if (is_reversed()) mapped->at = PhysAddr{mapped->at.bits() ^ (8 - size)};
  if (takes_watch(mapped->at, access)) return std::nullopt;
  return *mapped;
}

/// Whether this reference raises the Watch exception. Where EXL or ERL is set it happens, and the exception
/// waits until both are clear (R10000 UM 17, Watch Exception).
bool Engine::takes_watch(PhysAddr at, mmu::Access access) {
  if (at.aligned_down(kPageSize).bits() != watch_page_) return false;
  const std::uint64_t watched = (regs.watch_hi << 32 | regs.watch_lo) & ~std::uint64_t{7};
  const bool is_store = access == mmu::Access::kStore;
  if (at.aligned_down(8).bits() != watched || (regs.watch_lo & (is_store ? kWatchStore : kWatchLoad)) == 0) return false;
  if ((regs.status & (status::kExl | status::kErl)) != 0) {
    watch_delayed_ = true;
    return false;
  }
  fault({.code = ExceptionCode::kWatch, .is_store = is_store});
  return true;
}

void Engine::fill_soft_entry(std::uint64_t va, const mmu::Mapped& mapped, const RamPage& page) {
  const VirtAddr compared =
      mmu::compared_address(address_space(), VirtAddr{va}, mmu::Access::kLoad);
  if (mapped.mapped && (!can_be_remembered(va) || compared.bits() != va)) return;
  if (mapped.at.aligned_down(kPageSize).bits() == watch_page_) return;
  if (caches_ != nullptr && !is_cached(mapped.cache_attribute, page)) return;
  SoftEntry& entry = soft_.slot(va);
  const std::uint64_t tag = SoftTlb::tag(va, 1, context_) & ~(kPageSize - 1);
  const bool may_write =
      mapped.writable && page.writable && watch_.grant_write(page.at, watched_as_);
  entry.read_tag = tag | context_;
  entry.write_tag = may_write ? entry.read_tag : SoftEntry::kNoTag;
  entry.addend = reinterpret_cast<std::uintptr_t>(page.host) - (va & ~(kPageSize - 1));
  entry.machine = page.at.bits();
  if (may_write) soft_.note_writable(entry);
}

void Engine::report_reference(const Decoded* d, ReferenceKind kind, std::uint64_t va,
                              const mmu::Mapped& mapped, unsigned size) {
  if (observer_ == nullptr || !references_) return;
  observer_->on_reference(Reference{.cpu = config_.id,
                                    .cycle = Cycles{d != nullptr ? cycle_at(d) : cycle_},
                                    .kind = kind,
                                    .mode = mode_,
                                    .asid = Asid{static_cast<std::uint8_t>(regs.entry_hi)},
                                    .size = static_cast<std::uint8_t>(size),
                                    .cache_attribute = mapped.cache_attribute,
                                    .mapped = mapped.mapped,
                                    .va = VirtAddr{va},
                                    .pa = mapped.at});
}

void Engine::report_fetch(const Decoded* d) {
  if (std::exchange(fetch_reported_, false)) return;
  report_fetch_from(d, pc_at(d));
}

void Engine::report_fetch_from(const Decoded* d, std::uint64_t va) {
  mmu::Mapped from{};
  from.at = PhysAddr{executing_from_.physical + (va % kPageSize ^ (is_reversed() ? 4 : 0))};
  from.cache_attribute = executing_from_.cache_attribute;
  from.mapped = executing_from_.mapped;
  report_reference(d, ReferenceKind::kFetch, va, from, 4);
}

void Engine::report_instruction(const Decoded* d, Mode mode) {
  if (observer_ == nullptr || !instruction_events_) return;
  observer_->on_instruction(
      InstructionEvent{.at = moment(cycle_at(d) + d->cost, retired_at(d) + 1),
                       .mode = mode,
                       .pc = pc_at(d),
                       .word = d->word,
                       .cycles = Cycles{cycle_at(d) + d->cost - began_}});
}

void Engine::begin_instruction(const Decoded* d) {
  began_ = cycle_at(d) - fetch_stall_;
  fetch_stall_ = 0;
  report_fetch(d);
  counted_ = performance_.watched();
}

void Engine::instruction_completed(const Decoded* d, Mode mode) {
  report_instruction(d, mode);
  if ((counted_ & events::kOfInstructions) != 0) count_instruction(d);
}

template <bool kInstrumented>
std::optional<std::uint64_t> Engine::load_slow(const Decoded* d, std::uint64_t va, unsigned size,
                                               ReferenceKind kind) {
  drop_link();
  const auto mapped = translate_data(va, size, access_of(kind));
  if (!mapped) return std::nullopt;
  if constexpr (kInstrumented) report_reference(d, kind, va, *mapped, size);
  const auto page = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  note_reference(d, CachePort::Use::kLoad, va, *mapped, page ? &*page : nullptr);
  if (page) {
    fill_soft_entry(va, *mapped, *page);
    return load_host(page->host + mapped->at.offset_in(kPageSize), size);
  }
  accessing_ = d;
  const auto value = memory_.read_device(config_.id, mapped->at, size);
  accessing_ = nullptr;
  if (caches_ != nullptr) stall(Cycles{0});  // its DMA may have taken the block's own line
  if (value) return *value;
  fault({.code = ExceptionCode::kDbe});
  return std::nullopt;
}

template <bool kInstrumented>
bool Engine::store_slow(const Decoded* d, std::uint64_t va, unsigned size, std::uint64_t value,
                        ReferenceKind kind) {
  drop_link();
  const auto mapped = translate_data(va, size, access_of(kind));
  if (!mapped) return false;
  if constexpr (kInstrumented) report_reference(d, kind, va, *mapped, size);
  const auto page = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  note_reference(d, CachePort::Use::kStore, va, *mapped, page ? &*page : nullptr);
  if (page) {
    if (!page->writable) {
      fault({.code = ExceptionCode::kDbe, .is_store = true});
      return false;
    }
    const std::uint64_t offset = mapped->at.offset_in(kPageSize);
    store_host(page->host + offset, size, value);
    if (watch_.is_watched(page->at)) watch_.stored(page->at + offset, size, this);
    fill_soft_entry(va, *mapped, *page);
    return true;
  }
  accessing_ = d;
  const auto done = memory_.write_device(config_.id, mapped->at, size, value);
  accessing_ = nullptr;
  if (caches_ != nullptr) stall(Cycles{0});  // its DMA may have taken the block's own line
  if (!done) fault({.code = ExceptionCode::kDbe, .is_store = true});
  return done.has_value();
}

template std::optional<std::uint64_t> Engine::load_slow<false>(const Decoded*, std::uint64_t,
                                                               unsigned, ReferenceKind);
template std::optional<std::uint64_t> Engine::load_slow<true>(const Decoded*, std::uint64_t,
                                                              unsigned, ReferenceKind);
template bool Engine::store_slow<false>(const Decoded*, std::uint64_t, unsigned, std::uint64_t,
                                        ReferenceKind);
template bool Engine::store_slow<true>(const Decoded*, std::uint64_t, unsigned, std::uint64_t,
                                       ReferenceKind);

// lwl, swr and their kin: the aligned word or doubleword that contains `va`; a fault names `va` itself.
// Devices do not answer such partial accesses.
std::optional<std::uint64_t> Engine::load_containing(const Decoded* d, std::uint64_t va,
                                                     unsigned size) {
  drop_link();
  const auto mapped = translate_data(va, 1, mmu::Access::kLoad);
  if (!mapped) return std::nullopt;
  report_reference(d, ReferenceKind::kLoad, va, *mapped, size);
  const auto page = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  if (!page) {
    fault({.code = ExceptionCode::kDbe});
    return std::nullopt;
  }
  note_reference(d, CachePort::Use::kLoad, va, *mapped, &*page);
  fill_soft_entry(va, *mapped, *page);
  return load_host(page->host + mapped->at.aligned_down(size).offset_in(kPageSize), size);
}

bool Engine::store_containing(const Decoded* d, std::uint64_t va, unsigned size,
                              std::uint64_t value, std::uint64_t mask) {
  drop_link();
  const auto mapped = translate_data(va, 1, mmu::Access::kStore);
  if (!mapped) return false;
  report_reference(d, ReferenceKind::kStore, va, *mapped, size);
  const auto page = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  if (!page || !page->writable) {
    fault({.code = ExceptionCode::kDbe, .is_store = true});
    return false;
  }
  note_reference(d, CachePort::Use::kStore, va, *mapped, &*page);
  const std::uint64_t offset = mapped->at.aligned_down(size).offset_in(kPageSize);
  const std::uint64_t old = load_host(page->host + offset, size);
  store_host(page->host + offset, size, (old & ~mask) | (value & mask));
  if (watch_.is_watched(page->at)) watch_.stored(page->at + offset, size, this);
  fill_soft_entry(va, *mapped, *page);
  return true;
}

std::optional<std::uint64_t> Engine::load_linked(const Decoded* d, std::uint64_t va, unsigned size) {
  const auto mapped = translate_data(va, size, mmu::Access::kLoad);
  if (!mapped) return std::nullopt;
  report_reference(d, ReferenceKind::kLoadLinked, va, *mapped, size);
  const auto page = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  if (!page) {  // a device has no coherence to link with
    fault({.code = ExceptionCode::kDbe});
    return std::nullopt;
  }
  note_reference(d, CachePort::Use::kLoad, va, *mapped, &*page);
  const std::uint64_t offset = mapped->at.offset_in(kPageSize);
  link_ = true;
  data_context_ = kLinkedContext;
  link_line_ = (page->at + offset).aligned_down(kLinkLine);
  regs.ll_addr = mapped->at.bits() >> 4 & 0xffffffff;
  return load_host(page->host + offset, size);
}

std::optional<std::uint64_t> Engine::store_conditional(const Decoded* d, std::uint64_t va,
                                                       unsigned size, std::uint64_t value) {
  const auto mapped = translate_data(va, size, mmu::Access::kStore);
  if (!mapped) return std::nullopt;
  const auto page = memory_.ram_page(config_.id, mapped->at.aligned_down(kPageSize));
  const bool stores =
      page && page->writable && is_linked_to(page->at + mapped->at.offset_in(kPageSize));
  report_reference(d, ReferenceKind::kStoreConditional, va, *mapped, stores ? size : 0);
  if (!page || !page->writable) {
    fault({.code = ExceptionCode::kDbe, .is_store = true});
    return std::nullopt;
  }
  const MachineAddr at = page->at + mapped->at.offset_in(kPageSize);
  drop_link();
  conditional_store_failed_ = !stores;
  if (!stores) return 0;
  note_reference(d, CachePort::Use::kStore, va, *mapped, &*page);
  store_host(page->host + at.offset_in(kPageSize), size, value);
  if (watch_.is_watched(page->at)) watch_.stored(at, size, this);
  return 1;
}

}  // namespace cpu
