// The effect lister against behaviour: what an instruction reads is what changes its outcome when
// it is changed, what it writes is what it changes. Found by perturbing the naive machine, place by
// place.

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cpu/isa/effects.hpp"
#include "tests/cpu/isa_machine.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::NaiveMachine;
using test::Random;

constexpr std::uint64_t kMemory = 0x1000;
constexpr std::size_t kMemorySize = 32;

/// Every place of the machine's state, numbered: registers, then bytes of memory.
using Place = unsigned;
using Places = std::set<Place>;
constexpr Place kHi = 32, kLo = 33, kFcsr = 34, kFpr = 64, kCp0 = 96, kMemoryPlace = 128;
constexpr Place kPlaces = kMemoryPlace + kMemorySize;

std::uint64_t value_of(const NaiveMachine& m, Place p) {
  if (p < 32) return m.gpr[p];
  if (p == kHi) return m.hi;
  if (p == kLo) return m.lo;
  if (p == kFcsr) return m.fcsr;
  if (p < kFpr) return 0;
  if (p < kCp0) return m.fpr[p - kFpr];
  if (p < kMemoryPlace) return m.cp0[p - kCp0];
  return m.memory[p - kMemoryPlace];
}
void set_value(NaiveMachine& m, Place p, std::uint64_t value) {
  if (p < 32)
    m.gpr[p] = value;
  else if (p == kHi)
    m.hi = value;
  else if (p == kLo)
    m.lo = value;
  else if (p == kFcsr)
    m.fcsr = static_cast<std::uint32_t>(value);
  else if (p >= kMemoryPlace)
    m.memory[p - kMemoryPlace] = static_cast<std::uint8_t>(value);
  else if (p >= kCp0)
    m.cp0[p - kCp0] = value;
  else if (p >= kFpr)
    m.fpr[p - kFpr] = value;
}
/// Everything else that an instruction may do.
bool same_control(const NaiveMachine& a, const NaiveMachine& b) {
  return a.pc_now == b.pc_now && a.pending_target() == b.pending_target() &&
         a.exception == b.exception && a.bad_address == b.bad_address && a.link == b.link &&
         a.cache_op == b.cache_op && a.prefetch_hint == b.prefetch_hint &&
         a.hinted_address == b.hinted_address;
}

/// Values that make comparisons come out both ways.
std::uint64_t random_value(Random& random) {
  switch (random() % 6) {
    case 0: return 0;
    case 1: return ~std::uint64_t{0};
    case 2: return random() % 4;
    case 3: return static_cast<std::uint64_t>(static_cast<std::int32_t>(random()));
    default: return random();
  }
}

/// A state in which the word, if it accesses memory, mostly succeeds.
NaiveMachine random_machine(std::uint32_t word, const EffectList& list, Random& random) {
  NaiveMachine m{kMemory, kMemorySize};
  m.pc_now = 0x8000;
  for (Place p = 1; p < kPlaces; ++p) set_value(m, p, random_value(random));
  m.fcsr &= 0xff81'f003;  // no enables: no exception waiting to happen
  m.fpr[0] = random_value(random);
  m.cp0[0] = random_value(random);
  if (list.memory == MemoryUse::kNone) {
    if (random() % 3 == 0) m.gpr[rt_of(word).n] = m.gpr[rs_of(word).n];
    m.gpr[0] = 0;
    return m;
  }
  const bool indexed = word >> 26 == 0b010011;
  const unsigned size = std::max<unsigned>(list.memory_bytes, 1);
  const std::uint64_t ea = kMemory + random() % (kMemorySize / size) * size;
  const unsigned base = rs_of(word).n, index = rt_of(word).n;
  if (base != 0 && !indexed) m.gpr[base] = ea - static_cast<std::uint64_t>(imm_of(word));
  if (base != 0 && indexed && base != index) m.gpr[base] = ea - m.gpr[index];
  m.link = ea;
  return m;
}

struct Behaviour {
  Places read, written;
};

/// Adds what running `word` in state `before` shows.
void observe(std::uint32_t word, const NaiveMachine& before, Random& random, Behaviour& seen) {
  NaiveMachine after = before;
  after.execute(word);
  for (Place p = 0; p < kPlaces; ++p)
    if (value_of(after, p) != value_of(before, p)) seen.written.insert(p);

  for (Place p = 1; p < kPlaces; ++p) {
    if (p > kFcsr && p < kFpr) continue;
    NaiveMachine other = before;
    set_value(other, p, p == kFcsr ? before.fcsr ^ 0xff80'0000 : random_value(random));
    const std::uint64_t changed = value_of(other, p);
    other.execute(word);
    bool matters = !same_control(after, other);
    for (Place q = 0; q < kPlaces && !matters; ++q) {
      const std::uint64_t now = value_of(other, q);
      // The place itself may keep its changed value; anything else must come out the same.
      matters = now != value_of(after, q) && !(q == p && now == changed);
    }
    if (matters) seen.read.insert(p);
  }
}

void add_numbers(Places& places, Place first, NumberSet numbers) {
  for (unsigned n = 0; n < 32; ++n)
    if (numbers >> n & 1) places.insert(first + n);
}
/// What the lister says, without $zero, which nobody can change.
Behaviour claim_of(const EffectList& list) {
  Behaviour claim;
  add_numbers(claim.read, 0, list.gpr_read & ~1u);
  add_numbers(claim.written, 0, list.gpr_written);
  if (list.hi_read) claim.read.insert(kHi);
  if (list.lo_read) claim.read.insert(kLo);
  if (list.hi_written) claim.written.insert(kHi);
  if (list.lo_written) claim.written.insert(kLo);
  if (list.fcr_read >> 31 & 1) claim.read.insert(kFcsr);
  if (list.fcr_written >> 31 & 1) claim.written.insert(kFcsr);
  add_numbers(claim.read, kFpr, list.fpr_read);
  add_numbers(claim.written, kFpr, list.fpr_written);
  add_numbers(claim.read, kCp0, list.cp0_read);
  add_numbers(claim.written, kCp0, list.cp0_written);
  return claim;
}
/// All bytes of memory count as one place.
Places without_memory(const Places& places) {
  return {places.begin(), places.lower_bound(kMemoryPlace)};
}
bool has_memory(const Places& places) { return places.lower_bound(kMemoryPlace) != places.end(); }
bool is_subset(const Places& small, const Places& large) {
  return std::includes(large.begin(), large.end(), small.begin(), small.end());
}
std::string text(const Places& places) {
  std::ostringstream out;
  for (const Place p : places) out << p << ' ';
  return out.str();
}

/// The naive machine has no TLB, cache or LLAddr behind these.
bool uses_hidden_state(const EffectList& list) {
  return list.tlb_read || list.tlb_written || list.flow == Flow::kEret ||
         list.memory == MemoryUse::kCacheOp;
}

TEST_CASE("Effects: the lister's claim is what the instruction does", "[isa]") {
  const std::uint64_t seed = test::seed_or(0xeffec7);
  CAPTURE(seed);
  Random random{seed};
  for (const Insn insn : test::instructions()) {
    bool all_reads_seen = false, all_writes_seen = false, memory_read = false,
         memory_written = false;
    EffectList list;
    for (int word_number = 0; word_number < 8; ++word_number) {
      // Ones everywhere for a start: register 31 of the control registers, an immediate of -1.
      const Pattern pattern = row_of(insn).pattern;
      const std::uint32_t word = word_number == 0 ? ~pattern.mask | pattern.match
                                                  : test::random_word_of(row_of(insn), random);
      if (decode(word) != insn) continue;
      list = effects_of(word, VirtAddr{0x8000});
      if (uses_hidden_state(list)) continue;
      Behaviour seen;
      for (int state = 0; state < 16; ++state)
        observe(word, random_machine(word, list, random), random, seen);

      Behaviour claim = claim_of(list);
      if (list.memory == MemoryUse::kLoadLinked) claim.written.erase(kCp0 + 17);  // LLAddr
      // A place that may keep its value is claimed as read and written; keeping it is no
      // dependence.
      Places explained = claim.written;
      explained.insert(seen.read.begin(), seen.read.end());
      INFO(row_of(insn).name << " word " << std::hex << word << std::dec << ", read "
                             << text(without_memory(seen.read)) << "written "
                             << text(without_memory(seen.written)) << "; claimed read "
                             << text(claim.read) << "written " << text(claim.written));
      REQUIRE(is_subset(without_memory(seen.read), claim.read));
      REQUIRE(is_subset(without_memory(seen.written), claim.written));
      all_reads_seen |= is_subset(claim.read, explained);
      all_writes_seen |= without_memory(seen.written) == claim.written;
      memory_read |= has_memory(seen.read);
      memory_written |= has_memory(seen.written);
    }
    if (uses_hidden_state(list)) continue;
    INFO(row_of(insn).name);
    CHECK(all_reads_seen);
    CHECK(all_writes_seen);
    CHECK(memory_read ==
          (list.memory == MemoryUse::kLoad || list.memory == MemoryUse::kLoadLinked));
    CHECK(memory_written ==
          (list.memory == MemoryUse::kStore || list.memory == MemoryUse::kStoreConditional));
  }
}

TEST_CASE("Effects: coprocessor 0 registers that are used without being named", "[isa]") {
  const auto of = [](std::uint32_t word) { return effects_of(word, VirtAddr{0}); };
  const auto set = [](std::initializer_list<unsigned> numbers) {
    NumberSet result = 0;
    for (const unsigned n : numbers) result |= NumberSet{1} << n;
    return result;
  };
  CHECK(of(0x42000001).cp0_read == set({0}));
  CHECK(of(0x42000001).cp0_written == set({2, 3, 5, 10}));
  CHECK(of(0x42000002).cp0_read == set({0, 2, 3, 5, 10}));
  CHECK(of(0x42000006).cp0_read == set({1, 2, 3, 5, 10}));
  CHECK(of(0x42000002).tlb_written);
  CHECK(of(0x42000008).cp0_read == set({10}));
  CHECK(of(0x42000008).cp0_written == set({0}));
  CHECK(of(0x42000018).cp0_read == set({12, 14, 30}));
  CHECK(of(0x42000018).flow == Flow::kEret);
  CHECK(of(0xbc000000).memory == MemoryUse::kCacheOp);
  CHECK(of(0xc0000000).cp0_written == set({17}));
}

}  // namespace
}  // namespace cpu
