#!/usr/bin/env python3
"""Fails if an image's text and constants are larger than a limit.   usage: text_size.py SIZE IMAGE BYTES"""
import subprocess
import sys


def main():
    size, image, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
    output = subprocess.run([size, image], capture_output=True, text=True, check=True).stdout
    text, data = (int(field) for field in output.splitlines()[1].split()[:2])
    print(f"{text} bytes of text and constants, {data} of data; at most {limit}")
    return 0 if 0 < text <= limit and data == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
