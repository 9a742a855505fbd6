// mmu/, one operation per iteration; the number after the last slash is the number of TLB entries.
//   mmu/lookup/hit/N       a random resident 4 KB page: what every miss of the host-pointer cache
//   costs mmu/lookup/miss/N      an address that no entry matches mmu/lookup/sizes/N     as hit,
//   with all seven page sizes resident mmu/lookup/list/N      as hit, searching the plain list that
//   the tests judge by mmu/refill/random/N    tlbwr of a page that is not resident: what every
//   guest refill costs mmu/translate/kseg0    an unmapped segment mmu/translate/useg/N   segment
//   and lookup
#include <benchmark/benchmark.h>

#include <vector>

#include "mmu/translate.hpp"
#include "tests/mmu/naive_tlb.hpp"

using namespace common;

namespace {

constexpr std::uint64_t kV = 2;

mmu::TlbImage page_pair(std::uint64_t number, unsigned size = 0) {
  return {.entry_hi = (number << (13 + 2 * size)) | 1,
          .entry_lo0 = number << 10 | kV,
          .entry_lo1 = number << 10 | kV,
          .page_mask = ((1ull << 2 * size) - 1) << 13};
}

/// Indices in an order that a branch predictor cannot learn.
std::vector<std::uint32_t> shuffled(std::uint32_t n) {
  std::vector<std::uint32_t> order(4096);
  std::uint32_t x = 1;
  for (auto& o : order) o = (x = x * 1664525 + 1013904223) >> 8 & 0xffff, o %= n;
  return order;
}

template <class Table>
void fill(Table& tlb, std::uint32_t entries) {
  for (std::uint32_t i = 0; i < entries; ++i) tlb.write(i, page_pair(i));
}

void lookup_hit(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  mmu::Tlb tlb{{.entries = entries}};
  fill(tlb, entries);
  const auto order = shuffled(entries);
  std::size_t i = 0;
  for (auto _ : state) {
    const VirtAddr va{std::uint64_t{order[i++ & 4095]} << 13};
    benchmark::DoNotOptimize(tlb.lookup(va, Asid{1}));
  }
}

void lookup_miss(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  mmu::Tlb tlb{{.entries = entries}};
  fill(tlb, entries);
  const auto order = shuffled(entries);
  std::size_t i = 0;
  for (auto _ : state) {
    const VirtAddr va{(std::uint64_t{order[i++ & 4095]} + entries) << 13};
    benchmark::DoNotOptimize(tlb.lookup(va, Asid{1}));
  }
}

void lookup_sizes(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  mmu::Tlb tlb{{.entries = entries}};
  for (std::uint32_t n = 0; n < entries; ++n) tlb.write(n, page_pair(n + 1, n % 7));
  const auto order = shuffled(entries);
  std::size_t i = 0;
  for (auto _ : state) {
    const std::uint64_t n = order[i++ & 4095];
    benchmark::DoNotOptimize(tlb.lookup(VirtAddr{(n + 1) << (13 + 2 * (n % 7))}, Asid{1}));
  }
}

void lookup_list(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  test::NaiveTlb tlb{entries, false};
  fill(tlb, entries);
  const auto order = shuffled(entries);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tlb.lookup(std::uint64_t{order[i++ & 4095]} << 13, 1));
  }
}

void refill_random(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  mmu::Tlb tlb{{.entries = entries}};
  fill(tlb, entries);
  std::uint64_t n = entries;
  for (auto _ : state) {
    ++n;
    benchmark::DoNotOptimize(tlb.write_random(page_pair(n & 0xffffff), n));
  }
}

void translate_kseg0(benchmark::State& state) {
  const mmu::Tlb tlb{{}};
  const mmu::AddressSpace kernel{};
  std::uint64_t va = 0xffffffff80000000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(mmu::translate(tlb, kernel, VirtAddr{va}, mmu::Access::kLoad));
    va ^= 0x1000;
  }
}

void translate_useg(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  mmu::Tlb tlb{{.entries = entries}};
  fill(tlb, entries);
  const mmu::AddressSpace user{.mode = Mode::kUser, .asid = Asid{1}};
  const auto order = shuffled(entries);
  std::size_t i = 0;
  for (auto _ : state) {
    const VirtAddr va{std::uint64_t{order[i++ & 4095]} << 13};
    benchmark::DoNotOptimize(mmu::translate(tlb, user, va, mmu::Access::kLoad));
  }
}

BENCHMARK(lookup_hit)->Name("mmu/lookup/hit")->Arg(64)->Arg(512);
BENCHMARK(lookup_miss)->Name("mmu/lookup/miss")->Arg(64)->Arg(512);
BENCHMARK(lookup_sizes)->Name("mmu/lookup/sizes")->Arg(64);
BENCHMARK(lookup_list)->Name("mmu/lookup/list")->Arg(64)->Arg(512);
BENCHMARK(refill_random)->Name("mmu/refill/random")->Arg(64)->Arg(512);
BENCHMARK(translate_kseg0)->Name("mmu/translate/kseg0");
BENCHMARK(translate_useg)->Name("mmu/translate/useg")->Arg(64);

}  // namespace

BENCHMARK_MAIN();
