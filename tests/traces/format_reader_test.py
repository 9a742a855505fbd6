#!/usr/bin/env python3
"""docs/trace-format.md is enough to write a reader: one that was written from it says of real traces, line by line, what
`disco trace view` says.

usage: format_reader_test.py DISCO
"""
import itertools
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import format_reader

DISCO = os.path.abspath(sys.argv[1])
POINT = ["@tlb-cost", "--only", "footprint=far", "--only"]


def disco(*arguments):
    done = subprocess.run([DISCO, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def compare(name):
    viewed = disco("trace", "view", name, "-n", "100000000").splitlines()
    read = list(format_reader.lines(name))
    for number, (theirs, ours) in enumerate(itertools.zip_longest(viewed, read)):
        assert theirs == ours, f"{name}, line {number}:\n  view:   {theirs}\n  reader: {ours}"
    return len(read)


def check_footer(name, at_least):
    header, footer, blocks = format_reader.blocks(name)
    facts = dict(header)
    assert facts["isa"] == "mips4-be" and facts["tlb-entries"] == "64", facts
    totals = dict(line for line in footer if line[0] != "block")
    assert int(totals["blocks"]) == len(blocks) >= at_least, totals
    assert int(totals["instructions"]) == sum(fields[3] for _, fields, _ in blocks), totals
    assert int(totals["records"]) == sum(fields[4] for _, fields, _ in blocks), totals
    promised = [[int(n) for n in line[1].split()] for line in footer if line[0] == "block"]
    for (at, fields, _), promise in zip(blocks, promised, strict=True):
        assert [fields[1], at, fields[2], fields[3], fields[5], fields[6]] == promise, (fields, promise)


def main(directory):
    os.chdir(directory)
    # The first has more than one block, the second a guest, a monitor and their modes.
    for program, system, limit in (("forkstorm", "native", "1.1Minsn"), ("random", "l2tlb", "0.3Minsn")):
        name = f"{program}-{system}.dtz"
        disco("record", *POINT, f"program={program}", "--only", f"system={system}", "--limit", limit, "-o", name)
        print(name, compare(name), "records")
        check_footer(name, at_least=2 if system == "native" else 1)
    print("PASS")


with tempfile.TemporaryDirectory(prefix="disco-trace-format-") as scratch:
    main(scratch)
