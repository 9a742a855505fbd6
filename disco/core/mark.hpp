// Marks: places in the monitor's code that the host's observer knows. A phase or operation mark
// switches the account that cycles go to; an event mark is counted. A mark is a program counter in
// a table and no instruction, so measuring costs nothing. disco/phases.def lists them; on the host
// marks vanish.
#pragma once

#include <cstdint>

namespace disco {

/// Numbers in the table: phases from 0, operations and events from here (disco/host/tables.hpp has
/// the names).
inline constexpr std::uint64_t kFirstOperation = 0x100, kFirstEvent = 0x200;

enum class PhaseId : std::uint64_t {
#define PHASE(name, bucket, sentence) name,
#include "disco/phases.def"
};

enum class OperationId : std::uint64_t {
  kBeforeFirst = kFirstOperation - 1,
#define OPERATION(name, sentence) name,
#include "disco/phases.def"
};

enum class EventId : std::uint64_t {
  kBeforeFirst = kFirstEvent - 1,
#define EVENT(name) name,
#include "disco/phases.def"
};

}  // namespace disco

#if defined(__mips__)
#define DISCO_MARK_TEXT                                  \
  "889:\n\t.pushsection .disco.marks,\"\",@progbits\n\t" \
  ".dword 889b, %[id]\n\t.popsection"
#define DISCO_MARK(number) \
  __asm__ volatile(DISCO_MARK_TEXT : : [id] "i"(static_cast<unsigned long>(number)))
#define DISCO_MARK_BEFORE(number, object) \
  __asm__ volatile(DISCO_MARK_TEXT : "+m"(object) : [id] "i"(static_cast<unsigned long>(number)))
#else
#define DISCO_MARK(number) static_cast<void>(number)
#define DISCO_MARK_BEFORE(number, object) (static_cast<void>(number), static_cast<void>(object))
#endif
#define PHASE_MARK(name) DISCO_MARK(::disco::PhaseId::name)
#define OPERATION_MARK(name) DISCO_MARK(::disco::OperationId::name)
/// Before a volatile assembly statement or a call: the event is what follows.
#define EVENT_MARK(name) DISCO_MARK(::disco::EventId::name)
/// Marks an event before an access to `object`. It cannot move before the mark, so that the mark's
/// program counter is in the event's own piece of code and not where other paths join it.
#define EVENT_MARK_BEFORE(name, object) DISCO_MARK_BEFORE(::disco::EventId::name, object)
/// Marks an event and counts it in the row of counters.def that has its name.
#define COUNT_EVENT(counters, name)           \
  do {                                        \
    EVENT_MARK_BEFORE(name, (counters).name); \
    ++(counters).name;                        \
  } while (false)
