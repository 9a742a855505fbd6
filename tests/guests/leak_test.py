#!/usr/bin/env python3
"""Do processes that come and go, copy on write and are preempted leave every page free?

usage: leak_test.py BUILD FORKS [--monitor]
tinyix counts its free pages itself and exits with 97 if one is missing.
"""
import re
import sys

from boot import Build, fail_with


def main():
    build, forks = Build(sys.argv[1]), sys.argv[2]
    # Slices of 30 us: a child that copies 8 pages lives through several of them.
    result = build.tinyix("forkstorm", (forks, "32K"), "verbose slice-us=30", below_monitor="--monitor" in sys.argv)
    summary = re.search(r"(\d+) processes in all, 0 still alive; (\d+) frames free, (\d+) at boot", result.stdout)
    ok = result.returncode == 0 and summary and int(summary[1]) == int(forks) + 1 and summary[2] == summary[3]
    if not ok:
        fail_with("forkstorm", result)
    print(result.stdout)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
