// What if several processors work in one address space? Questions to the kernel, each in a process
// of its own.
//   threadtests [name ...]
// Prints "PASS name" or "FAIL name" and the line; the exit status is the number of failures. With
// one processor every question has the same answer, but most are easy then.
#include <errno.h>
#include <sched.h>
#include <tinyix.h>

#include "questions.h"

enum { kPage = 4096, kStack = 8192, kManySpins = 2000000 };

static void collect(pid_t thread, int expected) {
  int status;
  EXPECT(wait(&status) == thread && status == expected);
}

static char* fresh_pages(int pages) {
  char* const old = sbrk(0);
  sbrk((intptr_t)(kPage - (uintptr_t)old % kPage) % kPage + pages * kPage);
  return (char*)sbrk(0) - pages * kPage;
}

// --- threads

static volatile uint32_t shared;

static void store(void* argument) { shared = (uint32_t)(uintptr_t)argument; }

static void threads_share_memory(void) {
  const pid_t thread = thread_start(store, (void*)42, kStack);
  EXPECT(thread > 0 && thread != getpid());
  collect(thread, 0);
  EXPECT(shared == 42);
}

// what if the maker ends first? Its threads go on, and the memory stays theirs.
static void outlive(void* ends) {
  const int* const end = ends;
  for (volatile int i = 0; i < 20000; ++i) continue;
  char* const more = sbrk(kPage);
  more[0] = 'm';
  _exit(write(end[1], more, 1) == 1 ? 0 : 1);
}
static int* pipe_ends;
static void start_and_end(void) {
  if (thread_start(outlive, pipe_ends, kStack) < 0) exit(1);
}
static void threads_outlive_their_maker(void) {
  static int ends[2];
  char c = 0;
  EXPECT(pipe(ends) == 0);
  pipe_ends = ends;
  EXPECT(in_child(start_and_end) == 0);
  EXPECT(read(ends[0], &c, 1) == 1 && c == 'm');
}

static void cannot_become_another_program(void) {
  shared = 0;
  const pid_t thread = thread_start(store, (void*)1, kStack);
  EXPECT(thread > 0);
  char* argv[] = {"hello", NULL};
  const int result = execv("/bin/hello", argv), error = errno;
  collect(thread, 0);
  EXPECT(result == -1 && (error == EBUSY || error == ENOENT));
}

static void too_many(void* release) {
  while (!*(volatile uint32_t*)release) sched_yield();
}
static void more_threads_than_there_is_room_for(void) {
  static volatile uint32_t go;
  int count = 0, status;
  while (thread_start(too_many, (void*)(uintptr_t)&go, 2048) > 0) ++count;
  EXPECT(errno == EAGAIN && count > 16);
  go = 1;
  for (; count > 0; --count) EXPECT(wait(&status) > 0 && status == 0);
}

// --- locks and barriers

enum { kThreads = 8, kRounds = 2000 };
static struct lock lock;
static uint64_t under_lock;
static uint32_t with_llsc;

static void count_up(void* argument, unsigned number) {
  (void)argument, (void)number;
  for (int i = 0; i < kRounds; ++i) {
    lock_acquire(&lock);
    under_lock = under_lock * 3 % 1000003 + 1;  // a store that is lost shows
    lock_release(&lock);
    __atomic_add_fetch(&with_llsc, 1, __ATOMIC_RELAXED);
  }
}

static void locks_exclude(void) {
  uint64_t expected = 0;
  for (int i = 0; i < kThreads * kRounds; ++i) expected = expected * 3 % 1000003 + 1;
  EXPECT(threads_run(kThreads, count_up, NULL) == 0);
  EXPECT(under_lock == expected);
  EXPECT(with_llsc == kThreads * kRounds);
}

static struct barrier barrier = {.threads = kThreads};
static uint32_t arrived[kThreads];

static void meet(void* argument, unsigned number) {
  (void)argument;
  for (uint32_t round = 1; round <= 100; ++round) {
    arrived[number] = round;
    barrier_wait(&barrier);
    for (int i = 0; i < kThreads; ++i)
      if (arrived[i] != round) exit(1);
    barrier_wait(&barrier);
  }
}
static void barriers_wait_for_all(void) { EXPECT(threads_run(kThreads, meet, NULL) == 0); }

// what if all processors fault in the same pages at once? Each page must appear once.
static char* contended;
static void touch_all(void* argument, unsigned number) {
  (void)argument;
  barrier_wait(&barrier);
  for (int i = 0; i < 64; ++i) contended[i * kPage + (int)number] = (char)(number + 1);
}
static void pages_appear_once(void) {
  contended = fresh_pages(64);
  EXPECT(threads_run(kThreads, touch_all, NULL) == 0);
  for (int i = 0; i < 64; ++i)
    for (int n = 0; n < kThreads; ++n) EXPECT(contended[i * kPage + n] == n + 1);
}

// --- translations that must go

// Stores to the page that `target` will be, as long as there is one; ends well if it is still there
// at the end.
static volatile char* volatile target;
static volatile uint32_t storing;
static void hammer(void* argument) {
  (void)argument;
  while (!target) sched_yield();
  for (int i = 0; i < kManySpins; ++i) {
    *target = 1;
    storing = 1;
  }
}

// A thread that stores to the last page of the heap; its stack lies below.
static pid_t start_hammering(void) {
  target = NULL;
  storing = 0;
  const pid_t thread = thread_start(hammer, NULL, kStack);
  EXPECT(thread > 0);
  target = memset(fresh_pages(1), 0, kPage);
  while (!storing) sched_yield();
  return thread;
}

static void memory_is_gone_on_all_processors(void) {
  const pid_t thread = start_hammering();
  sbrk(-kPage);
  collect(thread, kSegv);
}

// Takes the frame that came back last, among others: all must stay zero.
static int fresh_memory_stays_zero(void) {
  const volatile char* const p = fresh_pages(2);
  int stored = 0;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 2 * kPage; ++i) stored |= p[i];
  return !stored;
}

// what if threads used memory on all processors, and went away before it did? A processor that ran
// one must not remember what was there.
static volatile uint32_t* volatile gone;
static void write_and_check(void* number) {
  while (!gone) sched_yield();
  volatile uint32_t* const own = gone + (uintptr_t)number * (kPage / 4);
  if (*own != 0) _exit(1);
  *own = (uint32_t)(uintptr_t)number + 1;
}
static void memory_is_gone_where_threads_were(void) {
  for (int round = 0; round < 6; ++round) {
    gone = NULL;
    for (uintptr_t n = 0; n < kThreads; ++n)
      EXPECT(thread_start(write_and_check, (void*)n, kStack) > 0);
    volatile uint32_t* const pages = (volatile uint32_t*)(void*)fresh_pages(kThreads);
    gone = pages;
    for (int n = 0, status; n < kThreads; ++n) EXPECT(wait(&status) > 0 && status == 0);
    for (uint32_t n = 0; n < kThreads; ++n) EXPECT(pages[n * (kPage / 4)] == n + 1);
    sbrk((char*)(uintptr_t)pages - (char*)sbrk(0));
  }
}

// what if the frame that was taken away belongs to somebody else already?
static void nobody_stores_to_freed_memory(void) {
  for (int round = 0; round < 20; ++round) {
    const pid_t thread = start_hammering();
    sbrk(-kPage);
    const pid_t child = fork();
    if (child == 0) _exit(fresh_memory_stays_zero() ? 0 : 1);
    for (int i = 0, status; i < 2; ++i) {
      const pid_t ended = wait(&status);
      EXPECT((ended == thread && status == kSegv) || (ended == child && status == 0));
    }
  }
}

// what if threads store while the process forks? The child's copy must stand still.
static volatile uint32_t stop;
static void keep_counting(void* words) {
  volatile uint32_t* const w = words;
  while (!stop)
    for (int i = 0; i < 16; ++i) ++w[i * kPage / 4];
}

static int stands_still(const volatile uint32_t* words) {
  uint32_t before[16];
  for (int i = 0; i < 16; ++i) before[i] = words[i * kPage / 4];
  for (volatile int i = 0; i < 5000; ++i) continue;
  for (int i = 0; i < 16; ++i)
    if (words[i * kPage / 4] != before[i]) return 0;
  return 1;
}

static void forks_of_busy_processes_stand_still(void) {
  uint32_t* const words = (uint32_t*)(void*)fresh_pages(16);
  pid_t threads[3];
  stop = 0;
  for (int i = 0; i < 3; ++i) EXPECT((threads[i] = thread_start(keep_counting, words, kStack)) > 0);
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) _exit(stands_still(words) ? 0 : 1);
    collect(child, 0);
  }
  stop = 1;
  for (int i = 0, status; i < 3; ++i) EXPECT(wait(&status) > 0 && status == 0);
}

// what if one thread's store replaces a page that another one reads?
static volatile uint32_t* message;
static volatile uint32_t reading;
static void await_message(void* argument) {
  (void)argument;
  for (int i = 0; i < kManySpins; ++i) {
    if (*message == 1) _exit(0);
    reading = 1;
  }
  _exit(1);
}

static void readers_see_copied_pages(void) {
  int hold[2];
  EXPECT(pipe(hold) == 0);
  message = (uint32_t*)(void*)fresh_pages(1);
  *message = 0;
  const pid_t child = fork();  // shares the page until someone stores
  if (child == 0) {
    char c;
    close(hold[1]);
    _exit((int)read(hold[0], &c, 1));
  }
  reading = 0;
  const pid_t thread = thread_start(await_message, NULL, kStack);
  EXPECT(thread > 0);
  close(hold[0]);
  while (!reading) sched_yield();
  *message = 1;
  collect(thread, 0);
  close(hold[1]);
  // The thread's copy of the writer went with it.
  collect(child, 0);
}

// --- many processes

// what if more processes than processors pass numbers around in a ring of pipes?
static void ring_of_pipes(void) {
  enum { kStations = 12, kLaps = 200 };
  int ends[kStations][2];
  for (int i = 0; i < 2; ++i) EXPECT(pipe(ends[i]) == 0);
  int from = ends[0][0];
  for (int i = 1; i < kStations; ++i) {
    int next[2];
    EXPECT(pipe(next) == 0);
    if (fork() == 0) {
      uint32_t n;
      for (int lap = 0; lap < kLaps; ++lap) {
        if (read(from, &n, sizeof n) != sizeof n) _exit(1);
        ++n;
        if (write(next[1], &n, sizeof n) != sizeof n) _exit(1);
      }
      _exit(0);
    }
    close(from);
    close(next[1]);
    from = next[0];
  }
  for (uint32_t lap = 0, n; lap < kLaps; ++lap) {
    n = lap * 1000;
    EXPECT(write(ends[0][1], &n, sizeof n) == sizeof n);
    EXPECT(read(from, &n, sizeof n) == sizeof n && n == lap * 1000 + kStations - 1);
  }
  for (int i = 1, status; i < kStations; ++i) EXPECT(wait(&status) > 0 && status == 0);
}

static void processors_are_numbered(void) {
  EXPECT(processors() >= 1 && processor() < processors());
  const char* const page = memset(fresh_pages(1), 1, kPage);
  EXPECT(node_of_page(page) >= 0 && node() < 64);
  EXPECT(node_of_page(NULL) == -1 && errno == EFAULT);
  EXPECT(node_of_page((const char*)0x70000000) == -1 && errno == EFAULT);
}

static const struct question questions[] = {
    {"threads_share_memory", threads_share_memory},
    {"threads_outlive_their_maker", threads_outlive_their_maker},
    {"cannot_become_another_program", cannot_become_another_program},
    {"more_threads_than_there_is_room_for", more_threads_than_there_is_room_for},
    {"locks_exclude", locks_exclude},
    {"barriers_wait_for_all", barriers_wait_for_all},
    {"pages_appear_once", pages_appear_once},
    {"memory_is_gone_on_all_processors", memory_is_gone_on_all_processors},
    {"memory_is_gone_where_threads_were", memory_is_gone_where_threads_were},
    {"nobody_stores_to_freed_memory", nobody_stores_to_freed_memory},
    {"forks_of_busy_processes_stand_still", forks_of_busy_processes_stand_still},
    {"readers_see_copied_pages", readers_see_copied_pages},
    {"ring_of_pipes", ring_of_pipes},
    {"processors_are_numbered", processors_are_numbered},
};

int main(int argc, char** argv) {
  return ask(questions, sizeof questions / sizeof questions[0], argc, argv);
}
