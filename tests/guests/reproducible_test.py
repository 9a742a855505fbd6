#!/usr/bin/env python3
"""Are the images the same, byte for byte, from another checkout and build directory?

usage: reproducible_test.py BUILD SOURCE CMAKE
Copies guest-kernels/ elsewhere, builds it there without a compiler cache, and compares.
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build


def images(guests):
    files = [*guests.glob("*.elf"), *guests.glob("bare/*.elf"), *guests.glob("bin/*"), guests / "initrd.cpio",
             *guests.glob("sdk/lib*/*"), *guests.glob("sdk/newlib*/*.a")]
    return {str(file.relative_to(guests)): file.read_bytes() for file in files}


def main():
    build, source, cmake = Build(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    ours = images(build.guests)
    with tempfile.TemporaryDirectory() as name:
        copy, there = Path(name) / "a longer way to the checkout", Path(name) / "out"
        shutil.copytree(source / "guest-kernels", copy / "guest-kernels")
        toolchain = copy / "guest-kernels" / "toolchain.cmake"
        subprocess.run([cmake, "-S", copy / "guest-kernels" / "cross", "-B", there, "-G", "Ninja",
                        f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([cmake, "--build", there, "--parallel", "2"], check=True, stdout=subprocess.DEVNULL)
        theirs = images(there)
    different = sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))
    print(f"{len(ours)} files, {len(different)} differ: {' '.join(different)}")
    return 1 if different or len(ours) < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
