#!/usr/bin/env python3
"""Do bare programs get the same answers from QEMU's malta board and from the machine?

usage: qemu_test.py BUILD QEMU PROGRAM [name=value ...]
Tests that pass on both are right about what both agree on; benchmarks compare their checksums.
"""
import re
import subprocess
import sys

from boot import Build, fail_with


def on_qemu(qemu, image, arguments):
    command = [qemu, "-M", "malta", "-m", "256", "-nographic", "-no-reboot", "-monitor", "none", "-serial", "stdio",
               "-net", "none", "-vga", "none", "-cpu", "MIPS64R2-generic", "-kernel", image, "-append", arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


def comparable(console):
    """The number of checks differs: some are about things that malta does not have."""
    return re.sub(r"\(\d+ of \d+ checks\)", "(all checks)", console.replace("\r", ""))


def main():
    build, qemu, program = Build(sys.argv[1]), sys.argv[2], sys.argv[3]
    arguments = " ".join(sys.argv[4:])
    image = f"bare/{program}.elf"
    ours = build.boot(image, "--append", arguments)
    theirs = on_qemu(qemu, build.guests / image, arguments)
    ok = ours.returncode == 0 and "FAIL" not in theirs.stdout and ours.stdout
    if not ok or comparable(ours.stdout) != comparable(theirs.stdout):
        fail_with("the machine", ours)
        fail_with("QEMU", theirs)
        return 1
    print(ours.stdout, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
