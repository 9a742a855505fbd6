// See exec.h.
#include "exec.h"

#include "console.h"
#include "elf.h"
#include "frames.h"
#include "initrd.h"
#include "runtime.h"
#include "tinyix.h"
#include "trap.h"

enum { kPathLength = 128, kMaxArguments = 64 };

// argv, packed: `count` strings one behind the other. Lives in a frame of its own.
struct arguments {
  uint64_t count, bytes;
  char text[PAGE_SIZE - 16];
};
_Static_assert(sizeof(struct arguments) == PAGE_SIZE, "exec.c");

static user_address page_down(user_address at) { return at & ~(user_address)(PAGE_SIZE - 1); }
static user_address page_up(user_address at) { return page_down(at + PAGE_SIZE - 1); }

static int64_t open_program(const char* path, struct program* program) {
  const uint8_t* image;
  size_t size;
  if (!initrd_find(path, &image, &size)) return -TINYIX_ENOENT;
  return elf_read(image, size, USER_BASE, STACK_TOP / 2, program) ? 0 : -TINYIX_ENOEXEC;
}

static int load_segment(struct address_space* space, const struct segment* s) {
  for (uint64_t done = 0; done < s->data_size;) {
    const user_address at = s->address + done;
    char* page = space_page(space, at);
    if (!page) return 0;
    const uint64_t room = PAGE_SIZE - at % PAGE_SIZE, left = s->data_size - done;
    const uint64_t now = left < room ? left : room;
    memcpy(page + at % PAGE_SIZE, s->data + done, now);
    done += now;
  }
  return 1;
}

// Regions first: a page's rights come from its region. The rest of a segment beyond its data is
// zero because fresh frames are.
static int load(struct address_space* space, const struct program* program) {
  user_address end = 0;
  for (int i = 0; i < program->count; ++i) {
    const struct segment* s = &program->segments[i];
    end = page_up(s->address + s->memory_size);
    space->regions[kText + i] = (struct region){page_down(s->address), end, s->writable};
  }
  space->regions[kHeap] = (struct region){end, end, 1};
  space->regions[kStack] = (struct region){STACK_TOP - STACK_LIMIT, STACK_TOP, 1};
  for (int i = 0; i < program->count; ++i)
    if (!load_segment(space, &program->segments[i])) return 0;
  return 1;
}

// Strings at the very top, below them argv[] with its null, below that the first stack frame. The
// address of argv[], or 0.
static user_address push_arguments(struct address_space* space, const struct arguments* args,
                                   int is_64bit) {
  const user_address strings = (STACK_TOP - args->bytes) & ~(user_address)15;
  const size_t pointer = is_64bit ? 8 : 4;
  const user_address argv = (strings - (args->count + 1) * pointer) & ~(user_address)15;
  if (copy_out(space, strings, args->text, args->bytes) != 0) return 0;
  const char* s = args->text;
  for (uint64_t i = 0; i <= args->count; ++i) {
    const uint64_t value = i == args->count ? 0 : strings + (uint64_t)(s - args->text);
    const uint32_t narrow = (uint32_t)value;
    const void* from = is_64bit ? (const void*)&value : &narrow;
    if (copy_out(space, argv + i * pointer, from, pointer) != 0) return 0;
    if (i < args->count) s += strlen(s) + 1;
  }
  return argv;
}

// From here on the old program is lost.
static int64_t become(struct process* p, const char* path, const struct program* program,
                      const struct arguments* args) {
  space_clear(p->space);
  if (!load(p->space, program)) return -TINYIX_ENOMEM;
  const user_address argv = push_arguments(p->space, args, program->is_64bit);
  if (argv == 0) return -TINYIX_ENOMEM;
  struct trap_frame* f = frame_of_process(p);
  memset(f, 0, sizeof *f);
  fpu_forget(p);
  f->cpu = this_cpu();
  f->epc = program->entry;
  f->status = user_status(program->is_64bit);
  f->reg[kSp] = argv - 64;  // o32 callees may store their arguments above sp
  f->reg[kA0] = args->count;
  f->reg[kA1] = argv;
  const char* name = path;
  for (const char* c = path; *c; ++c)
    if (*c == '/') name = c + 1;
  const size_t length = strnlen(name, kNameLength - 1);
  memcpy(p->name, name, length);
  p->name[length] = 0;
  return 0;
}

static int64_t add_argument(struct arguments* args, int64_t length) {
  if (length < 0) return length;
  args->bytes += (uint64_t)length + 1;
  return ++args->count > kMaxArguments ? -TINYIX_E2BIG : 0;
}

// argv[] of the running process, whose pointers are as wide as its ABI's.
static int64_t collect_arguments(struct arguments* args, user_address argv) {
  struct address_space* const space = current()->space;
  const int is_64bit = (frame_of_process(current())->status & STATUS_UX) != 0;
  args->count = args->bytes = 0;
  for (;;) {
    uint64_t wide = 0;
    uint32_t narrow = 0;
    if (copy_in(space, is_64bit ? (void*)&wide : &narrow, argv, is_64bit ? 8 : 4) != 0)
      return -TINYIX_EFAULT;
    const user_address string = is_64bit ? wide : narrow;
    if (string == 0) return 0;
    const int64_t error = add_argument(args, copy_in_string(space, args->text + args->bytes, string,
                                                            sizeof args->text - args->bytes));
    if (error) return error;
    argv += is_64bit ? 8 : 4;
  }
}

int64_t exec_process(user_address path_at, user_address argv) {
  struct process* const p = current();
  char path[kPathLength];
  struct program program;
  if (space_is_shared(p->space)) return -TINYIX_EBUSY;
  const int64_t length = copy_in_string(p->space, path, path_at, sizeof path);
  if (length < 0) return length;
  const int64_t error = open_program(path, &program);
  if (error) return error;
  struct arguments* const args = frame_allocate();
  if (!args) return -TINYIX_ENOMEM;
  int64_t result = collect_arguments(args, argv);
  if (result == 0) {
    result = become(p, path, &program, args);
    if (result != 0) {
      print("tinyix: process %lu: no memory for %s\n", p->pid, path);
      frame_release(physical(args));
      exit_process(kSigSegv);
    }
    space_activate(p->space, p->directory.leaves);
    result = (int64_t)args->count;  // what syscall() puts in v0; a0 has it as well
  }
  frame_release(physical(args));
  return result;
}

int64_t exec_first(struct process* p, const char* path, const char* arguments) {
  struct program program;
  const int64_t error = open_program(path, &program);
  if (error) return error;
  struct arguments* const args = frame_allocate();
  if (!args) return -TINYIX_ENOMEM;
  args->count = args->bytes = 0;
  int64_t result = 0;
  const char* next = path;
  while (result == 0 && *next) {
    size_t length = 0;
    while (next[length] && next[length] != ' ') ++length;
    if (length >= sizeof args->text - args->bytes) result = -TINYIX_E2BIG;
    if (result == 0) {
      memcpy(args->text + args->bytes, next, length);
      args->text[args->bytes + length] = 0;
      result = add_argument(args, (int64_t)length);
      next = args->count == 1 ? arguments : next + length;
      while (*next == ' ') ++next;
    }
  }
  if (result == 0) result = become(p, path, &program, args);
  frame_release(physical(args));
  return result;
}
