#!/usr/bin/env python3
"""Packs files into a cpio archive ("newc"), the same bytes for the same files whoever runs it.

usage: pack_initrd.py STRIP OUT NAME=FILE [NAME=FILE ...]

STRIP is the program that takes symbols and debugging information from the copies: they are for tools outside.
"""
import subprocess
import sys
import tempfile
from pathlib import Path


def member(number, name, mode, data):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08x" % f for f in fields)
    return padded(header + name.encode() + b"\0") + padded(data)


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def archive(files):
    """files: (name, bytes) pairs, in the order in which they are packed."""
    parts = [member(i + 1, name, 0o100755, data) for i, (name, data) in enumerate(files)]
    return b"".join(parts) + member(0, "TRAILER!!!", 0, b"")


def stripped(strip, file):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run([strip, "--strip-all", "-o", copy.name, file], check=True)
        return Path(copy.name).read_bytes()


def main():
    strip, out, *words = sys.argv[1:]
    pairs = [word.split("=", 1) for word in words]
    Path(out).write_bytes(archive([(name, stripped(strip, file)) for name, file in pairs]))


if __name__ == "__main__":
    main()
