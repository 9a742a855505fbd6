#!/usr/bin/env python3
"""Does a parallel program compute on any number of processors what it does on the host, and are its pages where placement= says?

usage: parallel_test.py BUILD
The program's threads and processes print checksums that do not depend on their number. Where the pages of its array lie is
asked of the kernel by the threads themselves; with the memory system simulated, pages close by must be faster.
"""
import json
import re
import sys

from boot import Build, fail_with

MACHINES = [(1, 1), (2, 1), (4, 1), (16, 1), (1, 16), (4, 4), (16, 4)]  # processors a node, nodes
SIZES = ("256K", 4, 2000)


def boot(build, machine, placement="first-touch", *options):
    cpus, nodes = machine
    words = " ".join(map(str, (cpus * nodes, *SIZES)))
    return build.boot("tinyix-native.elf", "--initrd", build.guests / "initrd.cpio", "--append",
                      f"init=/bin/parallel verbose placement={placement} -- {words}", "--cpus", cpus, "--nodes", nodes,
                      "--memory", "64MB" if nodes == 1 else "16MB", "--json", *options)


def figures(result):
    """The console is on stderr with --json."""
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", re.search(r"figures: (.*)", result.stderr)[1])}


def main():
    build, failures = Build(sys.argv[1]), 0
    expected = build.on_host("parallel", (4, *SIZES)).stdout.splitlines()[0]
    print(expected)
    digest = {}

    def demand(condition, what, result):
        nonlocal failures
        if not condition:
            fail_with(what, result)
            failures += 1

    for machine in MACHINES:
        result = boot(build, machine)
        demand(result.returncode == 0 and expected in result.stderr, f"{machine} gives the host's checksums", result)
        digest[machine] = json.loads(result.stdout)["digest"]
        print(machine, figures(result))
    quarter = boot(build, (1, 16), "first-touch", "--set", "machine.quantum=2500cycles")
    demand(quarter.returncode == 0 and expected in quarter.stderr, "a quarter of the quantum: the host's checksums", quarter)
    whole, fine = figures(boot(build, (1, 16))), figures(quarter)
    print("at a quarter of the quantum:", {name: f"{100 * (fine[name] / whole[name] - 1):+.1f} %" for name in whole if name[-3:] == "_ns"})
    again = boot(build, (1, 16))
    demand(json.loads(again.stdout)["digest"] == digest[1, 16], "a second run ends in the same state", again)

    took = {}
    for placement, lowest, highest in (("first-touch", 1.0, 1.0), ("round-robin", 0.0, 0.25), ("node-0", 1 / 16, 1 / 16)):
        result = boot(build, (1, 16), placement, "--fidelity", "memory")
        demand(result.returncode == 0 and expected in result.stderr, f"{placement}: the host's checksums", result)
        f = figures(result)
        took[placement] = f["stencil_ns"]
        demand(lowest <= f["local_pages"] / f["pages"] <= highest, f"{placement}: its share of local pages", result)
        print(placement, f)
    demand(took["first-touch"] < took["round-robin"] and took["first-touch"] < took["node-0"],
           f"pages close by are faster: {took}", result)
    refused = boot(build, (1, 1), "somewhere")
    demand(refused.returncode != 0 and "placement=somewhere: there are first-touch" in refused.stderr,
           "an unknown placement is refused", refused)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
