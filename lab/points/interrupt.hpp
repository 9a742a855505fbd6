// Ctrl-C: asks for an orderly end. What runs notices between slices, writes what it has and marks
// it partial; a second Ctrl-C ends the program at once.
#pragma once

namespace machine {
class Machine;
}

namespace lab {

/// Installs the handler for SIGINT and SIGTERM. Idempotent.
void catch_interrupts();
bool interrupted();
/// From now on a write to a pipe that nobody reads fails instead of ending the process: for verbs
/// whose results are in files.
void outlive_readers();

/// For the whole program: a file that grows beyond the host's limit (RLIMIT_FSIZE) is an error of
/// that write, and where stdin, stdout or stderr is closed no file that is opened takes its place.
void survive_failed_writes();

/// What the second Ctrl-C does before it ends the program; async-signal-safe. Null: nothing.
void before_forced_end(void (*action)());

/// While it lives, an interrupt also stops this machine (config::Machine::interrupt). One at a
/// time.
class InterruptTarget {
 public:
  explicit InterruptTarget(machine::Machine& machine);
  ~InterruptTarget();
  InterruptTarget(const InterruptTarget&) = delete;
  InterruptTarget& operator=(const InterruptTarget&) = delete;
};

}  // namespace lab
