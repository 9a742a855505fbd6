// See terminal.h. What was typed waits in a ring: [head, ready) is to be read, [ready, tail) is the
// line that can still be edited.
#include "terminal.h"

#include "console.h"
#include "machine.h"
#include "process.h"
#include "spinlock.h"
#include "tinyix.h"

enum { kBytes = 4096 };
// In a line, kEndOfFile is one that was typed where a line begins.
enum {
  kInterrupt = 3,
  kEndOfFile = 4,
  kBackspace = 8,
  kKillLine = 21,
  kKillWord = 23,
  kFirstPrinted = 32,
  kDelete = 127
};

static struct {
  struct spinlock lock;
  char ring[kBytes];
  uint64_t head, ready, tail;  // monotonic
  int awaited;
  int has_begun, is_listening;
  int has_ended;
  int is_watched;
  const struct process* raw_for;  // who wants keys as they are, not lines; null: nobody
} terminal;

void terminal_start(int is_watched) { terminal.is_watched = is_watched; }

int terminal_is_awaited(void) { return terminal.awaited > 0; }

// --- typing, with the lock held

static int is_control(char c) { return (uint8_t)c < kFirstPrinted || c == kDelete; }

static void echo(const char* text, size_t n) {
  if (terminal.is_watched) console_write(text, n);
}

// A control character is shown as two, but a tab as a space.
static void echo_typed(char c) {
  const char shown[2] = {'^', (char)(c ^ 0x40)};
  if (c == '\t') {
    echo(" ", 1);
  } else if (is_control(c) && c != '\n') {
    echo(shown, 2);
  } else {
    echo(&c, 1);
  }
}

static char last_of_line(void) { return terminal.ring[(terminal.tail - 1) % kBytes]; }

// A character and what it is shown as; of UTF-8 all its bytes.
static void erase(void) {
  while (terminal.tail != terminal.ready) {
    const char c = last_of_line();
    --terminal.tail;
    if (((uint8_t)c & 0xc0) == 0x80) continue;
    echo("\b \b", 3);
    if (is_control(c) && c != '\t') echo("\b \b", 3);
    return;
  }
}

static void erase_word(void) {
  while (terminal.tail != terminal.ready && last_of_line() == ' ') erase();
  while (terminal.tail != terminal.ready && last_of_line() != ' ') erase();
}

static void add(char c) { terminal.ring[terminal.tail++ % kBytes] = c; }

// Returns whether the foreground is to be interrupted.
static int type(char c) {
  if (terminal.raw_for) {
    add(c);
    terminal.ready = terminal.tail;
    return 0;
  }
  if (c == '\r') c = '\n';
  switch (c) {
    case kBackspace:
    case kDelete: erase(); return 0;
    case kKillWord: erase_word(); return 0;
    case kKillLine:
      while (terminal.tail != terminal.ready) erase();
      return 0;
    case kEndOfFile:
      if (terminal.tail == terminal.ready) add(kEndOfFile);
      break;
    case kInterrupt:
      echo("^C\n", 3);
      terminal.head = terminal.ready = terminal.tail;
      return 1;
    default:
      add(c);
      echo_typed(c);
      if (c != '\n') return 0;
  }
  terminal.ready = terminal.tail;
  return 0;
}

static int is_full(void) { return terminal.tail - terminal.head == kBytes; }

static void listen(int on) {
  if (terminal.is_listening == on) return;
  terminal.is_listening = on;
  console_listen(on);
}

// What does not fit waits in the port and behind it. Returns whether the foreground is to be
// interrupted.
static int take_typed(void) {
  int interrupts = 0;
  char c;
  while (!is_full() && console_get(&c)) interrupts |= type(c);
  if (!is_full() && console_has_ended()) terminal.has_ended = 1;
  if (is_full() || terminal.has_ended) terminal.ready = terminal.tail;
  listen(!is_full() && !terminal.has_ended);
  return interrupts;
}

// Without the lock. A shell that is alone reads an empty line: it begins anew.
static void interrupt_foreground(void) {
  if (interrupt_processes() != 0) return;
  acquire(&terminal.lock);
  if (!is_full()) add('\n');
  terminal.ready = terminal.tail;
  release(&terminal.lock);
}

void terminal_interrupt(void) {
  if (!terminal.has_begun) return;
  acquire(&terminal.lock);
  const int interrupts = take_typed();
  release(&terminal.lock);
  if (interrupts) interrupt_foreground();
  wake(&terminal);
}

// --- reading

static void begin(void) {
  if (terminal.has_begun) return;
  terminal.has_begun = 1;
  device_interrupt_enable(kUartSource);
}

static size_t take_line(char* to, size_t n) {
  size_t got = 0;
  while (got < n && terminal.head != terminal.ready) {
    const char c = terminal.ring[terminal.head % kBytes];
    if (c == kEndOfFile && !terminal.raw_for) {
      if (got == 0) ++terminal.head;
      break;
    }
    ++terminal.head;
    to[got++] = c;
    if (c == '\n' && !terminal.raw_for) break;
  }
  return got;
}

int64_t terminal_read(char* to, size_t n) {
  int goes_on = 1;
  acquire(&terminal.lock);
  begin();
  for (;;) {
    if (take_typed()) {  // before anyone asked
      release(&terminal.lock);
      interrupt_foreground();
      acquire(&terminal.lock);
    }
    if (!goes_on || terminal.head != terminal.ready || terminal.has_ended) break;
    ++terminal.awaited;
    goes_on = sleep_unless_ending(&terminal, &terminal.lock);
    --terminal.awaited;
  }
  const size_t got = goes_on ? take_line(to, n) : 0;
  const int interrupts = take_typed();  // there is room again
  release(&terminal.lock);
  if (interrupts) interrupt_foreground();
  return goes_on ? (int64_t)got : -TINYIX_EINTR;
}

int64_t terminal_control(uint64_t change, uint64_t mode) {
  struct process* const me = current();
  acquire(&terminal.lock);
  if (change & TINYIX_TERMINAL_RAW) {
    terminal.raw_for = mode & TINYIX_TERMINAL_RAW ? me : NULL;
    terminal.ready = terminal.tail;
  }
  if (change & TINYIX_TERMINAL_SHELL) me->is_shell = (mode & TINYIX_TERMINAL_SHELL) != 0;
  const int64_t now = (terminal.raw_for ? TINYIX_TERMINAL_RAW : 0) |
                      (me->is_shell ? TINYIX_TERMINAL_SHELL : 0) |
                      (terminal.is_watched ? TINYIX_TERMINAL_WATCHED : 0);
  release(&terminal.lock);
  return now;
}

void terminal_leave(const struct process* p) {
  acquire(&terminal.lock);
  if (terminal.raw_for == p) terminal.raw_for = NULL;
  release(&terminal.lock);
}
