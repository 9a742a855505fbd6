#!/usr/bin/env python3
"""Is an instruction outside MIPS IV found?   usage: check_isa_test.py CHECK OBJDUMP GCC"""
import subprocess
import sys
import tempfile
from pathlib import Path

CHECK, OBJDUMP, GCC = sys.argv[1:4]
# What Debian's libgcc for MIPS is full of, what a newer -march would emit, and what an FPU would need.
WRONG = {
    "ext $2, $3, 4, 5": ".set mips64r2",
    "seb $2, $3": ".set mips64r2",
    "dsbh $2, $3": ".set mips64r2",
    "rotr $2, $3, 4": ".set mips64r2",
    "clz $2, $3": ".set mips64",
    "mul $2, $3, $4": ".set mips64",
    "rdhwr $3, $29": ".set mips64r2",
    "wait": ".set mips64",
    "madd.d $f0, $f2, $f4, $f6": ".set mips4\n.set hardfloat",
}


def check(directory, source):
    """check_isa's verdict on this assembly, between two harmless instructions."""
    text = f".text\n.set noreorder\nf:\ndaddiu $2, $3, 1\n{source}\nmovn $2, $3, $4\n"
    (directory / "x.s").write_text(text)
    flags = ["-EB", "-march=mips4", "-mabi=64", "-mno-abicalls"]
    subprocess.run([GCC, *flags, "-c", directory / "x.s", "-o", directory / "x.o"], check=True)
    return subprocess.run([sys.executable, CHECK, OBJDUMP, directory / "x.o"], capture_output=True, text=True)


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        clean = check(directory, "nop")
        if clean.returncode != 0:
            print("clean code is rejected:\n" + clean.stdout)
            failures += 1
        for instruction, needs in WRONG.items():
            verdict = check(directory, f".set push\n{needs}\n{instruction}\n.set pop")
            if verdict.returncode != 1 or "x.o: f: 4: " not in verdict.stdout:
                print(f"not found: {instruction}\n{verdict.stdout}")
                failures += 1
    print(f"{len(WRONG)} wrong instructions, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
