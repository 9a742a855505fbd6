#!/usr/bin/env python3
"""Does any test notice if one point of the source is wrong?

    mutants.py --source TREE --work FOLDER [--count N] [--seed S] [--folder F ...] [--retry]

Copies the tree into FOLDER, builds it there, and then makes one mutant after another (sites.py): changes one
point, builds what the tests of that folder need, and runs those tests, the quickest first, until one fails.
plan.json says what is built and run for which folder. Results are appended to FOLDER/results.jsonl, so a run
that was interrupted goes on where it was when it is started again with the same seed; --retry runs again what
survived before, after tests were added. Exit code 0 if at least --least percent of the real mutants were
killed, 1 if fewer, 2 if the unchanged tree does not build or pass.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import sites

HERE = Path(__file__).resolve().parent
OUTCOMES = ("killed", "survived", "equivalent", "not built")


def run(command, cwd, seconds, of_processor=None):
    """(exit code or None after `seconds`, or after that many `of_processor`; output). Ends everything that the
    command has started."""
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until and (of_processor is None or processor_time(process.pid) < of_processor):
            try:
                output, _ = process.communicate(timeout=1)
                return process.returncode, output.decode(errors="replace")
            except subprocess.TimeoutExpired:
                continue
        return None, ""
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def processor_time(session):
    """Seconds that the processes of a session and what they have waited for have taken."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Plan:
    """plan.json, with the places of this run filled in."""

    def __init__(self, path, tree, build, jobs):
        text = json.loads(Path(path).read_text())
        self.tree, self.build_at = tree, build
        self.prepare = [self.filled(c, jobs) for c in text["prepare"]]
        self.build = self.filled(text["build"], jobs)
        self.tests = {name: {"targets": test["targets"], "command": self.filled(test["command"], jobs),
                             "artifacts": test["artifacts"]}
                      for name, test in text["tests"].items()}
        self.folders = text["folders"]
        self.suffixes = tuple(text["suffixes"])

    def filled(self, command, jobs):
        places = {"{tree}": str(self.tree), "{build}": str(self.build_at), "{jobs}": str(jobs)}
        return [word if word not in places else places[word] for word in
                (self.embedded(word, places) for word in command)]

    @staticmethod
    def embedded(word, places):
        for name, value in places.items():
            word = word.replace(name, value)
        return word

    def folder_of(self, file):
        fitting = [f for f in self.folders if file.startswith(f + "/") or file == f]
        return max(fitting, key=len, default=None)

    def tests_of(self, file):
        return self.folders[self.folder_of(file)]


class Workshop:
    """The copy of the tree, its build, and what its tests are like while nothing is changed."""

    def __init__(self, source, work, plan):
        self.source, self.work, self.plan = source, work, plan
        self.tree, self.build = plan.tree, plan.build_at
        self.original = {}  # artifact -> digest
        self.seconds = {}   # test -> seconds of the processor

    def copy(self):
        """Brings the copy up to date; files that are the same keep their times, and so their objects."""
        known = subprocess.run(["git", "-C", self.source, "ls-files", "-co", "--exclude-standard", "-z"],
                               capture_output=True)
        if known.returncode == 0 and known.stdout:
            files = [f for f in known.stdout.decode().split("\0") if f]
        else:
            files = [str(p.relative_to(self.source)) for p in self.source.rglob("*") if p.is_file()]
        wanted = {f for f in files if (self.source / f).is_file()}
        for file in wanted:
            to = self.tree / file
            text = (self.source / file).read_bytes()
            if to.is_file() and to.read_bytes() == text:
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(text)
            shutil.copymode(self.source / file, to)
        for path in list(self.tree.rglob("*")):
            file = str(path.relative_to(self.tree))
            if path.is_file() and file not in wanted and self.build not in path.parents:
                path.unlink()

    def build_targets(self, targets, seconds=3600):
        if not self.plan.build:
            return True, ""
        code, output = run([*self.plan.build, *targets], self.tree, seconds)
        return code == 0, output

    def digests(self, test):
        return {a: hashlib.sha256((self.build / a).read_bytes()).hexdigest()
                for a in self.plan.tests[test]["artifacts"] if (self.build / a).is_file()}

    def prepare(self, tests):
        """The unchanged tree must build and pass, or every mutant would seem killed. What passed is not asked
        again while its programs are the same."""
        self.build.mkdir(parents=True, exist_ok=True)
        for command in self.plan.prepare:
            code, output = run(command, self.tree, 3600)
            if code != 0:
                give_up(f"{' '.join(command)} failed:\n{output[-4000:]}")
        ready, output = self.build_targets(sorted({t for n in tests for t in self.plan.tests[n]["targets"]}))
        if not ready:
            give_up(f"the unchanged tree does not build:\n{output[-4000:]}")
        known_at = self.work / "unchanged.json"
        known = json.loads(known_at.read_text()) if known_at.is_file() else {}
        for name in tests:
            self.original[name] = self.digests(name)
            if known.get(name, {}).get("digests") == self.original[name]:
                self.seconds[name] = known[name]["seconds"]
                continue
            before = os.times()
            code, output = run(self.plan.tests[name]["command"], self.build, 3600)
            if code != 0:
                give_up(f"{name} fails while nothing is changed:\n{output[-4000:]}")
            after = os.times()
            self.seconds[name] = sum(after[2:4]) - sum(before[2:4])
            known[name] = {"digests": self.original[name], "seconds": self.seconds[name]}
            known_at.write_text(json.dumps(known))
            say(f"{name}: passes unchanged in {self.seconds[name]:.1f} s")

    def judge(self, mutant):
        """(outcome, by what) of one mutant; the tree is as it was afterwards."""
        path = self.tree / mutant.file
        before = path.read_bytes()
        lines = before.decode().split("\n")
        assert lines[mutant.line] == mutant.before
        lines[mutant.line] = mutant.after
        path.write_bytes("\n".join(lines).encode())
        try:
            return self.judged(mutant)
        finally:
            path.write_bytes(before)

    def judged(self, mutant):
        changes_code = False
        for name in self.plan.tests_of(mutant.file):
            test = self.plan.tests[name]
            built, output = self.build_targets(test["targets"])
            if not built:
                return "not built", first_error(output)
            if self.digests(name) == self.original[name]:
                continue  # the compiler made the same program of it
            changes_code = True
            # What is counted is the processor's time: how busy the machine is does not matter.
            code, output = run(test["command"], self.build, 1200, 30 + 4 * self.seconds[name])
            if code is None:
                return "killed", f"{name}: takes too long"
            if code != 0:
                return "killed", name
        return ("survived", "") if changes_code else ("equivalent", "the same program")


def first_error(output):
    found = [line for line in output.split("\n") if "error" in line.lower()]
    return found[0][:200] if found else ""


def give_up(why):
    print(f"mutants: {why}", file=sys.stderr)
    sys.exit(2)


def say(text):
    print(text, flush=True)


def read_explained(path):
    """The mutants that no test can see, by id: lines "id reason"."""
    explained = {}
    for line in path.read_text().split("\n") if path.is_file() else []:
        if line and not line.startswith(("#", " ")):
            name, _, reason = line.partition(" ")
            explained[name] = reason.strip()
    return explained


def candidates(source, plan, folders):
    """Every mutant of the folders asked for, by file and line."""
    found = []
    for top in sorted(plan.folders):
        for path in sorted((source / top).rglob("*")):
            file = str(path.relative_to(source))
            wanted = not folders or any(file.startswith(f.rstrip("/") + "/") for f in folders)
            if wanted and path.suffix in plan.suffixes and plan.folder_of(file) == top:
                found += sites.mutants_of(file, path.read_text())
    return found


def drawn(found, seed):
    """In the order in which they are tried: every line is as likely as every other, whatever it has."""
    lines = {}
    for mutant in found:
        lines.setdefault((mutant.file, mutant.line), []).append(mutant)
    chance = random.Random(seed)
    order = sorted(lines)
    chance.shuffle(order)
    return [chance.choice(lines[place]) for place in order]


class Results:
    """What became of which mutant: a line of JSON each, kept over interruptions."""

    def __init__(self, path):
        self.path, self.by_id = path, {}
        for line in path.read_text().split("\n") if path.is_file() else []:
            if line:
                one = json.loads(line)
                self.by_id[one["id"]] = one

    def add(self, mutant, outcome, by, seconds):
        one = {"id": mutant.id, "file": mutant.file, "line": mutant.line + 1, "kind": mutant.kind,
               "before": mutant.before.strip(), "after": mutant.after.strip(), "outcome": outcome, "by": by,
               "seconds": round(seconds, 1)}
        self.by_id[mutant.id] = one
        with self.path.open("a") as out:
            out.write(json.dumps(one) + "\n")
        return one


def percent(counts):
    real = counts["killed"] + counts["survived"]
    return 100 * counts["killed"] / real if real else 100.0


def report(plan, results, seed):
    """By folder, then what survived."""
    rows, total = {}, dict.fromkeys(OUTCOMES, 0)
    for one in results:
        counts = rows.setdefault(plan.folder_of(one["file"]), dict.fromkeys(OUTCOMES, 0))
        counts[one["outcome"]] += 1
        total[one["outcome"]] += 1
    say(f"\nseed {seed}")
    say(f"{'folder':<20}" + "".join(f"{name:>12}" for name in OUTCOMES) + "   killed of real")
    for name, counts in [*sorted(rows.items()), ("all", total)]:
        say(f"{name:<20}" + "".join(f"{counts[o]:>12}" for o in OUTCOMES) + f"{percent(counts):>14.1f} %")
    for one in results:
        if one["outcome"] == "survived":
            say(f"\nsurvived: {one['id']} {one['file']}:{one['line']} ({one['kind']})")
            say(f"  - {one['before']}\n  + {one['after']}")
    return total


def options():
    parser = argparse.ArgumentParser(description="mutation tests of a source tree")
    parser.add_argument("--source", type=Path, required=True, help="the tree")
    parser.add_argument("--work", type=Path, required=True, help="a folder for the copy, its build and results")
    parser.add_argument("--plan", type=Path, default=HERE / "plan.json")
    parser.add_argument("--explained", type=Path, default=HERE / "equivalent.txt")
    parser.add_argument("--count", type=int, default=100, help="mutants that build (default 100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", action="append", default=[], help="only of this folder; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="of the build")
    parser.add_argument("--least", type=float, default=95.0, help="percent killed that is enough")
    parser.add_argument("--retry", action="store_true", help="run again what survived before")
    parser.add_argument("--list", action="store_true", help="only print the mutants, in order")
    return parser.parse_args()


def main():
    o = options()
    source, work = o.source.resolve(), o.work.resolve()
    # As deep in the tree as other builds, so that a compiler cache knows what is compiled there.
    plan = Plan(o.plan, work / "tree", work / "tree/build/mutants", o.jobs)
    order = drawn(candidates(source, plan, o.folder), o.seed)
    if o.list:
        for mutant in order[:o.count]:
            say(f"{mutant.id} {mutant.file}:{mutant.line + 1} {mutant.kind}: {mutant.after.strip()}")
        return 0
    work.mkdir(parents=True, exist_ok=True)
    explained, results = read_explained(o.explained), Results(work / "results.jsonl")
    workshop = Workshop(source, work, plan)
    workshop.copy()
    say(f"seed {o.seed}: {o.count} of {len(order)} lines with mutants")
    workshop.prepare(list(dict.fromkeys(t for f in plan.folders for t in plan.folders[f]
                                        if not o.folder or any(f.startswith(x.rstrip("/")) or
                                                               x.startswith(f) for x in o.folder))))
    chosen = []
    for mutant in order:
        if sum(one["outcome"] != "not built" for one in chosen) == o.count:
            break
        known = results.by_id.get(mutant.id)
        if mutant.id in explained:
            known = results.add(mutant, "equivalent", explained[mutant.id], 0)
        elif known is None or (o.retry and known["outcome"] == "survived"):
            began = time.monotonic()
            outcome, by = workshop.judge(mutant)
            known = results.add(mutant, outcome, by, time.monotonic() - began)
            say(f"{outcome:<10} {known['seconds']:6.0f} s  {mutant.id} {mutant.file}:{mutant.line + 1} {by}")
        chosen.append(known)
    return 0 if percent(report(plan, chosen, o.seed)) >= o.least else 1


if __name__ == "__main__":
    sys.exit(main())
