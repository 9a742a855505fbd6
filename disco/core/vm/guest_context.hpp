// What of a guest is in the machine's registers while it runs: saved by the entry assembly, loaded
// by the exit assembly. A plain layout that disco/mips/layout.h repeats for the assembler;
// disco/mips checks that both agree.
#pragma once

#include <cstdint>

namespace disco {

/// Where the assembly miss path finds the tables of the running VCPU. Addresses as the monitor uses
/// them (XKPHYS on the machine).
struct MissView {
  std::uint64_t frames = 0;       // Pmap::frame_words()
  std::uint64_t frame_pairs = 0;  // even/odd pairs of them that direct windows show
  std::uint64_t slots = 0;        // VirtualTlb::slots()
  std::uint64_t heads = 0;        // VirtualTlb::heads()
  std::uint64_t l2_entries = 0;   // L2Tlb::entries()
  std::uint64_t l2_set_mask = 0;
  std::uint64_t l2_salt = 0;  // L2Tlb::salt()
  // The guest uses 16 KB pages or xsseg's window; what does not is not asked about them.
  std::uint64_t asks_more = 0;
  std::uint64_t wide_pairs = 0;  // as frame_pairs, of xsseg's window
};

struct GuestContext {
  std::uint64_t gpr[32] = {};  // [0] stays 0
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;
  std::uint64_t pc = 0;         // EPC: of the branch, when the trap was in its delay slot
  std::uint64_t cause = 0;      // the machine's Cause at the trap
  std::uint64_t bad_vaddr = 0;  // the machine's BadVAddr at the trap
  std::uint64_t status =
      0;  // the machine's Status while this guest runs (EXL is the exit's business)
  std::uint64_t entry_hi = 0;  // the machine's EntryHi at exit: the guest's ASID
  MissView miss_view;
};

/// Which of the machine's vectors the trap came through.
enum class TrapVector : std::uint32_t { kRefill = 0, kGeneral = 1 };

}  // namespace disco
