#!/usr/bin/env python3
"""The fast unit tests and the fuzzers once more, built with the address and undefined-behaviour sanitizers.

usage: sanitized.py build|run SOURCE BUILD [--jobs N] [--inputs N]
`build` configures and builds what is run; `run` starts every program of it, the fuzzers with N inputs a subject.
Exit code 1 if a program fails; its output is printed.
"""
import argparse
import subprocess
import sys
import time
from pathlib import Path

# Programs of Catch2, by the folder in which the build puts them. All their tests are seconds long.
TESTS = {"mmu": "mmu", "cpu_parts": "cpu", "engine": "cpu", "numa": "numa", "memory_system": "numa/coherence",
         "traces": "traces", "monitor": "disco", "machine": "machine", "config": "config", "measure": "measure",
         "lab": "lab", "cli": "cli", "gdb": "gdb"}
SUBJECTS = ("trace", "elf", "image", "tree", "lua", "gdb", "snapshot", "json", "points")


def options():
    parser = argparse.ArgumentParser(description="fast tests under the sanitizers")
    parser.add_argument("what", choices=("build", "run"))
    parser.add_argument("source", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--inputs", type=int, default=300)
    return parser.parse_args()


def build(o):
    targets = [f"{name}_tests" for name in TESTS] + ["disco_fuzz", "guests", "disco_elf"]
    for command in (["cmake", "-S", o.source, "-B", o.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                     "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1", "-DDISCO_SANITIZE=ON", "-DBUILD_TESTING=ON"],
                    ["cmake", "--build", o.build, "--parallel", str(o.jobs), "--target", *targets]):
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
            print("failed:", *command)
            return 1
    return 0


def run(o):
    commands = {name: [o.build / "tests" / folder / f"{name}_tests"] for name, folder in TESTS.items()}
    for subject in SUBJECTS:
        commands[f"fuzz {subject}"] = [o.build / "tests/fuzz/disco_fuzz", subject, "--runs", str(o.inputs), "--seed", "1"]
    failed = []
    for name, command in commands.items():
        began = time.monotonic()
        result = subprocess.run(command, cwd=o.build, capture_output=True, text=True, errors="replace")
        print(f"{name}: exit code {result.returncode}, {time.monotonic() - began:.1f} s", flush=True)
        if result.returncode != 0:
            failed.append(name)
            print(result.stdout[-8000:] + result.stderr[-8000:], flush=True)
    print(f"{len(failed)} of {len(commands)} programs failed under the sanitizers: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    chosen = options()
    sys.exit(build(chosen) if chosen.what == "build" else run(chosen))
