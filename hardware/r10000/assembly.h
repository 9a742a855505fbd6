/* The facts about the R10000 that assembly needs too, as macros. The C++ headers of this folder
   take their values from here, so that each is written once. */
#ifndef HARDWARE_R10000_ASSEMBLY_H
#define HARDWARE_R10000_ASSEMBLY_H

/* CP0 register numbers: $R10000_STATUS in assembly. */
#define R10000_INDEX 0
#define R10000_ENTRYLO0 2
#define R10000_ENTRYLO1 3
#define R10000_PAGEMASK 5
#define R10000_WIRED 6
#define R10000_BADVADDR 8
#define R10000_ENTRYHI 10
#define R10000_STATUS 12
#define R10000_CAUSE 13
#define R10000_EPC 14

/* Status */
#define R10000_STATUS_EXL 0x2
#define R10000_STATUS_KX 0x80
#define R10000_STATUS_FR 0x04000000
#define R10000_STATUS_CU1 0x20000000

/* EntryLo: PFN[33:6] C[5:3] D[2] V[1] G[0] */
#define R10000_ENTRYLO_G 0x1
#define R10000_ENTRYLO_V 0x2
#define R10000_ENTRYLO_D 0x4
#define R10000_ENTRYLO_C_SHIFT 3
#define R10000_ENTRYLO_PFN_SHIFT 6
#define R10000_ENTRYLO_ATTRIBUTES 0x3f

/* EntryHi: R[63:62] VPN2[43:13] ASID[7:0] */
#define R10000_ENTRYHI_ASID 0xff
#define R10000_ENTRYHI_VPN2_SHIFT 13

/* The cache algorithm "cacheable, coherent, exclusive on write". */
#define R10000_COHERENT_EXCLUSIVE_ON_WRITE 5

/* Segments: csseg (ksseg), and XKPHYS, whose addresses have the cache algorithm in bits 61:59. */
#define R10000_CSSEG 0xffffffffc0000000
#define R10000_XKPHYS_REGION 2
#define R10000_REGION_SHIFT 62
#define R10000_XKPHYS_ALGORITHM_SHIFT 59

#endif
