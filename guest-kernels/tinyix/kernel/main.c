// From the boot loader to the first process.
#include "console.h"
#include "device_tree.h"
#include "disk.h"
#include "exec.h"
#include "frames.h"
#include "fs.h"
#include "initrd.h"
#include "panic.h"
#include "pipe.h"
#include "process.h"
#include "runtime.h"
#include "scheduler.h"
#include "terminal.h"
#include "tlb.h"
#include "words.h"

extern char kernel_end[];

enum { kDefaultSlice = 10000 };  // microseconds

void kernel_main(phys tree) __attribute__((noreturn));

// Boot arguments:  [init=/bin/program] [slice-us=N] [placement=first-touch|round-robin|node-0]
// [verbose] [disco.terminal] [env=NAME=VALUE ...] [-- argument ...]
// Words are those of words.h.
struct options {
  const char* init;
  uint64_t slice;
  enum placement placement;
  int verbose;
  int is_watched;           // a person sits at the console
  const char* arguments;    // of the program
  const char* environment;  // its variables, one behind the other, an empty one at the end
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

static enum placement read_placement(const char* word) {
  static const char* const kNames[] = {
      [kFirstTouch] = "first-touch", [kRoundRobin] = "round-robin", [kNodeZero] = "node-0"};
  for (int i = 0; i < 3; ++i)
    if (strcmp(word, kNames[i]) == 0) return (enum placement)i;
  panic("placement=%s: there are first-touch, round-robin and node-0", word);
}

// Cuts `text` into words in place.
static struct options read_options(char* text) {
  static char environment[kBootArgumentsLength + 2];
  char* variables_end = environment;
  const char* const end = text + strlen(text);
  struct options o = {.init = "/bin/sh",
                      .slice = kDefaultSlice,
                      .placement = kFirstTouch,
                      .verbose = 0,
                      .is_watched = 0,
                      .arguments = "",
                      .environment = environment};
  const char* rest = text;
  while (find_word(&rest)) {
    char* const word = text + (rest - text);
    cut_word(&rest, word, (size_t)(end - word) + 1);
    if (rest < end) ++rest;  // the word's zero may stand where its blank was
    if (after(word, "init=")) o.init = after(word, "init=");
    if (after(word, "slice-us=")) o.slice = number(after(word, "slice-us="));
    if (after(word, "placement=")) o.placement = read_placement(after(word, "placement="));
    if (strcmp(word, "verbose") == 0) o.verbose = 1;
    if (strcmp(word, "disco.terminal") == 0) o.is_watched = 1;
    const char* const variable = after(word, "env=");
    if (variable) {
      memcpy(variables_end, variable, strlen(variable) + 1);
      variables_end += strlen(variable) + 1;
    }
    if (strcmp(word, "--") == 0) {
      o.arguments = rest;
      break;
    }
  }
  return o;
}

static void start_memory(const struct boot_facts* facts) {
  if (facts->initrd_end > MEMORY_LIMIT || facts->tree_end > MEMORY_LIMIT)
    panic("the initial file system lies beyond %lu MB", (uint64_t)MEMORY_LIMIT >> 20);
  frames_reserve(facts->tree_begin, facts->tree_end);
  frames_reserve(facts->initrd_begin, facts->initrd_end);
  for (uint32_t i = 0; i < facts->ranges; ++i) {
    struct range range = facts->memory[i];
    if (range.begin == 0) range.begin = physical_of_image(kernel_end);
    if (range.end > MEMORY_LIMIT) range.end = MEMORY_LIMIT;
    frames_add(range);
  }
}

static void start_first_process(const struct options* options) {
  struct process* const p = process_create(NULL);
  const int64_t error = exec_first(p, options->init, options->arguments, options->environment);
  if (error) panic("cannot start %s: error %ld", options->init, -error);
  for (int i = 0; i < 3; ++i) p->descriptors[i].kind = kConsole;
  process_start(p);
}

static void introduce(const struct boot_facts* facts) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < facts->ranges; ++i)
    bytes += facts->memory[i].end - facts->memory[i].begin;
  print("tinyix: %lu KB of memory on %u nodes, %u processors at %lu MHz, %u TLB entries\n",
        bytes >> 10, memory_nodes(), cpu_count, facts->clock / 1000000, facts->tlb_entries);
}

// The first virtio device that is a disk.
static void start_disk(const struct boot_facts* facts) {
  uint32_t i = 0;
  while (i < facts->virtios && !disk_start(facts->virtio[i])) ++i;
  if (i < facts->virtios && !fs_mount())
    print("tinyix: the disk has no file system of this kernel (tools/tinyfs.py makes one)\n");
}

void kernel_main(phys tree) {
  static struct boot_facts facts;
  device_tree_read(tree, &facts);
  const struct options options = read_options(facts.arguments);
  start_memory(&facts);
  initrd_start(direct(facts.initrd_begin), facts.initrd_end - facts.initrd_begin);
  tlb_start(facts.tlb_entries);
  timer_start(facts.clock, options.slice);
  frames_place(options.placement);
  cpus_start(&facts);
  if (options.verbose) introduce(&facts);
  terminal_start(options.is_watched);
  start_disk(&facts);
  shutdown_expects(frames_free(), options.verbose);
  start_first_process(&options);
  timer_begin();
  scheduler();
}
