// Names for CP0, for C and assembly (R10000 UM 14).
#pragma once

#define CP0_INDEX $0
#define CP0_RANDOM $1
#define CP0_ENTRYLO0 $2
#define CP0_ENTRYLO1 $3
#define CP0_CONTEXT $4
#define CP0_PAGEMASK $5
#define CP0_WIRED $6
#define CP0_BADVADDR $8
#define CP0_COUNT $9
#define CP0_ENTRYHI $10
#define CP0_COMPARE $11
#define CP0_STATUS $12
#define CP0_CAUSE $13
#define CP0_EPC $14
#define CP0_PRID $15
#define CP0_CONFIG $16
#define CP0_XCONTEXT $20

#define STATUS_IE 0x1
#define STATUS_EXL 0x2
#define STATUS_ERL 0x4
#define STATUS_KSU 0x18
#define STATUS_KSU_SUPERVISOR 0x08
#define STATUS_KSU_USER 0x10
#define STATUS_UX 0x20
#define STATUS_SX 0x40
#define STATUS_KX 0x80
#define STATUS_IM_SHIFT 8
#define STATUS_FR 0x04000000  // 32 floating-point registers of 64 bits
#define STATUS_CU0 0x10000000
#define STATUS_CU1 0x20000000
#define STATUS_XX 0x80000000  // MIPS IV instructions in user mode

#define CAUSE_BD 0x80000000
#define CAUSE_CE 0x30000000  // of a Coprocessor Unusable exception
#define CAUSE_CE_1 0x10000000
#define CAUSE_IP_SHIFT 8

#define EXC_INT 0
#define EXC_MOD 1
#define EXC_TLBL 2
#define EXC_TLBS 3
#define EXC_ADEL 4
#define EXC_ADES 5
#define EXC_IBE 6
#define EXC_DBE 7
#define EXC_SYS 8
#define EXC_BP 9
#define EXC_RI 10
#define EXC_CPU 11
#define EXC_OV 12
#define EXC_TR 13
#define EXC_FPE 15

// EntryLo: PFN at bit 6, cache algorithm 3 (cacheable), D, V, G.
#define ENTRYLO_CACHED 0x18
#define ENTRYLO_D 0x4
#define ENTRYLO_V 0x2
#define ENTRYLO_G 0x1

#ifndef __ASSEMBLER__
#include <stdint.h>

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
#define READ_CP0(reg)                                           \
  ({                                                            \
    uint64_t value_;                                            \
    __asm__ volatile("dmfc0 %0, " TEXT_OF(reg) : "=r"(value_)); \
    value_;                                                     \
  })
// The R10000 interlocks CP0 writes: no nops.
#define WRITE_CP0(reg, value) \
  __asm__ volatile("dmtc0 %0, " TEXT_OF(reg) : : "r"((uint64_t)(value)) : "memory")
// The 32-bit registers.
#define READ_CP0_32(reg)                                       \
  ({                                                           \
    uint32_t value_;                                           \
    __asm__ volatile("mfc0 %0, " TEXT_OF(reg) : "=r"(value_)); \
    value_;                                                    \
  })
#define WRITE_CP0_32(reg, value) \
  __asm__ volatile("mtc0 %0, " TEXT_OF(reg) : : "r"((uint32_t)(value)) : "memory")
#endif
