// Signals within a process: handlers run where the signal is raised. From the kernel comes only
// what ends a process.
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "system.h"

static struct {
  struct sigaction actions[NSIG];
  sigset_t blocked, pending;
} signals;

static sigset_t bit(int number) { return (sigset_t)1 << number; }

static int is_signal(int number) {
  if (number > 0 && number < NSIG) return 1;
  errno = EINVAL;
  return 0;
}

static int is_ignored_by_default(int number) {
  return number == SIGCHLD || number == SIGURG || number == SIGCONT || number == SIGWINCH;
}

int sigaction(int number, const struct sigaction* set, struct sigaction* was) {
  if (!is_signal(number)) return -1;
  if (set && (number == SIGKILL || number == SIGSTOP)) {
    errno = EINVAL;
    return -1;
  }
  if (was) *was = signals.actions[number];
  if (set) signals.actions[number] = *set;
  return 0;
}

_sig_func_ptr signal(int number, _sig_func_ptr handler) {
  const struct sigaction set = {.sa_handler = handler};
  struct sigaction was;
  return sigaction(number, &set, &was) == 0 ? was.sa_handler : SIG_ERR;
}

static void handle(int number) {
  const struct sigaction action = signals.actions[number];
  const sigset_t blocked = signals.blocked;
  signals.blocked |= action.sa_mask | bit(number);
  action.sa_handler(number);
  signals.blocked = blocked;
}

int raise(int number) {
  if (!is_signal(number)) return -1;
  if (signals.blocked & bit(number)) {
    signals.pending |= bit(number);
    return 0;
  }
  const struct sigaction* const action = &signals.actions[number];
  if (action->sa_handler == SIG_IGN) return 0;
  if (action->sa_handler != SIG_DFL) {
    handle(number);
    return 0;
  }
  if (is_ignored_by_default(number)) return 0;
  return (int)tinyix_answer(tinyix_kill(getpid(), number));
}

// Another process cannot be made to run a handler: it ends.
int kill(pid_t pid, int number) {
  if (number != 0 && !is_signal(number)) return -1;
  if (number != 0 && pid == getpid()) return raise(number);
  if (number != 0 && is_ignored_by_default(number)) return 0;
  return (int)tinyix_answer(tinyix_kill(pid, number));
}

int sigpending(sigset_t* set) {
  *set = signals.pending;
  return 0;
}

int sigprocmask(int how, const sigset_t* set, sigset_t* was) {
  if (was) *was = signals.blocked;
  if (!set) return 0;
  if (how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) {
    errno = EINVAL;
    return -1;
  }
  signals.blocked = how == SIG_BLOCK     ? signals.blocked | *set
                    : how == SIG_UNBLOCK ? signals.blocked & ~*set
                                         : *set;
  for (int number = 1; number < NSIG; ++number) {
    if (!(signals.pending & ~signals.blocked & bit(number))) continue;
    signals.pending &= ~bit(number);
    raise(number);
  }
  return 0;
}
