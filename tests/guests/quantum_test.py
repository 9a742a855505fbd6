#!/usr/bin/env python3
"""What many CPUs do to each other is seen up to a quantum late. How much does that change?

usage: quantum_test.py BUILD
Runs tinyix's parallel program on 16 CPUs of 16 nodes in fidelity memory, at the default quantum and at a quarter of it, and prints the
figures of locks, queue and barriers side by side. What it computes must be the same; how long it takes may differ, but not by much.
"""
import re
import sys

from boot import Build, fail_with

QUANTUM = 360  # cycles: 900 ns at 400 MHz
# The interleaving is another one at every quantum, so figures differ; measured are 1 % to 5 %.
MOST = 0.08
FIGURES = {"lock": ("lock_ns", "lock_operations"), "queue": ("queue_ns", "queue_tasks"), "barrier": ("barrier_ns", "barriers"),
           "stencil": ("stencil_ns", None)}


def run(build, quantum):
    done = build.boot("tinyix-native.elf", "--nodes", 16, "--memory", "16MB", "--fidelity", "memory", "--program",
                      build.guests / "bin" / "parallel", "--set", f"machine.memory_quantum={quantum}cycles")
    if done.returncode != 0:
        fail_with(f"quantum {quantum}", done)
        sys.exit(1)
    checksums = re.search(r"checksums (.*)", done.stdout)[1]
    values = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", done.stdout)}
    return checksums, {name: values[ns] / (values[count] if count else 1) for name, (ns, count) in FIGURES.items()}


def main():
    build = Build(sys.argv[1])
    (sums, coarse), (other_sums, fine) = run(build, QUANTUM), run(build, QUANTUM // 4)
    wrong = sums != other_sums
    print(f"checksums {'are the same' if not wrong else f'DIFFER: {sums}, {other_sums}'}")
    for name in FIGURES:
        difference = coarse[name] / fine[name] - 1
        wrong |= abs(difference) > MOST
        print(f"{name:8} {coarse[name]:12.1f} ns at {QUANTUM} cycles, {fine[name]:12.1f} ns at {QUANTUM // 4}: {difference:+.1%}")
    sys.exit(1 if wrong else 0)


main()
