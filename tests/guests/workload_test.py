#!/usr/bin/env python3
"""Does a user program print on tinyix what the same source prints on the host, and miss the TLB as often as
it is meant to?

usage: workload_test.py BUILD [--monitor] MISSES PROGRAM [ARGUMENT ...]
MISSES is "N+" (at least N refill misses in user mode) or "N-" (at most). As a 64-bit and as a 32-bit
process; with --monitor, in a virtual machine.
"""
import sys

from boot import Build, fail_with


def is_as_meant(misses, bound):
    limit = int(bound[:-1])
    return misses >= limit if bound[-1] == "+" else misses <= limit


def main():
    arguments = sys.argv[1:]
    build = Build(arguments.pop(0))
    below_monitor = arguments[0] == "--monitor"
    bound, program, *words = arguments[below_monitor:]
    expected = build.on_host(program, words)
    if expected.returncode != 0 or not expected.stdout:
        fail_with("on the host", expected)
        return 1
    failures = 0
    for name in (program, program + "32"):
        result, misses = build.tinyix_counted(name, words, below_monitor)
        print(f"{name}: {misses} misses, {bound} expected")
        if result.returncode != 0 or result.stdout != expected.stdout or not is_as_meant(misses, bound):
            fail_with(f"{name} on tinyix", result)
            print(f"--- expected\n{expected.stdout}")
            failures += 1
    print(expected.stdout, end="")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
