#!/usr/bin/env python3
"""Does Linux boot, do its tests pass, and does it power off with their exit code?

usage: boot_test.py DISCO TESTS [--guest32] [OPTION ...]
TESTS: one of the RAM disk's, or `all`. --guest32: the 32-bit kernel, below the monitor. Other options go to `disco boot`.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

from images import need

TESTS = Path(__file__).resolve().parents[2] / "guest-kernels/linux/initramfs/tests"


def tests_of_all():
    """Those for any machine; the others need devices."""
    return sorted(re.search(r"^for test in (.*); do$", (TESTS / "all").read_text(), re.M)[1].split())


def main():
    disco, tests, options = sys.argv[1], sys.argv[2], sys.argv[3:]
    narrow = "--guest32" in options
    options = ["--monitor" if option == "--guest32" else option for option in options]
    below = "--monitor" in options
    image, disk = need("linux32-disco.elf" if narrow else "linux-disco.elf" if below else "linux-native.elf", "linux.cpio")
    kernel = [str(image), "--initrd", str(disk), "--input", "none"] if narrow else ["linux"]
    memory = ["--memory", "256MB", "--guest-memory", "128MB"] if below else ["--memory", "128MB"]
    result = subprocess.run([disco, "boot", *kernel, *memory, "--limit", "200Ginsn", "--append",
                             f"init=/{tests}", "--json", *options],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(result.stderr)
    wrong = []
    if result.returncode != 0:
        wrong.append(f"exit code {result.returncode}")
    console = result.stderr
    if "disco-linux: shell reached" not in console:
        wrong.append("no shell")
    if tests == "all":
        passed = re.findall(r"^ok +(\w+):", console, re.M)
        if sorted(passed) != tests_of_all() or "disco-linux: 0 tests failed" not in console:
            wrong.append(f"only these passed: {' '.join(passed)}")
    run = json.loads(result.stdout)
    if run.get("guest_exit") != 0:
        wrong.append(f"the guest ended with {run.get('guest_exit')}")
    print(f"{run['instructions'] / 1e6:.0f} million instructions, {run['host_seconds']:.1f} s, {run['mips']:.1f} MIPS")
    print("\n".join(f"WRONG: {what}" for what in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
