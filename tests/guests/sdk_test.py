#!/usr/bin/env python3
"""Does the command line in docs/tinyix.md build a program of the reader's own that runs?

usage: sdk_test.py BUILD DOCUMENT HOST-CC SOURCE
The commands are taken from the document, so that they cannot go stale. For both ABIs, natively and below the monitor;
the result must be what the host's compiler makes of the program.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from boot import Build, fail_with


def documented_commands(document):
    """The shell lines that call the cross compiler, continuation lines joined."""
    text = Path(document).read_text().replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if re.match(r"\s*mips64-linux-gnuabi64-gcc @", line)]


def main():
    build, document, host_cc, source = Build(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])
    commands = documented_commands(document)
    failures = 0 if len(commands) == 2 else 1
    host_include = source.parents[2] / "guest-kernels" / "tinyix" / "host"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "prog.c").write_text(source.read_text())
        subprocess.run([host_cc, "-I", host_include, directory / "prog.c", "-o", directory / "host", "-lm"], check=True)
        expected = subprocess.run([directory / "host"], capture_output=True, text=True, check=True).stdout
        for command in commands:
            shell = f"SDK={build.guests / 'sdk'}\n{command}"
            subprocess.run(["sh", "-ec", shell], cwd=directory, check=True)
            for kernel in (["tinyix-native.elf"], ["tinyix-disco.elf", "--monitor"]):
                result = build.boot(*kernel, "--program", directory / "prog")
                if result.returncode != 0 or result.stdout != expected or not expected:
                    fail_with(f"{command}, on {kernel[0]}", result)
                    failures += 1
            (directory / "prog").unlink()
    print(f"{len(commands)} commands, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
