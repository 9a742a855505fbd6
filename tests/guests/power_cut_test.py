#!/usr/bin/env python3
"""Is the file system consistent after a power cut at any time, and is everything there that was synchronised?

usage: power_cut_test.py BUILD SOURCE CUTS SEED
A program of three processes on two processors writes files and says, after each fsync, which file is durable. The power is cut at seeded
cycles; the drive then has written any subset of what its cache held. The image must be consistent, and a reboot must find
every durable file with the right content, and leave the image consistent.
"""
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build

PROCESSES, FILES = 3, 6
LENGTH = 40_000_000_000  # cycles; the program alone takes about a fifth of this


def main(folder):
    build, source, cuts, seed = Build(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    sys.path.insert(0, str(source / "guest-kernels/tinyix/tools"))
    import tinyfs
    empty, image = folder / "empty.img", folder / "disk.img"
    tinyfs.main(["make", str(empty), "2M"])

    def cut(at, coin):
        image.write_bytes(empty.read_bytes())
        done = subprocess.run([build.directory / "tests/guests/power_cut", build.guests / "tinyix-native.elf",
                               build.guests / "initrd.cpio", f"init=/bin/fsload -- write {PROCESSES} {FILES}", image, str(at),
                               str(coin)], capture_output=True, text=True, timeout=600)
        if done.returncode not in (0, 3):
            sys.exit(f"power_cut: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.returncode == 3, set(re.findall(r"^durable (\d+ \d+)$", done.stdout, re.M))

    def complaints():
        return list(tinyfs.Image(image.read_bytes()).complaints())

    # How long does it take?
    low, high = 0, LENGTH
    while high - low > LENGTH // 500:
        middle = (low + high) // 2
        low, high = (low, middle) if cut(middle, 0)[0] else (middle, high)
    print(f"seed {seed}: the program takes {high / 4e8:.1f} s")
    numbers, failures, durable_total, replays = random.Random(seed), 0, 0, 0
    for number in range(cuts):
        at, coin = numbers.randrange(high // 100, high), numbers.getrandbits(60)
        _, durable = cut(at, coin)
        wrong = complaints()
        replays += image.read_bytes()[4096:4100] != bytes(4)
        reboot = build.boot("tinyix-native.elf", "--initrd", build.guests / "initrd.cpio", "--disk", f"{image},write", "--append",
                            f"init=/bin/fsload -- verify {PROCESSES} {FILES}")
        right = set(re.findall(r"^right (\d+ \d+)$", reboot.stdout, re.M))
        durable_total += len(durable)
        if wrong or complaints() or reboot.returncode not in (0, 1) or durable - right:
            failures += 1
            print(f"cut {number} at cycle {at}, coin {coin}: {wrong[:3]} {complaints()[:3]}, reboot {reboot.returncode}, "
                  f"durable but not right: {sorted(durable - right)}\n{reboot.stderr}")
    print(f"{cuts} cuts, {durable_total} durable files, {replays} times the log was put into place, {failures} failures")
    return 1 if failures or durable_total == 0 or (cuts >= 25 and replays == 0) else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tinyix-power-") as scratch:
        sys.exit(main(Path(scratch)))
