#!/usr/bin/env python3
"""Walks the #includes of the host sources and fails on an edge that docs/architecture.md forbids.

usage: check_layers.py ROOT
Exit code 1 and one line per offence: file:line: folder A may not include folder B.
"""
import re
import sys
from pathlib import Path

EVERYTHING = {"common", "mmu", "numa", "cpu", "traces", "disco", "machine", "config", "measure", "lab", "cli", "tests"}
ALLOWED = {
    "common": {"common"},
    "mmu": {"common", "mmu"},
    "numa": {"common", "numa"},
    "cpu": {"common", "mmu", "cpu"},
    "traces": {"common", "traces"},
    "disco": {"common", "disco"},
    "machine": {"common", "mmu", "numa", "cpu", "traces", "disco", "machine"},
    "config": EVERYTHING - {"measure", "lab", "cli", "tests"},
    "measure": EVERYTHING - {"lab", "cli", "tests"},
    "lab": EVERYTHING - {"cli", "tests"},
    "cli": EVERYTHING - {"tests"},
    "guest-kernels": {"guest-kernels"},
    "tests": EVERYTHING | {"guest-kernels"},
}
# Libraries that only one folder may see, and headers that the layers below config/ may not.
RESERVED = {"lua.h": {"config"}, "lua.hpp": {"config"}, "lauxlib.h": {"config"}, "lualib.h": {"config"}}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def offences(root):
    for folder, allowed in ALLOWED.items():
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".hpp", ".cpp", ".h", ".c", ".def", ".S", ".inc"}:
                continue
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                style, target = match.groups()
                where = f"{path.relative_to(root)}:{number}"
                reserved = RESERVED.get(target)
                if reserved and folder not in reserved:
                    yield f"{where}: {folder}/ may not include <{target}>: only {', '.join(reserved)}/ may"
                top = target.split("/")[0]
                if style == '"' and "/" in target and top in ALLOWED and top not in allowed:
                    yield f"{where}: {folder}/ may not include {top}/ (\"{target}\")"
                if folder == "common" and style == "<" and "/" in target and \
                        not target.startswith("nlohmann/json"):
                    yield f"{where}: common/ may only include the standard library, not <{target}>"


def main():
    root = Path(sys.argv[1]).resolve()
    found = list(offences(root))
    for offence in found:
        print(offence)
    files = sum(1 for f in ALLOWED for p in (root / f).rglob("*") if p.is_file())
    print(f"{len(found)} forbidden includes in {files} files")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
