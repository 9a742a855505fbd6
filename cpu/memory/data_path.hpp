// Loads and stores: the fast path that whoever executes asks first, and the slow ones behind it
// (translation, watched pages, devices, LL/SC). Faults are recorded, not raised.
//
// Invariant: the soft TLB holds only what mmu::translate() would answer, has no page that the Watch
// register watches, in fidelity kMemory no page that goes past the caches, and a right to write
// only while StoreWatch grants it.
#pragma once

#include <cstdint>
#include <optional>

#include "common/observer.hpp"
#include "cpu/core/core.hpp"
#include "cpu/memory/cache_timing.hpp"
#include "cpu/memory/soft_tlb.hpp"
#include "cpu/memory/store_watch.hpp"
#include "cpu/memory_port.hpp"

namespace cpu {

class DataPath {
 public:
  /// Stores that the fast path does not do are reported to `watch` as those of `self`.
  DataPath(Core& core, MemoryPort& memory, CacheTiming& timing, StoreWatch& watch,
           StoreWatchClient& self)
      : core_{core},
        memory_{memory},
        timing_{timing},
        watch_{watch},
        self_{self},
        client_{watch.attach(self)} {}

  // ---- fast: the entry whose host memory has the data; nullptr: take the slow path. `context` is
  // CpuState::data_context.

  const SoftEntry* readable(VirtAddr va, unsigned size, std::uint64_t context) const {
    return soft_.readable(va, size, context);
  }
  const SoftEntry* writable(VirtAddr va, unsigned size, std::uint64_t context) const {
    return soft_.writable(va, size, context);
  }

  // ---- slow. Nothing, or false: the fault is recorded.

  using Site = const InstructionSite&;
  /// Instrumented code reports these to observers.
  template <bool kInstrumented>
  std::optional<std::uint64_t> load(Site site, VirtAddr va, unsigned size);
  template <bool kInstrumented>
  bool store(Site site, VirtAddr va, unsigned size, std::uint64_t value);
  /// lwl, swr and their kin: the aligned word or doubleword that contains `va`; a fault names `va`
  /// itself. Devices do not answer such partial accesses.
  std::optional<std::uint64_t> load_containing(Site site, VirtAddr va, unsigned size);
  bool store_containing(Site site, VirtAddr va, unsigned size, std::uint64_t value,
                        std::uint64_t mask);
  std::optional<std::uint64_t> load_linked(Site site, VirtAddr va, unsigned size);
  /// 1: it stored; 0: the link was broken.
  std::optional<std::uint64_t> store_conditional(Site site, VirtAddr va, unsigned size,
                                                 std::uint64_t value);

  /// The processor stops running: nobody may break its link behind its back.
  void publish_link() {
    if (core_.link.is_set()) watch_.watch_link(core_.link.page(), client_);
  }
  /// The word at `at` was decoded: stores to it must be reported.
  void note_decoded(MachineAddr at) { watch_.watch_code(at, client_); }

  SoftTlb& soft() { return soft_; }
  void flush() { soft_.flush(); }
  void flush_page(VirtAddr va) { soft_.flush_page(va); }
  void revoke_write(MachineAddr page) { soft_.revoke_write(page); }

 private:
  std::optional<mmu::Mapped> translate(VirtAddr va, unsigned size, mmu::Access access);
  std::optional<RamPage> page_of(const mmu::Mapped& mapped) {
    return memory_.ram_page(core_.config.id, mapped.at.aligned_down(kPageSize));
  }
  void fill(VirtAddr va, const mmu::Mapped& mapped, const RamPage& page);
  void stored(const RamPage& page, std::uint64_t offset, unsigned size);
  bool refuse(const PendingFault& fault);
  std::optional<std::uint64_t> load_device(Site site, PhysAddr at, unsigned size);
  bool store_device(Site site, PhysAddr at, unsigned size, std::uint64_t value);

  Core& core_;
  MemoryPort& memory_;
  CacheTiming& timing_;
  StoreWatch& watch_;
  StoreWatchClient& self_;
  const StoreWatch::Client client_;
  SoftTlb soft_;
};

}  // namespace cpu
