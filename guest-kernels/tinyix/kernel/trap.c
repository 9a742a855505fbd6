// What made the process enter the kernel? See trap.h.
#include "trap.h"

#include "console.h"
#include "cp0.h"
#include "disk.h"
#include "fpu.h"
#include "machine.h"
#include "process.h"
#include "syscall.h"
#include "terminal.h"
#include "vm.h"

uint64_t user_status(int is_64bit) {
  const uint64_t common = STATUS_KX | STATUS_KSU_USER | STATUS_EXL | STATUS_IE | INTERRUPTS;
  return is_64bit ? common | STATUS_UX | STATUS_XX | STATUS_FR : common;
}

int serve_interrupts(uint32_t lines) {
  if (lines & INTERRUPT_DEVICE) {
    terminal_interrupt();
    disk_interrupt();
  }
  if (lines & INTERRUPT_PROCESSOR) serve_processor_interrupt();
  if (!(lines & INTERRUPT_TIMER)) return 0;
  timer_begin();
  return 1;
}

static const char* const kNames[32] = {
    [EXC_ADEL] = "load or fetch from a forbidden address",
    [EXC_ADES] = "store to a forbidden address",
    [EXC_TLBL] = "load or fetch from no memory",
    [EXC_TLBS] = "store to no memory",
    [EXC_MOD] = "store to read-only memory",
    [EXC_IBE] = "bus error",
    [EXC_DBE] = "bus error",
    [EXC_BP] = "breakpoint",
    [EXC_RI] = "reserved instruction",
    [EXC_CPU] = "privileged instruction",
    [EXC_OV] = "arithmetic overflow",
    [EXC_TR] = "trap instruction",
    [EXC_FPE] = "floating-point exception",
};

static int signal_of(unsigned code) {
  switch (code) {
    case EXC_IBE:
    case EXC_DBE:
    case EXC_ADEL:
    case EXC_ADES: return kSigBus;
    case EXC_RI:
    case EXC_CPU: return kSigIll;
    case EXC_BP:
    case EXC_TR: return kSigTrap;
    case EXC_OV:
    case EXC_FPE: return kSigFpe;
    default: return kSigSegv;
  }
}

// The process ends by what it did; `reason` null: what the exception's code says.
static void fatal(const struct trap_frame* frame, unsigned code, const char* reason,
                  user_address at) {
  const struct process* p = current();
  if (!reason) reason = kNames[code] ? kNames[code] : "unknown exception";
  print("tinyix: process %lu (%s): %s, pc 0x%lx, address 0x%lx\n", p->pid, p->name, reason,
        frame->epc, at);
  exit_process(signal_of(code));
}

static void page_fault(const struct trap_frame* frame, unsigned code, user_address at) {
  switch (handle_fault(current()->space, at, code == EXC_TLBL ? kRead : kWrite)) {
    case kServed: return;
    case kForbidden: fatal(frame, code, NULL, at); return;
    case kNoMemory: fatal(frame, code, "out of memory", at); return;
  }
}

static void coprocessor_unusable(struct trap_frame* frame) {
  const int is_fpu = (frame->cause & CAUSE_CE) == CAUSE_CE_1;
  if (is_fpu) {
    fpu_take(frame);
  } else {
    fatal(frame, EXC_CPU, NULL, frame->epc);
  }
}

// There is no emulator: what the processor leaves to software ends the process too.
static void floating_point_exception(const struct trap_frame* frame) {
  enum { kUnimplemented = 1 << 17 };
  const int is_unimplemented = (fpu_status() & kUnimplemented) != 0;
  fatal(frame, EXC_FPE, is_unimplemented ? "floating-point operation left to software" : NULL,
        frame->epc);
}

// `rdhwr rt, $29` asks for the thread pointer; compilers emit it for every MIPS, and kernels answer
// for processors that do not know the instruction. It does not stand in delay slots.
static void reserved_instruction(struct trap_frame* frame) {
  enum { kReadHardware29 = 0x7c00e83b, kTarget = 31 << 16 };
  uint32_t word = 0;
  const int is_known = (frame->cause & CAUSE_BD) == 0 &&
                       copy_in(current()->space, &word, frame->epc, sizeof word) == 0 &&
                       (word & ~(uint32_t)kTarget) == kReadHardware29;
  if (!is_known) fatal(frame, EXC_RI, NULL, frame->epc);
  const uint32_t target = (word & kTarget) >> 16;
  if (target != 0) frame->reg[target] = current()->thread_pointer;
  frame->epc += 4;
}

void trap(struct trap_frame* frame) {
  const unsigned code = (frame->cause >> 2) & 31;
  switch (code) {
    case EXC_INT:
      if (serve_interrupts((uint32_t)frame->cause & INTERRUPTS)) end_slice();
      break;
    case EXC_SYS:
      frame->epc += 4;  // the library makes its system calls outside delay slots
      syscall(frame);
      break;
    case EXC_TLBL:
    case EXC_TLBS:
    case EXC_MOD: page_fault(frame, code, READ_CP0(CP0_BADVADDR)); break;
    case EXC_CPU: coprocessor_unusable(frame); break;
    case EXC_FPE: floating_point_exception(frame); break;
    case EXC_RI: reserved_instruction(frame); break;
    case EXC_ADEL:
    case EXC_ADES: fatal(frame, code, NULL, READ_CP0(CP0_BADVADDR)); break;
    default: fatal(frame, code, NULL, frame->epc); break;
  }
  check_stack(current());
  if (current()->is_ending) exit_thread(current()->ending_status);
}
