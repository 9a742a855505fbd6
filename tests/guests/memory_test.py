#!/usr/bin/env python3
"""Does tinyix boot in little memory, in more than it can use, and with other sizes of the TLB?

usage: memory_test.py BUILD
"""
import sys

from boot import Build, fail_with

NATIVE = [("--memory", "8MB"), ("--memory", "256MB"), ("--memory", "448MB"), ("--memory", "1GB"), ("--tlb", "16"),
          ("--tlb", "128")]
GUEST = [("--guest-memory", "8MB"), ("--guest-memory", "256MB", "--memory", "512MB"), ("--tlb", "48")]


def main():
    build = Build(sys.argv[1])
    failures = 0
    for image, cases in (("tinyix-native.elf", NATIVE), ("tinyix-disco.elf", GUEST)):
        for options in cases:
            extra = ["--monitor"] if cases is GUEST else []
            result = build.boot(image, "--initrd", build.guests / "initrd.cpio", "--append",
                                "init=/bin/forkstorm -- 3 64K", *extra, *options)
            if result.returncode != 0 or not result.stdout.startswith("forkstorm: 3 forks, 8192 words"):
                fail_with(f"{image} {' '.join(options)}", result)
                failures += 1
    print(f"{len(NATIVE) + len(GUEST)} machines, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
