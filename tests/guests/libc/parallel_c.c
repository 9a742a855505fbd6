// Threads of both kinds of headers: mutexes, condition variables, barriers, once, values,
// thread-local variables, errno, malloc and stdio from all at once.  parallel_c THREADS ROUNDS
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#define EXPECT(c) ((c) ? (void)0 : (printf("line %d: not so: %s\n", __LINE__, #c), exit(1)))
enum { kMostThreads = 16, kQueue = 8 };
static int count, rounds;

static _Thread_local int initialised = 7;
static _Thread_local char zero[100];
static _Thread_local long aligned __attribute__((aligned(64))) = 3;

// --- a queue with two condition variables
static struct {
  pthread_mutex_t mutex;
  pthread_cond_t not_empty, not_full;
  int items[kQueue], used, next;
} queue = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, {0}, 0, 0};

static void put(int item) {
  pthread_mutex_lock(&queue.mutex);
  while (queue.used == kQueue) pthread_cond_wait(&queue.not_full, &queue.mutex);
  queue.items[(queue.next + queue.used++) % kQueue] = item;
  pthread_cond_signal(&queue.not_empty);
  pthread_mutex_unlock(&queue.mutex);
}

static int take(void) {
  pthread_mutex_lock(&queue.mutex);
  while (queue.used == 0) pthread_cond_wait(&queue.not_empty, &queue.mutex);
  const int item = queue.items[queue.next];
  queue.next = (queue.next + 1) % kQueue;
  --queue.used;
  pthread_cond_signal(&queue.not_full);
  pthread_mutex_unlock(&queue.mutex);
  return item;
}

static void* consume(void* unused) {
  long sum = 0;
  (void)unused;
  for (int item; (item = take()) != 0;) sum += item;
  return (void*)sum;
}

static void queues(void) {
  pthread_t threads[kMostThreads];
  long sum = 0;
  for (int i = 0; i < count; ++i) EXPECT(pthread_create(&threads[i], NULL, consume, NULL) == 0);
  for (int i = 1; i <= rounds * 20; ++i) put(i);
  for (int i = 0; i < count; ++i) put(0);
  for (int i = 0; i < count; ++i) {
    void* part;
    EXPECT(pthread_join(threads[i], &part) == 0);
    sum += (long)part;
  }
  printf("queue %ld\n", sum);
}

// --- everything that a thread has for itself
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int destroyed, begun;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static void destroy(void* value) {
  pthread_mutex_lock(&counting);
  destroyed += *(int*)value;
  pthread_mutex_unlock(&counting);
  free(value);
}
static void begin(void) {
  ++begun;
  EXPECT(pthread_key_create(&key, destroy) == 0);
}

static void* own_things(void* argument) {
  const int number = (int)(intptr_t)argument;
  pthread_once(&once, begin);
  EXPECT(initialised == 7 && aligned == 3 && (uintptr_t)&aligned % 64 == 0);
  for (int i = 0; i < 100; ++i) EXPECT(zero[i] == 0);
  int* const value = malloc(sizeof *value);
  *value = number;
  EXPECT(pthread_setspecific(key, value) == 0);
  for (int i = 0; i < rounds; ++i) {
    initialised += number;
    memset(zero, number, sizeof zero);
    errno = number + 1000;
    char* const text = malloc(64 + (size_t)(i * 37 % 500));
    snprintf(text, 64, "%d %d %.3f", number, i, number / 7.0);
    char expected[64];
    sprintf(expected, "%d %d %.3f", number, i, number / 7.0);
    EXPECT(strcmp(text, expected) == 0);
    free(text);
    EXPECT(errno == number + 1000 && zero[99] == number && initialised == 7 + (i + 1) * number);
    EXPECT(*(int*)pthread_getspecific(key) == number);
    if (i % 10 == 0) EXPECT(close(40 + number) == -1 && errno == EBADF);
  }
  return NULL;
}

static void own(void) {
  pthread_t threads[kMostThreads];
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < count; ++i)
      EXPECT(pthread_create(&threads[i], NULL, own_things, (void*)(intptr_t)(i + 1)) == 0);
    for (int i = 0; i < count; ++i) EXPECT(pthread_join(threads[i], NULL) == 0);
  }
  printf("own %d %d %d\n", begun, destroyed, initialised);
}

// --- C11
static mtx_t mutex;
static cnd_t changed;
static int turn, sum11;
static tss_t slot;
static int in_turn(void* argument) {
  const int number = (int)(intptr_t)argument;
  for (int i = 0; i < rounds; ++i) {
    mtx_lock(&mutex);
    while (turn % count != number) cnd_wait(&changed, &mutex);
    sum11 = (sum11 * 31 + number) % 1000003;
    ++turn;
    cnd_broadcast(&changed);
    mtx_unlock(&mutex);
  }
  tss_set(slot, &mutex);
  EXPECT(tss_get(slot) == &mutex);
  thrd_exit(number * 2);
}

static void c11(void) {
  thrd_t threads[kMostThreads];
  int results = 0;
  EXPECT(mtx_init(&mutex, mtx_plain) == thrd_success && cnd_init(&changed) == thrd_success);
  EXPECT(tss_create(&slot, NULL) == thrd_success);
  for (int i = 0; i < count; ++i)
    EXPECT(thrd_create(&threads[i], in_turn, (void*)(intptr_t)i) == thrd_success);
  for (int i = 0; i < count; ++i) {
    int result;
    EXPECT(thrd_join(threads[i], &result) == thrd_success);
    results += result;
  }
  printf("c11 %d %d %d\n", turn, sum11, results);
}

// --- barriers, semaphores, read-write locks, detached threads, recursive mutexes, timeouts
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t ended;
static int steps[kMostThreads], serial, shared_a, shared_b;
static void* others(void* argument) {
  const int number = (int)(intptr_t)argument;
  for (int i = 1; i <= rounds; ++i) {
    steps[number] = i;
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) ++serial;
    for (int k = 0; k < count; ++k) EXPECT(steps[k] == i);
    pthread_barrier_wait(&barrier);
    if (i % 4 == number % 4) {
      pthread_rwlock_wrlock(&rwlock);
      ++shared_a;
      ++shared_b;
    } else {
      pthread_rwlock_rdlock(&rwlock);
      EXPECT(shared_a == shared_b);
    }
    pthread_rwlock_unlock(&rwlock);
  }
  sem_post(&ended);
  return NULL;
}

static void rest(void) {
  pthread_attr_t attr;
  pthread_t thread;
  pthread_attr_init(&attr);
  EXPECT(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
         pthread_attr_setstacksize(&attr, 65536) == 0);
  EXPECT(pthread_barrier_init(&barrier, NULL, (unsigned)count) == 0 && sem_init(&ended, 0, 0) == 0);
  for (int i = 0; i < count; ++i)
    EXPECT(pthread_create(&thread, &attr, others, (void*)(intptr_t)i) == 0);
  for (int i = 0; i < count; ++i) EXPECT(sem_wait(&ended) == 0);
  printf("barrier %d %d %d\n", serial, shared_a, shared_b);
  pthread_mutexattr_t recursive;
  pthread_mutex_t m;
  pthread_mutexattr_init(&recursive);
  pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&m, &recursive);
  EXPECT(pthread_mutex_lock(&m) == 0 && pthread_mutex_lock(&m) == 0 &&
         pthread_mutex_trylock(&m) == 0);
  for (int i = 0; i < 3; ++i) EXPECT(pthread_mutex_unlock(&m) == 0);
  EXPECT(pthread_mutex_unlock(&m) != 0);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 3000000;
  if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, ++until.tv_sec;
  pthread_mutex_lock(&queue.mutex);
  EXPECT(pthread_cond_timedwait(&queue.not_empty, &queue.mutex, &until) == ETIMEDOUT);
  pthread_mutex_unlock(&queue.mutex);
}

// A descriptor that one thread opens is everybody's.
static void* make_pipe(void* ends) {
  EXPECT(pipe(ends) == 0);
  return NULL;
}
static void descriptors(void) {
  int ends[2];
  char c = 0;
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, make_pipe, ends) == 0 && pthread_join(thread, NULL) == 0);
  EXPECT(write(ends[1], "x", 1) == 1 && read(ends[0], &c, 1) == 1 && c == 'x');
  EXPECT(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void* wait_for_ever(void* unused) {
  int ends[2];
  char c;
  (void)unused;
  EXPECT(pipe(ends) == 0);
  return (void*)(intptr_t)read(ends[0], &c, 1);
}
static void* end_all(void* unused) {
  (void)unused;
  printf("end\n");
  exit(5);
}

int main(int argc, char** argv) {
  pthread_t thread;
  count = argc > 1 ? atoi(argv[1]) : 4;
  rounds = argc > 2 ? atoi(argv[2]) : 50;
  queues();
  own();
  c11();
  rest();
  descriptors();
  EXPECT(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
  EXPECT(pthread_create(&thread, NULL, end_all, NULL) == 0);
  pthread_exit(NULL);
}
