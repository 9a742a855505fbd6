// <threads.h> over <pthread.h>.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <threads.h>

#include "system.h"

static int answer(int error) {
  switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    case ENOMEM: return thrd_nomem;
    default: return thrd_error;
  }
}

void call_once(once_flag* flag, void (*routine)(void)) { pthread_once(flag, routine); }

int cnd_init(cnd_t* condition) { return answer(pthread_cond_init(condition, NULL)); }
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(condition); }
int cnd_signal(cnd_t* condition) { return answer(pthread_cond_signal(condition)); }
int cnd_broadcast(cnd_t* condition) { return answer(pthread_cond_broadcast(condition)); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return answer(pthread_cond_wait(condition, mutex)); }
int cnd_timedwait(cnd_t* restrict condition, mtx_t* restrict mutex,
                  const struct timespec* restrict until) {
  return answer(pthread_cond_timedwait(condition, mutex, until));
}

int mtx_init(mtx_t* mutex, int type) {
  const pthread_mutexattr_t attr = {type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE
                                                         : PTHREAD_MUTEX_NORMAL};
  return answer(pthread_mutex_init(mutex, &attr));
}
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(mutex); }
int mtx_lock(mtx_t* mutex) { return answer(pthread_mutex_lock(mutex)); }
int mtx_trylock(mtx_t* mutex) { return answer(pthread_mutex_trylock(mutex)); }
int mtx_timedlock(mtx_t* restrict mutex, const struct timespec* restrict until) {
  return answer(pthread_mutex_timedlock(mutex, until));
}
int mtx_unlock(mtx_t* mutex) { return answer(pthread_mutex_unlock(mutex)); }

struct start {
  thrd_start_t body;
  void* argument;
};

static void* run(void* at) {
  const struct start start = *(struct start*)at;
  free(at);
  return (void*)(intptr_t)start.body(start.argument);
}

int thrd_create(thrd_t* to, thrd_start_t body, void* argument) {
  struct start* const start = malloc(sizeof *start);
  if (!start) return thrd_nomem;
  *start = (struct start){body, argument};
  const int error = pthread_create(to, NULL, run, start);
  if (error != 0) free(start);
  return answer(error);
}

thrd_t thrd_current(void) { return pthread_self(); }
int thrd_equal(thrd_t a, thrd_t b) { return a == b; }
int thrd_detach(thrd_t thread) { return answer(pthread_detach(thread)); }
void thrd_exit(int result) { pthread_exit((void*)(intptr_t)result); }
int thrd_join(thrd_t thread, int* result) {
  void* value;
  const int error = pthread_join(thread, &value);
  if (error == 0 && result) *result = (int)(intptr_t)value;
  return answer(error);
}
int thrd_sleep(const struct timespec* wanted, struct timespec* rest) {
  return nanosleep(wanted, rest);
}
void thrd_yield(void) { sched_yield(); }

int tss_create(tss_t* key, tss_dtor_t destructor) {
  return answer(pthread_key_create(key, destructor));
}
void tss_delete(tss_t key) { pthread_key_delete(key); }
void* tss_get(tss_t key) { return pthread_getspecific(key); }
int tss_set(tss_t key, void* value) { return answer(pthread_setspecific(key, value)); }
