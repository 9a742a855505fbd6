#!/usr/bin/env python3
"""Two builds of the program, run in turns on the same images: how fast is the second beside the first?

usage: paired.py BEFORE AFTER GUESTS [--runs N] [--fidelity F ...] [--kernel NAME ...]
BEFORE and AFTER are programs (build/release/disco of two checkouts), GUESTS is the folder with their bare/*.elf. Each
kernel is run once by either to warm up and then N times A B A B ...; what counts is the processor time of the whole
process. Printed is the median of the N ratios before : after (above 1: the second is faster) with the least and the
greatest. Images and lengths are the same for both, so both must print the same digest; exit code 1 if they do not.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

KERNELS = {  # image, arguments, n in the fidelities without memory and with it
    "xorshift": ("xorshift", "", 20_000_000, 10_000_000),
    "crc": ("crc", "", 600, 300),
    "sieve": ("sieve", "", 80, 40),
    "dot": ("dot", "", 40_000, 20_000),
    "chase_hit": ("chase", "pages=32 ", 20_000_000, 10_000_000),
    "chase_miss": ("chase", "pages=16384 ", 400_000, 130_000),
    "syscall": ("syscalls", "", 2_500_000, 600_000),
}


def seconds(command):
    """Processor seconds of a run, and the digest that it ended with."""
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        told.seek(0)
        words = told.read()
    digest = re.search(r"digest (\w+)", words)
    if status != 0 or not digest:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{words[-2000:]}")
    return usage.ru_utime + usage.ru_stime, digest[1]


def pair(o, fidelity, name):
    image, arguments, plain, timed = KERNELS[name]
    tail = ["boot", o.guests / "bare" / f"{image}.elf", "--memory", "256MB", "--fidelity", fidelity, "--append",
            f"{arguments}n={timed if fidelity == 'memory' else plain}"]
    programs = (o.before, o.after)
    digests = {seconds([program, *tail])[1] for program in programs}
    taken = [[seconds([program, *tail])[0] for program in programs] for _ in range(o.runs)]
    ratios = sorted(before / after for before, after in taken)
    middle = [statistics.median(column) for column in zip(*taken)]
    print(f"{fidelity:10} {name:10} {middle[0]:6.2f} s {middle[1]:6.2f} s   {statistics.median(ratios):.3f} "
          f"({ratios[0]:.3f} .. {ratios[-1]:.3f}){'' if len(digests) == 1 else '  OTHER DIGEST'}", flush=True)
    return len(digests) == 1


def main():
    parser = argparse.ArgumentParser(description="two builds in turns")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("guests", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--fidelity", nargs="+", default=["functional", "tlb", "memory"])
    parser.add_argument("--kernel", nargs="+", default=list(KERNELS), choices=list(KERNELS))
    o = parser.parse_args()
    print(f"{'fidelity':10} {'kernel':10}   before    after   ratio, median (least .. greatest) of {o.runs}")
    results = [pair(o, fidelity, name) for fidelity in o.fidelity for name in o.kernel]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
