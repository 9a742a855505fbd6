#!/usr/bin/env python3
"""Does tinyix answer all questions of usertests, and without leaking a page?

usage: usertests_test.py BUILD [--monitor] [KERNEL-OPTION ...]
With --monitor also: is the console below the monitor, byte for byte, the native one?
"""
import sys

from boot import Build, fail_with

QUESTIONS = 20  # at least


def passed(result):
    verdicts = [line for line in result.stdout.splitlines() if line[:4] in ("PASS", "FAIL")]
    return result.returncode == 0 and len(verdicts) >= QUESTIONS and all(v.startswith("PASS") for v in verdicts)


def main():
    build, below_monitor = Build(sys.argv[1]), "--monitor" in sys.argv[2:]
    options = " ".join(word for word in sys.argv[2:] if word != "--monitor")
    failures = 0
    for name in ("usertests", "usertests32"):
        native = build.tinyix(name, options=options)
        if not passed(native):
            fail_with(f"{name}, native", native)
            failures += 1
        if not below_monitor:
            continue
        # Out of memory comes at an address that depends on how much memory there is.
        guest = build.tinyix(name, options=options, below_monitor=True)
        same = [a == b or "out of memory" in a for a, b in zip(native.stdout.splitlines(), guest.stdout.splitlines())]
        if not passed(guest) or not all(same):
            fail_with(f"{name}, below the monitor", guest)
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
