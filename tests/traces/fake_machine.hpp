// A small machine that is all TLB: CPUs with mmu::Tlb whose "programs" are random but the same for
// every TLB, and a kernel with page tables, refill handlers, page faults, flushes and context
// switches. It reports to an Observer exactly as cpu::Cpu does, and counts its own misses.
#pragma once

#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

#include "common/observer.hpp"
#include "mmu/translate.hpp"
#include "traces/recorder.hpp"

namespace test {
using namespace common;

struct FakeConfig {
  std::uint32_t cpus = 1;
  mmu::TlbConfig tlb{.entries = 64};
  std::uint64_t seed = 1;
  std::uint64_t pages = 200;  // that a program touches
  bool big_pages = false;
  bool regular = false;  // data addresses in strides, not at random
};

class FakeMachine final : public traces::StateSource {
 public:
  explicit FakeMachine(const FakeConfig& config);

  void observe(Observer* observer) { observer_ = observer; }
  /// Program instructions, in turns of a few dozen on each CPU.
  void run(std::uint64_t instructions);

  const traces::LiveMisses& misses() const { return misses_; }
  std::uint64_t references() const { return references_; }
  const mmu::Tlb& tlb_of(std::uint32_t cpu) const { return cpus_[cpu].tlb; }

  traces::TlbState tlb(CpuId cpu) override;
  traces::StateRecord context(CpuId cpu) override;

 private:
  struct Process {
    std::uint64_t asid = 1, pc = 0x10000, loop = 0x10000, cursor = 0, stride = 4096;
  };
  struct Cpu {
    Cpu(std::uint32_t number, const FakeConfig& config);
    CpuId id;
    mmu::Tlb tlb;
    std::mt19937_64 choose;  // the program: never asked by the kernel
    std::uint64_t cycle = 0, retired = 0;
    Mode mode = Mode::kUser;
    Process processes[3];
    unsigned running = 0;
    Process& now() { return processes[running]; }
  };
  struct Pte {
    std::uint64_t frame = 0;
    bool valid = false, dirty = false;
  };

  void step(Cpu& c);
  void complete(Cpu& c, std::uint64_t pc);
  bool chance(Cpu& c, unsigned one_in) { return c.choose() % one_in == 0; }
  void access(Cpu& c, ReferenceKind kind, std::uint64_t va);
  bool attempt(Cpu& c, ReferenceKind kind, std::uint64_t va);
  void report(Cpu& c, ReferenceKind kind, std::uint64_t va, const mmu::Mapped& at);
  void kernel(Cpu& c, std::uint64_t pc, unsigned instructions, std::uint64_t data);
  void exception(Cpu& c, ReferenceKind kind, std::uint64_t va, mmu::FaultKind fault);
  void enter(Cpu& c, std::uint8_t code, Vector vector, bool refill, ReferenceKind kind,
             std::uint64_t va);
  void leave(Cpu& c);
  void refill(Cpu& c, std::uint64_t va);
  void page_fault(Cpu& c, std::uint64_t va, bool store);
  void system_call(Cpu& c);
  void write_indexed(Cpu& c, std::uint32_t index, const mmu::TlbImage& image);
  void flush(Cpu& c);
  void unmap(Cpu& c, std::uint64_t va);
  std::uint64_t size_of(std::uint64_t va) const {
    return config_.big_pages && (va >> 24 & 1) != 0 ? 1 : 0;
  }
  Pte& pte(std::uint64_t asid, std::uint64_t va);
  mmu::TlbImage image_for(std::uint64_t asid, std::uint64_t va);
  Moment moment(const Cpu& c) const { return {c.id, Cycles{c.cycle}, c.retired}; }

  FakeConfig config_;
  std::vector<Cpu> cpus_;
  std::unordered_map<std::uint64_t, Pte> ptes_;
  std::uint64_t next_frame_ = 0x1000;
  Observer* observer_ = nullptr;
  traces::LiveMisses misses_;
  std::uint64_t references_ = 0;
};

}  // namespace test
