#!/usr/bin/env python3
"""disco record, replay and trace from the outside: what they print and how they exit.

usage: verbs_test.py DISCO
"""
import json
import os
import subprocess
import sys
import tempfile

DISCO = sys.argv[1]
POINT = ["@tlb-cost", "--only", "program=random", "--only", "footprint=far", "--only"]


def disco(*arguments, expect=0):
    done = subprocess.run([DISCO, *arguments], capture_output=True, text=True)
    assert done.returncode == expect, f"{arguments}: exit {done.returncode}, expected {expect}\n{done.stdout}{done.stderr}"
    return done


def answer(*arguments, expect=0):
    return json.loads(disco("--json", *arguments, expect=expect).stdout)


def main(directory):
    os.chdir(directory)
    recorded = answer("record", *POINT, "system=native", "--limit", "0.3Minsn", "-o", "t.dtz")
    assert recorded["refills"] > 1000, recorded
    again = disco("record", *POINT, "system=native", "-o", "t.dtz", expect=4)
    assert "exists already" in again.stderr, again.stderr

    replayed = answer("replay", "t.dtz")
    assert replayed["exact"] and not replayed["diverged"], replayed
    assert replayed["replayed"] == replayed["live"], replayed
    assert replayed["live"]["refills"] == recorded["refills"], replayed
    other = answer("replay", "t.dtz", "--entries", "48", "--l2tlb", "1024")
    assert not other["exact"] and other["synthesised"]["refills"] > 0, other
    assert other["l2tlb"]["hits"] + other["l2tlb"]["misses"] == other["replayed"]["refills"], other
    disco("replay", "t.dtz", "--entries", "5", expect=3)

    disco("record", *POINT, "system=native", "--limit", "0.3Minsn", "-o", "t48.dtz",
          "--set", "machine.cpu.tlb.entries=48")
    against = answer("replay", "t.dtz", "--entries", "48", "--against", "t48.dtz")
    assert against["against"]["live"] == answer("replay", "t48.dtz")["live"], against
    assert against["replayed"] == answer("replay", "t.dtz", "--entries", "48")["replayed"], against
    wrong = disco("replay", "t.dtz", "--entries", "32", "--against", "t48.dtz", expect=2).stderr
    assert "TLB of 48 entries" in wrong, wrong

    info = answer("trace", "info", "t.dtz")
    assert info["instructions"] == recorded["instructions"] and info["complete"], info
    assert info["header"]["experiment"] == "tlb-cost", info
    assert answer("trace", "check", "t.dtz")["clean"]
    stats = answer("trace", "stats", "t.dtz")
    assert stats["by_mode"]["user"]["load"] > 0, stats
    view = disco("trace", "view", "t.dtz", "--from", "100", "-n", "5").stdout.splitlines()
    assert len(view) == 6 and "fetch" in "".join(view), view

    whole = open("t.dtz", "rb").read()
    open("cut.dtz", "wb").write(whole[: len(whole) // 2])
    assert "cut short" in disco("trace", "check", "cut.dtz", expect=4).stdout
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x10
    open("flipped.dtz", "wb").write(flipped)
    assert "offset" in disco("replay", "flipped.dtz", expect=4).stderr
    open("t.tar.xz", "wb").write(b"\xfd7zXZ\x00")
    assert "xz file" in disco("replay", "t.tar.xz", expect=4).stderr

    reflected = answer("record", *POINT, "system=reflected", "--limit", "2Minsn", "-o", "r.dtz")
    assert answer("replay", "r.dtz")["live"]["refills"] == reflected["refills"]
    print("PASS")


with tempfile.TemporaryDirectory(prefix="disco-trace-verbs-") as scratch:
    main(scratch)
