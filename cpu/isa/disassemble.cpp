// Capstone 4.0.2 has no MIPS IV mode. What its MIPS64 mode prints wrongly for an R10000 is printed
// here instead, chosen by operand form: an overload of mended() either returns the text or leaves
// the row to Capstone. tests/cpu/decode/judge.cpp compares both with objdump.

#include "cpu/isa/disassemble.hpp"

#include <capstone/capstone.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "common/check.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/isa/effects.hpp"
#include "cpu/isa/names.hpp"
#include "cpu/isa/operands.hpp"

namespace cpu {
namespace {

struct Context {
  std::uint32_t word;
  VirtAddr pc;
  Insn insn;
  std::string mnemonic;
};

// ---- pieces of text

/// Small numbers in decimal, others in hexadecimal, as Capstone does it.
std::string number(std::int64_t n) {
  const bool negative = n < 0;
  const auto magnitude = static_cast<unsigned long long>(negative ? -n : n);
  char text[24];
  std::snprintf(text, sizeof text, magnitude < 10 ? "%s%llu" : "%s0x%llx", negative ? "-" : "",
                magnitude);
  return text;
}
std::string hex(std::uint64_t n) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(n));
  return text;
}
std::string gpr(unsigned n) { return "$" + std::string{gpr_name(n)}; }
std::string fpr(unsigned n) { return "$f" + std::to_string(n); }
std::string numbered(unsigned n) { return "$" + std::to_string(n); }
std::string cp0(unsigned n) { return cp0_name(n).empty() ? numbered(n) : std::string{cp0_name(n)}; }
/// Condition code 0 is the default and not written.
std::string condition(ConditionCode cc) {
  return cc.n == 0 ? "" : "$fcc" + std::to_string(cc.n) + ", ";
}

template <class... More>
std::string list(const std::string& first, const More&... more) {
  return (first + ... + (", " + more));
}
std::string target(const Context& c) {
  const EffectList effects = effects_of(c.word, c.pc);
  CHECK(effects.target.has_value());
  return hex(effects.target->bits());
}

// ---- what Capstone prints wrongly, by operand form; an empty text leaves the row to Capstone

template <class Form>
std::string mended(const Context&, const Form&) {
  return {};
}

// Capstone gives 32-bit targets and `b`, `beqz` only for some.
std::string mended(const Context& c, const JumpTarget&) { return c.mnemonic + " " + target(c); }
std::string mended(const Context& c, const RsRtBranch& f) {
  if (c.insn == Insn::beq && f.rs.n == 0 && f.rt.n == 0) return "b " + target(c);
  if (f.rt.n != 0) return c.mnemonic + " " + list(gpr(f.rs.n), gpr(f.rt.n), target(c));
  std::string against_zero = c.mnemonic;
  against_zero.insert(3, "z");  // beqz, bnezl ...
  return against_zero + " " + list(gpr(f.rs.n), target(c));
}
std::string mended(const Context& c, const RsBranch& f) {
  if (f.rs.n == 0 && c.insn == Insn::bgez) return "b " + target(c);
  if (f.rs.n == 0 && c.insn == Insn::bgezal) return "bal " + target(c);
  return c.mnemonic + " " + list(gpr(f.rs.n), target(c));
}
std::string mended(const Context& c, const ConditionBranch& f) {
  return c.mnemonic + " " + condition(f.cc) + target(c);
}
std::string mended(const Context& c, const RdRs& f) {
  return c.mnemonic + " " +
         (f.rd.number() == kRa ? gpr(f.rs.n) : list(gpr(f.rd.number()), gpr(f.rs.n)));
}

// Trap immediates are signed.
std::string mended(const Context& c, const RsImm& f) {
  return c.mnemonic + " " + list(gpr(f.rs.n), number(f.imm));
}
// `li` is how compilers and people write these two.
std::string mended(const Context& c, const RtRsImm& f) {
  if (f.rs.n != 0) return {};
  if (c.insn == Insn::addiu) return "li " + list(gpr(f.rt.number()), number(f.imm));
  if (c.insn == Insn::ori)
    return "li " + list(gpr(f.rt.number()), number(static_cast<std::uint16_t>(f.imm)));
  return {};
}
// Capstone knows `neg` and `negu`, not the 64-bit ones, and calls a nor with $zero `not`.
std::string mended(const Context& c, const RdRsRt& f) {
  if (c.insn == Insn::nor) return "nor " + list(gpr(f.rd.number()), gpr(f.rs.n), gpr(f.rt.n));
  if (f.rs.n != 0 || (c.insn != Insn::dsub && c.insn != Insn::dsubu)) return {};
  return (c.insn == Insn::dsub ? "dneg " : "dnegu ") + list(gpr(f.rd.number()), gpr(f.rt.n));
}
// sll $zero, $zero, n: Capstone names later architectures' hints.
std::string mended(const Context& c, const RdRtSa& f) {
  if (c.word == 0) return "nop";
  return c.mnemonic + " " + list(gpr(f.rd.number()), gpr(f.rt.n), number(f.sa));
}

// Coprocessor 0 registers get the names of general registers.
std::string mended(const Context& c, const MoveFromCp0& f) {
  return c.mnemonic + " " + list(gpr(f.rt.number()), cp0(f.reg));
}
std::string mended(const Context& c, const MoveToCp0& f) {
  return c.mnemonic + " " + list(gpr(f.rt.n), cp0(f.reg));
}
std::string mended(const Context& c, const MoveFromCounter& f) {
  return c.mnemonic + " " + list(gpr(f.rt.number()), number(f.counter));
}
std::string mended(const Context& c, const MoveToCounter& f) {
  return c.mnemonic + " " + list(gpr(f.rt.n), number(f.counter));
}

// c.cond with a condition code, recip, rsqrt and prefx fail; parts of COP1X come out as branches on
// coprocessor 3.
std::string mended(const Context& c, const CompareOperands& f) {
  return c.mnemonic + " " + condition(f.cc) + list(fpr(f.fs.n), fpr(f.ft.n));
}
std::string mended(const Context& c, const FdFs& f) {
  return c.mnemonic + " " + list(fpr(f.fd.n), fpr(f.fs.n));
}
std::string mended(const Context& c, const FdFrFsFt& f) {
  return c.mnemonic + " " + list(fpr(f.fd.n), fpr(f.fr.n), fpr(f.fs.n), fpr(f.ft.n));
}
std::string mended(const Context& c, const IndexedFprLoadOperands& f) {
  return c.mnemonic + " " + list(fpr(f.fd.n), gpr(f.index.n) + "(" + gpr(f.base.n) + ")");
}
std::string mended(const Context& c, const IndexedFprStoreOperands& f) {
  return c.mnemonic + " " + list(fpr(f.fs.n), gpr(f.index.n) + "(" + gpr(f.base.n) + ")");
}
std::string mended(const Context& c, const IndexedHintOperands& f) {
  return c.mnemonic + " " + list(number(f.hint), gpr(f.index.n) + "(" + gpr(f.base.n) + ")");
}

// Loads and stores of coprocessor 2 come out as another vendor's bit branches.
std::string mended(const Context& c, const UnitMemoryOperands& f) {
  return c.mnemonic + " " + list(numbered(f.reg), number(f.offset) + "(" + gpr(f.base.n) + ")");
}
std::string mended(const Context& c, const UnitOperation& f) {
  return c.mnemonic + " " + hex(f.code);
}

std::string mended(const Context& c) {
  switch (c.insn) {
#define INSN(name, bits, operands, effects, cycles) \
  case Insn::name:                                  \
    return mended(c, operands{c.word});
#include "cpu/isa/mips4.def"
#undef INSN
  }
  return {};
}

// ---- Capstone's text

/// Capstone writes o32 names, of which $t0 .. $t3 are n64's $a4 .. $a7 and $t4 .. $t7 its $t0 ..
/// $t3; and it leaves out an offset of 0.
std::string respelled(std::string_view operands) {
  std::string text;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string_view rest = operands.substr(i);
    if (rest[0] == '(' && i > 0 && operands[i - 1] == ' ') text += '0';
    text += rest[0];
    const bool renamed = rest.size() >= 3 && rest[0] == '$' && rest[1] == 't' && rest[2] <= '7';
    if (!renamed) continue;
    text += gpr_name(static_cast<unsigned>(rest[2] - '0') + 8);
    i += 2;
  }
  return text;
}

bool is_known_alias(std::string_view mnemonic) {
  return mnemonic == "move" || mnemonic == "neg" || mnemonic == "negu";
}

}  // namespace

Disassembler::Disassembler() {
  const auto mode = static_cast<cs_mode>(CS_MODE_MIPS64 | CS_MODE_BIG_ENDIAN);
  CHECK(cs_open(CS_ARCH_MIPS, mode, &handle_) == CS_ERR_OK);
}

Disassembler::~Disassembler() { cs_close(&handle_); }

std::string Disassembler::text(std::uint32_t word, VirtAddr pc) const {
  const Insn insn = decode(word);
  if (is_reserved(insn)) return ".word " + hex(word);
  const Context context{word, pc, insn, mnemonic_of(insn)};
  std::string own = mended(context);
  return own.empty() ? capstone_text(word, pc) : own;
}

/// A name that is neither the row's nor an alias we know is not trusted: then the mnemonic is the
/// row's and the operands stay in the word.
std::string Disassembler::capstone_text(std::uint32_t word, VirtAddr pc) const {
  const std::array<std::uint8_t, 4> bytes = {
      static_cast<std::uint8_t>(word >> 24), static_cast<std::uint8_t>(word >> 16),
      static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
  const std::string mnemonic = mnemonic_of(decode(word));
  cs_insn* insn = nullptr;
  if (cs_disasm(handle_, bytes.data(), bytes.size(), pc.bits(), 1, &insn) != 1)
    return mnemonic + " " + hex(word);
  std::string text = insn->mnemonic;
  const bool trusted = text == mnemonic || is_known_alias(text);
  if (insn->op_str[0] != '\0') text += " " + respelled(insn->op_str);
  cs_free(insn, 1);
  return trusted ? text : mnemonic + " " + hex(word);
}

}  // namespace cpu
