#!/usr/bin/env python3
"""What guest code measures of the memory system is what the configuration says, within 2 %.

usage: latency_test.py BUILD
"""
import re
import sys

from boot import Build, fail_with

CLASSES = {"l1": "l1", "l2": "l2", "local": "local", "uncached-local": "local", "remote": "remote",
           "uncached-remote": "remote", "dirty-at-home": "dirty_remote", "dirty-of-mine": "dirty_remote"}


def measure(build, latencies, clock_mhz=400, *options):
    """Picoseconds by name, and the cycles of a load by the number of pages."""
    words = ["--fidelity", "memory", "--nodes", "2", "--memory", "64MB", "--clock", f"{clock_mhz}MHz"]
    for name, ps in latencies.items():
        words += ["--set", f"machine.latency.{name}={ps}ps"]
    done = build.boot("bare/latency.elf", *words, *options)
    if done.returncode != 0 or "PASS latency" not in done.stdout:
        fail_with("latency", done)
        sys.exit(1)
    cycle = 1_000_000 / clock_mhz
    found = {name: int(value) / 1000 * cycle for name, value in re.findall(r"^latency (\S+) (\d+)$", done.stdout, re.M)}
    pages = {int(n): int(value) / 1000 for n, value in re.findall(r"^pages (\d+) (\d+)$", done.stdout, re.M)}
    return found, pages


def check_latencies(title, found, expected):
    wrong = 0
    for name, which in CLASSES.items():
        off = found[name] / expected[which] - 1
        good = abs(off) <= 0.02
        wrong += not good
        print(f"{'ok' if good else 'WRONG'}: {title}: {name}: {found[name] / 1000:.2f} ns, "
              f"configured {expected[which] / 1000:.2f} ns, {off:+.2%}")
    return wrong


def check_reach(build, entries):
    """A TLB of n entries holds 2n pages; random replacement rarely finds room for the last of them."""
    _, pages = measure(build, {}, 400, "--tlb", entries)
    reach = max(n for n, cycles in pages.items() if cycles < 1.1)
    beyond = min(cycles for n, cycles in pages.items() if n >= 2 * entries + 16)
    good = 1.5 * entries <= reach <= 2 * entries and beyond > 3
    print(f"{'ok' if good else 'WRONG'}: TLB of {entries}: loads are free up to {reach} pages, {beyond:.2f} cycles at least "
          f"beyond {2 * entries}")
    return not good


def main():
    build = Build(sys.argv[1])
    paper = {"l1": 2500, "l2": 50_000, "local": 300_000, "remote": 900_000, "dirty_remote": 1_500_000}
    other = {"l1": 4000, "l2": 36_000, "local": 220_000, "remote": 480_000, "dirty_remote": 1_000_000}
    small = ["--set", "machine.cache.l1d.bytes=8KB", "--set", "machine.cache.l2.bytes=512KB", "--set", "machine.cache.l2.ways=4"]
    wrong = check_latencies("as in the paper", measure(build, paper)[0], paper)
    wrong += check_latencies("other caches, 1 GHz", measure(build, other, 1000, *small)[0], other)
    uma = measure(build, paper, 400, "--set", "machine.memory_access=uma")[0]
    wrong += check_latencies("UMA", uma, paper | {"remote": paper["local"], "dirty_remote": paper["local"]})
    equal = measure(build, paper | {"remote": paper["local"], "dirty_remote": paper["local"]})[0]
    wrong += uma != equal
    print(f"{'ok' if uma == equal else 'WRONG'}: UMA is NUMA with equal latencies")
    wrong += sum(check_reach(build, entries) for entries in (32, 48, 64, 128))
    sys.exit(1 if wrong else 0)


main()
