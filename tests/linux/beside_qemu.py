#!/usr/bin/env python3
"""How fast does Linux run here, beside qemu-system-mips64 with the same sources and configuration plus the test option?

usage: beside_qemu.py DISCO QEMU [--repeat N] [--tests NAME] [--json FILE]

Each repetition boots both, one after the other, with the same RAM disk and init=/NAME (default all). Wall times are from
the program's start to the line that says that the shell is reached, and to the line that says that the tests are over.
Processor times are the whole program's, loading and translating included; they say more where others use the host.
Medians and their ratios are printed; the JSON file has every run.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

from images import need
from qemu_board import Board

# Both skip the kernel's measurement of its delay loop, which takes real time on QEMU.
LPJ = "lpj=500000"
SHELL = re.compile(rb"disco-linux: shell reached")
DONE = re.compile(rb"disco-linux: \S+ ended with exit code (\d+)")


def watch(command):
    """Wall seconds to the shell and to the end, the guest's exit code, and what followed on stderr when it ended."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen, text = {}, b""
    for line in process.stdout:
        text += line
        if SHELL.search(line):
            seen["shell_s"] = time.monotonic() - start
        elif match := DONE.search(line):
            seen["tests_s"] = time.monotonic() - start
            seen["exit"] = int(match[1])
            break
    if seen.get("exit") is None:
        raise SystemExit(f"{command[0]} ended before the tests did:\n{text.decode(errors='replace')}")
    return seen, process


def processor_time(process):
    """Of a process that is not waited for yet, in seconds."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def on_disco(disco, kernel, disk, tests):
    seen, process = watch([disco, "boot", str(kernel), "--initrd", str(disk), "--memory", "128MB", "--fidelity", "functional",
                           "--limit", "500Ginsn", "--append", f"{LPJ} init=/{tests}"])
    rest = process.stdout.read().decode(errors="replace")
    seen["cpu_s"] = processor_time(process)
    match = re.search(r"([\d,]+) instructions, .* on this host, ([\d.]+) MIPS", rest)
    if not match:
        raise SystemExit(f"no summary from disco boot:\n{rest}")
    return seen | {"instructions": int(match[1].replace(",", "")), "mips": float(match[2])}


def on_qemu(qemu, kernel, disk, tests):
    board = Board(qemu, kernel, disk, f"{LPJ} init=/{tests}")
    try:
        seen, process = watch(board.command)
        process.terminate()  # malta has no register that our kernel powers off by
        seen["cpu_s"] = processor_time(process)
    finally:
        board.close()
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("disco")
    parser.add_argument("qemu")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--tests", default="all")
    parser.add_argument("--json")
    o = parser.parse_args()
    native, for_qemu, disk = need("linux-native.elf", "linux-qemu.elf", "linux.cpio")
    runs = []
    for _ in range(o.repeat):
        runs.append({"disco": on_disco(o.disco, native, disk, o.tests), "qemu": on_qemu(o.qemu, for_qemu, disk, o.tests)})
        print(json.dumps(runs[-1]), flush=True)
    report = {"schema": "disco-linux-bench 1", "tests": o.tests, "runs": runs}
    for what in ("shell_s", "tests_s", "cpu_s"):
        ours, theirs = (statistics.median(run[side][what] for run in runs) for side in ("disco", "qemu"))
        report[what] = {"disco": ours, "qemu": theirs, "disco_over_qemu": statistics.median(
            run["disco"][what] / run["qemu"][what] for run in runs)}
        print(f"{what}: disco {ours:.2f}, QEMU {theirs:.2f}, ratio {report[what]['disco_over_qemu']:.2f}")
    report["mips"] = statistics.median(run["disco"]["mips"] for run in runs)
    print(f"disco: {report['mips']:.1f} simulated MIPS")
    if o.json:
        with open(o.json, "w") as out:
            json.dump(report, out, indent=1)
    return 1 if any(run[side]["exit"] for run in runs for side in run) else 0


if __name__ == "__main__":
    sys.exit(main())
