#!/usr/bin/env python3
"""The fast unit tests and the fuzzers once more, built with the address and undefined-behaviour sanitizers.

usage: sanitized.py build|run SOURCE [--jobs N] [--inputs N]
`build` configures the preset asan (SOURCE/build/asan) and builds what is run; `run` starts every program of it, the
fuzzers with N inputs a subject. Exit code 1 if a program fails; its output is printed.
"""
import argparse
import collections
import concurrent.futures
import subprocess
import sys
import time
from pathlib import Path

# Programs of Catch2, by the folder in which the build puts them. All their tests are seconds long.
TESTS = {"mmu": "mmu", "cpu_parts": "cpu", "engine": "cpu", "numa": "numa", "memory_system": "numa/coherence",
         "traces": "traces", "monitor": "disco", "machine": "machine", "config": "config", "measure": "measure",
         "lab": "lab", "cli": "cli", "gdb": "gdb"}
BUILD = "build/asan"  # of the preset asan
SUBJECTS = ("trace", "elf", "image", "tree", "lua", "gdb", "snapshot", "json", "points")


def options():
    parser = argparse.ArgumentParser(description="fast tests under the sanitizers")
    parser.add_argument("what", choices=("build", "run"))
    parser.add_argument("source", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--inputs", type=int, default=300)
    return parser.parse_args()


def said(command, folder):
    """Runs it and prints a line of its progress now and then; all of the last lines if it fails."""
    last, shown = collections.deque(maxlen=80), time.monotonic()
    made = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    for line in made.stdout:
        last.append(line)
        if time.monotonic() - shown > 20:
            shown = time.monotonic()
            print("sanitizers:", line.rstrip(), flush=True)
    if made.wait() != 0:
        print("".join(last), "failed:", *command, flush=True)
    return made.returncode == 0


def build(o):
    targets = [f"{name}_tests" for name in TESTS] + ["disco_fuzz", "guests", "disco_elf"]
    configured = said(["cmake", "--preset", "asan", "-DBUILD_TESTING=ON"], o.source)
    command = ["cmake", "--build", BUILD, "--parallel", str(o.jobs), "--target", *targets]
    return 0 if configured and said(command, o.source) else 1


def judged(name, command, folder):
    began = time.monotonic()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    print(f"{name}: exit code {result.returncode}, {time.monotonic() - began:.1f} s", flush=True)
    if result.returncode != 0:
        print(result.stdout[-8000:] + result.stderr[-8000:], flush=True)
    return result.returncode == 0


def run(o):
    build = o.source.resolve() / BUILD
    commands = {name: [build / "tests" / folder / f"{name}_tests"] for name, folder in TESTS.items()}
    for subject in SUBJECTS:
        commands[f"fuzz {subject}"] = [build / "tests/fuzz/disco_fuzz", subject, "--runs", str(o.inputs), "--seed", "1"]
    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        results = {name: pool.submit(judged, name, command, build) for name, command in commands.items()}
    failed = [name for name, result in results.items() if not result.result()]
    print(f"{len(failed)} of {len(commands)} programs failed under the sanitizers: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    chosen = options()
    sys.exit(build(chosen) if chosen.what == "build" else run(chosen))
