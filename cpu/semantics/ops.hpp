// The contract between the instruction bodies (cpu/semantics/*.hpp) and whoever instantiates them:
// the interpreter (a Word is a number), the effect lister (a Word is nothing, every operation is
// noted), later the JIT (a Word is a name in the block being emitted).
//
// A body is a template over Ops and reads like the manual. Rules:
//   - bind every get() to a named const auto, at most one per expression (evaluation order);
//   - no C++ branch on a Word or Cond: use select(), or the if (...) forms below;
//   - everything that is decided by Status alone (64-bit operations allowed, coprocessor usable) is
//     decided at decode time from the row's effects, never in a body.
//
//   Word get(Gpr)               void set(GprOut, Word)
//   Word get_hi() get_lo()      void set_hi(Word) set_lo(Word)
//   Word imm(std::int64_t)      constant
//   Word add sub and_ or_ xor_ nor (Word, Word)             64 bits, no overflow
//   Word shl shr sar (Word value, Word amount)              64 bits; amount is 0 .. 63
//   Word sext32(Word) zext32(Word) sext16(Word) sext8(Word) zext16(Word) zext8(Word)
//   Word mul(Word, Word)                                    low 64 bits
//   Word mulh_signed mulh_unsigned (Word, Word)             high 64 bits
//   Word div_signed rem_signed div_unsigned rem_unsigned    64 bits; total: see arithmetic.hpp
//   Cond eq ne lt_signed lt_unsigned (Word, Word)           Cond not_(Cond)  and_(Cond, Cond)
//   Word from_cond(Cond)                                    0 or 1
//   Word select(Cond, Word if_true, Word if_false)
//
//   Loads give an optional Word: nothing means the fault is recorded and the body must return.
//     std::optional<Word> load8 load16 load32 load64 (Word ea)      zero-extended
//     std::optional<Word> load_linked32 load_linked64 (Word ea)
//   Stores say whether to go on (false: fault recorded):
//     bool store8 store16 store32 store64 (Word ea, Word value)     low bits of value
//     std::optional<Word> store_conditional32 store_conditional64 (Word ea, Word value)   1 or 0
//   load32 gives the word as the program sees it, in its byte order: big-endian, except in user mode with
//   Status.RE (R10000 UM 14.10), where a doubleword's bytes are numbered from the other end.
//     Word lane(Word ea)     ea, its low bits numbered big-endian: ea ^ 7 where RE applies
//   For lwl, sdr and their kin, which touch part of the aligned word or doubleword that contains ea
//   and never raise an address error for its low bits; a fault reports ea as it is:
//     std::optional<Word> load_containing32 load_containing64 (Word ea)
//     bool store_containing32 store_containing64 (Word ea, Word value, Word mask)
//                                          one store, of the bytes under mask; not a load
//
//   bool trap_if(Cond, ExceptionCode)      true: the exception is recorded, return
//   void raise(ExceptionCode)              unconditional
//   Word pc()                              address of this instruction
//   void branch(Cond, Word target)         delay slot executes in any case
//   void branch_likely(Cond, Word target)  delay slot is nullified when not taken
//   void jump(Word target)
//
//   Word read_cp0(unsigned number)         64-bit register value
//   void write_cp0(unsigned number, Word)  64-bit; mtc0 passes a sign-extended word
//   Word read_performance(unsigned number)  void write_performance(unsigned number, Word)
//       32 bits; 0 to 3 are control 0, counter 0, control 1, counter 1, others do not exist
//   void tlb_read() tlb_write_indexed() tlb_write_random() tlb_probe()
//   void eret()
//   void cache(unsigned op, Word ea)       CACHE; may record a fault
//   void prefetch(unsigned hint, Word ea)  never faults
//   void sync()
//   Word get_fpr32(Fpr)  void set_fpr32(FprOut, Word)        zero-extended; low 32 bits
//   Word get_fpr64(Fpr)  void set_fpr64(FprOut, Word)
//       With Status.FR = 1 there are 32 registers of 64 bits and set_fpr32 clears the upper half
//       (R10000 UM 15.5). With FR = 0 an odd number is the upper half of the even register below
//       it: set_fpr32 keeps the other half, and the 64-bit forms ignore bit 0 of the number.
//   Word read_fcr(unsigned number)  void write_fcr(unsigned number, Word)
//       32 bits, zero-extended; 0 and 31 exist. A write to 31 that leaves a cause bit and its
//       enable set, or Unimplemented Operation, records FPE.
//   Floating-point operations; formats are the types of fpu/format.hpp, operations those of
//   fpu/status.hpp. Each replaces FCSR.Cause. Nothing: FPE is recorded and the body must
//   return; otherwise the flags are set. FCSR's rounding mode counts where none is given.
//     std::optional<Word> fp_binary(Format, fpu::Binary, Word fs, Word ft)
//     std::optional<Word> fp_unary(Format, fpu::Unary, Word fs)
//     std::optional<Word> fp_multiply_add(Format, fpu::MultiplyAdd, Word fs, Word ft, Word fr)
//     std::optional<Word> fp_convert(To, From, Word fs)
//     std::optional<Word> fp_convert(To, From, fpu::Rounding, Word fs)
//     void fp_compare(Format, fpu::Condition, ConditionCode, Word fs, Word ft)   writes the condition bit
#pragma once

#include <cstdint>

#include "hardware/r10000/exceptions.hpp"

namespace cpu {

using hardware::ExceptionCode;

}  // namespace cpu
