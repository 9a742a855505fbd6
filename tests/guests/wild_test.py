#!/usr/bin/env python3
"""Do programs of random instructions end the same natively and below the monitor, and is it only they that end?

usage: wild_test.py BUILD [FIRST_SEED [SEEDS]]
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build

LIMITS = {"tinyix-native.elf": "4Minsn", "tinyix-disco.elf": "16Minsn"}
LIMIT_REACHED = 107


def main():
    build = Build(Path(sys.argv[1]).resolve())
    first, seeds = (int(word) for word in (sys.argv[2:] + ["1", "20"][len(sys.argv) - 2:])[:2])
    failures = compared = 0
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "wild"
        source = Path(__file__).with_name("wild_program.c")
        subprocess.run([build.disco, "cc", source, "-o", program], check=True, timeout=120)
        for seed in range(first, first + seeds):
            ends = []
            for image, limit in LIMITS.items():
                extra = ["--monitor"] if image == "tinyix-disco.elf" else []
                done = subprocess.run([build.disco, "boot", build.guests / image, *extra, "--program", program,
                                       "--args", str(seed), "--limit", limit],
                                      capture_output=True, timeout=300, stdin=subprocess.DEVNULL)
                ends.append((done.returncode, done.stdout))
                # Whoever waits for ever all alone ends the run; no other panic is the program's doing.
                panic = b"panic" in done.stdout and b"nothing can wake" not in done.stdout
                if panic or b"stopped" in done.stdout or b"internal error" in done.stdout + done.stderr:
                    print(f"seed {seed}, {image}:\n{done.stdout.decode('latin1')}{done.stderr.decode('latin1')}")
                    failures += 1
            if LIMIT_REACHED in (ends[0][0], ends[1][0]):
                continue
            compared += 1
            if ends[0] != ends[1]:
                print(f"seed {seed}: natively {ends[0]}\n  below the monitor {ends[1]}")
                failures += 1
    print(f"seeds {first} to {first + seeds - 1}: {compared} programs that ended compared, {failures} failures")
    return 1 if failures or compared < seeds // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
