#!/usr/bin/env python3
"""clang-tidy over every source of the host programs, as many at a time as the machine has processors.

usage: lint.py ROOT BUILD [--jobs N] [--all] [FILE...]
BUILD has compile_commands.json. What was clean is not asked again while the source, every header that it includes,
its command, .clang-tidy and clang-tidy's version are the same: marks lie in the user's cache (~/.cache/disco/lint).
--all asks again. Exit code 1 and clang-tidy's words if anything is found.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

SKIPPED = ("tests/", "build/")  # tests are compiled with warnings and formatted; generated files are nobody's


def options():
    parser = argparse.ArgumentParser(description="clang-tidy over the host programs")
    parser.add_argument("root", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("files", nargs="*", help="only sources whose path ends like this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--all", action="store_true", help="ask again of what was clean")
    return parser.parse_intermixed_args()


def units(o):
    root = o.root.resolve()
    for entry in json.loads((o.build / "compile_commands.json").read_text()):
        path = Path(entry["directory"], entry["file"]).resolve()
        name = os.path.relpath(path, root)
        wanted = not o.files or any(name.endswith(f) for f in o.files)
        if wanted and not name.startswith(("..",) + SKIPPED):
            yield name, entry


def included(entry):
    """Every file that the compiler reads for a unit."""
    words = shlex.split(entry["command"])
    compiler = next(i for i, w in enumerate(words) if re.search(r"(c\+\+|g\+\+|clang\+\+|cc|gcc|clang)(-\d+)?$", w)
                    and "ccache" not in w)
    command = words[compiler:]
    output = command.index("-o")
    del command[output:output + 2]
    made = subprocess.run([w for w in command if w != "-c"] + ["-M"], cwd=entry["directory"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        return None
    return made.stdout.replace("\\\n", " ").split(":", 1)[1].split()


def mark_of(o, entry, tool):
    """Names the state of all that decides what clang-tidy says; None if the unit does not even preprocess."""
    files = included(entry)
    if files is None:
        return None
    mark = hashlib.sha256(tool)
    root = str(o.root.resolve())
    mark.update(entry["command"].replace(root, "").encode())
    for name in files:
        mark.update(Path(entry["directory"], name).read_bytes())
    return mark.hexdigest()


def judge(o, cache, tool, name, entry):
    """(name, words of clang-tidy or None, seconds)."""
    began = time.monotonic()
    mark = mark_of(o, entry, tool)
    if mark and (cache / mark).is_file() and not o.all:
        return name, None, 0.0
    run = subprocess.run(["clang-tidy", "-p", str(o.build), "--quiet", str(o.root.resolve() / name)],
                         capture_output=True, text=True)
    if run.returncode == 0 and "warning:" not in run.stdout:
        if mark:
            (cache / mark).touch()
        return name, None, time.monotonic() - began
    return name, run.stdout + run.stderr, time.monotonic() - began


def main():
    o = options()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "disco/lint"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    tool = version + (o.root / ".clang-tidy").read_bytes()
    todo = sorted(units(o), key=lambda unit: unit[0])
    if not todo:
        sys.exit("lint: no source to look at")
    failed, shown = 0, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        results = [pool.submit(judge, o, cache, tool, *unit) for unit in todo]
        for done, result in enumerate(concurrent.futures.as_completed(results), 1):
            name, words, seconds = result.result()
            if words is not None:
                failed += 1
                print(f"{name}:\n{words}", flush=True)
            if seconds and time.monotonic() - shown > 10:
                shown = time.monotonic()
                print(f"lint: {done} of {len(todo)} sources", flush=True)
    print(f"lint: {failed} of {len(todo)} sources have findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
