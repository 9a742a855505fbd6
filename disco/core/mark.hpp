// Phase marks: places in the monitor's code where the host's observer switches the account that
// cycles go to. A mark is a program counter in a table and no instruction, so measuring costs
// nothing. Phases and operations are listed in disco/phases.def; on the host marks vanish.
#pragma once

#include <cstdint>

namespace disco {

/// Numbers in the table: phases from 0, operations from 0x100 (disco/host/phases.hpp has the
/// names).
inline constexpr std::uint64_t kFirstOperation = 0x100;

enum class PhaseId : std::uint64_t {
#define PHASE(name, bucket, sentence) name,
#define OPERATION(name, sentence)
#include "disco/phases.def"
#undef PHASE
#undef OPERATION
};

enum class OperationId : std::uint64_t {
  kBeforeFirst = kFirstOperation - 1,
#define PHASE(name, bucket, sentence)
#define OPERATION(name, sentence) name,
#include "disco/phases.def"
#undef PHASE
#undef OPERATION
};

}  // namespace disco

#if defined(__mips__)
#define DISCO_MARK(id)                                       \
  __asm__ volatile(                                          \
      "889:\n\t.pushsection .disco.marks,\"\",@progbits\n\t" \
      ".dword 889b, %0\n\t.popsection" ::"i"(static_cast<unsigned long>(id)))
#else
#define DISCO_MARK(id) static_cast<void>(id)
#endif
#define PHASE_MARK(name) DISCO_MARK(::disco::PhaseId::name)
#define OPERATION_MARK(name) DISCO_MARK(::disco::OperationId::name)
