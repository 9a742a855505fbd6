// Types of <pthread.h>. All zeros is what the initialisers mean.
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/sched.h>

#define PTHREAD_CREATE_DETACHED 0
#define PTHREAD_CREATE_JOINABLE 1
#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_STACK_MIN 16384

#define PTHREAD_MUTEX_NORMAL 0
#define PTHREAD_MUTEX_RECURSIVE 1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT 0

struct tinyix_thread;
typedef struct tinyix_thread* pthread_t;
typedef struct {
  int detachstate;
  size_t stacksize;
} pthread_attr_t;

typedef struct {
  __uint32_t word;  // 0 free, 1 held, 2 held and somebody sleeps
  int type, depth;
  struct tinyix_thread* volatile owner;
} pthread_mutex_t;
typedef struct {
  int type;
} pthread_mutexattr_t;
#define _PTHREAD_MUTEX_INITIALIZER \
  { 0, 0, 0, 0 }

typedef struct {
  __uint32_t wakings, waiters;
} pthread_cond_t;
typedef struct {
  clock_t clock;
} pthread_condattr_t;
#define _PTHREAD_COND_INITIALIZER \
  { 0, 0 }

typedef unsigned pthread_key_t;
typedef struct {
  __uint32_t word;  // 0 not yet, 1 under way, 2 done
} pthread_once_t;
#define _PTHREAD_ONCE_INIT \
  { 0 }

typedef struct {
  __uint32_t threads, arrived, round;
} pthread_barrier_t;
typedef struct {
  int unused;
} pthread_barrierattr_t;

typedef __uint32_t pthread_spinlock_t;

typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int readers;  // -1: a writer
  int writers_waiting;
} pthread_rwlock_t;
typedef struct {
  int unused;
} pthread_rwlockattr_t;
#define _PTHREAD_RWLOCK_INITIALIZER \
  { _PTHREAD_MUTEX_INITIALIZER, _PTHREAD_COND_INITIALIZER, 0, 0 }

#endif
