#!/usr/bin/env python3
"""Fails on a source that clang-format would change, and on a line of more than 100 characters.

usage: check_style.py ROOT [--fix]
Free of the width are raw string literals (programs and tables in them are somebody else's), what stands between
clang-format off and on, tables (.def) and assembly. --fix formats in place. Exit code 1 and one line per offence.
"""
import re
import subprocess
import sys
from pathlib import Path

FOLDERS = ("common", "hardware", "mmu", "cpu", "numa", "machine", "traces", "disco", "config", "measure", "lab", "cli",
           "guest-kernels", "tests")
SUFFIXES = {".cpp", ".hpp", ".c", ".h"}
# Headers that only the assembler reads.
ASSEMBLY = {"disco/mips/marks.h"}
# What becomes a part of Linux is in the kernel's own style.
ELSEWHERE = "guest-kernels/linux/overlay/"
WIDTH = 100
RAW = re.compile(r'R"([^()\s]*)\(.*?\)\1"', re.S)
OFF = re.compile(r"// clang-format off.*?// clang-format on", re.S)


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = str(path.relative_to(root))
            ours = name not in ASSEMBLY and not name.startswith(ELSEWHERE) and "node_modules" not in path.parts
            if ours and path.suffix in SUFFIXES and path.is_file():
                yield path


def long_lines(path, root):
    text = path.read_text(errors="replace")
    free = set()
    for pattern in (RAW, OFF):
        for match in pattern.finditer(text):
            first = text.count("\n", 0, match.start())
            free.update(range(first, first + match.group().count("\n") + 1))
    for number, line in enumerate(text.split("\n")):
        if len(line) > WIDTH and number not in free:
            yield f"{path.relative_to(root)}:{number + 1}: {len(line)} characters; a line has at most {WIDTH}"


def misformatted(paths, root):
    """Names of files that clang-format would change; many files a call, for starting it takes time."""
    found = set()
    for at in range(0, len(paths), 50):
        result = subprocess.run(["clang-format", "--dry-run", "--ferror-limit=1", *paths[at:at + 50]],
                                cwd=root, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"check_style: clang-format failed:\n{result.stderr[-2000:]}")
        found.update(re.findall(r"^(.*?):\d+:\d+: \w+: code should be clang-formatted", result.stderr, re.M))
    for name in sorted(found):
        path = Path(name) if Path(name).is_absolute() else root / name
        yield f"{path.relative_to(root)}: is not formatted; run clang-format -i on it"


def main():
    root = Path(sys.argv[1]).resolve()
    paths = list(sources(root))
    if "--fix" in sys.argv[2:]:
        subprocess.run(["clang-format", "-i", *paths], check=True)
    found = [offence for path in paths for offence in long_lines(path, root)]
    found += misformatted(paths, root)
    for offence in found:
        print(offence)
    print(f"{len(found)} offences in {len(paths)} files")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
