"""The same run, whatever surrounds it: directory, path lengths, ASLR, load, environment, compiler.

usage: digest_test.py DISCO OTHER_DISCO GUESTS_DIR    (OTHER_DISCO: built by another compiler)
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DISCO, OTHER, GUESTS = (Path(a).resolve() for a in sys.argv[1:4])
CASES = [
    ["tinyix-native.elf", "--program", "pingpong"],
    ["tinyix-native.elf", "--program", "forkstorm", "--fidelity", "functional"],
    ["bare/exceptions.elf"],
    ["bare/sleepers.elf", "--nodes", "8", "--cpus", "2", "--memory", "4MB", "--fidelity", "memory"],
    ["tinyix-native.elf", "--program", "pingpong", "--fidelity", "memory", "--set", "machine.occupancy.modelled=true"],
    ["tinyix-disco.elf", "--program", "random", "--monitor", "--monitor-image", "disco.elf"],
]


def digest(program, case, cwd, before=(), env=None):
    words = [*before, str(program), "--json", "boot", *case]
    words = [str(GUESTS / "bin" / w) if i > 0 and words[i - 1] == "--program" else w for i, w in enumerate(words)]
    words = [str(GUESTS.parent / w) if w == "disco.elf" else w for w in words]
    kernel = len(before) + 3
    words[kernel] = str(Path(cwd) / words[kernel]) if (Path(cwd) / words[kernel]).exists() else str(GUESTS / words[kernel])
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
    if not done.stdout:
        sys.exit(f"{' '.join(words)}: no answer\n{done.stderr}")
    return json.loads(done.stdout)["digest"]


def main():
    with tempfile.TemporaryDirectory() as short, tempfile.TemporaryDirectory(prefix="a-much-longer-name-" * 4) as long:
        moved = Path(long) / "copied" / "program"
        moved.parent.mkdir()
        shutil.copy(DISCO, moved)
        (Path(long) / "bare").mkdir()
        for case in CASES:
            expected = digest(DISCO, case, short)
            ways = {
                "again": digest(DISCO, case, short),
                "in another directory, from a copy": digest(moved, case, long),
                "without ASLR": digest(DISCO, case, short, ["setarch", "-R"]),
                "with another environment": digest(DISCO, case, short, env={"PATH": os.environ["PATH"], "LC_ALL": "C",
                                                                            "TZ": "Asia/Tokyo", "PAD": "x" * 3000}),
                "built by another compiler": digest(OTHER, case, short),
                "interpreted": digest(DISCO, [*case, "--engine", "interpreter"], short),
                "translated": digest(DISCO, [*case, "--engine", "jit"], short),
            }
            load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 2)]
            try:
                ways["beside a busy machine"] = digest(DISCO, case, short)
            finally:
                for process in load:
                    process.kill()
            for way, got in ways.items():
                if got != expected:
                    sys.exit(f"{' '.join(case)}: {way} the digest is {got}, not {expected}")
            print(f"{expected}  {' '.join(case)}: the same in {len(ways) + 1} ways")


if __name__ == "__main__":
    main()
