// See exec.h.
#include "exec.h"

#include "console.h"
#include "elf.h"
#include "frames.h"
#include "initrd.h"
#include "runtime.h"
#include "tinyix.h"
#include "trap.h"
#include "words.h"

enum { kPathLength = 128, kMaxStrings = 128 };

// argv and then the environment, packed: `count` and `variables` strings one behind the other.
// Lives in a frame of its own.
struct arguments {
  uint32_t count, variables;
  uint64_t bytes;
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

// `count` pointers to the strings from `from` on and a null, at `to`. The string behind them, or
// null.
static const char* push_pointers(struct address_space* space, const struct arguments* args,
                                 user_address strings, const char* from, uint32_t count,
                                 user_address to, size_t pointer) {
  for (uint32_t i = 0; i <= count; ++i) {
    const uint64_t value = i == count ? 0 : strings + (uint64_t)(from - args->text);
    const uint32_t narrow = (uint32_t)value;
    const void* const bits = pointer == 8 ? (const void*)&value : &narrow;
    if (copy_out(space, to + i * pointer, bits, pointer) != 0) return NULL;
    if (i < count) from += strlen(from) + 1;
  }
  return from;
}

// Strings at the very top, below them envp[] and argv[] with their nulls, below that the first
// stack frame. The address of argv[], which envp[] follows, or 0.
static user_address push_arguments(struct address_space* space, const struct arguments* args,
                                   int is_64bit) {
  const user_address strings = (STACK_TOP - args->bytes) & ~(user_address)15;
  const size_t pointer = is_64bit ? 8 : 4;
  const uint64_t pointers = (uint64_t)args->count + 1 + args->variables + 1;
  const user_address argv = (strings - pointers * pointer) & ~(user_address)15;
  const user_address envp = argv + ((uint64_t)args->count + 1) * pointer;
  if (copy_out(space, strings, args->text, args->bytes) != 0) return 0;
  const char* const variables =
      push_pointers(space, args, strings, args->text, args->count, argv, pointer);
  if (!variables) return 0;
  return push_pointers(space, args, strings, variables, args->variables, envp, pointer) ? argv : 0;
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
  p->thread_pointer = 0;
  f->cpu = this_cpu();
  f->epc = program->entry;
  f->status = user_status(program->is_64bit);
  f->reg[kSp] = argv - 64;  // o32 callees may store their arguments above sp
  f->reg[kA0] = args->count;
  f->reg[kA1] = argv;
  f->reg[kA2] = argv + ((uint64_t)args->count + 1) * (program->is_64bit ? 8 : 4);
  const char* name = path;
  for (const char* c = path; *c; ++c)
    if (*c == '/') name = c + 1;
  const size_t length = strnlen(name, kNameLength - 1);
  memcpy(p->name, name, length);
  p->name[length] = 0;
  return 0;
}

static int64_t add_string(struct arguments* args, uint32_t* count, int64_t length) {
  if (length < 0) return length;
  args->bytes += (uint64_t)length + 1;
  ++*count;
  return args->count + args->variables > kMaxStrings ? -TINYIX_E2BIG : 0;
}

// argv[] or envp[] of the running process, whose pointers are as wide as its ABI's.
static int64_t collect(struct arguments* args, uint32_t* count, user_address argv) {
  struct address_space* const space = current()->space;
  const int is_64bit = (frame_of_process(current())->status & STATUS_UX) != 0;
  for (;;) {
    uint64_t wide = 0;
    uint32_t narrow = 0;
    if (copy_in(space, is_64bit ? (void*)&wide : &narrow, argv, is_64bit ? 8 : 4) != 0)
      return -TINYIX_EFAULT;
    const user_address string = is_64bit ? wide : narrow;
    if (string == 0) return 0;
    const int64_t error = add_string(
        args, count,
        copy_in_string(space, args->text + args->bytes, string, sizeof args->text - args->bytes));
    if (error) return error;
    argv += is_64bit ? 8 : 4;
  }
}

int64_t exec_process(user_address path_at, user_address argv, user_address envp) {
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
  args->count = args->variables = 0;
  args->bytes = 0;
  int64_t result = collect(args, &args->count, argv);
  if (result == 0 && envp != 0) result = collect(args, &args->variables, envp);
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

// All words of `text`, each cut out of it.
static int64_t collect_words(struct arguments* args, const char* text) {
  int64_t result = 0;
  while (result == 0 && find_word(&text)) {
    const int64_t length =
        cut_word(&text, args->text + args->bytes, sizeof args->text - args->bytes);
    result = add_string(args, &args->count, length < 0 ? -TINYIX_E2BIG : length);
  }
  return result;
}

static int64_t collect_variables(struct arguments* args, const char* next) {
  int64_t result = 0;
  for (size_t bytes; result == 0 && *next; next += bytes) {
    bytes = strlen(next) + 1;
    if (bytes > sizeof args->text - args->bytes) return -TINYIX_E2BIG;
    memcpy(args->text + args->bytes, next, bytes);
    result = add_string(args, &args->variables, (int64_t)bytes - 1);
  }
  return result;
}

int64_t exec_first(struct process* p, const char* path, const char* arguments,
                   const char* environment) {
  struct program program;
  const int64_t error = open_program(path, &program);
  if (error) return error;
  struct arguments* const args = frame_allocate();
  if (!args) return -TINYIX_ENOMEM;
  args->count = 1;
  args->variables = 0;
  args->bytes = strlen(path) + 1;
  int64_t result = args->bytes > sizeof args->text ? -TINYIX_E2BIG : 0;
  if (result == 0) memcpy(args->text, path, args->bytes);
  if (result == 0) result = collect_words(args, arguments);
  if (result == 0) result = collect_variables(args, environment);
  if (result == 0) result = become(p, path, &program, args);
  frame_release(physical(args));
  return result;
}
