#!/usr/bin/env python3
"""Does tinyix keep its promises on several processors, and do all of them work?

usage: smp_test.py BUILD
usertests and threadtests on machines of several shapes and with several lengths of time slices: every answer must be right, no
page may be lost, every processor must have run something, the questions must be the same on every machine, and a second run, from another
directory and with another environment (so that the host lays out memory differently), must be the same to the last bit of state.
"""
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from boot import Build, fail_with

SHAPES = [  # processors a node, nodes, slice in microseconds, quantum in cycles: how finely processors are interleaved
    (1, 1, 1000, 10000),
    (2, 1, 1000, 10000),
    (2, 1, 50, 10000),
    (2, 1, 70, 137),
    (3, 1, 1000, 50),
    (4, 1, 300, 10000),
    (8, 1, 70, 1013),
    (4, 4, 1000, 10000),
    (1, 16, 1000, 10000),
]
PROGRAMS = {"threadtests": 13, "threadtests32": 13, "usertests": 24}
REPEATED = [(1, 16, 1000, 10000), (2, 1, 70, 137), (8, 1, 70, 1013)]


def boot(build, program, shape):
    cpus, nodes, slice_us, quantum = shape
    return build.boot("tinyix-native.elf", "--initrd", build.guests / "initrd.cpio", "--append",
                      f"init=/bin/{program} verbose slice-us={slice_us}", "--cpus", cpus, "--nodes", nodes, "--memory",
                      "64MB" if nodes == 1 else "16MB", "--set", f"machine.quantum={quantum}cycles", "--json")


def complaints(result, program, shape):
    """What is wrong with a run; --json puts the console on stderr."""
    console = result.stderr
    verdicts = re.findall(r"^(PASS|FAIL) (\w+)", console, re.M)
    if result.returncode != 0 or len(verdicts) < PROGRAMS[program] or any(v != "PASS" for v, _ in verdicts):
        yield f"{len(verdicts)} answers, not all right"
    frames = re.search(r"(\d+) still alive; (\d+) frames free, (\d+) at boot", console)
    if not frames or frames[2] != frames[3]:
        yield "pages are missing"
    processors = shape[0] * shape[1]
    switches = [int(n) for n in re.findall(r"^tinyix: processor \d+ on node \d+: (\d+) switches", console, re.M)]
    if processors > 1 and (len(switches) != processors or min(switches) == 0):
        yield f"a processor did nothing: {switches}"


def questions(result):
    return sorted(re.findall(r"^PASS (\w+)", result.stderr, re.M))


def boot_elsewhere(build, program, shape):
    """The same machine in a process that is laid out differently."""
    before = os.getcwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        os.environ["DISCO_TEST_PADDING"] = "x" * 5000
        try:
            return boot(build, program, shape)
        finally:
            os.chdir(before[0])
            os.environ.clear()
            os.environ.update(before[1])


def main():
    build, failures, asked = Build(Path(sys.argv[1]).resolve()), 0, {}
    for shape in SHAPES:
        for program in PROGRAMS:
            result = boot(build, program, shape)
            wrong = list(complaints(result, program, shape))
            digest = json.loads(result.stdout)["digest"] if result.stdout.startswith("{") else None
            if questions(result) != asked.setdefault(program, questions(result)):
                wrong.append(f"answers {questions(result)}, the first machine {asked[program]}")
            if shape in REPEATED and not wrong:
                again = json.loads(boot_elsewhere(build, program, shape).stdout)["digest"]
                if again != digest:
                    wrong.append(f"another run ends in state {again}, not {digest}")
            print(f"{program} on {shape[1]} x {shape[0]}, slices of {shape[2]} us, quanta of {shape[3]}: {digest} {'; '.join(wrong) or 'ok'}")
            if wrong:
                fail_with(f"{program} on {shape}", result)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
