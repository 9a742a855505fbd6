#!/usr/bin/env python3
"""Walks the #includes and the CMake lists and fails on an edge that docs/architecture.md forbids.

usage: check_layers.py ROOT
The tables of ROOT/docs/architecture.md say which folder may include and link which, in which order the parts of
a folder stand, and which folders see which libraries. Exit code 1 and one line per offence, file:line: sentence.
"""
import re
import sys
from pathlib import Path

SOURCES = {".hpp", ".cpp", ".h", ".c", ".def", ".S", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LIBRARY = re.compile(r"\b(disco_module|add_library|add_executable|disco_test|disco_bench)\(\s*(\w+)([^)]*)\)", re.S)
LINKED = re.compile(r"\btarget_link_libraries\(\s*(\w+)([^)]*)\)", re.S)
ELSEWHERE = re.compile(r"\$\{(?:ROOT|PROJECT_SOURCE_DIR|CMAKE_SOURCE_DIR)\}/([a-z-]+)/([\w./-]*)")
# What a folder takes from another beside the table: architecture.md says why.
TAKEN = {("disco", "guest-kernels/toolchain.cmake"), ("disco", "guest-kernels/runtime"),
         ("cli", "config/experiments")}


def tables(text):
    """The Markdown tables as lists of rows, by the first cell of their header."""
    found, rows = {}, None
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            rows = None
        elif rows is None:
            rows = found.setdefault(tuple(cells), [])
        elif not set("".join(cells)) <= set("-:"):
            rows.append(cells)
    return found


class Rules:
    def __init__(self, root):
        self.root = root
        found = tables((root / "docs/architecture.md").read_text())
        layers = found[("folder", "holds", "may include and link")]
        self.allowed = {row[0].rstrip("/"): set(row[2].split()) | {row[0].rstrip("/")} for row in layers}
        self.order = {row[0].rstrip("/"): re.findall(r"`([^`]+)`", row[1])
                      for row in found.get(("folder", "order"), [])}
        self.libraries = {name: set(row[1].split())
                          for row in found.get(("headers", "seen by"), []) for name in row[0].split()}

    def part_of(self, folder, file):
        """The index of the part of `folder` in which a path relative to the root lies; None if it has no place."""
        inner = file[len(folder) + 1:]
        names = [inner, inner.split("/")[0] if "/" in inner else "."]
        return next((self.order[folder].index(n) for n in names if n in self.order[folder]), None)

    def ordered(self, file):
        return [f for f in self.order if file.startswith(f + "/")]


def include_offences(rules, folder, path):
    file = str(path.relative_to(rules.root))
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        style, target = match.groups()
        where = f"{file}:{number}"
        names = [n for n in rules.libraries if target == n or n.endswith("/") and target.startswith(n)]
        if names:
            seen_by = rules.libraries[max(names, key=len)]
            if folder not in seen_by | {"tests", "guest-kernels"}:
                yield f"{where}: {folder}/ may not include <{target}>: only {', '.join(sorted(seen_by))} may"
        if style == "<":
            if folder == "common" and "/" in target and not target.startswith("nlohmann/"):
                yield f"{where}: common/ may only include the standard library, not <{target}>"
            continue
        top = target.split("/")[0]
        beside = (path.parent / target).is_file()  # a bare name, or one relative to the file
        if not beside and top in rules.allowed and top not in rules.allowed[folder]:
            yield f"{where}: {folder}/ may not include {top}/ (\"{target}\")"
        to = str((path.parent / target).resolve().relative_to(rules.root)) if beside else target
        if beside and to.split("/")[0] != folder and to.split("/")[0] not in rules.allowed[folder]:
            yield f"{where}: {folder}/ may not include {to.split('/')[0]}/ (\"{target}\")"
        for ordered in rules.ordered(file):
            if not to.startswith(ordered + "/"):
                continue
            mine, other = rules.part_of(ordered, file), rules.part_of(ordered, to)
            if mine is None or other is None:
                yield f"{where}: {ordered}/ has a part that docs/architecture.md gives no place (\"{to}\")"
            elif other > mine:
                parts = rules.order[ordered]
                yield f"{where}: in {ordered}/ {parts[mine]} may not include {parts[other]} (\"{target}\")"


def cmake_lists(rules):
    for folder in rules.allowed:
        for path in sorted((rules.root / folder).rglob("CMakeLists.txt")):
            if "build" not in path.relative_to(rules.root).parts and "node_modules" not in path.parts:
                text = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), path.read_text())
                yield folder, path, text


def link_offences(rules):
    lists = list(cmake_lists(rules))
    owner = {}
    for _, path, text in lists:
        for match in LIBRARY.finditer(text):
            if match.group(1) in ("disco_module", "add_library"):
                owner[match.group(2)] = path.parent.relative_to(rules.root).as_posix()
    for folder, path, text in lists:
        def line_of(match):
            return f"{path.relative_to(rules.root)}:{text.count(chr(10), 0, match.start()) + 1}"

        for pattern, body in ((LIBRARY, 3), (LINKED, 2)):
            for match in pattern.finditer(text):
                for word in match.group(body).split():
                    other = owner.get(word)
                    if other and other.split("/")[0] not in rules.allowed[folder] and (folder, other) not in TAKEN:
                        yield f"{line_of(match)}: {folder}/ may not link {word} of {other}/"
        for match in ELSEWHERE.finditer(text):
            top, rest = match.groups()
            taken = any(folder == f and f"{top}/{rest}".startswith(t) for f, t in TAKEN)
            if top in rules.allowed and top not in rules.allowed[folder] | {"tests"} and not taken:
                yield f"{line_of(match)}: {folder}/ may not be built with {top}/{rest}"


def offences(rules):
    for folder in rules.allowed:
        for path in sorted((rules.root / folder).rglob("*")):
            if path.suffix in SOURCES and "node_modules" not in path.parts:
                yield from include_offences(rules, folder, path)
    yield from link_offences(rules)


def main():
    rules = Rules(Path(sys.argv[1]).resolve())
    found = list(offences(rules))
    for offence in found:
        print(offence)
    files = sum(1 for f in rules.allowed for p in (rules.root / f).rglob("*") if p.suffix in SOURCES)
    print(f"{len(found)} forbidden edges in {files} files of {len(rules.allowed)} folders")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
