#!/usr/bin/env python3
"""A virtio console: what the guest prints is the console's, what is typed reaches the guest.

usage: console_test.py BUILD
"""
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = sys.argv[1]
TYPED = "one\na longer line than eight bytes\n" + "x" * 60 + "\n\n"
SAID = "ready\n" + TYPED[:-1].upper()


def boot(*options):
    command = [f"{BUILD}/disco", "boot", f"{BUILD}/guests/bare/virtio_console.elf", "--limit", "100Minsn", "--input", "-", *options]
    return subprocess.run(command, input=TYPED, capture_output=True, text=True)


with tempfile.TemporaryDirectory(prefix="disco-console-") as folder:
    done = boot("--console", "virtio", "--logs", folder)
    assert done.returncode == 0 and done.stdout.startswith(SAID + "PASS console"), done
    assert Path(folder, "console.log").read_text() == done.stdout
# Without the device: nothing is in the slot, and that is a bus error, for which this program has no handler.
done = boot()
assert done.returncode != 0 and "ready" not in done.stdout, done
print("PASS")
