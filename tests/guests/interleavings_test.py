#!/usr/bin/env python3
"""Does tinyix answer the same whatever the order in which processors take their turns?

usage: interleavings_test.py BUILD SOURCE COMBINATIONS SEED|random [JOBS]
usertests, threadtests, fstests, fsload and parallel, on machines of 2 to 16 processors with a disk, each at so many combinations of
quantum, seed of turns, time slice and shape of the machine. No run may panic or lose a page, the disk must be consistent behind
it, and what it says must be what one processor says. Every run prints what repeats it.
"""
import concurrent.futures
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build

SHAPES = [(1, 2), (1, 3), (1, 4), (2, 2), (1, 6), (1, 8), (4, 2), (2, 5), (1, 12), (16, 1), (2, 8), (1, 16)]  # nodes, processors each
PROGRAMS = {"usertests": [], "threadtests": [], "fstests": [], "fsload": ["write", "4", "3"], "parallel": ["16", "32K", "2", "400"]}

# What follows from the interleaving or from the machine, and not from what was asked.
FACTS = re.compile(r"^(tinyix: (processor \d+ on node|\d+ processes in all|\d+ KB of memory)|figures: ).*\n", re.M)
NUMBERS = [(re.compile(r"^tinyix: process \d+ ", re.M), "tinyix: process N "),  # pids are given in the order of forks
           (re.compile(r"(out of memory, pc 0x[0-9a-f]+), address 0x[0-9a-f]+"), r"\1, address A")]
FRAMES = re.compile(r"(\d+) still alive; (\d+) frames free, (\d+) at boot")


class Combination:
    def __init__(self, chance):
        self.nodes, self.cpus = chance.choice(SHAPES)
        self.quantum = round(50 * 400 ** chance.random())  # 50 to 20000, each magnitude as likely
        self.turns = chance.randrange(1, 10**6)
        self.slice = chance.choice([100, 300, 1000, 3000, 10000])
        self.disk = chance.choice(["write", "write,instant", "write,cache=0B"])

    def options(self):
        return ["--nodes", self.nodes, "--cpus", self.cpus, "--memory", "64MB" if self.nodes == 1 else "16MB",
                "--set", f"machine.quantum={self.quantum}cycles", "--set", f"machine.turns={self.turns}"]


def answer(console):
    console = FACTS.sub("", console)
    for pattern, replacement in NUMBERS:
        console = pattern.sub(replacement, console)
    return sorted(console.splitlines())


class Search:
    def __init__(self, build, source, folder):
        self.build, self.folder = build, folder
        self.tool = [sys.executable, source / "guest-kernels/tinyix/tools/tinyfs.py"]
        self.empty = folder / "empty.img"
        subprocess.run([*self.tool, "make", self.empty, "4M"], check=True, capture_output=True)
        self.right = {program: answer(self.run("one", program, ["--cpus", 1], 10000, "write")[0].stdout) for program in PROGRAMS}

    def run(self, name, program, options, slice_us, disk):
        image = self.folder / f"{name}-{program}.img"
        image.write_bytes(self.empty.read_bytes())
        append = f"init=/bin/{program} verbose slice-us={slice_us} -- {' '.join(PROGRAMS[program])}"
        result = self.build.boot("tinyix-native.elf", "--initrd", self.build.guests / "initrd.cpio", "--append", append,
                                 "--disk", f"{image},{disk}", *options, timeout=3000)
        check = subprocess.run([*self.tool, "check", image], capture_output=True, text=True)
        image.unlink()
        return result, check.stdout

    def complaints(self, number, program, combination):
        c = combination
        result, disk = self.run(number, program, c.options(), c.slice, c.disk)
        wrong = []
        if result.returncode != 0:
            wrong.append(f"exit code {result.returncode}")
        if disk != "consistent\n":
            wrong.append(f"the disk: {disk}")
        frames = FRAMES.search(result.stdout)
        if not frames or frames[2] != frames[3]:
            wrong.append("pages are missing")
        if answer(result.stdout) != self.right[program]:
            wrong.append("another answer")
        words = " ".join(map(str, c.options()))
        print(f"{program}: {words} --append slice-us={c.slice} --disk {c.disk}: {'; '.join(wrong) or 'ok'}", flush=True)
        if wrong:
            print(f"--- console\n{result.stdout}--- messages\n{result.stderr}", flush=True)
        return bool(wrong)


def main():
    build, source, combinations = Build(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    seed = random.randrange(10**9) if sys.argv[4] == "random" else int(sys.argv[4])
    jobs = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    print(f"seed {seed}")
    chance = random.Random(seed)
    drawn = [Combination(chance) for _ in range(combinations)]
    with tempfile.TemporaryDirectory(prefix="tinyix-turns-") as scratch, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        search = Search(build, source, Path(scratch))
        runs = [pool.submit(search.complaints, number, program, c) for number, c in enumerate(drawn) for program in PROGRAMS]
        failures = sum(run.result() for run in runs)
    print(f"{len(runs)} runs, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
