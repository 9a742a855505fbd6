#!/usr/bin/env python3
"""Judge: random privileged steps on the machine and on qemu-system-mips64's R4000, the state summed up every
1000 steps. What is kept out because the two processors differ by their manuals is listed in
guest-kernels/bare/privileged.c.

usage: privileged_test.py BUILD QEMU STEPS SEED ...
A difference prints the first step that differs, as both saw it.
"""
import subprocess
import sys

from boot import Build, fail_with

IMAGE, ENTRIES = "bare/privileged.elf", 48


def on_qemu(qemu, image, arguments):
    command = [qemu, "-M", "malta", "-m", "256", "-nographic", "-no-reboot", "-monitor", "none", "-serial", "stdio",
               "-net", "none", "-vga", "none", "-cpu", "R4000", "-kernel", image, "-append", arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=3600, stdin=subprocess.DEVNULL)
    return result.stdout.replace("\r", "")


def both(build, qemu, arguments):
    ours = build.boot(IMAGE, "--tlb", ENTRIES, "--append", arguments, timeout=3600)
    return ours, on_qemu(qemu, build.guests / IMAGE, f"tlb={ENTRIES} {arguments}")


def first_difference(build, qemu, steps, seed, agreed):
    """Both accounts of the first step that differs, after the sums that agreed."""
    ours, theirs = both(build, qemu, f"steps={min(steps, (agreed + 1) * 1000)} seed={seed} trace=1 from={agreed * 1000}")
    for mine, other in zip(ours.stdout.splitlines(), theirs.splitlines()):
        if mine != other:
            return f"the machine: {mine}\nQEMU:        {other}"
    return "one of them ended early"


def main():
    build, qemu, steps = Build(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    for seed in sys.argv[4:]:
        ours, theirs = both(build, qemu, f"steps={steps} seed={seed}")
        if ours.returncode != 0 or "PASS" not in ours.stdout:
            fail_with("the machine", ours)
            return 1
        if ours.stdout != theirs:
            sums = zip(ours.stdout.splitlines(), theirs.splitlines())
            agreed = next((n for n, (mine, other) in enumerate(sums) if mine != other), 0)
            print(f"seed {seed}:", first_difference(build, qemu, steps, seed, agreed), sep="\n")
            return 1
        print(f"seed {seed}: {steps} steps, 0 differences, {ours.stdout.split()[-2]} exceptions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
