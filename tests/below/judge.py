#!/usr/bin/env python3
"""The monitor judged by the processor: one image natively and as a guest, every step compared.

usage: judge.py DISCO STEPS_ELF [--seeds N] [--first SEED] [--steps N] [--only NAME]

The image (steps.c) does random things to its processor, step by step, and prints a hash of all that it saw after every
sixteen. Where natively and as a guest it saw something else, the judge has both show the step, and asks the documented map
(docs/monitor.md, Addresses) whether the step used an address that is not the guest's. If so the difference is explained, and
both begin anew behind it; if not, the judge prints the step and fails.
"""
import argparse
import re
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# What is drawn, and below which monitor. Each name is a way in which the two could come apart.
CONFIGURATIONS = {
    "plain": ("", []),
    "modes": ("modes=1", []),
    "erl": ("erl=1 modes=1", []),
    "caches": ("index=1 nofpu=1", []),
    "small pages": ("sizes=0", []),
    "no L2TLB": ("modes=1", ["--l2tlb", "0"]),
    "16 KB pages": ("sizes=1", ["--l2tlb", "64"]),
    "tlbwr": ("tlbwr=1", ["--l2tlb", "0"]),
    "large pages": ("", ["--large-pages"]),
    "timer": ("timer=1 nofpu=1", []),
    "no assembly path": ("modes=1 erl=1", ["--monitor-image", "SLOW"]),
    "memory": ("hidehits=1", ["--fidelity", "memory"]),
}
GUEST_MEMORY = 64 << 20
CSSEG, CSSEG_DEVICES, KSEG3 = 0xffffffffc0000000, 0xffffffffdc000000, 0xffffffffe0000000
KSEG0, XSSEG, XKPHYS = 0xffffffff80000000, 1 << 62, 2 << 62


def why_not_the_guests(va):
    """Why the map has something else there than the processor, or None."""
    if KSEG0 <= va < CSSEG:
        return "KSEG0 or KSEG1"
    if va >= KSEG3:
        return "kseg3"
    if XKPHYS <= va < KSEG0:
        return "xkphys or xkseg"
    if XSSEG <= va < XSSEG + (2 << 40):
        return "xsseg's windows"
    if CSSEG + GUEST_MEMORY <= va < CSSEG + (256 << 20):
        return "csseg's window beyond the memory"
    if CSSEG_DEVICES <= va < KSEG3:
        return "csseg's devices"
    return None


def native_image(guest):
    """The same image, loaded through KSEG0."""
    data = bytearray(guest)
    entry, headers = struct.unpack_from(">QQ", data, 24)
    count = struct.unpack_from(">H", data, 56)[0]
    struct.pack_into(">Q", data, 24, entry - (CSSEG - KSEG0))
    for n in range(count):
        at = headers + 56 * n
        for field in (at + 16, at + 24):
            value = struct.unpack_from(">Q", data, field)[0]
            struct.pack_into(">Q", data, field, value - (CSSEG - KSEG0))
    return bytes(data)


def without_assembly_path(monitor):
    """The monitor, whose assembly miss path leaves every miss to C++."""
    data = bytearray(monitor)
    sections_at, size, count = struct.unpack_from(">Q", data, 40)[0], *struct.unpack_from(">HH", data, 58)
    sections = [struct.unpack_from(">IIQQQQIIQQ", data, sections_at + size * n) for n in range(count)]
    symbols = next(section for section in sections if section[1] == 2)
    names = sections[symbols[6]][4]
    address = {}
    for at in range(symbols[4], symbols[4] + symbols[5], 24):
        name = data[names + struct.unpack_from(">I", data, at)[0]:].split(b"\0", 1)[0].decode()
        address[name] = struct.unpack_from(">Q", data, at + 8)[0]
    text = next(s for s in sections if s[3] <= address["disco_fast_miss"] < s[3] + s[5] and s[3])
    at = text[4] + address["disco_fast_miss"] - text[3]
    while data[at] >> 2 != 5:  # the first bne: whether it is csseg's window
        at += 4
    words = (address["to_cpp"] - (at - text[4] + text[3] + 4)) // 4
    struct.pack_into(">I", data, at, 4 << 26 | words & 0xffff)  # b to_cpp
    return bytes(data)


class Judge:
    def __init__(self, disco, guest, native, slow_monitor, talks):
        self.disco, self.guest, self.native, self.slow_monitor = disco, guest, native, slow_monitor
        self.compared, self.reasons, self.talks = 0, Counter(), talks

    def run(self, below, words, options):
        """Starts one side."""
        command = [self.disco, "boot", str(self.guest if below else self.native), "-q", "--append", words, "--limit", "40Ginsn",
                   "--memory", "128MB" if below else "64MB", "--input", "none"]
        fidelity = [] if "--fidelity" in options else ["--fidelity", "functional"]
        if below:
            options = [str(self.slow_monitor) if word == "SLOW" else word for word in options]
            command += ["--monitor", "--guest-memory", f"{GUEST_MEMORY >> 20}MB", *options, *fidelity]
        else:
            command += fidelity or options[:2]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                errors="replace")

    def both(self, words, options):
        sides = [self.run(below, words, options) for below in (False, True)]
        return [re.sub(r" interrupts \w+", "", side.communicate()[0]) for side in sides]

    def shown(self, words, options, first, last):
        """The steps from `first` up to `last` as both see them, by number."""
        texts = self.both(f"{words} show={first} shown={last - first}", options)
        return [{int(number, 16): text for number, text in re.findall(r"^STEP (\w+) (.*?)(?=^#|\Z)", text, re.M | re.S)}
                for text in texts]

    def explain(self, native, guest):
        """An address outside the map that either side used where they first differ."""
        for a, b in zip(native.split("\n  X "), guest.split("\n  X ")):
            if a == b:
                continue
            for text in (a, b):
                for name in ("badvaddr", "epc"):
                    found = re.search(rf"\b{name}=(\w+)", text)
                    why = why_not_the_guests(int(found[1], 16)) if found else None
                    if why:
                        return f"{why}: {found[1]}"
            return None
        return None

    def judge(self, seed, steps, words, options):
        """Compares so many steps of a seed; whatever is different and not explained, as text."""
        first = 0
        while first < steps:
            chunk = f"seed={seed} from={first} steps={steps - first} {words}"
            native, guest = self.both(chunk, options)
            if native == guest and "DONE" in native:
                self.compared += steps - first
                return None
            ours, theirs = native.split("\n"), guest.split("\n")
            at = next((n for n, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            hashes = [int(line[1:].split()[0], 16) for line in ours[:at] if line.startswith("#")]
            begin = hashes[-1] + 1 if hashes else first
            if begin >= steps:
                return f"seed {seed} {words}: they differ only in what is left at the end\n{ours[at:at + 1]}\n{theirs[at:at + 1]}"
            sides = self.shown(chunk, options, begin, min(begin + 16, steps))
            wrong = next((n for n in range(begin, begin + 16) if sides[0].get(n) != sides[1].get(n)), None)
            if wrong is None or wrong not in sides[0]:
                return f"seed {seed} {words}: cannot be shown, from step {begin}: {ours[at:at + 1]} {theirs[at:at + 1]}"
            why = self.explain(sides[0][wrong], sides[1].get(wrong, ""))
            if why is None:
                return (f"seed {seed} {words} step {wrong}:\nnatively\n{sides[0][wrong]}\nbelow the monitor\n"
                        f"{sides[1].get(wrong, theirs[-3:])}")
            self.compared += wrong - first
            self.reasons[why.split(":")[0]] += 1
            if self.talks:
                print(f"seed {seed} step {wrong}: {why}", flush=True)
            first = wrong + 1
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("disco")
    parser.add_argument("image", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--only")
    parser.add_argument("--talk", action="store_true", help="say what explains each difference")
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        native = Path(folder) / "native.elf"
        native.write_bytes(native_image(arguments.image.read_bytes()))
        slow = Path(folder) / "slow.elf"
        slow.write_bytes(without_assembly_path((Path(arguments.disco).parent / "disco.elf").read_bytes()))
        for name, (words, options) in CONFIGURATIONS.items():
            if arguments.only and name not in arguments.only.split(","):
                continue
            judge = Judge(arguments.disco, arguments.image, native, slow, arguments.talk)
            wrong = []
            for seed in range(arguments.first, arguments.first + arguments.seeds):
                complaint = judge.judge(seed, arguments.steps, words, options)
                if complaint:
                    wrong.append(complaint)
            print(f"{name}: {judge.compared} steps equal, {sum(judge.reasons.values())} differences explained by the map "
                  f"({', '.join(f'{why} {count}' for why, count in judge.reasons.most_common())}), "
                  f"{len(wrong)} unexplained (seeds {arguments.first} to {arguments.first + arguments.seeds - 1})", flush=True)
            for complaint in wrong:
                print(f"WRONG: {complaint}", flush=True)
            failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
