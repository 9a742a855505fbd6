#!/usr/bin/env python3
"""Fails if the monitor's text and constants are larger than a limit, and prints what takes how much.

usage: text_size.py SIZE NM IMAGE BYTES
The paper's monitor had 72 KB of code (Disco, SOSP'97, section 6).
"""
import re
import subprocess
import sys
from collections import Counter

PAPER = 72 * 1024
PLACE = re.compile(r"(?:^|/)((?:disco/core/\w+|disco/\w+|hardware|guest-kernels/runtime)(?=/))")


def subjects(nm, image):
    """Bytes of functions and tables by the folder of the source that they come from."""
    lines = subprocess.run([nm, "-S", "-l", "--defined-only", image], capture_output=True, text=True, check=True).stdout
    sizes = Counter()
    for line in lines.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[2] not in "tTrRvVwW":
            continue
        place = PLACE.search(fields[4]) if len(fields) > 4 else None
        sizes[place.group(1) if place else "assembly, shared and compiler's own"] += int(fields[1], 16)
    return sizes


def main():
    size, nm, image, limit = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    output = subprocess.run([size, image], capture_output=True, text=True, check=True).stdout
    text, data = (int(field) for field in output.splitlines()[1].split()[:2])
    for subject, taken in sorted(subjects(nm, image).items(), key=lambda item: -item[1]):
        print(f"{taken:8} {subject}")
    print(f"{text} bytes of text and constants ({100 * text / PAPER:.0f} % of the paper's 72 KB), {data} of data; at most {limit}")
    return 0 if 0 < text <= limit and data == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
