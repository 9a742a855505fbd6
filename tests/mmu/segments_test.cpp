// translate() against a second one written as tables: every mode, KX/SX/UX/ERL, access, and state
// of the TLB, at every boundary of every segment and at all addresses one bit away from one.
#include <algorithm>
#include <random>

#include "tests/mmu/naive_translate.hpp"
#include "tests/support/catch.hpp"

using namespace common;
using test::NaiveAnswer;

namespace {

NaiveAnswer answer_of(const Result<mmu::Mapped, mmu::Fault>& result) {
  if (result) {
    return {'=', result->at.bits(), result->cache_attribute, result->writable, result->mapped};
  }
  switch (result.error().kind) {
    case mmu::FaultKind::kAddressError: return {'A'};
    case mmu::FaultKind::kRefill: return {result.error().extended ? 'X' : 'R'};
    case mmu::FaultKind::kInvalid: return {'I'};
    case mmu::FaultKind::kModified: return {'M'};
  }
  return {'?'};
}

std::vector<std::uint64_t> interesting_addresses() {
  std::vector<std::uint64_t> seeds;
  for (const auto& row : test::segment_rows()) {
    for (std::uint64_t edge : {row.first, row.last + 1}) {
      for (std::int64_t by : {-8, 0, 8, 0x2004})
        seeds.push_back(edge + static_cast<std::uint64_t>(by));
    }
    seeds.push_back(row.first + (row.last - row.first) / 2 + 0x123450);
  }
  std::vector<std::uint64_t> all = seeds;
  for (std::uint64_t seed : seeds) {
    for (int bit = 0; bit < 64; ++bit) all.push_back(seed ^ (1ull << bit));
  }
  std::mt19937_64 random{7};
  for (int i = 0; i < 2000; ++i) all.push_back(random() >> (random() % 64));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// One state of the TLB as far as `va` sees it: no entry, or one with these bits.
struct EntryState {
  bool present, valid, dirty, global, same_asid;
};

std::vector<EntryState> entry_states() {
  std::vector<EntryState> states = {{}};
  for (int bits = 0; bits < 16; ++bits) {
    states.push_back({true, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
  }
  return states;
}

constexpr std::uint8_t kAsid = 0x5a;

mmu::TlbImage entry_for(std::uint64_t va, const EntryState& state, unsigned size) {
  const std::uint64_t mask = ((1ull << 2 * size) - 1) << 13;
  const std::uint64_t lo = (va * 0x9e3779b97f4a7c15 >> 30 & 0x3ffffffc0) | 5 << 3 |
                           (state.dirty ? 4u : 0u) | (state.valid ? 2u : 0u) |
                           (state.global ? 1u : 0u);
  // The other half of the pair differs in every bit, except G where the entry is to be global.
  const std::uint64_t other = (lo ^ 0x3fffffffe) | (state.global ? 1u : 0u);
  const bool odd = (va >> (12 + 2 * size) & 1) != 0;
  const std::uint64_t asid = state.same_asid ? kAsid : kAsid ^ 1u;
  return {.entry_hi = (va & 0xc0000fffffffe000) | asid,
          .entry_lo0 = odd ? other : lo,
          .entry_lo1 = odd ? lo : other,
          .page_mask = mask};
}

std::vector<mmu::AddressSpace> address_spaces() {
  std::vector<mmu::AddressSpace> spaces;
  for (Mode mode : {Mode::kUser, Mode::kSupervisor, Mode::kKernel}) {
    for (unsigned bits = 0; bits < 16; ++bits) {
      spaces.push_back({.mode = mode,
                        .kx = (bits & 1) != 0,
                        .sx = (bits & 2) != 0,
                        .ux = (bits & 4) != 0,
                        .erl = (bits & 8) != 0,
                        .asid = Asid{kAsid},
                        .kseg0_attribute = static_cast<std::uint8_t>(bits & 7)});
    }
  }
  return spaces;
}

/// Compares at `va` in all spaces and for all accesses; returns the first difference as text.
std::string difference_at(std::uint64_t va, const mmu::Tlb& tlb, const test::NaiveTlb& naive,
                          const std::vector<test::SegmentRow>& rows,
                          const std::vector<mmu::AddressSpace>& spaces) {
  for (const auto& s : spaces) {
    for (auto access : {mmu::Access::kFetch, mmu::Access::kLoad, mmu::Access::kStore}) {
      const NaiveAnswer expected = test::naive_translate(rows, naive, s, va, access);
      const NaiveAnswer found = answer_of(mmu::translate(tlb, s, VirtAddr{va}, access));
      if (found == expected) continue;
      char text[200];
      std::snprintf(text, sizeof text,
                    "va %016llx mode %d kx%d sx%d ux%d erl%d access %d: %c %llx, expected %c %llx",
                    static_cast<unsigned long long>(va), static_cast<int>(s.mode), s.kx, s.sx, s.ux,
                    s.erl, static_cast<int>(access), found.what,
                    static_cast<unsigned long long>(found.physical), expected.what,
                    static_cast<unsigned long long>(expected.physical));
      return text;
    }
  }
  return "";
}

}  // namespace

TEST_CASE(
    "translate: agrees with the manual's tables in all modes, at every edge, for every TLB state",
    "[mmu][table]") {
  const auto rows = test::segment_rows();
  const auto spaces = address_spaces();
  const auto states = entry_states();
  std::uint64_t compared = 0;
  unsigned size = 0;
  for (std::uint64_t va : interesting_addresses()) {
    size = (size + 1) % 7;
    for (const EntryState& state : states) {
      mmu::Tlb tlb{{.entries = 8}};
      test::NaiveTlb naive{8, false};
      if (state.present) {
        tlb.write(3, entry_for(va, state, size));
        naive.write(3, entry_for(va, state, size));
      }
      const std::string difference = difference_at(va, tlb, naive, rows, spaces);
      compared += spaces.size() * 3;
      if (difference.empty()) continue;
      FAIL(difference << " with entry present " << state.present << " V " << state.valid << " D "
                      << state.dirty << " G " << state.global << " same ASID " << state.same_asid
                      << " size " << size);
    }
  }
  INFO(compared << " translations compared");
  CHECK(compared > 5'000'000);
}

TEST_CASE("translate: the tables' answers are of all kinds, in every mode", "[mmu][table]") {
  // Guards the test above against agreeing on nothing: each mode must translate and fault in all
  // ways.
  const auto rows = test::segment_rows();
  const auto spaces = address_spaces();
  for (Mode mode : {Mode::kUser, Mode::kSupervisor, Mode::kKernel}) {
    std::string seen;
    for (std::uint64_t va : interesting_addresses()) {
      for (const EntryState& state : entry_states()) {
        mmu::Tlb tlb{{.entries = 8}};
        if (state.present) tlb.write(0, entry_for(va, state, 0));
        for (const auto& s : spaces) {
          if (s.mode != mode) continue;
          const char what =
              answer_of(mmu::translate(tlb, s, VirtAddr{va}, mmu::Access::kStore)).what;
          if (seen.find(what) == std::string::npos) seen += what;
        }
      }
      if (seen.size() == 6) break;
    }
    std::sort(seen.begin(), seen.end());
    CHECK(seen == "=AIMRX");
  }
}
