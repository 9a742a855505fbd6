// <pthread.h>: mutexes, condition variables, read-write locks, barriers, spin locks; <semaphore.h>.
// Who waits long sleeps in the kernel.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

#include "system.h"

// --- mutexes

int pthread_mutexattr_init(pthread_mutexattr_t* attr) {
  attr->type = PTHREAD_MUTEX_DEFAULT;
  return 0;
}
int pthread_mutexattr_destroy(pthread_mutexattr_t* attr) {
  (void)attr;
  return 0;
}
int pthread_mutexattr_settype(pthread_mutexattr_t* attr, int type) {
  if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK) return EINVAL;
  attr->type = type;
  return 0;
}
int pthread_mutexattr_gettype(const pthread_mutexattr_t* attr, int* type) {
  *type = attr->type;
  return 0;
}

int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attr) {
  *mutex = (pthread_mutex_t){.type = attr ? attr->type : PTHREAD_MUTEX_DEFAULT};
  return 0;
}
int pthread_mutex_destroy(pthread_mutex_t* mutex) { return mutex->word == 0 ? 0 : EBUSY; }

// The caller has it: 0 if that is as it should be, an error, or -1 if it has not.
static int lock_again(pthread_mutex_t* mutex, int otherwise) {
  if (mutex->type == PTHREAD_MUTEX_NORMAL || mutex->owner != this_thread()) return -1;
  if (mutex->type == PTHREAD_MUTEX_ERRORCHECK) return otherwise;
  ++mutex->depth;
  return 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  const int again = lock_again(mutex, EDEADLK);
  if (again >= 0) return again;
  word_lock(&mutex->word);
  mutex->owner = this_thread();
  return 0;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  const int again = lock_again(mutex, EBUSY);
  if (again >= 0) return again;
  if (!word_try_lock(&mutex->word)) return EBUSY;
  mutex->owner = this_thread();
  return 0;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  if (mutex->type != PTHREAD_MUTEX_NORMAL && mutex->owner != this_thread()) return EPERM;
  if (mutex->depth != 0) {
    --mutex->depth;
    return 0;
  }
  mutex->owner = NULL;
  word_unlock(&mutex->word);
  return 0;
}

static int is_past(const struct timespec* instant) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec > instant->tv_sec ||
         (now.tv_sec == instant->tv_sec && now.tv_nsec >= instant->tv_nsec);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const struct timespec* until) {
  for (int error; (error = pthread_mutex_trylock(mutex)) != EBUSY || mutex->owner == this_thread();)
    return error;
  while (pthread_mutex_trylock(mutex) != 0) {
    if (is_past(until)) return ETIMEDOUT;
    sched_yield();
  }
  return 0;
}

// --- condition variables

int pthread_condattr_init(pthread_condattr_t* attr) {
  attr->clock = CLOCK_REALTIME;
  return 0;
}
int pthread_condattr_destroy(pthread_condattr_t* attr) {
  (void)attr;
  return 0;
}
int pthread_condattr_getclock(const pthread_condattr_t* restrict attr, clockid_t* restrict clock) {
  *clock = (clockid_t)attr->clock;
  return 0;
}
// Both clocks show the time since power-on.
int pthread_condattr_setclock(pthread_condattr_t* attr, clockid_t clock) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
  attr->clock = (clock_t)clock;
  return 0;
}

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attr) {
  (void)attr;
  *condition = (pthread_cond_t){0, 0};
  return 0;
}
int pthread_cond_destroy(pthread_cond_t* condition) { return condition->waiters == 0 ? 0 : EBUSY; }

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  const uint32_t wakings = __atomic_load_n(&condition->wakings, __ATOMIC_ACQUIRE);
  __atomic_add_fetch(&condition->waiters, 1, __ATOMIC_ACQ_REL);
  const int error = pthread_mutex_unlock(mutex);
  if (error == 0) {
    tinyix_futex_wait(&condition->wakings, wakings);
    pthread_mutex_lock(mutex);
  }
  __atomic_sub_fetch(&condition->waiters, 1, __ATOMIC_ACQ_REL);
  return error;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const struct timespec* until) {
  const uint32_t wakings = __atomic_load_n(&condition->wakings, __ATOMIC_ACQUIRE);
  int error = pthread_mutex_unlock(mutex);
  if (error != 0) return error;
  while (error == 0 && __atomic_load_n(&condition->wakings, __ATOMIC_ACQUIRE) == wakings) {
    if (is_past(until)) error = ETIMEDOUT;
    sched_yield();
  }
  pthread_mutex_lock(mutex);
  return error;
}

// All that sleep look again: POSIX allows it, and who is to go on is up to the mutex.
int pthread_cond_broadcast(pthread_cond_t* condition) {
  __atomic_add_fetch(&condition->wakings, 1, __ATOMIC_ACQ_REL);
  if (__atomic_load_n(&condition->waiters, __ATOMIC_ACQUIRE) != 0)
    tinyix_futex_wake(&condition->wakings);
  return 0;
}
int pthread_cond_signal(pthread_cond_t* condition) { return pthread_cond_broadcast(condition); }

// --- read-write locks

int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attr) {
  (void)attr;
  *lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
  return 0;
}
int pthread_rwlock_destroy(pthread_rwlock_t* lock) { return lock->readers == 0 ? 0 : EBUSY; }

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  pthread_mutex_lock(&lock->mutex);
  while (lock->readers < 0 || lock->writers_waiting != 0)
    pthread_cond_wait(&lock->changed, &lock->mutex);
  ++lock->readers;
  return pthread_mutex_unlock(&lock->mutex);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  pthread_mutex_lock(&lock->mutex);
  ++lock->writers_waiting;
  while (lock->readers != 0) pthread_cond_wait(&lock->changed, &lock->mutex);
  --lock->writers_waiting;
  lock->readers = -1;
  return pthread_mutex_unlock(&lock->mutex);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) {
  pthread_mutex_lock(&lock->mutex);
  const int is_free = lock->readers >= 0 && lock->writers_waiting == 0;
  if (is_free) ++lock->readers;
  pthread_mutex_unlock(&lock->mutex);
  return is_free ? 0 : EBUSY;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) {
  pthread_mutex_lock(&lock->mutex);
  const int is_free = lock->readers == 0;
  if (is_free) lock->readers = -1;
  pthread_mutex_unlock(&lock->mutex);
  return is_free ? 0 : EBUSY;
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  pthread_mutex_lock(&lock->mutex);
  lock->readers = lock->readers < 0 ? 0 : lock->readers - 1;
  if (lock->readers == 0) pthread_cond_broadcast(&lock->changed);
  return pthread_mutex_unlock(&lock->mutex);
}

// --- barriers

int pthread_barrier_init(pthread_barrier_t* barrier, const pthread_barrierattr_t* attr,
                         unsigned threads) {
  (void)attr;
  if (threads == 0) return EINVAL;
  *barrier = (pthread_barrier_t){threads, 0, 0};
  return 0;
}
int pthread_barrier_destroy(pthread_barrier_t* barrier) {
  return barrier->arrived == 0 ? 0 : EBUSY;
}

int pthread_barrier_wait(pthread_barrier_t* barrier) {
  const uint32_t round = __atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == barrier->threads) {
    barrier->arrived = 0;
    __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
    tinyix_futex_wake(&barrier->round);
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round)
    tinyix_futex_wait(&barrier->round, round);
  return 0;
}

// --- spin locks

int pthread_spin_init(pthread_spinlock_t* lock, int is_shared) {
  (void)is_shared;
  *lock = 0;
  return 0;
}
int pthread_spin_destroy(pthread_spinlock_t* lock) {
  (void)lock;
  return 0;
}
int pthread_spin_trylock(pthread_spinlock_t* lock) { return word_try_lock(lock) ? 0 : EBUSY; }
int pthread_spin_lock(pthread_spinlock_t* lock) {
  enum { kPatience = 200 };
  for (int i = 1; pthread_spin_trylock(lock) != 0; ++i)
    if (i % kPatience == 0) sched_yield();
  return 0;
}
int pthread_spin_unlock(pthread_spinlock_t* lock) {
  __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
  return 0;
}

// --- semaphores

int sem_init(sem_t* semaphore, int is_shared, unsigned value) {
  if (is_shared || value > SEM_VALUE_MAX) {
    errno = is_shared ? ENOTSUP : EINVAL;
    return -1;
  }
  semaphore->value = value;
  return 0;
}
int sem_destroy(sem_t* semaphore) {
  (void)semaphore;
  return 0;
}

static int take(sem_t* semaphore) {
  uint32_t value = semaphore->value;
  while (value != 0)
    if (__atomic_compare_exchange_n(&semaphore->value, &value, value - 1, 0, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
      return 1;
  return 0;
}

int sem_wait(sem_t* semaphore) {
  while (!take(semaphore)) tinyix_futex_wait(&semaphore->value, 0);
  return 0;
}
int sem_trywait(sem_t* semaphore) {
  if (take(semaphore)) return 0;
  errno = EAGAIN;
  return -1;
}
int sem_post(sem_t* semaphore) {
  if (__atomic_fetch_add(&semaphore->value, 1, __ATOMIC_RELEASE) == 0)
    tinyix_futex_wake(&semaphore->value);
  return 0;
}
int sem_getvalue(sem_t* semaphore, int* value) {
  *value = (int)semaphore->value;
  return 0;
}
