#!/usr/bin/env python3
"""Is everything that was compiled for the machine MIPS IV: kernels, programs, libraries and the
monitor?   usage: images_test.py BUILD OBJDUMP"""
import sys

from boot import Build
from check_isa import offences


def main():
    build, objdump = Build(sys.argv[1]), sys.argv[2]
    guests = build.guests
    files = [build.directory / "disco.elf", *guests.glob("*.elf"), *guests.glob("bare/*.elf"), *guests.glob("bin/*"),
             *guests.glob("sdk/lib*/*"), *guests.glob("sdk/newlib*/*.a")]
    found, total = [], 0
    for file in sorted(files):
        wrong, count = offences(objdump, file)
        found += wrong if count else [f"{file}: no instructions"]
        total += count
    print("\n".join(found + [f"{len(found)} offences in {total} instructions of {len(files)} files"]))
    return 1 if found or len(files) < 35 else 0


if __name__ == "__main__":
    sys.exit(main())
