// The operand forms of MIPS IV: each is built from the instruction word once, at decode time, and
// is at most 8 bytes so that a decoded instruction can carry it. A register that is read and one
// that is written have different types, so a body cannot mix them up.
#pragma once

#include <cstdint>

namespace cpu {

/// Bits hi..lo of an instruction word.
constexpr std::uint32_t bits(std::uint32_t word, unsigned hi, unsigned lo) {
  return (word >> lo) & ((1u << (hi - lo + 1)) - 1);
}
constexpr std::uint8_t field5(std::uint32_t word, unsigned lo) {
  return static_cast<std::uint8_t>(bits(word, lo + 4, lo));
}

/// A general register that is read.
struct Gpr {
  std::uint8_t n;
};
/// A general register that is written. Register 0 becomes slot 32, a place nobody reads, so that
/// writing needs no test.
struct GprOut {
  std::uint8_t slot;
  constexpr explicit GprOut(std::uint32_t number)
      : slot{static_cast<std::uint8_t>(number == 0 ? 32 : number)} {}
  constexpr std::uint8_t number() const { return slot == 32 ? 0 : slot; }
};
/// A floating-point register that is read, and one that is written, by its number in the
/// instruction. Which physical register that is depends on Status.FR; the Ops know.
struct Fpr {
  std::uint8_t n;
};
struct FprOut {
  std::uint8_t n;
};
/// One of the eight floating-point condition bits of FCSR.
struct ConditionCode {
  std::uint8_t n;
  /// Where the bit is in FCSR: number 0 is older than the rest (MIPS IV).
  constexpr unsigned fcsr_bit() const { return n == 0 ? 23 : 24u + n; }
};

inline constexpr unsigned kRa = 31;  // the register that the linking branches and jal write

constexpr Gpr rs_of(std::uint32_t w) { return Gpr{field5(w, 21)}; }
constexpr Gpr rt_of(std::uint32_t w) { return Gpr{field5(w, 16)}; }
constexpr Gpr rd_of(std::uint32_t w) { return Gpr{field5(w, 11)}; }
constexpr GprOut rt_out(std::uint32_t w) { return GprOut{field5(w, 16)}; }
constexpr GprOut rd_out(std::uint32_t w) { return GprOut{field5(w, 11)}; }
constexpr std::int16_t imm_of(std::uint32_t w) { return static_cast<std::int16_t>(w & 0xffff); }
/// Distance of a branch target from the delay slot, in bytes: -131072 .. 131068.
constexpr std::int32_t branch_offset(std::uint32_t w) { return imm_of(w) * 4; }

// ---------------------------------------------------------------------------------- integer

/// No operands that the semantics use (syscall, tlbr, reserved encodings ...).
struct NoOperands {
  constexpr explicit NoOperands(std::uint32_t) {}
};
struct RdRsRt {
  GprOut rd;
  Gpr rs, rt;
  constexpr explicit RdRsRt(std::uint32_t w) : rd{rd_out(w)}, rs{rs_of(w)}, rt{rt_of(w)} {}
};
/// movz, movn: rd keeps its value when the condition does not hold.
struct MoveOnGpr {
  GprOut rd;
  Gpr old_rd, rs, rt;
  constexpr explicit MoveOnGpr(std::uint32_t w)
      : rd{rd_out(w)}, old_rd{rd_of(w)}, rs{rs_of(w)}, rt{rt_of(w)} {}
};
/// movf, movt: the same, on a floating-point condition.
struct MoveOnCondition {
  GprOut rd;
  Gpr old_rd, rs;
  ConditionCode cc;
  constexpr explicit MoveOnCondition(std::uint32_t w)
      : rd{rd_out(w)},
        old_rd{rd_of(w)},
        rs{rs_of(w)},
        cc{static_cast<std::uint8_t>(bits(w, 20, 18))} {}
};
/// rt = rs op imm
struct RtRsImm {
  GprOut rt;
  Gpr rs;
  std::int16_t imm;
  constexpr explicit RtRsImm(std::uint32_t w) : rt{rt_out(w)}, rs{rs_of(w)}, imm{imm_of(w)} {}
};
/// lui
struct RtImm {
  GprOut rt;
  std::int16_t imm;
  constexpr explicit RtImm(std::uint32_t w) : rt{rt_out(w)}, imm{imm_of(w)} {}
};
/// rd = rt shifted by sa (0 .. 31)
struct RdRtSa {
  GprOut rd;
  Gpr rt;
  std::uint8_t sa;
  constexpr explicit RdRtSa(std::uint32_t w) : rd{rd_out(w)}, rt{rt_of(w)}, sa{field5(w, 6)} {}
};
/// rd = rt shifted by the low bits of rs
struct RdRtRs {
  GprOut rd;
  Gpr rt, rs;
  constexpr explicit RdRtRs(std::uint32_t w) : rd{rd_out(w)}, rt{rt_of(w)}, rs{rs_of(w)} {}
};
/// mult, div, conditional traps
struct RsRt {
  Gpr rs, rt;
  constexpr explicit RsRt(std::uint32_t w) : rs{rs_of(w)}, rt{rt_of(w)} {}
};
struct RsImm {
  Gpr rs;
  std::int16_t imm;
  constexpr explicit RsImm(std::uint32_t w) : rs{rs_of(w)}, imm{imm_of(w)} {}
};
/// mfhi, mflo
struct Rd {
  GprOut rd;
  constexpr explicit Rd(std::uint32_t w) : rd{rd_out(w)} {}
};
/// mthi, mtlo, jr
struct Rs {
  Gpr rs;
  constexpr explicit Rs(std::uint32_t w) : rs{rs_of(w)} {}
};

// ---------------------------------------------------------------------------------- control

struct RsRtBranch {
  Gpr rs, rt;
  std::int32_t offset;
  constexpr explicit RsRtBranch(std::uint32_t w)
      : rs{rs_of(w)}, rt{rt_of(w)}, offset{branch_offset(w)} {}
};
struct RsBranch {
  Gpr rs;
  std::int32_t offset;
  constexpr explicit RsBranch(std::uint32_t w) : rs{rs_of(w)}, offset{branch_offset(w)} {}
};
struct JumpTarget {
  std::uint32_t offset;  // bytes within the 256 MB region of the delay slot
  constexpr explicit JumpTarget(std::uint32_t w) : offset{bits(w, 25, 0) * 4} {}
};
/// jalr
struct RdRs {
  GprOut rd;
  Gpr rs;
  constexpr explicit RdRs(std::uint32_t w) : rd{rd_out(w)}, rs{rs_of(w)} {}
};
/// bc1f and its kin
struct ConditionBranch {
  ConditionCode cc;
  std::int32_t offset;
  constexpr explicit ConditionBranch(std::uint32_t w)
      : cc{static_cast<std::uint8_t>(bits(w, 20, 18))}, offset{branch_offset(w)} {}
};

// ---------------------------------------------------------------------------------- memory

/// rt = memory[base + offset]
struct LoadOperands {
  GprOut rt;
  Gpr old_rt;  // what the register held: unaligned loads merge with it
  Gpr base;
  std::int16_t offset;
  constexpr explicit LoadOperands(std::uint32_t w)
      : rt{rt_out(w)}, old_rt{rt_of(w)}, base{rs_of(w)}, offset{imm_of(w)} {}
};
/// memory[base + offset] = rt
struct StoreOperands {
  Gpr rt, base;
  std::int16_t offset;
  constexpr explicit StoreOperands(std::uint32_t w)
      : rt{rt_of(w)}, base{rs_of(w)}, offset{imm_of(w)} {}
};
/// sc, scd: rt is stored and then says whether it was.
struct ConditionalStoreOperands {
  Gpr rt;
  GprOut done;
  Gpr base;
  std::int16_t offset;
  constexpr explicit ConditionalStoreOperands(std::uint32_t w)
      : rt{rt_of(w)}, done{rt_out(w)}, base{rs_of(w)}, offset{imm_of(w)} {}
};
/// cache and pref: a 5-bit operation or hint on an address.
struct HintOperands {
  std::uint8_t hint;
  Gpr base;
  std::int16_t offset;
  constexpr explicit HintOperands(std::uint32_t w)
      : hint{field5(w, 16)}, base{rs_of(w)}, offset{imm_of(w)} {}
};
struct IndexedHintOperands {
  std::uint8_t hint;
  Gpr base, index;
  constexpr explicit IndexedHintOperands(std::uint32_t w)
      : hint{field5(w, 11)}, base{rs_of(w)}, index{rt_of(w)} {}
};

// ---------------------------------------------------------------------------------- coprocessor 0

struct MoveFromCp0 {
  GprOut rt;
  std::uint8_t reg;
  constexpr explicit MoveFromCp0(std::uint32_t w) : rt{rt_out(w)}, reg{field5(w, 11)} {}
};
struct MoveToCp0 {
  Gpr rt;
  std::uint8_t reg;
  constexpr explicit MoveToCp0(std::uint32_t w) : rt{rt_of(w)}, reg{field5(w, 11)} {}
};
/// mfpc, mfps: one of the performance counters or of their control registers.
struct MoveFromCounter {
  GprOut rt;
  std::uint8_t counter;
  constexpr explicit MoveFromCounter(std::uint32_t w) : rt{rt_out(w)}, counter{field5(w, 1)} {}
};
struct MoveToCounter {
  Gpr rt;
  std::uint8_t counter;
  constexpr explicit MoveToCounter(std::uint32_t w) : rt{rt_of(w)}, counter{field5(w, 1)} {}
};

// ---------------------------------------------------------------------------------- coprocessor 2

/// An operation of the unit itself; only ever printed.
struct UnitOperation {
  std::uint32_t code;
  constexpr explicit UnitOperation(std::uint32_t w) : code{bits(w, 25, 0)} {}
};
struct UnitMemoryOperands {
  std::uint8_t reg;
  Gpr base;
  std::int16_t offset;
  constexpr explicit UnitMemoryOperands(std::uint32_t w)
      : reg{field5(w, 16)}, base{rs_of(w)}, offset{imm_of(w)} {}
};

// ---------------------------------------------------------------------------------- coprocessor 1

struct MoveFromFpr {
  GprOut rt;
  Fpr fs;
  constexpr explicit MoveFromFpr(std::uint32_t w) : rt{rt_out(w)}, fs{field5(w, 11)} {}
};
struct MoveToFpr {
  Gpr rt;
  FprOut fs;
  constexpr explicit MoveToFpr(std::uint32_t w) : rt{rt_of(w)}, fs{field5(w, 11)} {}
};
struct MoveFromFcr {
  GprOut rt;
  std::uint8_t reg;
  constexpr explicit MoveFromFcr(std::uint32_t w) : rt{rt_out(w)}, reg{field5(w, 11)} {}
};
struct MoveToFcr {
  Gpr rt;
  std::uint8_t reg;
  constexpr explicit MoveToFcr(std::uint32_t w) : rt{rt_of(w)}, reg{field5(w, 11)} {}
};
struct FprLoadOperands {
  FprOut ft;
  Gpr base;
  std::int16_t offset;
  constexpr explicit FprLoadOperands(std::uint32_t w)
      : ft{field5(w, 16)}, base{rs_of(w)}, offset{imm_of(w)} {}
};
struct FprStoreOperands {
  Fpr ft;
  Gpr base;
  std::int16_t offset;
  constexpr explicit FprStoreOperands(std::uint32_t w)
      : ft{field5(w, 16)}, base{rs_of(w)}, offset{imm_of(w)} {}
};
struct IndexedFprLoadOperands {
  FprOut fd;
  Gpr base, index;
  constexpr explicit IndexedFprLoadOperands(std::uint32_t w)
      : fd{field5(w, 6)}, base{rs_of(w)}, index{rt_of(w)} {}
};
struct IndexedFprStoreOperands {
  Fpr fs;
  Gpr base, index;
  constexpr explicit IndexedFprStoreOperands(std::uint32_t w)
      : fs{field5(w, 11)}, base{rs_of(w)}, index{rt_of(w)} {}
};
struct FdFs {
  FprOut fd;
  Fpr fs;
  constexpr explicit FdFs(std::uint32_t w) : fd{field5(w, 6)}, fs{field5(w, 11)} {}
};
struct FdFsFt {
  FprOut fd;
  Fpr fs, ft;
  constexpr explicit FdFsFt(std::uint32_t w)
      : fd{field5(w, 6)}, fs{field5(w, 11)}, ft{field5(w, 16)} {}
};
/// madd and its kin: fd = fs * ft + fr
struct FdFrFsFt {
  FprOut fd;
  Fpr fr, fs, ft;
  constexpr explicit FdFrFsFt(std::uint32_t w)
      : fd{field5(w, 6)}, fr{field5(w, 21)}, fs{field5(w, 11)}, ft{field5(w, 16)} {}
};
/// c.cond.fmt
struct CompareOperands {
  ConditionCode cc;
  Fpr fs, ft;
  constexpr explicit CompareOperands(std::uint32_t w)
      : cc{static_cast<std::uint8_t>(bits(w, 10, 8))}, fs{field5(w, 11)}, ft{field5(w, 16)} {}
};
/// movz.fmt, movn.fmt and movf.fmt, movt.fmt: fd keeps its value when the condition does not hold.
struct FprMoveOnGpr {
  FprOut fd;
  Fpr old_fd, fs;
  Gpr rt;
  constexpr explicit FprMoveOnGpr(std::uint32_t w)
      : fd{field5(w, 6)}, old_fd{field5(w, 6)}, fs{field5(w, 11)}, rt{rt_of(w)} {}
};
struct FprMoveOnCondition {
  FprOut fd;
  Fpr old_fd, fs;
  ConditionCode cc;
  constexpr explicit FprMoveOnCondition(std::uint32_t w)
      : fd{field5(w, 6)},
        old_fd{field5(w, 6)},
        fs{field5(w, 11)},
        cc{static_cast<std::uint8_t>(bits(w, 20, 18))} {}
};

}  // namespace cpu
