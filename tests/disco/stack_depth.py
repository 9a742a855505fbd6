#!/usr/bin/env python3
"""How deep the monitor's stack can become: the longest path through its calls.

usage: stack_depth.py OBJDUMP IMAGE BYTES
Frames and calls are read from the program's instructions. A call through a register goes to a virtual function: of
any class, in the place of its table that the instructions before name. Recursion has no bound and fails; so does a
depth of more than BYTES, or a function whose frame is not one constant.
"""
import re
import subprocess
import sys
from collections import defaultdict

FUNCTION = re.compile(r"^([0-9a-f]+) <([^>]+)>:")
LINE = re.compile(r"^\s*([0-9a-f]+):\s+([0-9a-f]{8})\s+(\S+)\s*(.*)")
TARGET = re.compile(r"([0-9a-f]+) <([^>+]+)(\+0x[0-9a-f]+)?>")
LOAD = re.compile(r"(\w+),(-?\d+)\(\w+\)")
# The instructions do not tell whose table a call reads. These are the only callers of a class's functions.
ONLY_CALLED_BY = {"RoundRobin": ("dispatch", "start_due_vms", "disco_main", "disco_secondary", "run_first")}
ENTRIES = ("disco_general_entry", "disco_refill_entry", "_start", "disco_secondary_start", "own_exception")


def read_program(objdump, image):
    """Frames and callees by function, and the places in tables of those that it calls through registers."""
    text = subprocess.run([objdump, "-d", image], capture_output=True, text=True, check=True).stdout
    frames, calls, indirect, name = defaultdict(int), defaultdict(set), defaultdict(set), None
    loaded = {}  # register: offset of the load that filled it last
    for line in text.splitlines():
        if found := FUNCTION.match(line):
            name = found.group(2)
            calls[name], loaded = calls[name], {}
            continue
        found = LINE.match(line)
        if not found or name is None:
            continue
        operation, operands = found.group(3), found.group(4)
        if operation == "ld" and (load := LOAD.match(operands)):
            loaded[load.group(1)] = int(load.group(2))
        elif operation == "daddiu" and operands.startswith("sp,sp,-"):
            frames[name] += int(operands.split(",")[2].removeprefix("-"), 0)
        elif operation in ("dsubu", "move", "daddu") and operands.startswith("sp,") and name not in ENTRIES:
            sys.exit(f"stack: {name} moves its stack pointer by what is not a constant: {operation} {operands}")
        elif operation == "jalr" or (operation == "jr" and not operands.startswith("ra")):
            indirect[name].add(loaded.get(operands.split(",")[-1].strip()))
        elif operation in ("jal", "j", "b", "bal") and (target := TARGET.search(operands)):
            if target.group(2) != name:
                calls[name].add(target.group(2))
    return frames, calls, indirect


def virtual_tables(objdump, image, names):
    """A table of virtual functions: what lies at each place, by the offset that a call uses."""
    symbols = subprocess.run([objdump, "-t", image], capture_output=True, text=True, check=True).stdout
    fields = [line.split() for line in symbols.splitlines()]
    at = {int(f[0], 16): f[-1] for f in fields if len(f) > 3 and f[-1] in names}
    tables = {int(f[0], 16): int(f[-2], 16) for f in fields if len(f) > 3 and f[-1].startswith("_ZTV")}
    memory = {}
    dump = subprocess.run([objdump, "-s", "-j", ".rodata", image], capture_output=True, text=True, check=True).stdout
    for line in dump.splitlines():
        if not re.match(r"^ [0-9a-f]+ ", line):
            continue
        start, data = int(line.split()[0], 16), bytes.fromhex("".join(line[line.index(" ", 1) + 1:][:35].split()))
        memory.update((start + n, byte) for n, byte in enumerate(data))
    places = defaultdict(set)
    for table, size in tables.items():
        for offset in range(0, size - 16, 8):  # behind the offset to the top and the type
            word = int.from_bytes(bytes(memory[table + 16 + offset + n] for n in range(8)), "big")
            if word in at:
                places[offset].add(at[word])
    return places


def may_call(caller, function):
    for owner, callers in ONLY_CALLED_BY.items():
        if owner in function:
            return any(c in caller for c in callers)
    return True


def deepest(frames, calls, indirect, places):
    everything = set().union(*places.values()) if places else set()
    known, path = {}, []

    def depth(name):
        if name in known:
            return known[name]
        if name in path:
            sys.exit("stack: recursion: " + " > ".join(path[path.index(name):] + [name]))
        path.append(name)
        callees = set(calls[name])
        for place in indirect[name]:
            callees |= {c for c in (places[place] if place in places else everything) if may_call(name, c)}
        below = max(((depth(c), c) for c in callees if c in calls), default=((0, ()), ""))
        path.pop()
        known[name] = (frames[name] + below[0][0], (name,) + below[0][1])
        return known[name]

    return max(depth(name) for name in list(calls))


def main():
    objdump, image, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.setrecursionlimit(10_000)
    frames, calls, indirect = read_program(objdump, image)
    places = virtual_tables(objdump, image, calls)
    size, path = deepest(frames, calls, indirect, places)
    print(f"{size} bytes of stack at most; there may be {limit}")
    for name in path:
        print(f"  {frames[name]:6} {name}")
    print(f"{sum(map(bool, indirect.values()))} functions call through registers")
    return 0 if 0 < size <= limit else 1


if __name__ == "__main__":
    sys.exit(main())
