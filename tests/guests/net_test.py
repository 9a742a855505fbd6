#!/usr/bin/env python3
"""Two machines exchange Ethernet frames: what arrives, and when, against arithmetic on the link's figures.

usage: net_test.py BUILD
The receiver prints when each frame was sent (the bell's time) and seen. This computes from bandwidth and latency when the
last bit of each arrived and allows for the two polling loops.
"""
import json
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

PREAMBLE, SHORTEST, CHECK, GAP = 8, 60, 4, 12  # bytes, IEEE 802.3
POLLING = 200  # ns: from the clock's reading to the bell, and the loop that sees the arrival
BUILD = sys.argv[1]


def boot(*options, append="machine={machine}", code=0):
    words = [f"{BUILD}/disco", "boot", f"{BUILD}/guests/bare/net.elf", "--json", "--machines", "2",
             "--append", append, "--limit", "1Ginsn", *options]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout), done.stderr


class Line:
    def __init__(self, bandwidth, latency):
        self.bit, self.latency = Fraction(1_000_000_000, bandwidth), latency
        self.free = Fraction(0)

    def arrival(self, size, sent):
        begin = max(self.free, sent)
        end = begin + (PREAMBLE + max(size, SHORTEST) + CHECK) * 8 * self.bit
        self.free = end + GAP * 8 * self.bit
        return end + self.latency


def check_times(bandwidth, latency, *options):
    report, console = boot("--bandwidth", f"{bandwidth}bit/s", "--latency", f"{latency}ns", *options)
    line, seen, wrong = Line(bandwidth, latency), 0, 0
    for text in console.splitlines():
        if not text.startswith("1| frame "):
            continue
        size, sent, at = map(int, text.split()[3:])
        late = at - line.arrival(size, sent)
        seen += 1
        # Each span on the line is rounded up to a nanosecond.
        wrong += not 0 <= late <= POLLING + 2 * seen
        print(f"{bandwidth} bit/s {latency} ns {text}: {float(late):+.1f} ns")
    assert (seen, wrong) == (18, 0), f"{wrong} of {seen} times differ"
    assert [m["guest_exit"] for m in report["machines"]] == [0, 0], report
    return report["digest"]


def check_logs():
    with tempfile.TemporaryDirectory(prefix="disco-net-") as folder:
        boot("--logs", folder)
        logs = [Path(folder, f"console-{n}.log").read_text() for n in range(2)]
        assert logs[0].startswith("PASS net") and logs[1].startswith("frame 0 60 "), logs
        image = Path(folder, "image")
        image.write_bytes(bytes(512))
        refused = boot("--disk", f"{image},write", code=102)[1]
        assert "cannot write to one image" in refused, refused


first = check_times(100_000_000, 10_000)
assert first == check_times(100_000_000, 10_000), "a second run ends in another state"
check_times(10_000_000, 1_000)
check_times(1_000_000_000, 50_000)
check_times(999_999_937, 1_234_567)
# A second processor, which stays parked: windows end in the middle of its quanta.
check_times(100_000_000, 10_000, "--cpus", "2", "--nodes", "2")
# Both believe to be the first: one waits for ever, the other one fails, and that ends the run.
report, console = boot(append="machine=0", code=1)
assert "1| FAIL net: the address is that of the machine" in console, console
assert [m["end"] for m in report["machines"]] == ["running", "power-off"], report
check_logs()
print("PASS")
