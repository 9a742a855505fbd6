// Data references that the fast path did not answer: translation, devices, watched pages, LL/SC.
#include "cpu/memory/data_path.hpp"

#include "cpu/memory/host_memory.hpp"

namespace cpu {

namespace {
constexpr PendingFault kBusErrorOfLoad{.code = ExceptionCode::kDbe};
constexpr PendingFault kBusErrorOfStore{.code = ExceptionCode::kDbe, .is_store = true};
}  // namespace

bool DataPath::refuse(const PendingFault& fault) {
  core_.state.raise(fault);
  return false;
}

std::optional<mmu::Mapped> DataPath::translate(VirtAddr va, unsigned size, mmu::Access access) {
  const CpuState& state = core_.state;
  if (!va.is_aligned(size)) {
    refuse(address_fault({mmu::FaultKind::kAddressError}, va, access));
    return std::nullopt;
  }
  auto mapped = mmu::translate(core_.tlb, state.address_space(), va, access);
  if (!mapped) {
    refuse(address_fault(mapped.error(), va, access));
    return std::nullopt;
  }
  if (state.is_reversed()) mapped->at = PhysAddr{mapped->at.bits() ^ (8 - size)};
  if (core_.watch.stops(state.regs, mapped->at, access)) {
    refuse({.code = ExceptionCode::kWatch, .is_store = access == mmu::Access::kStore});
    return std::nullopt;
  }
  return *mapped;
}

void DataPath::fill(VirtAddr va, const mmu::Mapped& mapped, const RamPage& page) {
  const CpuState& state = core_.state;
  const VirtAddr compared = mmu::compared_address(state.address_space(), va, mmu::Access::kLoad);
  if (mapped.mapped && (!can_be_remembered(va) || compared != va)) return;
  if (core_.watch.is_on_page(mapped.at)) return;
  if (timing_.is_on() && !CacheTiming::is_cached(mapped.cache_attribute, page)) return;
  SoftEntry& entry = soft_.slot(va);
  const VirtAddr start = va.aligned_down(kPageSize);
  const bool may_write = mapped.writable && page.writable && watch_.grant_write(page.at, client_);
  entry.read_tag = start.bits() | state.context;
  entry.write_tag = may_write ? entry.read_tag : SoftEntry::kNoTag;
  entry.addend = reinterpret_cast<std::uintptr_t>(page.host) - start.bits();
  entry.page = page.at;
  if (may_write) soft_.note_writable(entry);
}

void DataPath::stored(const RamPage& page, std::uint64_t offset, unsigned size) {
  if (watch_.is_watched(page.at)) watch_.stored(page.at + offset, size, &self_);
}

// ---- loads and stores

template <bool kInstrumented>
std::optional<std::uint64_t> DataPath::load(Site site, VirtAddr va, unsigned size) {
  core_.link.drop();
  const auto mapped = translate(va, size, mmu::Access::kLoad);
  if (!mapped) return std::nullopt;
  if (kInstrumented) core_.report_reference(&site, ReferenceKind::kLoad, va, *mapped, size);
  const auto page = page_of(*mapped);
  timing_.note_reference(site, CachePort::Use::kLoad, va, *mapped, page ? &*page : nullptr);
  if (!page) return load_device(site, mapped->at, size);
  fill(va, *mapped, *page);
  return load_host(page->host + mapped->at.offset_in(kPageSize), size);
}

template <bool kInstrumented>
bool DataPath::store(Site site, VirtAddr va, unsigned size, std::uint64_t value) {
  core_.link.drop();
  const auto mapped = translate(va, size, mmu::Access::kStore);
  if (!mapped) return false;
  if (kInstrumented) core_.report_reference(&site, ReferenceKind::kStore, va, *mapped, size);
  const auto page = page_of(*mapped);
  timing_.note_reference(site, CachePort::Use::kStore, va, *mapped, page ? &*page : nullptr);
  if (!page) return store_device(site, mapped->at, size, value);
  if (!page->writable) return refuse(kBusErrorOfStore);
  const std::uint64_t offset = mapped->at.offset_in(kPageSize);
  store_host(page->host + offset, size, value);
  stored(*page, offset, size);
  fill(va, *mapped, *page);
  return true;
}

template std::optional<std::uint64_t> DataPath::load<false>(Site, VirtAddr, unsigned);
template std::optional<std::uint64_t> DataPath::load<true>(Site, VirtAddr, unsigned);
template bool DataPath::store<false>(Site, VirtAddr, unsigned, std::uint64_t);
template bool DataPath::store<true>(Site, VirtAddr, unsigned, std::uint64_t);

std::optional<std::uint64_t> DataPath::load_device(Site site, PhysAddr at, unsigned size) {
  core_.state.accessing = &site;
  const auto value = memory_.read_device(core_.config.id, at, size);
  core_.state.accessing = nullptr;
  if (timing_.is_on()) timing_.stall(Cycles{0});  // its DMA may have taken the block's own line
  if (value) return *value;
  refuse(kBusErrorOfLoad);
  return std::nullopt;
}

bool DataPath::store_device(Site site, PhysAddr at, unsigned size, std::uint64_t value) {
  core_.state.accessing = &site;
  const auto done = memory_.write_device(core_.config.id, at, size, value);
  core_.state.accessing = nullptr;
  if (timing_.is_on()) timing_.stall(Cycles{0});  // its DMA may have taken the block's own line
  return done || refuse(kBusErrorOfStore);
}

// ---- parts of a word or doubleword

std::optional<std::uint64_t> DataPath::load_containing(Site site, VirtAddr va, unsigned size) {
  core_.link.drop();
  const auto mapped = translate(va, 1, mmu::Access::kLoad);
  if (!mapped) return std::nullopt;
  core_.report_reference(&site, ReferenceKind::kLoad, va, *mapped, size);
  const auto page = page_of(*mapped);
  if (!page) {
    refuse(kBusErrorOfLoad);
    return std::nullopt;
  }
  timing_.note_reference(site, CachePort::Use::kLoad, va, *mapped, &*page);
  fill(va, *mapped, *page);
  return load_host(page->host + mapped->at.aligned_down(size).offset_in(kPageSize), size);
}

bool DataPath::store_containing(Site site, VirtAddr va, unsigned size, std::uint64_t value,
                                std::uint64_t mask) {
  core_.link.drop();
  const auto mapped = translate(va, 1, mmu::Access::kStore);
  if (!mapped) return false;
  core_.report_reference(&site, ReferenceKind::kStore, va, *mapped, size);
  const auto page = page_of(*mapped);
  if (!page || !page->writable) return refuse(kBusErrorOfStore);
  timing_.note_reference(site, CachePort::Use::kStore, va, *mapped, &*page);
  const std::uint64_t offset = mapped->at.aligned_down(size).offset_in(kPageSize);
  const std::uint64_t old = load_host(page->host + offset, size);
  store_host(page->host + offset, size, (old & ~mask) | (value & mask));
  stored(*page, offset, size);
  fill(va, *mapped, *page);
  return true;
}

// ---- LL and SC

std::optional<std::uint64_t> DataPath::load_linked(Site site, VirtAddr va, unsigned size) {
  const auto mapped = translate(va, size, mmu::Access::kLoad);
  if (!mapped) return std::nullopt;
  core_.report_reference(&site, ReferenceKind::kLoadLinked, va, *mapped, size);
  const auto page = page_of(*mapped);
  if (!page) {  // a device has no coherence to link with
    refuse(kBusErrorOfLoad);
    return std::nullopt;
  }
  timing_.note_reference(site, CachePort::Use::kLoad, va, *mapped, &*page);
  const std::uint64_t offset = mapped->at.offset_in(kPageSize);
  core_.link.set(page->at + offset);
  core_.state.regs.ll_addr = mapped->at.bits() >> 4 & 0xffffffff;
  return load_host(page->host + offset, size);
}

std::optional<std::uint64_t> DataPath::store_conditional(Site site, VirtAddr va, unsigned size,
                                                         std::uint64_t value) {
  const auto mapped = translate(va, size, mmu::Access::kStore);
  if (!mapped) return std::nullopt;
  const auto page = page_of(*mapped);
  const std::uint64_t offset = mapped->at.offset_in(kPageSize);
  const bool is_ram = page && page->writable;
  const bool stores = is_ram && core_.link.is_to(page->at + offset);
  core_.report_reference(&site, ReferenceKind::kStoreConditional, va, *mapped, stores ? size : 0);
  if (!is_ram) {
    refuse(kBusErrorOfStore);
    return std::nullopt;
  }
  core_.link.drop();
  core_.accounts.note_conditional_store(stores);
  if (!stores) return 0;
  timing_.note_reference(site, CachePort::Use::kStore, va, *mapped, &*page);
  store_host(page->host + offset, size, value);
  stored(*page, offset, size);
  return 1;
}

}  // namespace cpu
