// The table and its decoder: total, unambiguous, and telling the engine what the bodies do.

#include <optional>
#include <set>
#include <string>

#include "cpu/isa/decode.hpp"
#include "cpu/isa/effects.hpp"
#include "cpu/isa/names.hpp"
#include "tests/cpu/isa_words.hpp"
#include "tests/support/catch.hpp"

namespace cpu {
namespace {

using test::Random;
using test::random_word;
using test::random_word_of;

/// The definition that decode() must be a fast form of: the first row that matches.
Insn first_match(std::uint32_t word) {
  for (std::size_t i = 0; i < kRowCount; ++i)
    if (row_of(insn_at(i)).pattern.matches(word)) return insn_at(i);
  return Insn::reserved;
}

TEST_CASE("Decoder: equals the first matching row on random words", "[isa]") {
  const std::uint64_t seed = test::seed_or(0x15a0);
  CAPTURE(seed);
  Random random{seed};
  for (int i = 0; i < 200'000; ++i) {
    const std::uint32_t word = random_word(random);
    if (decode(word) != first_match(word)) FAIL("word " << std::hex << word);
  }
}

TEST_CASE("Decoder: equals the first matching row on words one bit away from an instruction",
          "[isa]") {
  const std::uint64_t seed = test::seed_or(0x15a1);
  CAPTURE(seed);
  Random random{seed};
  for (const Insn insn : test::instructions()) {
    for (int i = 0; i < 20; ++i) {
      const std::uint32_t word = random_word_of(row_of(insn), random);
      for (int bit = 0; bit < 32; ++bit) {
        const std::uint32_t near = word ^ 1u << bit;
        if (decode(near) != first_match(near))
          FAIL(row_of(insn).name << ", word " << std::hex << near);
      }
    }
  }
}

TEST_CASE("Decoder: every row is reached", "[isa]") {
  Random random{test::seed_or(0x15a2)};
  for (const Insn insn : test::instructions()) {
    INFO(row_of(insn).name);
    bool reached = false;
    for (int i = 0; i < 1000 && !reached; ++i)
      reached = decode(random_word_of(row_of(insn), random)) == insn;
    CHECK(reached);
  }
}

TEST_CASE("Decoder: later architectures' instructions are reserved", "[isa]") {
  const std::uint32_t words[] = {
      0x70851002,  // mul $v0, $a0, $a1 (MIPS32)
      0x70801021,  // clo
      0x7c8408c0,  // ext (MIPS32 R2)
      0x00241002,  // rotr: srl with a non-zero rs field
      0x7c03e83b,  // rdhwr
      0x0000018f,  // sync with a stype
      0x04df0000,  // synci
      0x74000000,  // jalx
  };
  for (const std::uint32_t word : words) {
    INFO(std::hex << word);
    CHECK(decode(word) == Insn::reserved);
  }
  CHECK(decode(0x42000020) == Insn::reserved_cp0);   // wait
  CHECK(decode(0x41606000) == Insn::reserved_cp0);   // di
  CHECK(decode(0x44602000) == Insn::reserved_cp1);   // mfhc1
  CHECK(decode(0x46c00000) == Insn::reserved_cp1);   // add.ps
  CHECK(decode(0x4c00001e) == Insn::reserved_cp1x);  // alnv.ps
}

TEST_CASE("Table: mnemonics are unique and spelled as the assembler does", "[isa]") {
  std::set<std::string> seen;
  for (const Insn insn : test::instructions()) CHECK(seen.insert(mnemonic_of(insn)).second);
  CHECK(mnemonic_of(Insn::and_) == "and");
  CHECK(mnemonic_of(Insn::break_) == "break");
  CHECK(mnemonic_of(Insn::c_ngle_d) == "c.ngle.d");
  CHECK(mnemonic_of(Insn::cvt_s_l) == "cvt.s.l");
}

/// The flags that a body's own behaviour decides.
effects::Flags flags_of(const EffectList& list) {
  using namespace effects;
  Flags flags = kPure;
  if (list.may_fault) flags |= kMayFault;
  if (list.flow == Flow::kBranch) flags |= kBranch;
  if (list.flow == Flow::kBranchLikely) flags |= kBranchLikely;
  if (list.flow == Flow::kJump) flags |= kJump;
  return flags;
}

TEST_CASE("Table: flags say what the bodies do", "[isa]") {
  using namespace effects;
  constexpr Flags kFromBody = kMayFault | kBranch | kBranchLikely | kJump;
  // The lowest word of each row, and one word for each of the reserved ones.
  std::vector<std::uint32_t> words = {0x42000000, 0x44600000, 0x4c000010, 0x7c000000};
  for (const Insn insn : test::instructions()) words.push_back(row_of(insn).pattern.match);
  for (const std::uint32_t word : words) {
    const Row& row = row_of(decode(word));
    INFO(row.name);
    const EffectList list = effects_of(word, VirtAddr{0});
    CHECK((row.effects & kFromBody) == flags_of(list));
    CHECK((list.fpr_read | list.fpr_written | list.fcr_read | list.fcr_written) *
              (~row.effects & kCp1) ==
          0);
  }
}

TEST_CASE("Table: whatever writes the TLB or a coprocessor 0 register ends a block", "[isa]") {
  using namespace effects;
  for (const Insn insn : test::instructions()) {
    const Row& row = row_of(insn);
    INFO(row.name);
    const EffectList list = effects_of(row.pattern.match, VirtAddr{0});
    const bool probe_or_link_or_tag =
        insn == Insn::tlbp || insn == Insn::ll || insn == Insn::lld || insn == Insn::cache;
    const bool changes_context =
        list.tlb_written || (list.cp0_written != 0 && !probe_or_link_or_tag);
    if (changes_context) CHECK((row.effects & kEndsBlock) != 0);
  }
}

TEST_CASE("Table: 64-bit rows are exactly those of MIPS III", "[isa]") {
  std::set<std::string> marked;
  for (const Insn insn : test::instructions())
    if (row_of(insn).effects & effects::k64Bit) marked.insert(mnemonic_of(insn));
  CHECK(marked == std::set<std::string>{
                      "daddi",  "daddiu", "dadd",   "daddu",  "dsub",  "dsubu", "dsll",  "dsrl",
                      "dsra",   "dsll32", "dsrl32", "dsra32", "dsllv", "dsrlv", "dsrav", "dmult",
                      "dmultu", "ddiv",   "ddivu",  "ld",     "ldl",   "ldr",   "lwu",   "lld",
                      "sd",     "sdl",    "sdr",    "scd",    "dmfc0", "dmtc0", "dmfc1", "dmtc1"});
}

TEST_CASE("Effects: targets come from the word and its address", "[isa]") {
  const VirtAddr pc{0xffffffff80100ffc};
  CHECK(effects_of(0x1000ffff, pc).target == VirtAddr{0xffffffff80100ffc});  // b .
  CHECK(effects_of(0x0c040000, pc).target == VirtAddr{0xffffffff80100000});  // jal
  CHECK(effects_of(0x45010003, pc).target == VirtAddr{0xffffffff8010100c});  // bc1t
  CHECK(effects_of(0x03e00008, pc).target == std::nullopt);                  // jr $ra
  // The region is the delay slot's.
  CHECK(effects_of(0x08000000, VirtAddr{0x8ffffffc}).target == VirtAddr{0x90000000});
}

TEST_CASE("Names: registers", "[isa]") {
  CHECK(gpr_name(0) == "zero");
  CHECK(gpr_name(8) == "a4");
  CHECK(gpr_name(31) == "ra");
  CHECK(cp0_name(12) == "Status");
  CHECK(cp0_name(20) == "XContext");
  CHECK(cp0_name(7).empty());
}

}  // namespace
}  // namespace cpu
