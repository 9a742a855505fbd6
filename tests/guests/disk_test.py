#!/usr/bin/env python3
"""A disk from the guest's side: data, images, and access times against arithmetic on the drive's figures.

usage: disk_test.py BUILD
The guest measures each read with the RTC; this computes overhead + seek + rotation + transfer in exact
fractions from the drive's published figures and allows for the guest's polling loop.
"""
import math
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

MILLISECOND = 1_000_000
SECTORS_PER_TRACK, HEADS = 72, 19
REVOLUTION = Fraction(60_000_000_000, 4002)
SLOT = REVOLUTION / SECTORS_PER_TRACK
POLLING = 500  # ns: ringing the bell, and the loop that notices the end


def skew(span):
    return math.ceil(Fraction(span) / SLOT)


def seek(distance):
    if distance == 0:
        return 0
    if distance >= 383:
        return 8 * MILLISECOND + 8_000 * distance
    return 3.24 * MILLISECOND + 0.4 * MILLISECOND * math.sqrt(distance)


class Drive:
    def __init__(self):
        self.cylinder, self.head = 0, 0

    def track(self, number, at):
        """The arm goes to a track: when it is there."""
        cylinder, head = divmod(number, HEADS)
        if cylinder != self.cylinder:
            at += seek(abs(cylinder - self.cylinder))
        elif head != self.head:
            at += 1.6 * MILLISECOND
        self.cylinder, self.head = cylinder, head
        return at

    def angle(self, sector):
        track = sector // SECTORS_PER_TRACK
        cylinder = track // HEADS
        head_changes = track - cylinder
        return (sector + skew(1.6 * MILLISECOND) * head_changes + skew(3.64 * MILLISECOND) * cylinder) % SECTORS_PER_TRACK

    def read(self, sector, count, at):
        start = at
        at += 1.1 * MILLISECOND
        while count > 0:
            at = self.track(sector // SECTORS_PER_TRACK, at)
            here = min(count, SECTORS_PER_TRACK - sector % SECTORS_PER_TRACK)
            # The platter's angle is the time modulo a whole number of nanoseconds a revolution.
            wait = (float(self.angle(sector) * SLOT) - at) % int(REVOLUTION)
            at += wait + float(here * SLOT)
            sector, count = sector + here, count - here
        return at - start


def boot(build, image, *options, append=""):
    words = [f"{build}/disco", "boot", f"{build}/guests/bare/disk.elf", "--disk", image + "".join("," + o for o in options)]
    done = subprocess.run([*words, "--append", append], capture_output=True, text=True)
    assert done.returncode == 0 and "PASS disk" in done.stdout, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def check_times(build, image, sectors):
    drive, wrong, seen = Drive(), 0, 0
    for line in boot(build, image, append=f"times=1 sectors={sectors}").splitlines():
        if not line.startswith("read "):
            continue
        sector, count, at, took = map(int, line.split()[1:])
        expected = drive.read(sector, count, at)
        seen += 1
        print(f"{line}: expected {expected:.0f}, off {took - expected:+.0f} ns")
        wrong += not -100 <= took - expected <= POLLING
    # A head that arrives as its sector does may catch it or not by a rounding: once in ten thousand reads.
    assert seen == 20 and wrong == 0, f"{wrong} of {seen} times differ"


def main(folder):
    build, image, sectors = sys.argv[1], str(Path(folder) / "image"), 262_144
    blank = bytes(512 * sectors)
    Path(image).write_bytes(blank)
    for options in ([], ["instant"], ["cache=0B"], ["cache=4KB"]):
        boot(build, image, *options, append=f"sectors={sectors}")
        assert Path(image).read_bytes() == blank, "a snapshot of the image was written to the file"
    check_times(build, image, sectors)
    boot(build, image, "write")
    written = Path(image).read_bytes()
    for sector in (0, 1, sectors // 2, sectors - 16):
        pattern = bytes((sector * 37 + n * 11 + 5) & 0xff for n in range(512))
        assert written[512 * sector:512 * sector + 512] == pattern, f"sector {sector} did not reach the image"
    refused = subprocess.run([f"{build}/disco", "boot", f"{build}/guests/bare/disk.elf", "--disk", image + ",read-only"],
                             capture_output=True, text=True)
    assert refused.returncode == 1 and "a write succeeds" in refused.stdout, refused
    print("PASS")


with tempfile.TemporaryDirectory(prefix="disco-disk-") as scratch:
    main(scratch)
