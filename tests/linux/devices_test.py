#!/usr/bin/env python3
"""Linux on disks, networks, many processors and TLBs of several sizes: its tests pass, and a second run ends in the same state.

usage: devices_test.py DISCO TEST...     TEST: one of the functions below whose names begin with test_, without that
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from images import need

DISCO = sys.argv[1]
MEBIBYTE = 1 << 20


def boot(test, *options, words="", code=0):
    """The machine's report and what was said."""
    command = [DISCO, "boot", "linux", "--memory", "128MB", "--json", "--limit", "100Ginsn",
               "--append", f"lpj=500000 init=/{test} {words}", *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != code:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr[-3000:]}")
    report = json.loads(done.stdout)
    print(f"{test} {' '.join(options)}: {report['instructions'] / 1e6:.0f} million instructions, "
          f"{report['simulated_seconds']:.3f} s simulated, {report['host_seconds']:.1f} s, digest {report['digest']}")
    return report, done.stderr


def twice(test, *options, words=""):
    first, console = boot(test, *options, words=words)
    second, _ = boot(test, *options, words=words)
    assert first["digest"] == second["digest"], f"{test}: two runs, two digests"
    return console


def expect(console, *texts):
    for text in texts:
        assert text in console, f"not said: {text}\n{console[-3000:]}"


def test_root(folder):
    """Linux goes on from a disk; what it writes there is there at the next boot, if the file may be written."""
    image = folder / "root.ext2"
    image.write_bytes(need("linux.ext2")[0].read_bytes())
    script = folder / "script"

    def session(text, access):
        script.write_text(text)
        command = [DISCO, "boot", "linux", "--memory", "128MB", "--limit", "100Ginsn", "--input", "-",
                   "--append", "lpj=500000 root=/dev/vda", "--disk", f"{image}{access}"]
        with open(script) as keys:
            done = subprocess.run(command, stdin=keys, capture_output=True, text=True)
        assert done.returncode == 5, f"exit code {done.returncode}\n{done.stdout[-3000:]}{done.stderr}"
        return done.stdout
    expect(session("grep ' / ' /proc/mounts\ntouch /new\nexit 5\n", ""), "/dev/vda / ext2 rw")
    expect(session("ls /new\necho kept > /word; sync\nexit 5\n", ",write"), "ls: /new: No such file")
    expect(session("echo \"[$(cat /word)]\"\nexit 5\n", ",write"), "[kept]")
    (folder / "nothing").write_bytes(bytes(MEBIBYTE))
    _, console = boot("shell", "--disk", f"{folder / 'nothing'}", words="root=/dev/vda", code=96)
    expect(console, "disco-linux: /dev/vda is no root")


def test_network(_):
    console = twice("network", "--machines", "2")
    expect(console, "0| 1 machines pinged, ", "1| ", " bytes received and sent")


def test_three_machines(_):
    """The link of the default has neither bandwidth nor latency to lose; this one is slow and far."""
    console = twice("network", "--machines", "3", "--bandwidth", "10Mbit/s", "--latency", "2ms", "--cpus", "2",
                    words="-- 3")
    expect(console, "0| 2 machines pinged, ")


def test_console(_):
    """A shell on the virtio console, through a pipe."""
    command = [DISCO, "boot", "linux", "--memory", "128MB", "--limit", "100Ginsn", "--input", "-", "--console", "virtio",
               "--append", "lpj=500000 console=hvc0"]
    done = subprocess.run(command, input="tty; echo answer=$((6*7))\nsleep 100 &\nsleep 1; jobs\nexit 5\n", capture_output=True,
                          text=True)
    assert done.returncode == 5, f"exit code {done.returncode}\n{done.stdout[-3000:]}{done.stderr}"
    expect(done.stdout.replace("\r", ""), "\n/dev/hvc0\nanswer=42", "Running")


def test_disk(folder):
    image = folder / "disk"
    image.write_bytes(bytes(16 * MEBIBYTE))
    expect(twice("disk", "--disk", str(image)), "bytes as blocks, ")
    assert image.read_bytes() == bytes(16 * MEBIBYTE), "a snapshot was written to the file"


def test_processors(_):
    for entries in (48, 64, 128):
        _, console = boot("processors", "--tlb", str(entries))
        expect(console, "1 processors on 1 nodes", f"TLBs of {entries} entries")
    console = twice("processors", "--nodes", "4", "--cpus", "2", "--tlb", "48")
    expect(console, "8 processors on 4 nodes", "TLBs of 48 entries")


def test_parallel(_):
    expect(twice("parallel", "--nodes", "4", "--cpus", "2"), "73 targets on 8 processors")


def main():
    need("linux-native.elf", "linux.cpio", "linux.ext2")
    for name in sys.argv[2:]:
        with tempfile.TemporaryDirectory(prefix="disco-linux-") as folder:
            globals()[f"test_{name}"](Path(folder))
    print("PASS")


main()
