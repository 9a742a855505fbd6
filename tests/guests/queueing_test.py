#!/usr/bin/env python3
"""What CPUs of two nodes wait for a third node's memory controller agrees with queueing theory.

usage: queueing_test.py BUILD
The CPUs load at random moments, exponentially distributed; the controller serves every message for the same time S. With the
load r = S * (messages per time), messages wait r * S / (2 * (1 - r)) in the mean (M/D/1; Pollaczek, Khinchine). M/D/1 supposes that
arrivals do not depend on the queue, but a CPU that waits asks for nothing. So where the load is high, 32 CPUs wait less, and the
judge is a simulation of just that: 32 sources and one server, below.
"""
import heapq
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SERVICE = 40  # cycles: 100 ns at 400 MHz
LATENCY = 124  # 310 ns
ENDLESS = 0.075  # 32 CPUs are not endlessly many: up to a load of 0.31 they wait 5 % to 6 % less
NODES, CPUS_PER_NODE = 2, 16
EXPERIMENT = """
experiment "queue" {{
  machine = flash {{
    nodes = 3, cpus_per_node = 16, fidelity = "memory",
    mem = {{ per_node = "4MB" }},
    latency = {{ remote = "310ns", dirty_remote = "310ns" }},
    occupancy = {{ modelled = true, controller = "100ns", network = "0ps" }},
  }},
  guest = {{ kernel = "{build}/guests/bare/hammer.elf", append = "n={loads} think={think}" }},
  phases = {{ roi = {{ from = 1, to = 2 }} }},
}}
"""


def measure(build, think, loads):
    """The controller's load, and what a message waited in the mean."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "queue.lua"
        path.write_text(EXPERIMENT.format(build=build, think=think, loads=loads))
        done = subprocess.run([f"{build}/disco", "--json", "run", str(path)], cwd=directory, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        results = json.loads(next(Path(directory).glob("runs/*/*/p*/r0/results.json")).read_text())
        phase = next(p for p in results["phases"] if p["name"] == "roi")
        busy, queued = (phase["counters"][f"machine.controller.{name}"] for name in ("busy", "queued"))
        return busy / phase["cycles"], queued * SERVICE / busy


def simulate(think, rest, messages=1_000_000):
    """The mean wait of sources that think, ask, wait, are served and need `rest` more before they think again."""
    chance = random.Random(1997)
    asking = [(chance.expovariate(1 / think), source) for source in range(NODES * CPUS_PER_NODE)]
    heapq.heapify(asking)
    free_at = waited = 0.0
    for _ in range(messages):
        at, source = heapq.heappop(asking)
        begin = max(at, free_at)
        waited += begin - at
        free_at = begin + SERVICE
        heapq.heappush(asking, (begin + rest + chance.expovariate(1 / think), source))
    return waited / messages


def main():
    build = Path(sys.argv[1]).resolve()
    wrong = 0
    for think in (8_000, 4_000, 2_500, 1_500, 1_000):
        load, waited = measure(build, think, 3000)
        endless = load * SERVICE / (2 * (1 - load))
        period = NODES * CPUS_PER_NODE * SERVICE / load
        expected = simulate(period - LATENCY - waited, LATENCY)
        good = load < 0.8 and abs(waited / expected - 1) <= 0.05 and (load > 0.4 or abs(waited / endless - 1) <= ENDLESS)
        wrong += not good
        print(f"{'ok' if good else 'WRONG'}: load {load:.3f}: a message waits {waited:.2f} cycles; M/D/1 {endless:.2f} "
              f"({waited / endless - 1:+.1%}); 32 sources that wait {expected:.2f} ({waited / expected - 1:+.1%})")
    sys.exit(1 if wrong else 0)


main()
