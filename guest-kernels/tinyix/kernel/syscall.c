// See syscall.h. Every function takes the frame and answers the result; nothing in the frame is
// trusted.
#include "syscall.h"

#include "exec.h"
#include "file.h"
#include "fs.h"
#include "futex.h"
#include "log.h"
#include "machine.h"
#include "pipe.h"
#include "process.h"
#include "terminal.h"
#include "tinyix.h"
#include "vm.h"

void disco_phase_mark(uint64_t phase);

static int64_t sys_exit(struct trap_frame* f) { exit_process((int)(f->reg[kA0] & 0xff) << 8); }

static int64_t sys_fork(struct trap_frame* f) {
  (void)f;
  return fork_process();
}

static int64_t sys_exec(struct trap_frame* f) {
  return exec_process(f->reg[kA0], f->reg[kA1], f->reg[kA2]);
}

static int64_t sys_wait(struct trap_frame* f) {
  int status = 0;
  const int64_t pid = wait_for_child(&status, (int32_t)f->reg[kA1], (f->reg[kA2] & 1) == 0);
  if (pid > 0 && f->reg[kA0] != 0 &&
      copy_out(current()->space, f->reg[kA0], &status, sizeof status) != 0)
    return -TINYIX_EFAULT;
  return pid;
}

// Threads of one process share its table. While there are others, who uses a descriptor has a copy
// of it, so that none of them can close it meanwhile.
static int is_shared(void) { return current()->leader->members != 0; }
static void lock_table(void) { acquire(&current()->leader->table_lock); }
static void unlock_table(void) { release(&current()->leader->table_lock); }

static struct descriptor* entry(uint64_t number) {
  return number < kMaxDescriptors ? &current()->descriptors[number] : NULL;
}

// Null if there is no such descriptor; to be let go.
static struct descriptor* hold(uint64_t number, struct descriptor* copy) {
  struct descriptor* const d = entry(number);
  if (!d || !is_shared()) return d;
  lock_table();
  descriptor_copy(copy, d);
  unlock_table();
  return copy;
}
static void let_go(struct descriptor* d, struct descriptor* copy) {
  if (d == copy) descriptor_close(copy);
}

// `d`, which may be closed before, comes to stand in its place in the table, and what was there is
// closed.
static void replace(struct descriptor* place, struct descriptor d) {
  lock_table();
  struct descriptor was = *place;
  *place = d;
  unlock_table();
  descriptor_close(&was);
}

// Through a buffer on the stack, in parts: a process may exchange any number of bytes.
enum { kPart = 512 };

static int64_t read_from(struct descriptor* d, struct trap_frame* f) {
  const uint64_t n = f->reg[kA2];
  char part[kPart];
  if (!d || !descriptor_can_read(d)) return -TINYIX_EBADF;
  if (n == 0) return 0;  // and does not wait for more
  if (d->file) return file_read(d->file, f->reg[kA1], n);
  const int64_t got = descriptor_read(d, part, n < kPart ? n : kPart);
  if (got > 0 && copy_out(current()->space, f->reg[kA1], part, (size_t)got) != 0)
    return -TINYIX_EFAULT;
  return got;
}

static int64_t sys_read(struct trap_frame* f) {
  struct descriptor copy;
  struct descriptor* const d = hold(f->reg[kA0], &copy);
  const int64_t result = read_from(d, f);
  let_go(d, &copy);
  return result;
}

static int64_t write_to(struct descriptor* d, struct trap_frame* f) {
  const uint64_t n = f->reg[kA2];
  char part[kPart];
  if (!d || !descriptor_can_write(d)) return -TINYIX_EBADF;
  if (d->file) return file_write(d->file, f->reg[kA1], n);
  for (uint64_t done = 0; done < n;) {
    const size_t now = n - done < kPart ? n - done : kPart;
    if (copy_in(current()->space, part, f->reg[kA1] + done, now) != 0) return -TINYIX_EFAULT;
    const int64_t put = descriptor_write(d, part, now);
    if (put < 0) return put;
    done += now;
  }
  return (int64_t)n;
}

static int64_t sys_write(struct trap_frame* f) {
  struct descriptor copy;
  struct descriptor* const d = hold(f->reg[kA0], &copy);
  const int64_t result = write_to(d, f);
  let_go(d, &copy);
  return result;
}

static const struct descriptor kNothing = {kClosed, NULL, NULL};

static int64_t sys_close(struct trap_frame* f) {
  struct descriptor* const d = entry(f->reg[kA0]);
  if (!d || d->kind == kClosed) return -TINYIX_EBADF;
  replace(d, kNothing);
  return 0;
}

static int unused_descriptor(int from) {
  for (int i = from; i < kMaxDescriptors; ++i)
    if (current()->descriptors[i].kind == kClosed) return i;
  return -1;
}

// Puts what was opened into the lowest unused place, or closes it. The place, or -EMFILE.
static int64_t install(struct descriptor d) {
  lock_table();
  const int number = unused_descriptor(0);
  if (number >= 0) current()->descriptors[number] = d;
  unlock_table();
  if (number < 0) descriptor_close(&d);
  return number < 0 ? -TINYIX_EMFILE : number;
}

static int64_t sys_pipe(struct trap_frame* f) {
  struct descriptor ends[2];
  if (unused_descriptor(0) < 0) return -TINYIX_EMFILE;
  const int64_t error = pipe_create(&ends[0], &ends[1]);
  if (error) return error;
  const int32_t reader = (int32_t)install(ends[0]);
  const int32_t both[2] = {reader, (int32_t)install(ends[1])};
  int64_t result = both[1] < 0 ? both[1] : reader < 0 ? reader : 0;
  if (result == 0) result = copy_out(current()->space, f->reg[kA0], both, sizeof both);
  for (int i = 0; result != 0 && i < 2; ++i)
    if (both[i] >= 0) replace(entry((uint64_t)both[i]), kNothing);
  return result;
}

static int64_t sys_sbrk(struct trap_frame* f) {
  return space_grow_heap(current()->space, (int64_t)f->reg[kA0]);
}

static int64_t sys_getpid(struct trap_frame* f) {
  (void)f;
  return (int64_t)current()->leader->pid;
}

static int64_t sys_yield(struct trap_frame* f) {
  (void)f;
  yield();
  return 0;
}

static int64_t sys_time(struct trap_frame* f) {
  const uint64_t now = nanoseconds();
  return copy_out(current()->space, f->reg[kA0], &now, sizeof now);
}

// --- files

enum { kPathLength = 256 };

static int64_t copy_in_path(char path[kPathLength], user_address from) {
  const int64_t length = copy_in_string(current()->space, path, from, kPathLength);
  return length == -TINYIX_E2BIG ? -TINYIX_ENAMETOOLONG : length;
}

static int64_t sys_open(struct trap_frame* f) {
  char path[kPathLength];
  const int64_t length = copy_in_path(path, f->reg[kA0]);
  if (length < 0) return length;
  if (unused_descriptor(0) < 0) return -TINYIX_EMFILE;
  struct file* file;
  const int64_t error = file_open(path, (uint32_t)f->reg[kA1], &file);
  return error ? error : install((struct descriptor){kFile, NULL, file});
}

static int64_t sys_rename(struct trap_frame* f) {
  char from[kPathLength], to[kPathLength];
  int64_t length = copy_in_path(from, f->reg[kA0]);
  if (length >= 0) length = copy_in_path(to, f->reg[kA1]);
  if (length < 0) return length;
  if (!fs_is_mounted()) return -TINYIX_ENODEV;
  log_begin();
  const int64_t result = fs_rename(from, to);
  log_end();
  return result;
}

static int64_t sys_unlink(struct trap_frame* f) {
  char path[kPathLength];
  const int64_t length = copy_in_path(path, f->reg[kA0]);
  if (length < 0) return length;
  if (!fs_is_mounted()) return -TINYIX_ENODEV;
  log_begin();
  const int64_t result = fs_unlink(path);
  log_end();
  return result;
}

// One log for all: whoever commits, commits everything.
static int64_t sys_fsync(struct trap_frame* f) {
  const struct descriptor* const d = entry(f->reg[kA0]);
  if (!d || !d->file) return -TINYIX_EBADF;
  log_commit();
  return 0;
}

static int64_t sys_sync(struct trap_frame* f) {
  (void)f;
  if (fs_is_mounted()) log_commit();
  return 0;
}

static int64_t sys_fstat(struct trap_frame* f) {
  enum { kIsConsole = 3, kIsPipe = 4 };
  struct descriptor copy;
  struct descriptor* const d = hold(f->reg[kA0], &copy);
  if (!d || d->kind == kClosed) return -TINYIX_EBADF;
  uint64_t status[4] = {d->kind == kConsole ? kIsConsole : kIsPipe, 0, 1, 0};
  if (d->file) file_status(d->file, status);
  let_go(d, &copy);
  return copy_out(current()->space, f->reg[kA1], status, sizeof status);
}

static int64_t sys_lseek(struct trap_frame* f) {
  struct descriptor copy;
  struct descriptor* const d = hold(f->reg[kA0], &copy);
  int64_t result = -TINYIX_EBADF;
  if (d && d->file) result = file_seek(d->file, (int64_t)f->reg[kA1], (int)f->reg[kA2]);
  if (d && (d->kind == kPipeReader || d->kind == kPipeWriter || d->kind == kConsole))
    result = -TINYIX_ESPIPE;
  if (d) let_go(d, &copy);
  return result;
}

static int64_t sys_dup2(struct trap_frame* f) {
  struct descriptor *const from = entry(f->reg[kA0]), *const to = entry(f->reg[kA1]);
  if (!from || !to || from->kind == kClosed) return -TINYIX_EBADF;
  struct descriptor copy;
  if (from != to) {
    lock_table();
    descriptor_copy(&copy, from);
    unlock_table();
    replace(to, copy);
  }
  return (int64_t)f->reg[kA1];
}

static int64_t sys_thread(struct trap_frame* f) {
  return start_thread(f->reg[kA0], f->reg[kA1], f->reg[kA2],
                      f->reg[kA3] == TINYIX_THREAD_OF_PROCESS);
}

static int64_t sys_thread_pointer(struct trap_frame* f) {
  current()->thread_pointer = f->reg[kA0];
  return 0;
}

static int64_t sys_futex_wait(struct trap_frame* f) {
  return futex_wait(f->reg[kA0], (uint32_t)f->reg[kA1]);
}

static int64_t sys_futex_wake(struct trap_frame* f) {
  futex_wake(f->reg[kA0]);
  return 0;
}

static int64_t sys_thread_exit(struct trap_frame* f) {
  (void)f;
  exit_thread(0);
}

static int64_t sys_kill(struct trap_frame* f) {
  const int signal = (int)f->reg[kA1];
  if (signal < 0 || signal >= kMostSignals) return -TINYIX_EINVAL;
  return kill_process((int64_t)f->reg[kA0], signal);
}

static int64_t sys_processors(struct trap_frame* f) {
  (void)f;
  return cpu_count;
}

// Without an address the running processor and its node, else the node that holds the page.
static int64_t sys_where(struct trap_frame* f) {
  if (f->reg[kA0] == 0) return (int64_t)(this_cpu()->node << 16 | this_cpu()->index);
  return space_node(current()->space, f->reg[kA0]);
}

static int64_t sys_terminal(struct trap_frame* f) {
  const struct descriptor* const d = entry(f->reg[kA0]);
  if (!d || d->kind == kClosed) return -TINYIX_EBADF;
  return d->kind == kConsole ? terminal_control(f->reg[kA1], f->reg[kA2]) : -TINYIX_ENOTTY;
}

static int64_t sys_mark(struct trap_frame* f) {
  disco_phase_mark(f->reg[kA0]);
  return 0;
}

typedef int64_t system_call(struct trap_frame*);
static system_call* const kCalls[] = {
    [SYS_EXIT] = sys_exit,
    [SYS_FORK] = sys_fork,
    [SYS_EXEC] = sys_exec,
    [SYS_WAIT] = sys_wait,
    [SYS_READ] = sys_read,
    [SYS_WRITE] = sys_write,
    [SYS_CLOSE] = sys_close,
    [SYS_PIPE] = sys_pipe,
    [SYS_SBRK] = sys_sbrk,
    [SYS_GETPID] = sys_getpid,
    [SYS_YIELD] = sys_yield,
    [SYS_TIME] = sys_time,
    [SYS_MARK] = sys_mark,
    [SYS_THREAD] = sys_thread,
    [SYS_PROCESSORS] = sys_processors,
    [SYS_WHERE] = sys_where,
    [SYS_OPEN] = sys_open,
    [SYS_UNLINK] = sys_unlink,
    [SYS_FSYNC] = sys_fsync,
    [SYS_SYNC] = sys_sync,
    [SYS_FSTAT] = sys_fstat,
    [SYS_LSEEK] = sys_lseek,
    [SYS_DUP2] = sys_dup2,
    [SYS_THREAD_POINTER] = sys_thread_pointer,
    [SYS_FUTEX_WAIT] = sys_futex_wait,
    [SYS_FUTEX_WAKE] = sys_futex_wake,
    [SYS_THREAD_EXIT] = sys_thread_exit,
    [SYS_KILL] = sys_kill,
    [SYS_RENAME] = sys_rename,
    [SYS_TERMINAL] = sys_terminal,
};

void syscall(struct trap_frame* f) {
  const uint64_t number = f->reg[kV0];
  system_call* const call = number < sizeof kCalls / sizeof kCalls[0] ? kCalls[number] : NULL;
  f->reg[kV0] = (uint64_t)(call ? call(f) : -TINYIX_ENOSYS);
}
