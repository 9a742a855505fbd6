// From the boot loader to the first process.
#include "console.h"
#include "device_tree.h"
#include "exec.h"
#include "frames.h"
#include "initrd.h"
#include "panic.h"
#include "pipe.h"
#include "process.h"
#include "runtime.h"
#include "tlb.h"

extern char kernel_end[];

enum { kDefaultSlice = 10000 };  // microseconds

void kernel_main(phys tree) __attribute__((noreturn));

// Boot arguments:  init=/bin/program [slice-us=N] [verbose] [-- argument ...]
struct options {
  const char* init;
  uint64_t slice;
  int verbose;
  const char* arguments;  // of the program
};

static const char* after(const char* word, const char* prefix) {
  const size_t n = strlen(prefix);
  return strncmp(word, prefix, n) == 0 ? word + n : NULL;
}

static uint64_t number(const char* s) {
  uint64_t value = 0;
  for (; *s >= '0' && *s <= '9'; ++s) value = 10 * value + (uint64_t)(*s - '0');
  return value;
}

// Cuts `text` into words in place.
static struct options read_options(char* text) {
  struct options o = {.init = NULL, .slice = kDefaultSlice, .verbose = 0, .arguments = ""};
  while (*text) {
    while (*text == ' ') ++text;
    char* word = text;
    while (*text && *text != ' ') ++text;
    if (*text) *text++ = 0;
    if (after(word, "init=")) o.init = after(word, "init=");
    if (after(word, "slice-us=")) o.slice = number(after(word, "slice-us="));
    if (strcmp(word, "verbose") == 0) o.verbose = 1;
    if (strcmp(word, "--") == 0) {
      o.arguments = text;
      break;
    }
  }
  return o;
}

static void start_memory(const struct boot_facts* facts) {
  const phys end = facts->memory_end < DIRECT_SIZE ? facts->memory_end : DIRECT_SIZE;
  if (facts->initrd_end > DIRECT_SIZE || facts->tree_end > DIRECT_SIZE)
    panic("the initial file system lies beyond %u MB", DIRECT_SIZE >> 20);
  frames_reserve(facts->tree_begin, facts->tree_end);
  frames_reserve(facts->initrd_begin, facts->initrd_end);
  frames_add(physical(kernel_end), end);
}

static void start_first_process(const struct options* options) {
  if (!options->init) panic("no init= in the boot arguments");
  struct process* const p = process_create();
  const int64_t error = exec_first(p, options->init, options->arguments);
  if (error) panic("cannot start %s: error %ld", options->init, -error);
  for (int i = 0; i < 3; ++i) p->descriptors[i].kind = kConsole;
  process_start(p);
}

void kernel_main(phys tree) {
  static struct boot_facts facts;
  device_tree_read(tree, &facts);
  const struct options options = read_options(facts.arguments);
  if (options.verbose)
    print("tinyix: %lu KB of memory, %u TLB entries, %lu MHz\n", facts.memory_end >> 10,
          facts.tlb_entries, facts.clock / 1000000);
  start_memory(&facts);
  initrd_start(direct(facts.initrd_begin), facts.initrd_end - facts.initrd_begin);
  tlb_start(facts.tlb_entries);
  shutdown_expects(frames_free(), options.verbose);
  start_first_process(&options);
  timer_start(facts.clock, options.slice);
  scheduler_start();
}
