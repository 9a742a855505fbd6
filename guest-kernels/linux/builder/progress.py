"""What the person who waits sees: the step, how much of it and of everything is done, and how long it will take."""
import sys
import time


def duration(seconds):
    seconds = int(seconds + 0.5)
    return f"{seconds // 60} min {seconds % 60:2d} s" if seconds >= 60 else f"{seconds} s"


class Progress:
    """One line that is redrawn on a terminal, a line every ten seconds elsewhere.

    `weights` are the steps' shares of the whole, in seconds on some machine: only their ratios count.
    """

    def __init__(self, weights, out=sys.stderr, clock=time.monotonic):
        self.weights, self.out, self.clock = weights, out, clock
        self.started = clock()
        self.finished = 0      # of the weights
        self.skipped = 0       # of those, by steps that had been done before
        self.terminal = out.isatty()
        self.last_line = 0

    def begin(self, step):
        self.step, self.step_started = step, self.clock()
        if not self.terminal:
            self.say(f"{self.head()} {step} ...")
        self.last_line = self.clock()

    def show(self, fraction, detail):
        now = self.clock()
        if now - self.last_line < (0.2 if self.terminal else 10):
            return
        self.last_line = now
        done = self.finished + self.weights[self.step] * min(fraction, 1)
        left = self.left(done)
        line = f"{self.head(done)} {self.step}: {100 * min(fraction, 1):.0f}%, {detail}{left}"
        if self.terminal:
            self.out.write(f"\r\x1b[K{line[:110]}")
            self.out.flush()
        else:
            self.say(line)

    def end(self, note=None):
        self.finished += self.weights[self.step]
        took = note or duration(self.clock() - self.step_started)
        if note:
            self.skipped += self.weights[self.step]
        self.say(f"{self.head()} {self.step}: {took}")

    def say(self, line):
        self.out.write(("\r\x1b[K" if self.terminal else "") + line + "\n")
        self.out.flush()

    def head(self, done=None):
        share = (self.finished if done is None else done) / sum(self.weights.values())
        return f"linux [{100 * share:3.0f}%]"

    def left(self, done):
        worked = done - self.skipped
        if worked <= 0 or self.clock() - self.started < 5:
            return ""
        rate = (self.clock() - self.started) / worked
        return f", about {duration(rate * (sum(self.weights.values()) - done))} left in all"
