#!/usr/bin/env python3
"""Does --rom put a file where NMI and soft reset lead, and is one that does not fit refused?

usage: rom_test.py BUILD
"""
import struct
import sys
import tempfile
from pathlib import Path

from boot import Build, fail_with


def words(*values):
    return struct.pack(f">{len(values)}I", *values)


# lui t0, 0xbc00; ori t0, t0, 0x1000; addiu t1, zero, (7 << 1) | 1; sw t1, 0(t0); b .; nop
POWER_OFF_7 = words(0x3C08BC00, 0x35081000, 0x2409000F, 0xAD090000, 0x1000FFFF, 0)


def press(register):
    """lui t0, 0xbc3f; ori t0, t0, 0xf000 + register; addiu t1, zero, 1; sd t1, 0(t0); b .; nop"""
    return words(0x3C08BC3F, 0x3508F000 | register, 0x24090001, 0xFD090000, 0x1000FFFF, 0)


def main():
    build = Build(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        kernel, rom = Path(directory) / "kernel", Path(directory) / "rom"
        expected = [(POWER_OFF_7, 0x48, 7), (POWER_OFF_7, 0x50, 7), (bytes(0x10001), 0x48, 104)]
        for contents, register, code in expected:
            kernel.write_bytes(press(register))
            rom.write_bytes(contents)
            result = build.boot(kernel, "--rom", rom)
            if result.returncode != code:
                fail_with(f"register {register:#x}, a ROM of {len(contents)} bytes, {code} expected", result)
                return 1
        kernel.write_bytes(press(0x48))
        result = build.boot(kernel)  # the default ROM: an unexpected entry
        if result.returncode != 98:
            fail_with("the default ROM", result)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
