// See syscall.h. Every function takes the frame and answers the result; nothing in the frame is
// trusted.
#include "syscall.h"

#include "exec.h"
#include "file.h"
#include "fs.h"
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

static int64_t sys_exec(struct trap_frame* f) { return exec_process(f->reg[kA0], f->reg[kA1]); }

static int64_t sys_wait(struct trap_frame* f) {
  int status = 0;
  const int64_t pid = wait_for_child(&status);
  if (pid > 0 && f->reg[kA0] != 0 &&
      copy_out(current()->space, f->reg[kA0], &status, sizeof status) != 0)
    return -TINYIX_EFAULT;
  return pid;
}

static struct descriptor* descriptor(uint64_t number) {
  return number < kMaxDescriptors ? &current()->descriptors[number] : NULL;
}

// Through a buffer on the stack, in parts: a process may exchange any number of bytes.
enum { kPart = 512 };

static int64_t sys_read(struct trap_frame* f) {
  struct descriptor* const d = descriptor(f->reg[kA0]);
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

static int64_t sys_write(struct trap_frame* f) {
  struct descriptor* const d = descriptor(f->reg[kA0]);
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

static int64_t sys_close(struct trap_frame* f) {
  struct descriptor* const d = descriptor(f->reg[kA0]);
  if (!d || d->kind == kClosed) return -TINYIX_EBADF;
  descriptor_close(d);
  return 0;
}

static int unused_descriptor(int from) {
  for (int i = from; i < kMaxDescriptors; ++i)
    if (current()->descriptors[i].kind == kClosed) return i;
  return -1;
}

static int64_t sys_pipe(struct trap_frame* f) {
  const int reader = unused_descriptor(0);
  const int writer = reader < 0 ? -1 : unused_descriptor(reader + 1);
  if (writer < 0) return -TINYIX_EMFILE;
  struct descriptor* const table = current()->descriptors;
  const int64_t error = pipe_create(&table[reader], &table[writer]);
  if (error) return error;
  const int32_t both[2] = {reader, writer};
  if (copy_out(current()->space, f->reg[kA0], both, sizeof both) == 0) return 0;
  descriptor_close(&table[reader]);
  descriptor_close(&table[writer]);
  return -TINYIX_EFAULT;
}

static int64_t sys_sbrk(struct trap_frame* f) {
  return space_grow_heap(current()->space, (int64_t)f->reg[kA0]);
}

static int64_t sys_getpid(struct trap_frame* f) {
  (void)f;
  return (int64_t)current()->pid;
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

static int64_t sys_open(struct trap_frame* f) {
  char path[kPathLength];
  const int number = unused_descriptor(0);
  const int64_t length = copy_in_string(current()->space, path, f->reg[kA0], sizeof path);
  if (length < 0) return length == -TINYIX_E2BIG ? -TINYIX_ENAMETOOLONG : length;
  if (number < 0) return -TINYIX_EMFILE;
  struct file* file;
  const int64_t error = file_open(path, (uint32_t)f->reg[kA1], &file);
  if (error) return error;
  current()->descriptors[number] = (struct descriptor){kFile, NULL, file};
  return number;
}

static int64_t sys_unlink(struct trap_frame* f) {
  char path[kPathLength];
  const int64_t length = copy_in_string(current()->space, path, f->reg[kA0], sizeof path);
  if (length < 0) return length == -TINYIX_E2BIG ? -TINYIX_ENAMETOOLONG : length;
  if (!fs_is_mounted()) return -TINYIX_ENODEV;
  log_begin();
  const int64_t result = fs_unlink(path);
  log_end();
  return result;
}

static struct file* open_file(uint64_t number) {
  struct descriptor* const d = descriptor(number);
  return d ? d->file : NULL;
}

// One log for all: whoever commits, commits everything.
static int64_t sys_fsync(struct trap_frame* f) {
  if (!open_file(f->reg[kA0])) return -TINYIX_EBADF;
  log_commit();
  return 0;
}

static int64_t sys_sync(struct trap_frame* f) {
  (void)f;
  if (fs_is_mounted()) log_commit();
  return 0;
}

static int64_t sys_fstat(struct trap_frame* f) {
  struct file* const file = open_file(f->reg[kA0]);
  if (!file) return -TINYIX_EBADF;
  uint64_t status[4];
  file_status(file, status);
  return copy_out(current()->space, f->reg[kA1], status, sizeof status);
}

static int64_t sys_lseek(struct trap_frame* f) {
  struct file* const file = open_file(f->reg[kA0]);
  return file ? file_seek(file, (int64_t)f->reg[kA1], (int)f->reg[kA2]) : -TINYIX_EBADF;
}

static int64_t sys_dup2(struct trap_frame* f) {
  struct descriptor *const from = descriptor(f->reg[kA0]), *const to = descriptor(f->reg[kA1]);
  if (!from || !to || from->kind == kClosed) return -TINYIX_EBADF;
  if (from != to) {
    descriptor_close(to);
    descriptor_copy(to, from);
  }
  return (int64_t)f->reg[kA1];
}

static int64_t sys_thread(struct trap_frame* f) {
  return start_thread(f->reg[kA0], f->reg[kA1], f->reg[kA2]);
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
  const struct descriptor* const d = descriptor(f->reg[kA0]);
  if (!d || d->kind == kClosed) return -TINYIX_EBADF;
  return d->kind == kConsole ? terminal_control(f->reg[kA1], f->reg[kA2]) : -TINYIX_ENOTTY;
}

static int64_t sys_mark(struct trap_frame* f) {
  disco_phase_mark(f->reg[kA0]);
  return 0;
}

typedef int64_t system_call(struct trap_frame*);
static system_call* const kCalls[] = {
    [SYS_EXIT] = sys_exit,     [SYS_FORK] = sys_fork,     [SYS_EXEC] = sys_exec,
    [SYS_WAIT] = sys_wait,     [SYS_READ] = sys_read,     [SYS_WRITE] = sys_write,
    [SYS_CLOSE] = sys_close,   [SYS_PIPE] = sys_pipe,     [SYS_SBRK] = sys_sbrk,
    [SYS_GETPID] = sys_getpid, [SYS_YIELD] = sys_yield,   [SYS_TIME] = sys_time,
    [SYS_MARK] = sys_mark,     [SYS_THREAD] = sys_thread, [SYS_PROCESSORS] = sys_processors,
    [SYS_WHERE] = sys_where,   [SYS_OPEN] = sys_open,     [SYS_UNLINK] = sys_unlink,
    [SYS_FSYNC] = sys_fsync,   [SYS_SYNC] = sys_sync,     [SYS_FSTAT] = sys_fstat,
    [SYS_LSEEK] = sys_lseek,   [SYS_DUP2] = sys_dup2,     [SYS_TERMINAL] = sys_terminal,
};

void syscall(struct trap_frame* f) {
  const uint64_t number = f->reg[kV0];
  system_call* const call = number < sizeof kCalls / sizeof kCalls[0] ? kCalls[number] : NULL;
  f->reg[kV0] = (uint64_t)(call ? call(f) : -TINYIX_ENOSYS);
}
